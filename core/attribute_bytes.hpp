#pragma once
// What attributes take in memory. Those of one object are at most a few MiB, but they are copied: into descriptions,
// labels, sinks, targets. Whoever holds them counts them against the budget.
#include <cstdint>
#include <span>

#include <tessera/core/store.hpp>

namespace tessera {

/// Of the values alone, in bytes.
TESSERA_API std::int64_t value_bytes(const Attribute& attribute);
/// Of names, values and all, in bytes.
TESSERA_API std::int64_t attribute_bytes(std::span<const Attribute> attributes);
/// So many bytes of attributes are no matter beside what a process grows by.
inline constexpr std::int64_t few_attribute_bytes = 256 << 10;

}  // namespace tessera

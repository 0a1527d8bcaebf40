#pragma once
// Generators: sources whose elements follow from their index, as values. A device makes the elements.
#include <cstdint>
#include <memory>
#include <variant>

#include <tessera/core/kernel/law.hpp>
#include <tessera/core/kernel/random_key.hpp>
#include <tessera/core/scalar.hpp>

namespace tessera {

struct ArangeSource {
  Scalar start, step;  ///< both integers or both real
};
struct RandomSource {
  enum class Kind : std::uint8_t { uniform, normal } kind;
  RandomKey key;
};
struct LawSource {
  RandomKey key;
  std::shared_ptr<const Law> law;
};
/// Element i of an array is the generator's i-th, in row-major order.
using Generator = std::variant<ArangeSource, RandomSource, LawSource>;

}  // namespace tessera

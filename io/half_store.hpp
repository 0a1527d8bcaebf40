#pragma once
// float16 read as float32: a Store over one that gives the 16 bits of every element as uint16.
#include <memory>

#include <tessera/core/store.hpp>

namespace tessera::io {

/// IEEE 754 binary16 to binary32, exact: subnormals, infinities and NaN payloads included.
float half_to_float(std::uint16_t bits);

std::shared_ptr<const Store> make_half_store(std::shared_ptr<const Store> bits);

}  // namespace tessera::io

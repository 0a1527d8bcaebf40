#pragma once
// Arrays from nothing. Lazy; never stored: generated where they are needed.
#include <tessera/core/array.hpp>

namespace tessera {

/// Chunk lengths wished for: one per axis; empty lets auto_chunks decide.
struct CreateArrayOptions {
  DType dtype = DType::float64;
  Dims chunks{};
};
TESSERA_API Array zeros(const Shape& shape, const CreateArrayOptions& options = {});
TESSERA_API Array ones(const Shape& shape, const CreateArrayOptions& options = {});
/// All elements `value`. dtype: the value's own (bool, int64, float64, complex128) unless given.
TESSERA_API Array full(const Shape& shape, const Scalar& value, std::optional<DType> dtype = {},
                       const Dims& chunks = {});
/// start, start + step, ... below stop; int64 when all three are integers, else float64, unless `dtype` is given.
TESSERA_API Array arange(const Scalar& start, const Scalar& stop, const Scalar& step = 1,
                         std::optional<DType> dtype = {}, const Dims& chunks = {});
TESSERA_API Array arange(const Scalar& stop);

}  // namespace tessera

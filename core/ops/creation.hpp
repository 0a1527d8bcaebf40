#pragma once
// Arrays from nothing, under NumPy's names and rules. Lazy; never stored: generated where they are needed.
#include <tessera/core/array.hpp>

namespace tessera {

/// Chunk lengths wished for: one per axis; empty lets auto_chunks decide.
struct CreateArrayOptions {
  DType dtype = DType::float64;
  Dims chunks{};
};
TESSERA_API Array zeros(const Shape& shape, const CreateArrayOptions& options = {});
TESSERA_API Array ones(const Shape& shape, const CreateArrayOptions& options = {});
/// As zeros: what nobody has set has the same value everywhere.
TESSERA_API Array empty(const Shape& shape, const CreateArrayOptions& options = {});
/// All elements `value`. dtype: the value's own (bool, int64, float64, complex128) unless given.
TESSERA_API Array full(const Shape& shape, const Scalar& value, std::optional<DType> dtype = {},
                       const Dims& chunks = {});
/// Of the shape and the chunks of x, and its dtype unless another is given.
TESSERA_API Array zeros_like(const Array& x, std::optional<DType> dtype = {});
TESSERA_API Array ones_like(const Array& x, std::optional<DType> dtype = {});
TESSERA_API Array empty_like(const Array& x, std::optional<DType> dtype = {});
TESSERA_API Array full_like(const Array& x, const Scalar& value, std::optional<DType> dtype = {});

/// start, start + step, ... below stop; int64 when all three are integers (uint64 where they don't fit), else float64,
/// unless `dtype` is given. Element i is start + i * d, d being the difference of the first two elements: of the
/// elements as integers where an integer dtype is asked for, as in NumPy. float32 is computed in float64.
TESSERA_API Array arange(const Scalar& start, const Scalar& stop, const Scalar& step = 1,
                         std::optional<DType> dtype = {}, const Dims& chunks = {});
TESSERA_API Array arange(const Scalar& stop);

struct LinspaceOptions {
  bool endpoint = true;          ///< the last element is `stop` itself; else stop would come next
  std::optional<DType> dtype{};  ///< float64, or complex128, unless given; integers are rounded down
  Dims chunks{};
};
/// `num` numbers at even distances from start to stop. throws ValueError when num is negative.
TESSERA_API Array linspace(const Scalar& start, const Scalar& stop, std::int64_t num = 50,
                           const LinspaceOptions& options = {});

}  // namespace tessera

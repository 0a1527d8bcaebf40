#pragma once
// What is appended to a dataset along an axis must go with what is there.
#include <optional>
#include <string>

#include <tessera/core/store.hpp>

namespace tessera::io {

/// `added` has a growth; `name` is the dataset that has `shape` and `dtype`. throws ShapeError, DTypeError.
void check_growth(const std::string& name, const Shape& shape, DType dtype, const DatasetSpec& added);
/// The same once the target is locked: it must be as long as it was when the evaluation was planned (nothing: it was
/// not there). throws IoError: another run has appended to it, or made it.
void expect_length(const std::string& name, std::optional<std::int64_t> now, const DatasetSpec& added);

}  // namespace tessera::io

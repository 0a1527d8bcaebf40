#include <tessera/io/growth.hpp>

#include <fmt/format.h>

#include <tessera/core/errors.hpp>

namespace tessera::io {
namespace {

// "(any, 3, 4)"
std::string what_fits(const Shape& shape, int axis) {
  std::string text;
  for (int i = 0; i < shape.size(); i++)
    text += (i > 0 ? ", " : "") + (i == axis ? std::string("any") : std::to_string(shape[i]));
  return "(" + text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace

void check_growth(const std::string& name, const Shape& shape, DType dtype, const DatasetSpec& added) {
  const int axis = added.growth->axis;
  const auto refuse = [&](const std::string& why, const std::string& help) {
    throw ShapeError(fmt::format("{}: shape {} can't be appended along axis {} to shape {}: {}{}", name,
                                 to_string(added.shape), axis, to_string(shape), why, help));
  };
  if (added.shape.size() != shape.size())
    refuse(fmt::format("{} axes and {}", added.shape.size(), shape.size()),
           added.shape.size() + 1 == shape.size()
               ? fmt::format("; expand_dims(x, {}) makes it one index of that axis", axis)
               : fmt::format("; {} would fit", what_fits(shape, axis)));
  for (int i = 0; i < shape.size(); i++)
    if (i != axis && added.shape[i] != shape[i])
      refuse(fmt::format("lengths {} and {} of axis {} differ", added.shape[i], shape[i], i),
             fmt::format("; {} would fit", what_fits(shape, axis)));
  std::int64_t sum = 0;
  if (__builtin_add_overflow(shape[axis], added.shape[axis], &sum)) refuse("2^63 indices or more", "");
  if (added.dtype != dtype)
    throw DTypeError(fmt::format("{}: {} can't be appended to {}; astype(x, {}) can", name, to_string(added.dtype),
                                 to_string(dtype), to_string(dtype)));
}

void expect_length(const std::string& name, std::optional<std::int64_t> now, const DatasetSpec& added) {
  const auto& then = added.growth->from;
  if (now == then) return;
  const auto text = [](std::optional<std::int64_t> n) {
    return n ? fmt::format("{} long", *n) : std::string("not there");
  };
  throw IoError(
      fmt::format("{}: another run has changed it meanwhile: it was {} and is {}", name, text(then), text(now)));
}

}  // namespace tessera::io

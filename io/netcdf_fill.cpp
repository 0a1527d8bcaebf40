#include <tessera/io/netcdf_fill.hpp>

namespace tessera::io {

std::optional<Scalar> netcdf_fill(DType dtype) {
  switch (dtype) {
    case DType::int8:
      return Scalar(-127);
    case DType::int16:
      return Scalar(-32767);
    case DType::int32:
      return Scalar(-2147483647);
    case DType::int64:
      return Scalar(std::int64_t{-9223372036854775806});
    case DType::uint8:
      return Scalar(255u);
    case DType::uint16:
      return Scalar(65535u);
    case DType::uint32:
      return Scalar(4294967295u);
    case DType::uint64:
      return Scalar(std::uint64_t{18446744073709551614u});
    case DType::float32:
    case DType::float64:
      return Scalar(9.9692099683868690e+36);
    default:
      return std::nullopt;
  }
}

}  // namespace tessera::io

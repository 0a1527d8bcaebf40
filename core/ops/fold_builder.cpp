#include <tessera/core/ops/fold_builder.hpp>

#include <limits>

#include <tessera/core/ops/shape_functions.hpp>

namespace tessera::reductions {

std::uint32_t folded_axes(const Array& x, const Axes& axes, const char* name) {
  if (!axes.given()) return (1u << x.rank()) - 1;
  std::uint32_t folded = 0;
  for (auto a : *axes.given()) {
    const std::uint32_t bit = 1u << normalize_axis(a, x.rank(), name);
    if (folded & bit) throw ShapeError(std::string(name) + ": axis " + std::to_string(a) + " is given twice");
    folded |= bit;
  }
  return folded;
}

std::int64_t folded_elements(const Array& x, std::uint32_t folded) {
  std::int64_t n = 1;
  for (int i = 0; i < x.rank(); i++)
    if (folded >> i & 1u) n = checked_multiply(n, x.shape()[i]);
  return n;
}

void require_elements(const Array& x, std::uint32_t folded, const char* name, const char* what) {
  if (folded_elements(x, folded) == 0)
    throw ValueError(std::string(name) + ": an empty axis of shape " + to_string(x.shape()) + " has no " + what);
}

void require_order(const Array& x, const char* name) {
  if (is_complex(x.dtype()))
    throw DTypeError(std::string(name) + ": complex numbers have no order; reduce abs(x) or real(x)");
}

void require_fractions(const ReduceOptions& options, const char* name) {
  if (options.dtype && !is_inexact(*options.dtype))
    throw DTypeError(std::string(name) + ": " + to_string(*options.dtype) +
                     " has no fractions; leave the dtype out, or cast the result: astype(" + name + "(x), '" +
                     to_string(*options.dtype) + "')");
}

EpilogueBuilder::EpilogueBuilder(std::vector<DType> components, const std::vector<double>& numbers) {
  program_.inputs = std::move(components);
  for (double n : numbers) {
    program_.scalars.push_back(DType::float64);
    scalars_.push_back({Scalar(n), -1, 0, nullptr});
  }
}
ValueId EpilogueBuilder::add(Op op, DType type, ValueId a, ValueId b, ValueId c) {
  program_.code.push_back({op, type, result_dtype(op, type), a, b, c});
  return static_cast<ValueId>(program_.values() - 1);
}
ValueId EpilogueBuilder::cast(ValueId v, DType to) {
  const DType from = program_.type(v);
  if (from == to) return v;
  program_.code.push_back({Op::cast, from, to, v, 0, 0});
  return static_cast<ValueId>(program_.values() - 1);
}
Epilogue EpilogueBuilder::finish(ValueId result) && {
  program_.outputs = {result};
  return {std::move(program_), std::move(scalars_)};
}

Epilogue nan_variance_epilogue(double correction, bool root, DType to) {
  EpilogueBuilder b({f64, f64, f64}, {correction, 0.0, std::numeric_limits<double>::quiet_NaN()});
  const ValueId freedom = b.add(Op::subtract, f64, b.component(0), b.number(0)),
                enough = b.add(Op::greater, f64, freedom, b.number(1)),
                quotient = b.add(Op::divide, f64, b.component(2), freedom);
  ValueId v = b.add(Op::where, f64, enough, quotient, b.number(2));
  if (root) v = b.add(Op::sqrt, f64, v);
  v = b.cast(v, to);
  return std::move(b).finish(v);
}

Epilogue as_it_is(DType type) { return {identity_program(type), {}}; }

Epilogue cast_to(DType from, DType to) {
  EpilogueBuilder b({from}, {});
  const ValueId v = b.cast(0, to);
  return std::move(b).finish(v);
}

Array fold(const Array& x, std::uint32_t folded, Combiner combiner, Epilogue epilogue, bool keepdims) {
  return fold(x, folded, Fold{combiner, x.dtype(), nullptr}, std::move(epilogue), keepdims);
}

Array fold(const Array& x, std::uint32_t folded, Fold how, Epilogue epilogue, bool keepdims) {
  Array r(std::make_shared<ReduceNode>(identity_program(x.dtype()), std::vector<ScalarParameter>{},
                                       std::vector<Edge>{{x.node(), IndexTransform::identity(x.shape())}}, x.chunks(),
                                       folded, std::move(how), std::move(epilogue)));
  if (keepdims)
    for (int i = 0; i < x.rank(); i++)
      if (folded >> i & 1u) r = expand_dims(r, i);
  return r;
}

DType accumulator_of(DType t) {
  switch (kind_of(t)) {
    case Kind::boolean:
      return DType::int64;
    case Kind::integer:
      return is_unsigned_integer(t) ? DType::uint64 : DType::int64;
    case Kind::real:
      return DType::float64;
    default:
      return DType::complex128;
  }
}

double degrees_of_freedom(std::int64_t n, double correction) {
  const double left = static_cast<double>(n) - correction;
  return left > 0 ? left : 0.0;
}

}  // namespace tessera::reductions

#include "drawn.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <cstring>

#include "../core/generators.hpp"
#include "../distributed/counted.hpp"
#include "../distributed/memory_store.hpp"

namespace tessera::testing {
namespace {

using reference::Number;
using reference::Type;

bool rarely() { return below(8) == 0; }

// Whether every element is far from where its type starts to round, so that sums and products of a few stay exact.
bool is_exact(const reference::Array& x) {
  if (x.type == Type::b || reference::is_int(x.type)) return true;
  const double most = reference::bits(x.type) == 24 ? 1 << 9 : 1 << 22;
  for (const auto& n : x.elements)
    for (const double v : {n.re, n.im})
      if (std::isfinite(v) && (std::fabs(v) > most || std::floor(v * 64) != v * 64)) return false;
  return true;
}
}  // namespace

int below(int n) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, n)); }
std::string label(const Drawn& d) { return d.text.substr(0, d.text.find(' ')); }
double magnitude(const reference::Array& x) {
  double most = 1;
  for (const auto& n : x.elements)
    for (const double v : {static_cast<double>(n.i), n.re, n.im})
      if (std::isfinite(v)) most = std::max(most, std::fabs(v));
  return most;
}
bool is_finite(const reference::Array& x) {
  for (const auto& n : x.elements)
    if (!std::isfinite(n.re) || !std::isfinite(n.im)) return false;
  return true;
}
double unit(reference::Type t) { return std::ldexp(1.0, -reference::bits(t)); }
bool rounds(reference::Type t) { return t >= Type::f4; }

DType dtype_of(Type t) { return static_cast<DType>(static_cast<int>(t)); }

std::size_t Drawer::pick() {
  // The newest are drawn most often, so that expressions grow deep.
  const int n = static_cast<int>(pool_.size());
  return static_cast<std::size_t>(std::max(below(n), below(n)));
}

void Drawer::keep(Array array, reference::Array expected, std::string text, const std::vector<const Drawn*>& from,
                  bool exact_operation, double error) {
  Drawn d{std::move(array), std::move(expected), exact_operation, error,
          "v" + std::to_string(pool_.size()) + " = " + std::move(text)};
  for (const auto* f : from) d.exact = d.exact && f->exact;
  d.exact = d.exact && is_exact(d.expected);
  // What rounded once and is infinite or NaN may be so for one side alone.
  if (!d.exact && !is_finite(d.expected)) return;
  if (rounds(d.expected.type)) d.error += 4 * unit(d.expected.type) * magnitude(d.expected);
  if (d.expected.size() > 4096) return;
  if (rarely() && d.expected.size() > 0) {
    d.text += " (persisted)";
    try {
      d.array = persist_(d.array);
    } catch (const Error& e) {  // on all ranks
      std::string all = e.what();
      for (const auto& p : pool_) all += "\n" + p.text;
      RC_FAIL(all + "\n" + d.text);
    }
  }
  d.text += " : " + reference::to_string(d.expected.type) + " " + to_string(shape_of(d.expected.shape));
  pool_.push_back(std::move(d));
}

void Drawer::leaf() {
  reference::Array x;
  x.type = static_cast<Type>(below(reference::type_count));
  for (int rank = below(4); rank > 0; rank--) x.shape.push_back(rarely() ? 0 : 1 + below(7));
  const bool special = rarely();
  reference::for_each(x.shape, [&](const auto&) {
    Number n;
    const int v = below(33) - 16;
    if (x.type == Type::b || reference::is_int(x.type)) {
      n.i = reference::is_unsigned(x.type) ? std::abs(v) : v;
    } else {
      n.re = special && std::abs(v) < 3     ? std::nan("")
             : special && std::abs(v) == 16 ? v * static_cast<double>(INFINITY)
                                            : v / 4.0;
      if (reference::is_complex(x.type)) n.im = (below(33) - 16) / 4.0;
    }
    x.elements.push_back(reference::stored(x.type, n));
  });
  const ChunkGrid grid = *testing::chunk_grid_of(shape_of(x.shape));
  const std::string name = "leaf " + std::to_string(stores_++);
  const auto store = std::make_shared<MemoryStore>(name, dtype_of(x.type), grid, bytes_of(x));
  std::string values;
  for (const auto& n : x.elements)
    values += " " + (rounds(x.type) ? std::to_string(n.re) : std::to_string(static_cast<long long>(n.i)));
  keep(array_of(store), x, "leaf in chunks " + to_string(grid.counts()) + " of" + values, {}, true, 0);
}

std::size_t Drawer::partner(std::size_t x) {
  for (int k = 0; k < 4; k++) {
    const std::size_t y = pick();
    if (reference::broadcast(pool_[x].expected.shape, pool_[y].expected.shape)) return y;
  }
  return x;
}

bool Drawer::unary() {
  static const char* const names[] = {"negative", "abs",   "square", "logical_not", "isnan", "bitwise_invert",
                                      "real",     "imag",  "floor",  "ceil",        "trunc", "sign",
                                      "isfinite", "isinf", "sqrt",   "exp"};
  const std::string name = names[below(std::size(names))];
  const Drawn x = any();
  const bool continuous = name == "negative" || name == "abs" || name == "square" || name == "real" || name == "imag";
  if (!x.exact && !continuous) return false;
  const bool rounding = name == "sqrt" || name == "exp";
  if (name == "exp" && magnitude(x.expected) > 30) return false;
  const auto y = reference::unary(name, x.expected);
  if (!y) return false;
  const double growth = name == "square" ? 2 * magnitude(x.expected) : 1;
  keep(apply(*find_operation(name), {x.array}), *y, name + "(" + label(x) + ")", {&x}, !rounding, x.error * growth);
  return true;
}

bool Drawer::binary() {
  static const char* const names[] = {"add",         "subtract",    "multiply",   "divide",        "minimum",
                                      "fmin",        "fmax",        "maximum",    "floor_divide",  "remainder",
                                      "equal",       "not_equal",   "less",       "greater_equal", "logical_and",
                                      "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"};
  const int which = below(std::size(names));
  const std::string name = names[which];
  const std::size_t i = pick(), j = partner(i);
  const Drawn x = pool_[i], y = pool_[j];
  const bool continuous = which < 3 || name == "minimum" || name == "maximum" || name == "fmin" || name == "fmax";
  if (!continuous && !(x.exact && y.exact)) return false;
  // Quotients of infinities and of integers beyond a float's whole numbers round in their own ways.
  const bool divides = name == "divide" || name == "floor_divide" || name == "remainder";
  if (divides && (magnitude(x.expected) > 1e6 || magnitude(y.expected) > 1e6)) return false;
  // The sign of a zero, which a quotient shows, is only sure in a leaf (that of min(0, -0) is nobody's business).
  if (divides && y.text.find("leaf") == std::string::npos)
    for (const auto& n : y.expected.elements)
      if (rounds(y.expected.type) && n.re == 0) return false;
  // 64-bit integers that meet floats in a comparison or a selection round first.
  if (!x.exact || !y.exact || divides || magnitude(x.expected) < 1e6 || x.expected.type == y.expected.type) {
    const auto z = reference::binary(name, x.expected, y.expected);
    if (!z) return false;
    const double error =
        name == "multiply" ? x.error * magnitude(y.expected) + y.error * magnitude(x.expected) : x.error + y.error;
    keep(apply(*find_operation(name), {x.array, y.array}), *z, name + "(" + label(x) + ", " + label(y) + ")", {&x, &y},
         name != "divide", error);
    return true;
  }
  return false;
}

bool Drawer::clipping() {
  const std::size_t i = pick(), j = partner(i), k = partner(i);
  const Drawn x = pool_[i], least = pool_[j], most = pool_[k];
  // 64-bit integers that meet floats in a comparison round first.
  for (const Drawn* d : {&x, &least, &most})
    if (magnitude(d->expected) > 1e6) return false;
  const auto above = reference::binary("maximum", x.expected, least.expected);
  if (!above || !reference::broadcast(above->shape, most.expected.shape)) return false;
  const auto between = reference::binary("minimum", *above, most.expected);
  if (!between) return false;
  keep(clip(x.array, Operand(least.array), Operand(most.array)), *between,
       "clip(" + label(x) + ", " + label(least) + ", " + label(most) + ")", {&x, &least, &most}, true,
       x.error + least.error + most.error);
  return true;
}

bool Drawer::select() {
  if (below(3) == 0) return clipping();
  const std::size_t c = pick(), i = partner(c), j = partner(i);
  const Drawn condition = pool_[c], x = pool_[i], y = pool_[j];
  const auto both = reference::broadcast(condition.expected.shape, x.expected.shape);
  if (!condition.exact || !both || !reference::broadcast(*both, y.expected.shape)) return false;
  keep(where(condition.array, x.array, y.array), reference::where(condition.expected, x.expected, y.expected),
       "where(" + label(condition) + ", " + label(x) + ", " + label(y) + ")", {&condition, &x, &y}, true,
       std::max(x.error, y.error));
  return true;
}

bool Drawer::cast() {
  const Drawn x = any();
  const Type to = static_cast<Type>(below(reference::type_count));
  const bool to_whole = to == Type::b || reference::is_int(to);
  if (to_whole && rounds(x.expected.type) && to != Type::b) {
    // Out of an integer's range every machine answers as it likes.
    const double most = reference::is_unsigned(to) ? 0 : std::ldexp(1.0, reference::bits(to) - 1) - 1;
    for (const auto& n : x.expected.elements)
      if (!(std::fabs(n.re) <= most)) return false;
  }
  if (to_whole && !x.exact) return false;
  keep(astype(x.array, dtype_of(to)), reference::cast(x.expected, to), "astype(" + label(x) + ")", {&x}, true, x.error);
  return true;
}

bool Drawer::view() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const std::string of = label(x);
  const int what = below(6);
  if (what == 0) {
    const int axis = below(rank + 1);
    if (rank >= 4) return false;
    keep(expand_dims(x.array, axis), reference::expand(x.expected, axis),
         "expand_dims(" + of + ", " + std::to_string(axis) + ")", {&x}, true, x.error);
    return true;
  }
  if (rank == 0) return false;
  const int axis = below(rank);
  const std::int64_t n = x.expected.shape[static_cast<std::size_t>(axis)];
  if (what == 1) {
    std::vector<int> order;
    for (int i = 0; i < rank; i++) order.insert(order.begin() + below(i + 1), i);
    Dims axes;
    for (int a : order) axes.push_back(a);
    keep(permute_dims(x.array, axes), reference::permute(x.expected, order),
         "permute_dims(" + of + ", " + to_string(axes) + ")", {&x}, true, x.error);
    return true;
  }
  if (what == 3 && below(2)) {
    Dims chunks;
    for (const auto e : x.expected.shape)
      chunks.push_back(1 + below(static_cast<int>(std::min<std::int64_t>(e, 9)) + 1));
    keep(rechunk(x.array, chunks), x.expected, "rechunk(" + of + ", " + to_string(chunks) + ")", {&x}, true, x.error);
    return true;
  }
  if (n == 0) return false;
  const auto start = *rc::gen::inRange<std::int64_t>(0, n);
  std::vector<Index> items(static_cast<std::size_t>(axis), Index(Slice{}));
  if (what == 2) {
    items.emplace_back(start);
    keep(x.array.index(items), reference::take_one(x.expected, axis, start),
         of + "[axis " + std::to_string(axis) + ": " + std::to_string(start) + "]", {&x}, true, x.error);
    return true;
  }
  if (what == 3) {
    keep(flip(x.array, {axis}), reference::slice(x.expected, axis, n - 1, n, -1),
         "flip(" + of + ", " + std::to_string(axis) + ")", {&x}, true, x.error);
    return true;
  }
  if (what == 4) {
    std::vector<std::int64_t> wide = x.expected.shape;
    wide.insert(wide.begin(), 1 + below(3));
    if (wide.size() > 4) return false;
    keep(broadcast_to(x.array, shape_of(wide)), reference::broadcast_to(x.expected, wide), "broadcast_to(" + of + ")",
         {&x}, true, x.error);
    return true;
  }
  const std::int64_t step = (below(2) ? 1 : -1) * (1 + below(3));
  const std::int64_t most = step > 0 ? (n - 1 - start) / step + 1 : start / -step + 1;
  const auto count = *rc::gen::inRange<std::int64_t>(0, most + 1);
  Slice s{start, start + step * count, step};
  if (*s.stop < 0) s.stop.reset();  // to the front
  if (count == 0) s.stop = s.start;
  items.emplace_back(s);
  keep(x.array.index(items), reference::slice(x.expected, axis, start, count, step),
       of + "[axis " + std::to_string(axis) + ": " + std::to_string(start) + " by " + std::to_string(step) + ", " +
           std::to_string(count) + " of them]",
       {&x}, true, x.error);
  return true;
}

bool Drawer::concatenation() {
  const Drawn x = any();
  const int rank = static_cast<int>(x.expected.shape.size());
  const bool stacks = below(3) == 0;
  if ((rank == 0 && !stacks) || rank >= 4) return false;
  const int axis = below(stacks ? rank + 1 : rank);
  std::vector<Drawn> parts = {x};
  for (int more = below(3); more > 0; more--) {
    const Drawn y = any();
    std::vector<std::int64_t> a = x.expected.shape, b = y.expected.shape;
    if (!stacks && a.size() == b.size()) a[static_cast<std::size_t>(axis)] = b[static_cast<std::size_t>(axis)] = 0;
    parts.insert(parts.begin() + below(static_cast<int>(parts.size()) + 1), a == b ? y : x);
  }
  std::vector<Array> arrays;
  std::vector<reference::Array> expected;
  std::vector<const Drawn*> from;
  std::string text = std::string(stacks ? "stack" : "concat") + "(axis " + std::to_string(axis) + ":";
  double error = 0;
  for (const auto& p : parts) {
    arrays.push_back(p.array);
    expected.push_back(stacks ? reference::expand(p.expected, axis) : p.expected);
    from.push_back(&p);
    text += " " + label(p);
    error = std::max(error, p.error);
  }
  keep(stacks ? stack(arrays, axis) : concat(arrays, axis), reference::concat(expected, axis), text + ")", from, true,
       error);
  return true;
}

bool Drawer::operation() {
  static constexpr bool (Drawer::*all[])() = {
      &Drawer::unary,       &Drawer::unary,          &Drawer::binary,       &Drawer::binary,     &Drawer::binary,
      &Drawer::select,      &Drawer::cast,           &Drawer::view,         &Drawer::view,       &Drawer::concatenation,
      &Drawer::sharing,     &Drawer::scan,           &Drawer::ordered,      &Drawer::reshaping,  &Drawer::gathering,
      &Drawer::scattering,  &Drawer::masking,        &Drawer::searching,    &Drawer::different,  &Drawer::shuffling,
      &Drawer::filtering,   &Drawer::multiplying,    &Drawer::neighbouring, &Drawer::grouping,   &Drawer::counting,
      &Drawer::rolling,     &Drawer::windows,        &Drawer::calling,      &Drawer::around,     &Drawer::smoothing,
      &Drawer::resizing,    &Drawer::interpolating,  &Drawer::covariances,  &Drawer::detrending, &Drawer::contracting,
      &Drawer::fitting,     &Drawer::counting_pairs, &Drawer::kronecker,    &Drawer::crossing,   &Drawer::digitizing,
      &Drawer::selecting,   &Drawer::vectors,        &Drawer::powers,       &Drawer::norms,      &Drawer::convolving,
      &Drawer::occurrences, &Drawer::reduction};
  return (this->*all[below(std::size(all))])();
}

std::vector<Drawn> Drawer::draw(int steps) {
  pool_.clear();
  for (int leaves = 1 + below(3); leaves > 0; leaves--) leaf();
  for (int k = 0; k < steps; k++)
    for (int tries = 0; tries < 5 && !operation(); tries++) {
    }
  return pool_;
}

}  // namespace tessera::testing

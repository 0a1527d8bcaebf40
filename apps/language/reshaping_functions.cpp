#include "function_families.hpp"

namespace tessera::language {
namespace {

// NumPy's order: rows after one another, which is the only one that there is.
void check_order(const Arguments& a) {
  if (const std::string order = a.text("order", "C"); order != "C")
    a.fail("order", "'order' is 'C' (row-major), not '" + order + "': reshape the transpose for others");
}

Blocks blocks_of(const Arguments& a, const Value& value) {
  if (const auto* items = value.get<Value::Tuple>()) {
    std::vector<Blocks> list;
    for (const auto& item : *items) list.push_back(blocks_of(a, item));
    return Blocks(std::move(list));
  }
  if (const auto* x = value.get<Array>()) return Blocks(*x);
  if (const auto* s = value.get<Scalar>()) return Blocks(as_array(*s));
  a.fail("arrays", "'arrays' must hold arrays in tuples, not " + kind_name(value));
}

void add_shapes(FunctionTable& table) {
  add_function(table, "reshape(x, shape, order='C', *, chunks=None)", [](const Arguments& a, CallContext&) -> Value {
    check_order(a);
    return {reshape(a.array("x"), a.dims("shape"), a.dims("chunks"))};
  });
  for (const char* name : {"ravel", "flatten"})
    add_function(table, std::string(name) + "(x, order='C')", [](const Arguments& a, CallContext&) -> Value {
      check_order(a);
      return {ravel(a.array("x"))};
    });
  add_function(table, "coarsen(reduction, x, factors, trim=False)", [](const Arguments& a, CallContext&) -> Value {
    using Function = Array (*)(const Array&, const ReduceOptions&);
    static const std::map<std::string, Function, std::less<>> reductions = {
        {"sum", &sum},       {"prod", &prod},       {"mean", &mean},
        {"min", &min},       {"max", &max},         {"std", &tessera::std},
        {"var", &var},       {"any", &any},         {"all", &all},
        {"nansum", &nansum}, {"nanmean", &nanmean}, {"nanmin", &nanmin},
        {"nanmax", &nanmax}, {"ptp", &ptp},         {"count_nonzero", &count_nonzero}};
    const std::string name = a.text("reduction");
    const auto f = reductions.find(name);
    if (f == reductions.end())
      a.fail("reduction", "'" + name + "' is no reduction of blocks: 'sum', 'mean', 'max', ...");
    return {coarsen(f->second, a.array("x"), a.dims("factors"), a.flag("trim"))};
  });
  add_function(table, "unify_chunks(*arrays)",
               [](const Arguments& a, CallContext&) -> Value { return tuple_of(unify_chunks(a.arrays("arrays"))); });
}

void add_places(FunctionTable& table) {
  add_function(table, "sliding_window_view(x, window_shape, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {sliding_window_view(a.array("x"), a.dims("window_shape"), a.axes("axis"))};
  });
  add_function(table, "roll(x, shift, axis=None)", [](const Arguments& a, CallContext&) -> Value {
    return {roll(a.array("x"), a.dims("shift"), a.axes("axis"))};
  });
  add_function(table, "rot90(x, k=1, axes=None)", [](const Arguments& a, CallContext&) -> Value {
    return {rot90(a.array("x"), a.integer("k", 1), a.given("axes") ? a.dims("axes") : Dims{0, 1})};
  });
  add_function(table, "repeat(x, repeats, axis=None)", [](const Arguments& a, CallContext& context) -> Value {
    std::vector<std::int64_t> repeats;
    if (a.is_tuple("repeats")) {
      for (const auto& n : a.scalars("repeats")) repeats.push_back(n.as<std::int64_t>());
      context.room.take(2 * static_cast<std::int64_t>(repeats.size()));
    } else {
      repeats.push_back(a.integer("repeats"));
    }
    std::optional<std::int64_t> axis;
    if (a.given("axis")) axis = a.integer("axis");
    return {repeat(a.array("x"), repeats, axis)};
  });
  add_function(table, "tile(x, reps)", [](const Arguments& a, CallContext& context) -> Value {
    const Dims reps = a.dims("reps");
    for (const auto n : reps) context.room.take(std::max<std::int64_t>(0, n));
    return {tile(a.array("x"), reps)};
  });
  add_function(table, "block(arrays)", [](const Arguments& a, CallContext& context) -> Value {
    const Value& value = *a.passed("arrays");
    context.room.take(2 * leaves(value));
    return {block(blocks_of(a, value))};
  });
}

void add_diagonals(FunctionTable& table) {
  add_function(table, "tri(n_rows, n_cols=None, k=0, dtype=float64, *, chunks=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 std::optional<std::int64_t> columns;
                 if (a.given("n_cols")) columns = a.integer("n_cols");
                 return {tri(a.integer("n_rows"), columns, a.integer("k"),
                             {.dtype = a.dtype("dtype").value_or(DType::float64), .chunks = a.dims("chunks")})};
               });
  for (const auto& [name, f] : {std::pair{"tril", &tril}, std::pair{"triu", &triu}, std::pair{"diag", &diag}})
    add_function(table, std::string(name) + "(x, k=0)",
                 [f = f](const Arguments& a, CallContext&) -> Value { return {f(a.array("x"), a.integer("k"))}; });
  add_function(table, "diagonal(x, offset=0, axis1=0, axis2=1)", [](const Arguments& a, CallContext&) -> Value {
    return {diagonal(a.array("x"), a.integer("offset"), a.integer("axis1"), a.integer("axis2", 1))};
  });
  add_function(table, "trace(x, offset=0, axis1=0, axis2=1, dtype=None)",
               [](const Arguments& a, CallContext&) -> Value {
                 return {trace(a.array("x"), {.offset = a.integer("offset"),
                                              .axis1 = a.integer("axis1"),
                                              .axis2 = a.integer("axis2", 1),
                                              .dtype = a.dtype("dtype")})};
               });
}

// A number for all axes, a pair for all, a tuple with one pair, or a pair an axis, as NumPy takes them.
std::vector<std::pair<Scalar, Scalar>> pairs(const Arguments& a, std::string_view name) {
  std::vector<std::pair<Scalar, Scalar>> pairs;
  const Value* given = a.passed(name);
  if (given == nullptr || given->is_none()) return pairs;
  const auto add = [&](const std::vector<Scalar>& numbers) {
    if (numbers.size() != 1 && numbers.size() != 2)
      a.fail(name, "'" + std::string(name) + "' must be a number, a pair, or a pair for each axis");
    pairs.emplace_back(numbers.front(), numbers.back());
  };
  const auto* items = given->get<Value::Tuple>();
  const bool nested = items && !items->empty() && items->front().get<Value::Tuple>();
  if (!nested) {
    add(items ? a.scalars(name) : std::vector<Scalar>{a.scalar(name)});
    return pairs;
  }
  for (const auto& item : *items) {
    std::vector<Scalar> numbers;
    if (const auto* pair = item.get<Value::Tuple>())
      for (const auto& n : *pair)
        if (const auto* s = n.get<Scalar>()) numbers.push_back(*s);
    add(numbers);
  }
  return pairs;
}

PadWidths lengths(const Arguments& a, std::string_view name) {
  PadWidths widths;
  for (const auto& [before, after] : pairs(a, name)) {
    if (before.kind() != Kind::integer || after.kind() != Kind::integer)
      a.fail(name, "'" + std::string(name) + "' must be integers");
    widths.emplace_back(before.as<std::int64_t>(), after.as<std::int64_t>());
  }
  return widths;
}

void add_surroundings(FunctionTable& table) {
  add_function(table,
               "pad(x, pad_width, mode='constant', *, constant_values=0, end_values=0, stat_length=None, "
               "reflect_type='even')",
               [](const Arguments& a, CallContext&) -> Value {
                 PadOptions o{.mode = a.text("mode", "constant")};
                 o.values = pairs(a, o.mode == "linear_ramp" ? "end_values" : "constant_values");
                 o.lengths = lengths(a, "stat_length");
                 const std::string type = a.text("reflect_type", "even");
                 if (type != "even" && type != "odd") a.fail("reflect_type", "'reflect_type' is 'even' or 'odd'");
                 o.odd = type == "odd";
                 return {pad(a.array("x"), lengths(a, "pad_width"), o)};
               });
  add_function(table, "gradient(x, *varargs, axis=None, edge_order=1)", [](const Arguments& a, CallContext&) -> Value {
    GradientOptions o{.axis = a.axes("axis"), .edge_order = static_cast<int>(a.integer("edge_order", 1))};
    if (a.passed("varargs")) o.spacing = a.operands("varargs");
    for (auto& h : o.spacing)
      if (h.array() && h.array()->rank() == 0) a.fail("varargs", "a distance is a number or coordinates");
    const auto all = gradient(a.array("x"), o);
    if (all.size() == 1) return {all[0]};
    return tuple_of(all);
  });
}

}  // namespace

void add_reshaping_functions(FunctionTable& table) {
  add_shapes(table);
  add_places(table);
  add_diagonals(table);
  add_surroundings(table);
}

}  // namespace tessera::language

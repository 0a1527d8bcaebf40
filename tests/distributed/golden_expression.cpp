// The prefix expressions of the golden cases: an evaluator of the public functions by their names.
#include <complex>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "counted.hpp"
#include "golden.hpp"
#include "golden_reshapes.hpp"

namespace tessera::testing {
namespace {

Dims list_of(const std::string& text) {
  Dims d;
  if (text == ".") return d;  // 0-d
  std::istringstream in(text);
  for (std::string n; std::getline(in, n, ',');) d.push_back(std::stoll(n));
  return d;
}

std::vector<Index> index_of(const std::string& text) {
  std::vector<Index> items;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) {
    if (item == "...") {
      items.emplace_back(ellipsis);
    } else if (item == "n") {
      items.emplace_back(newaxis);
    } else if (item.find(':') == std::string::npos) {
      items.emplace_back(std::int64_t{std::stoll(item)});
    } else {
      std::optional<std::int64_t> part[3];
      std::size_t at = 0, k = 0;
      while (k < 3) {
        const auto colon = std::min(item.find(':', at), item.size());
        if (colon > at) part[k] = std::stoll(item.substr(at, colon - at));
        if (colon == item.size()) break;
        at = colon + 1;
        k++;
      }
      items.emplace_back(Slice{part[0], part[1], part[2]});
    }
  }
  return items;
}

bool is_number(const std::string& t) {
  return t == "True" || t == "False" || t == "nan" || t == "inf" || t == "-inf" || (t[0] >= '0' && t[0] <= '9') ||
         (t[0] == '-' && t.size() > 1 && t[1] >= '0' && t[1] <= '9');
}

Scalar number_of(const std::string& t) {
  if (t == "True" || t == "False") return Scalar(t == "True");
  if (t.back() == 'j') {
    const auto sign = t.find('+', 1);
    return Scalar(std::complex<double>(std::stod(t.substr(0, sign)), std::stod(t.substr(sign + 1))));
  }
  if (t.find_first_of(".enai") != std::string::npos) return Scalar(std::strtod(t.c_str(), nullptr));
  if (t[0] != '-' && t.size() >= 19) return Scalar(std::uint64_t{std::stoull(t)});
  return Scalar(std::int64_t{std::stoll(t)});
}

class Builder {
 public:
  Builder(const std::string& text, GoldenInputs& inputs) : text_(text), inputs_(inputs) {}

  Array whole() {
    const Array a = array();
    if (at_ != text_.size()) throw std::runtime_error("'" + text_.substr(at_) + "' is left over");
    return a;
  }

 private:
  std::string word() {
    while (text_[at_] == ' ') at_++;
    const auto end = std::min(text_.find_first_of(" )", at_), text_.size());
    const std::string w = text_.substr(at_, end - at_);
    at_ = end;
    return w;
  }
  bool closes() {
    while (text_[at_] == ' ') at_++;
    return text_[at_] == ')';
  }
  Operand operand() {
    while (text_[at_] == ' ') at_++;
    if (text_[at_] == '(') return call();
    const std::string w = word();
    return is_number(w) ? Operand(number_of(w)) : Operand(inputs_(w));
  }
  Array array() { return *operand().array(); }

  Array call() {
    at_++;
    const std::string name = word();
    const Array result = dispatch(name);
    if (!closes()) throw std::runtime_error(name + ": arguments are left over in '" + text_.substr(at_) + "'");
    at_++;
    return result;
  }

  // The options after the positional arguments: "axis=0,2 keepdims".
  std::string option(const std::string& key) {
    const auto end = text_.find(')', at_), found = text_.find(" " + key, at_);
    if (found == std::string::npos || found > end) return "";
    const auto value = found + 1 + key.size(), stop = text_.find_first_of(" )", value);
    const std::string v = text_.substr(value, stop - value);
    text_.erase(found, stop - found);
    return v.empty() ? "yes" : v;
  }

  Array dispatch(const std::string& name) {
    if (const auto op = find_operation(name)) {
      std::vector<Operand> operands;
      while (!closes()) operands.push_back(operand());
      return tessera::apply(*op, operands);
    }
    if (is_composite(name)) {
      std::map<std::string, std::string> options;
      for (const char* key :
           {"part", "decimals", "nan", "posinf", "neginf", "rtol", "atol", "equal_nan", "invert", "count", "mode"})
        if (const auto v = option(key + std::string("=")); !v.empty()) options[key] = v;
      std::vector<Operand> operands;
      while (!closes()) operands.push_back(operand());
      return composite(name, operands, options);
    }
    using Reduce = Array (*)(const Array&, const ReduceOptions&);
    static const std::map<std::string, Reduce> reduces = {{"sum", &sum},
                                                          {"prod", &prod},
                                                          {"mean", &mean},
                                                          {"min", &min},
                                                          {"max", &max},
                                                          {"ptp", &ptp},
                                                          {"var", &var},
                                                          {"std", &std},
                                                          {"any", &any},
                                                          {"all", &all},
                                                          {"count", &count},
                                                          {"count_nonzero", &count_nonzero},
                                                          {"argmin", &argmin},
                                                          {"argmax", &argmax},
                                                          {"nansum", &nansum},
                                                          {"nanprod", &nanprod},
                                                          {"nanmean", &nanmean},
                                                          {"nanmin", &nanmin},
                                                          {"nanmax", &nanmax},
                                                          {"nanvar", &nanvar},
                                                          {"nanstd", &nanstd},
                                                          {"nanargmin", &nanargmin},
                                                          {"nanargmax", &nanargmax}};
    const auto r = reduces.find(name);
    if (r != reduces.end() || name == "average" || name == "moment" || name == "vector_norm") {
      const Array x = array();
      ReduceOptions o;
      if (const auto axis = option("axis="); !axis.empty()) {
        const Dims d = list_of(axis);
        o.axis = Axes(std::vector<std::int64_t>(d.begin(), d.end()));
      }
      o.keepdims = !option("keepdims").empty();
      if (const auto c = option("correction="); !c.empty()) o.correction = std::stod(c);
      if (const auto t = option("dtype="); !t.empty()) o.dtype = parse_dtype(t);
      if (name == "average") {
        const std::string weights = option("weights=");
        return average(x, weights.empty() ? std::nullopt : std::optional(inputs_(weights)), o);
      }
      if (name == "moment") return moment(x, std::stoi(option("order=")), o);
      if (name == "vector_norm") return vector_norm(x, std::stod(option("ord=")), o);
      return r->second(x, o);
    }
    if (name == "diff") return differences();
    if (name == "counted") return counted(array());
    if (name.ends_with("median") || name.ends_with("quantile") || name.ends_with("percentile")) return quantiles(name);
    if (name == "searchsorted" || name == "digitize") return searched(name);
    if (name == "sort" || name == "argsort" || name == "topk" || name == "argtopk") return ordered(name);
    if (name == "at" || name.starts_with("take") || name == "assign" || name.starts_with("put")) return gathered(name);
    if (name == "compress" || name == "extract" || name.ends_with("nonzero") || name == "argwhere") return masked(name);
    if (name == "append" || name == "insert" || name == "delete") return edited(name);
    if (name.starts_with("cum") || name.starts_with("nancum") || name == "push") return cumulative(name);
    if (name == "zeros" || name == "ones" || name == "full" || name == "arange") return created(name);
    if (name == "linspace" || name == "eye" || name == "fromfunction") return created(name);
    if (name == "indices" || name == "sparse_indices" || name == "meshgrid") return of_indices(name);
    if (name == "zeros_like" || name == "ones_like" || name == "full_like") return like(name);
    if (name == "concat" || name == "stack" || name == "unstack" || name == "broadcast_arrays") return joined(name);
    const GoldenWords words{[&] { return array(); }, [&] { return word(); },
                            [&](const std::string& key) { return option(key); }, &list_of};
    if (const auto reshaped = build_reshape(name, words)) return *reshaped;
    const Array x = array();
    if (name == "astype") return astype(x, parse_dtype(word()).value());
    if (name == "index") return x.index(index_of(word()));
    if (name == "transpose") return transpose(x, list_of(option("axes=")));
    if (name == "permute_dims") return permute_dims(x, list_of(option("axes=")));
    if (name == "flip") return flip(x, list_of(option("axes=")));
    if (name == "squeeze") return squeeze(x, list_of(option("axes=")));
    if (name == "rechunk") return rechunk(x, list_of(word()));
    if (name == "broadcast_to") return broadcast_to(x, list_of(word()));
    const std::int64_t a = std::stoll(word());
    if (name == "expand_dims") return expand_dims(x, a);
    const std::int64_t b = std::stoll(word());
    if (name == "swapaxes") return swapaxes(x, a, b);
    if (name == "moveaxis") return moveaxis(x, a, b);
    throw std::runtime_error("no function " + name);
  }

  // "(median x axis=0 keepdims)", "(quantile x q=0.1,0.9, axis=0 method=hazen)": a comma behind the last one of a list
  Array quantiles(const std::string& name) {
    const Array x = array();
    QuantileOptions o;
    if (const auto axis = option("axis="); !axis.empty()) {
      const Dims d = list_of(axis);
      o.axis = Axes(std::vector<std::int64_t>(d.begin(), d.end()));
    }
    o.keepdims = !option("keepdims").empty();
    const MedianOptions middle{.axis = o.axis, .keepdims = o.keepdims};
    if (name == "median") return median(x, middle);
    if (name == "nanmedian") return nanmedian(x, middle);
    o.method = option("method=");
    const std::string text = option("q=");
    std::vector<double> q;
    std::istringstream in(text);
    for (std::string one; std::getline(in, one, ',');) q.push_back(std::stod(one));
    const bool is_list = text.ends_with(',');
    if (name == "percentile") return is_list ? percentile(x, q, o) : percentile(x, q[0], o);
    if (name == "nanquantile") return is_list ? nanquantile(x, q, o) : nanquantile(x, q[0], o);
    return is_list ? quantile(x, q, o) : quantile(x, q[0], o);
  }

  // "(diff x n=2 axis=0 prepend=y append=3)"
  Array differences() {
    const Array x = array();
    DiffOptions o;
    const auto operand_of = [&](const std::string& w) {
      return is_number(w) ? Operand(number_of(w)) : Operand(inputs_(w));
    };
    if (const auto n = option("n="); !n.empty()) o.n = std::stoll(n);
    if (const auto a = option("axis="); !a.empty()) o.axis = std::stoll(a);
    if (const auto w = option("prepend="); !w.empty()) o.prepend = operand_of(w);
    if (const auto w = option("append="); !w.empty()) o.append = operand_of(w);
    return diff(x, o);
  }

  // "(searchsorted sorted x right)", "(digitize x bins right)"
  Array searched(const std::string& name) {
    const Array first = array(), second = array();
    const bool right = !option("right").empty();
    if (name == "digitize") return digitize(first, second, right);
    return searchsorted(first, second, right ? Side::right : Side::left);
  }

  // "(sort x axis=0 descending)", "(topk x k=-3 axis=1)"
  Array ordered(const std::string& name) {
    const Array x = array();
    SortOptions o;
    const std::string k = option("k=");
    if (const auto a = option("axis="); !a.empty()) o.axis = std::stoll(a);
    o.descending = !option("descending").empty();
    if (name == "topk") return topk(x, std::stoll(k), *o.axis);
    if (name == "argtopk") return argtopk(x, std::stoll(k), *o.axis);
    return name == "sort" ? sort(x, o) : argsort(x, o);
  }

  // "(compress condition x axis=1)", "(extract condition x)", "(nonzero x k=1)", "(flatnonzero x)", "(argwhere x)"
  Array masked(const std::string& name) {
    Session& session = inputs_.session();
    const Array x = array();
    if (name == "flatnonzero") return flatnonzero(session, x);
    if (name == "argwhere") return argwhere(session, x);
    if (name == "nonzero") return nonzero(session, x)[std::stoul(option("k="))];
    const Array y = array();
    if (name == "extract") return extract(session, x, y);
    const std::string axis = option("axis=");
    return axis.empty() ? compress(session, x, y) : compress(session, x, y, std::stoll(axis));
  }

  // "(append x y axis=0)", "(insert x y at=1,3 axis=0)", "(delete x at=0,2 axis=1)"; at=1. is one index, of a list
  Array edited(const std::string& name) {
    const Array x = array(), y = name == "delete" ? x : array();
    std::optional<std::int64_t> axis;
    if (const auto a = option("axis="); !a.empty()) axis = std::stoll(a);
    if (name == "append") return append(x, y, axis);
    std::string places = option("at=");
    const bool list = places.ends_with(".") || places.find(',') != std::string::npos;
    if (places.ends_with(".")) places.pop_back();
    std::vector<std::int64_t> at;
    for (const auto i : list_of(places)) at.push_back(i);
    if (name == "delete") return delete_at(x, at, axis);
    return list ? insert(x, at, y, axis) : insert(x, at[0], y, axis);
  }

  // "(at x items=2x3@0,1,2,3,4,5;:;1 chunks=2 dtype=int8)": lists with their shapes, slices and integers, mask:NAME; "(take x axis=1
  // items=3@0,4,2)"
  Array gathered(const std::string& name) {
    const Array x = array(), values = name == "assign" || name.starts_with("put") ? array() : x;
    const std::string items = option("items="), chunks = option("chunks="), type = option("dtype="),
                      axis = option("axis=");
    std::vector<ArrayIndex> index;
    std::istringstream in(items);
    for (std::string item; std::getline(in, item, ';');) {
      if (item.starts_with("mask:")) {
        index.emplace_back(inputs_(item.substr(5)));
        continue;
      }
      const auto at = item.find('@');
      if (at == std::string::npos && item.find_first_not_of("-0123456789") != std::string::npos) {
        index.emplace_back(index_of(item)[0]);
        continue;
      }
      if (at == std::string::npos) {
        index.emplace_back(std::int64_t{std::stoll(item)});
        continue;
      }
      Shape shape;
      std::istringstream extents(item.substr(0, at));
      for (std::string n; std::getline(extents, n, 'x');) shape.push_back(std::stoll(n));
      std::vector<std::int64_t> numbers;
      std::istringstream list(item.substr(at + 1));
      for (std::string n; std::getline(list, n, ',');) numbers.push_back(std::stoll(n));
      Array i = from_values(shape, numbers);
      if (!chunks.empty()) i = rechunk(i, Dims::filled(shape.size(), std::stoll(chunks)));
      index.emplace_back(type.empty() ? i : astype(i, *parse_dtype(type)));
    }
    if (name == "at") return tessera::index(inputs_.session(), x, index);
    if (name == "assign") return assign(x, index, values);
    const Array& i = *index[0].array();
    if (name == "put") return put(x, i, values);
    if (name == "put_along_axis") return put_along_axis(x, i, values, std::stoll(axis));
    if (name == "take") return axis.empty() ? take(x, i) : take(x, i, std::stoll(axis));
    return take_along_axis(x, i, std::stoll(axis));
  }

  // "(cumulative_sum x axis=0 dtype=int64 initial)", "(cumulative_max x axis=0)", "(push x axis=0 n=2)"
  Array cumulative(const std::string& name) {
    const Array x = array();
    std::optional<std::int64_t> axis, n;
    if (const auto a = option("axis="); !a.empty()) axis = std::stoll(a);
    if (const auto a = option("n="); !a.empty()) n = std::stoll(a);
    if (name == "push") return push(x, n, axis.value_or(-1));
    if (name == "cumulative_max") return cumulative_max(x, axis);
    if (name == "cumulative_min") return cumulative_min(x, axis);
    CumulativeOptions o{.axis = axis, .include_initial = !option("initial").empty()};
    if (const auto t = option("dtype="); !t.empty()) o.dtype = parse_dtype(t);
    using Function = Array (*)(const Array&, const CumulativeOptions&);
    static const std::map<std::string, Function> functions = {{"cumulative_sum", &cumulative_sum},
                                                              {"cumulative_prod", &cumulative_prod},
                                                              {"cumsum", &cumsum},
                                                              {"cumprod", &cumprod},
                                                              {"nancumsum", &nancumsum},
                                                              {"nancumprod", &nancumprod}};
    return functions.at(name)(x, o);
  }

  Array like(const std::string& name) {
    const Array x = array();
    const std::string dtype = option("dtype=");
    std::optional<DType> type;
    if (!dtype.empty()) type = parse_dtype(dtype);
    if (name == "full_like") return full_like(x, number_of(word()), type);
    return name == "zeros_like" ? zeros_like(x, type) : ones_like(x, type);
  }

  // "(indices SHAPE)", "(sparse_indices WHICH SHAPE)", "(meshgrid WHICH xy|ij full|sparse x y ...)"
  Array of_indices(const std::string& name) {
    const std::string dtype = option("dtype=");
    const DType type = dtype.empty() ? DType::int64 : parse_dtype(dtype).value();
    if (name == "indices") return indices(list_of(word()), type);
    const auto which = static_cast<std::size_t>(std::stoll(word()));
    if (name == "sparse_indices") return sparse_indices(list_of(word()), type).at(which);
    MeshgridOptions o;
    o.matrix_order = word() == "ij";
    o.sparse = word() == "sparse";
    std::vector<Array> arrays;
    while (!closes()) arrays.push_back(array());
    return meshgrid(arrays, o).at(which);
  }

  // "(concat AXIS x y ...)", "(unstack WHICH AXIS x)", "(broadcast_arrays WHICH x y ...)"
  Array joined(const std::string& name) {
    const std::int64_t number = std::stoll(word());
    const auto which = static_cast<std::size_t>(number);
    if (name == "unstack") {
      const std::int64_t axis = std::stoll(word());
      return unstack(array(), axis).at(which);
    }
    std::vector<Array> arrays;
    while (!closes()) arrays.push_back(array());
    if (name == "broadcast_arrays") return broadcast_arrays(arrays).at(which);
    return name == "concat" ? concat(arrays, number) : stack(arrays, number);
  }

  Array created(const std::string& name) {
    const std::string dtype = option("dtype="), chunks = option("chunks=");
    std::optional<DType> type;
    if (!dtype.empty()) type = parse_dtype(dtype);
    if (name == "arange") {
      const Scalar a = number_of(word()), b = number_of(word()), c = number_of(word());
      return arange(a, b, c, type, list_of(chunks));
    }
    const CreateArrayOptions o{type.value_or(DType::float64), list_of(chunks)};
    if (name == "linspace") {
      const bool open = !option("open").empty();
      const Scalar a = number_of(word()), b = number_of(word());
      return linspace(a, b, std::stoll(word()), {.endpoint = !open, .dtype = type, .chunks = list_of(chunks)});
    }
    if (name == "eye") {
      const std::int64_t n = std::stoll(word()), m = std::stoll(word());
      return eye(n, m, std::stoll(word()), o);
    }
    const Shape shape = list_of(word());
    if (name == "fromfunction") return fromfunction([](const auto& at) { return at[0] * 2 + at[1] * at[1]; }, shape, o);
    if (name == "full") return full(shape, number_of(word()), type, list_of(chunks));
    return name == "zeros" ? zeros(shape, o) : ones(shape, o);
  }

  std::string text_;
  std::size_t at_ = 0;
  GoldenInputs& inputs_;
};

}  // namespace

Array build_expression(const std::string& text, GoldenInputs& inputs) { return Builder(text, inputs).whole(); }

}  // namespace tessera::testing

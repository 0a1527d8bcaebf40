// The prefix expressions of the golden cases: an evaluator of the public functions by their names.
#include <complex>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "counted.hpp"
#include "golden.hpp"
#include "golden_words.hpp"

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
    if (name.starts_with("cum") || name.starts_with("nancum") || name == "push") return cumulative(name);
    if (name == "zeros" || name == "ones" || name == "full" || name == "arange") return created(name);
    if (name == "linspace" || name == "eye" || name == "fromfunction") return created(name);
    if (name == "indices" || name == "sparse_indices" || name == "meshgrid") return of_indices(name);
    if (name == "zeros_like" || name == "ones_like" || name == "full_like") return like(name);
    if (name == "concat" || name == "stack" || name == "unstack" || name == "broadcast_arrays") return joined(name);
    const GoldenWords words{[&] { return array(); },
                            [&] { return word(); },
                            [&](const std::string& key) { return option(key); },
                            &list_of,
                            &index_of,
                            inputs_};
    for (const auto build :
         {build_reshape, build_filter, build_order, build_product, build_groups, build_call, build_indexing})
      if (const auto made = build(name, words)) return *made;
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

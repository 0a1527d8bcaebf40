// Indexing and assignment of the golden cases: by arrays, by masks, at places.
#include <sstream>

#include "golden.hpp"
#include "golden_words.hpp"

namespace tessera::testing {
namespace {

// "(compress condition x axis=1)", "(extract condition x)", "(nonzero x k=1)", "(flatnonzero x)", "(argwhere x)"
Array masked(const std::string& name, const GoldenWords& in) {
  Session& session = in.inputs.session();
  const Array x = in.array();
  if (name == "flatnonzero") return flatnonzero(session, x);
  if (name == "argwhere") return argwhere(session, x);
  if (name == "nonzero") return nonzero(session, x)[std::stoul(in.option("k="))];
  const Array y = in.array();
  if (name == "extract") return extract(session, x, y);
  const std::string axis = in.option("axis=");
  return axis.empty() ? compress(session, x, y) : compress(session, x, y, std::stoll(axis));
}

// "(append x y axis=0)", "(insert x y at=1,3 axis=0)", "(delete x at=0,2 axis=1)"; at=1. is one index, of a list
Array edited(const std::string& name, const GoldenWords& in) {
  const Array x = in.array(), y = name == "delete" ? x : in.array();
  std::optional<std::int64_t> axis;
  if (const auto a = in.option("axis="); !a.empty()) axis = std::stoll(a);
  if (name == "append") return append(x, y, axis);
  std::string places = in.option("at=");
  const bool list = places.ends_with(".") || places.find(',') != std::string::npos;
  if (places.ends_with(".")) places.pop_back();
  std::vector<std::int64_t> at;
  for (const auto i : in.list(places)) at.push_back(i);
  if (name == "delete") return delete_at(x, at, axis);
  return list ? insert(x, at, y, axis) : insert(x, at[0], y, axis);
}

// "(at x items=2x3@0,1,2,3,4,5;:;1 chunks=2 dtype=int8)": lists with their shapes, slices and integers, mask:NAME; "(take x axis=1
// items=3@0,4,2)"
Array gathered(const std::string& name, const GoldenWords& in) {
  const Array x = in.array(), values = name == "assign" || name.starts_with("put") ? in.array() : x;
  const std::string items = in.option("items="), chunks = in.option("chunks="), type = in.option("dtype="),
                    axis = in.option("axis=");
  std::vector<ArrayIndex> index;
  std::istringstream words(items);
  for (std::string item; std::getline(words, item, ';');) {
    if (item.starts_with("mask:")) {
      index.emplace_back(in.inputs(item.substr(5)));
      continue;
    }
    const auto at = item.find('@');
    if (at == std::string::npos && item.find_first_not_of("-0123456789") != std::string::npos) {
      index.emplace_back(in.index(item)[0]);
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
  if (name == "at") return tessera::index(in.inputs.session(), x, index);
  if (name == "assign") return assign(x, index, values);
  const Array& i = *index[0].array();
  if (name == "put") return put(x, i, values);
  if (name == "put_along_axis") return put_along_axis(x, i, values, std::stoll(axis));
  if (name == "take") return axis.empty() ? take(x, i) : take(x, i, std::stoll(axis));
  return take_along_axis(x, i, std::stoll(axis));
}

}  // namespace

std::optional<Array> build_indexing(const std::string& name, const GoldenWords& in) {
  if (name == "at" || name.starts_with("take") || name == "assign" || name.starts_with("put"))
    return gathered(name, in);
  if (name == "compress" || name == "extract" || name.ends_with("nonzero") || name == "argwhere")
    return masked(name, in);
  if (name == "append" || name == "insert" || name == "delete") return edited(name, in);
  return std::nullopt;
}

}  // namespace tessera::testing

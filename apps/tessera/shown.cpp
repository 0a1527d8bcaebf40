#include "shown.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "../printing/array_text.hpp"
#include "json_values.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;
// 2^8 corner blocks; a shape with more axes longer than 6 than that is only described.
constexpr int most_cut_axes = 8;

Json nested(const Shape& shape, int axis, DType type, const std::byte*& at) {
  if (axis == shape.size()) {
    Json value = json_element(type, at);
    at += item_size(type);
    return value;
  }
  Json list = Json::array();
  for (std::int64_t i = 0; i < shape[axis]; i++) list.push_back(nested(shape, axis + 1, type, at));
  return list;
}

void copy_block(std::byte* to, const Shape& shape, const std::byte*& from, const Shape& block, const Dims& offset,
                int axis, std::int64_t item) {
  std::int64_t inner = item;
  for (int k = axis + 1; k < shape.size(); k++) inner *= shape[k];
  to += offset[axis] * inner;
  if (axis + 1 == shape.size()) {
    const std::int64_t n = block[axis] * item;
    std::memcpy(to, from, n);
    from += n;
    return;
  }
  for (std::int64_t i = 0; i < block[axis]; i++) copy_block(to + i * inner, shape, from, block, offset, axis + 1, item);
}

}  // namespace

Shown::Shown(std::string expression, language::Value value)
    : expression_(std::move(expression)), value_(std::move(value)) {
  const Array* x = value_.get<Array>();
  if (x == nullptr || x->size() == 0) return;
  if (printing::is_abbreviated(x->shape()))
    plan_corners(*x);
  else
    sinks_.push_back(gather(*x));
}

void Shown::plan_corners(const Array& x) {
  const Shape& shape = x.shape();
  std::vector<int> cut;
  for (int k = 0; k < shape.size(); k++)
    if (shape[k] > 2 * printing::edge) cut.push_back(k);
  if (static_cast<int>(cut.size()) > most_cut_axes) return;
  for (unsigned choice = 0; choice < 1u << cut.size(); choice++) {
    std::vector<Index> index(static_cast<std::size_t>(shape.size()), Index(Slice{}));
    Corner corner{Dims::filled(shape.size(), 0), shape};
    for (std::size_t c = 0; c < cut.size(); c++) {
      const int k = cut[c];
      const bool back = choice >> (cut.size() - 1 - c) & 1;
      index[k] = back ? Slice{shape[k] - printing::edge, shape[k], {}} : Slice{0, printing::edge, {}};
      corner.shape[k] = printing::edge;
      corner.offset[k] = back ? printing::edge : 0;
    }
    sinks_.push_back(gather(x.index(index)));
    corners_.push_back(corner);
  }
}

void Shown::take(std::span<const Result> results) {
  if (corners_.empty()) {
    if (!results.empty()) elements_.assign(results[0].bytes().begin(), results[0].bytes().end());
    return;
  }
  const Array& x = *value_.get<Array>();
  const Shape all = printing::corner_shape(x.shape());
  const std::int64_t item = item_size(x.dtype());
  elements_.resize(num_elements(all) * item);
  for (std::size_t i = 0; i < corners_.size(); i++) {
    const std::byte* from = results[i].bytes().data();
    copy_block(elements_.data(), all, from, corners_[i].shape, corners_[i].offset, 0, item);
  }
}

std::string Shown::text() const {
  const Array* x = value_.get<Array>();
  if (x == nullptr || (elements_.empty() && x->size() > 0)) return language::to_string(value_);
  return printing::array_text(x->shape(), x->dtype(), elements_);
}

nlohmann::ordered_json Shown::json() const {
  Json j;
  j["expression"] = expression_;
  const Array* x = value_.get<Array>();
  if (x == nullptr) {
    j["value"] = json_value(value_);
    return j;
  }
  j["shape"] = json_dims(x->shape());
  j["dtype"] = to_string(x->dtype());
  std::int64_t brackets = 1;  // an array without elements can still have many rows
  for (const auto n : x->shape())
    brackets = n == 0 ? brackets : brackets * std::min<std::int64_t>(n, 1 << 20) > 1 << 20 ? 1 << 20 : brackets * n;
  if (printing::is_abbreviated(x->shape()) || (x->size() == 0 && brackets > printing::most_printed)) {
    j["abbreviated"] = text();
  } else {
    const std::byte* at = elements_.data();
    j["value"] = nested(x->shape(), 0, x->dtype(), at);
  }
  return j;
}

std::vector<Shown> shown_values(const std::string& expression, const language::Value& value) {
  std::vector<Shown> shown;
  const auto* items = value.get<language::Value::Tuple>();
  const bool arrays = items && std::any_of(items->begin(), items->end(),
                                           [](const auto& v) { return v.template get<Array>() != nullptr; });
  if (!arrays) {
    shown.emplace_back(expression, value);
    return shown;
  }
  for (std::size_t i = 0; i < items->size(); i++)
    shown.emplace_back("(" + expression + ")[" + std::to_string(i) + "]", (*items)[i]);
  return shown;
}

}  // namespace tessera::command

#include "indexing.hpp"

namespace tessera::language {
namespace {

std::optional<std::int64_t> to_index_integer(const Value& value) {
  const Scalar* s = value.get<Scalar>();
  if (s == nullptr || s->kind() != Kind::integer || !s->fits(DType::int64)) return std::nullopt;
  return s->as<std::int64_t>();
}

ArrayIndex to_index(const SourceText& source, const IndexItem& item, Room& room) {
  if (const auto i = to_index_integer(item.value)) return *i;
  if (const auto* slice = item.value.get<Slice>()) return *slice;
  if (item.value.get<Ellipsis>()) return ellipsis;
  if (item.value.is_none()) return newaxis;
  if (const auto* array = item.value.get<Array>()) {
    if (!is_integer(array->dtype()) && array->dtype() != DType::bool_)
      source.fail(item.place, "indices are integers or a mask, not " + to_string(array->dtype()));
    return *array;
  }
  if (const auto* tuple = item.value.get<Value::Tuple>()) {
    if (tuple->empty()) return zeros({0}, {.dtype = DType::int64});
    if (auto array = nested_array(item.value, room))
      if (is_integer(array->dtype()) || array->dtype() == DType::bool_) return *array;
    source.fail(item.place, "a list that indexes has integers alone, or bools");
  }
  const bool number = item.value.get<Scalar>() != nullptr;
  source.fail(item.place, "an index is an integer, a slice, ... or None, not " +
                              (number ? to_string(item.value) : kind_name(item.value)));
}

Value index_tuple(const SourceText& source, Place bracket, const Value::Tuple& tuple,
                  const std::vector<IndexItem>& items) {
  const auto i = items.size() == 1 ? to_index_integer(items[0].value) : std::nullopt;
  if (!i) source.fail(bracket, "a tuple is indexed by one integer");
  const auto n = static_cast<std::int64_t>(tuple.size());
  if (*i < -n || *i >= n)
    source.fail(items[0].place, "index " + std::to_string(*i) + " is out of range for a tuple of " + std::to_string(n),
                ErrorKind::index);
  return tuple[*i < 0 ? *i + n : *i];
}

}  // namespace

Value index_value(const SourceText& source, Place bracket, const Value& value, const std::vector<IndexItem>& items,
                  CallContext& context) {
  if (const auto* tuple = value.get<Value::Tuple>()) return index_tuple(source, bracket, *tuple, items);
  const Array* array = value.get<Array>();
  if (array == nullptr) source.fail(bracket, kind_name(value) + " can't be indexed");
  std::vector<ArrayIndex> index;
  for (const auto& item : items) index.push_back(to_index(source, item, context.room));
  return {tessera::index(*array, index, context.count)};
}

}  // namespace tessera::language

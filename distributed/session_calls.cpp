#include <tessera/distributed/session_calls.hpp>

#include <algorithm>

namespace tessera {
namespace {

void add(Hash& h, const Dims& dims) {
  h.add(dims.size());
  for (const auto n : dims) h.add(n);
}

void add(Hash& h, std::complex<double> v) { h.add(v.real()).add(v.imag()); }
template <class T>
void add(Hash& h, const T& v) {
  h.add(v);
}

void add(Hash& h, const std::vector<Attribute>& attributes) {
  h.add(attributes.size());
  for (const auto& a : attributes) {
    h.add(a.name).add(a.value.index()).add(a.stored ? static_cast<int>(*a.stored) : -1).add(a.shape.has_value());
    if (a.shape) add(h, *a.shape);
    std::visit(
        [&]<class V>(const V& value) {
          h.add(value.size());
          if constexpr (std::is_same_v<V, std::string>)
            h.add(value);
          else
            for (const auto& v : value) add(h, v);
        },
        a.value);
  }
}

void add_write(Hash& h, const Sink& s) {
  h.add(s.target)
      .add(s.contiguous)
      .add(s.compress)
      .add(s.unlimited)
      .add(s.append_along.has_value())
      .add(s.append_along.value_or(0));
  add(h, s.chunks);
  add(h, s.attributes);
  h.add(s.dimensions.size());
  for (const auto& d : s.dimensions) h.add(d);
}

std::string text_of(const Sink& s) {
  const char* const kinds[] = {"gather", "persist", "write"};
  std::string text = std::string(kinds[static_cast<int>(s.kind)]) + "(" + to_string(s.array.dtype()) + " " +
                     to_string(s.array.shape());
  if (s.kind == Sink::Kind::write) text += " to " + s.target;
  if (!s.chunks.empty()) text += ", chunks " + to_string(s.chunks);
  if (!s.compress.empty()) text += ", " + s.compress;
  if (s.append_along) text += ", along " + std::to_string(*s.append_along);
  return text + ")";
}

}  // namespace

std::string SinkCall::text() const {
  std::string text = name;
  for (const auto& s : sinks) text += (&s == sinks.data() ? " of " : ", ") + text_of(s);
  if (sinks.empty()) text += " of nothing";
  if (options.force) text += " with force";
  if (options.append) text += " with append";
  return text;
}

std::uint64_t SinkCall::identity(const std::vector<PlanRequest>& requests) const {
  Hash h;
  h.add(sinks.size());
  bool writes = false;
  for (std::size_t i = 0; i < requests.size(); i++) {
    h.add(requests[i].node->identity()).add(requests[i].kind);
    if (sinks[i].kind != Sink::Kind::write) continue;
    add_write(h, sinks[i]);
    writes = true;
  }
  if (writes) add(h, options.file_attributes);
  return h.value();
}

std::uint64_t SinkCall::hash(const std::vector<PlanRequest>& requests) const {
  Hash h;
  h.add(std::string_view(name)).add(identity(requests));
  for (const auto& r : requests) h.add(r.node->structure());  // arrays of the same elements may lie otherwise
  const bool writes =
      std::any_of(sinks.begin(), sinks.end(), [](const Sink& s) { return s.kind == Sink::Kind::write; });
  if (writes) h.add(options.force).add(options.append);
  return h.value();
}

void add(Hash& h, const SourceOptions& o) {
  h.add(o.raw)
      .add(o.default_fill)
      .add(o.chars_as_bytes)
      .add(o.raw_dtype)
      .add(o.counted_by)
      .add(o.any_order)
      .add(o.raw_shape.has_value())
      .add(o.raw_offset.has_value());
  if (o.raw_shape) add(h, *o.raw_shape);
  if (o.raw_offset) h.add(*o.raw_offset);
}

}  // namespace tessera

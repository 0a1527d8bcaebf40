// Many sources as one array: which they are, whether they fit together, and what the ranks need to know of them.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>

#include <tessera/core/hash.hpp>
#include <tessera/io/concat_store.hpp>
#include <tessera/io/description.hpp>

namespace tessera {
namespace {

using io::Concat;

std::string trimmed(const std::string& s) {
  const auto from = s.find_first_not_of(" \t\r");
  return from == std::string::npos ? std::string() : s.substr(from, s.find_last_not_of(" \t\r") - from + 1);
}

std::vector<std::string> listed(const std::string& path) {
  std::ifstream in(parse_source(path).file);
  if (!in) throw IoError(fmt::format("@{}: the list can't be read", path));
  std::vector<std::string> sources;
  for (std::string line; std::getline(in, line);)
    if (const std::string s = trimmed(line.substr(0, line.find('#'))); !s.empty()) sources.push_back(s);
  if (sources.empty()) throw UsageError(fmt::format("@{}: the list names no source", path));
  return sources;
}

// Which axis `dimension` means; a name that the first source does not have makes a new one.
void choose_axis(Concat& c, const std::string& dimension, const StoreInfo& first) {
  int number = 0;
  const auto [end, error] = std::from_chars(dimension.data(), dimension.data() + dimension.size(), number);
  if (error == std::errc{} && end == dimension.data() + dimension.size()) {
    const int rank = first.shape.size();
    if (number < -rank || number >= rank)
      throw UsageError(
          fmt::format("{}: no axis {} to join along: the shape is {}", first.name, number, to_string(first.shape)));
    c.axis = number < 0 ? number + rank : number;
    return;
  }
  const auto named = std::find(first.dimensions.begin(), first.dimensions.end(), dimension);
  if (named != first.dimensions.end()) {
    c.axis = static_cast<int>(named - first.dimensions.begin());
    return;
  }
  if (dimension.empty()) throw UsageError("joining files needs the name of a dimension or the number of an axis");
  if (first.shape.size() == max_rank)
    throw UsageError(fmt::format("{}: has {} dimensions already; no more are held", first.name, max_rank));
  c.is_new = true;
}

const Attribute* find(const StoreInfo& info, const std::string& name) {
  for (const auto& a : info.attributes)
    if (a.name == name) return &a;
  return nullptr;
}

std::string shown(const Attribute* a) {
  if (a == nullptr) return "none";
  if (const auto* text = std::get_if<std::string>(&a->value)) return "'" + *text + "'";
  std::string s;
  std::visit(
      [&](const auto& values) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(values)>, std::string>)
          for (const auto v : values) s += (s.empty() ? "" : ", ") + fmt::format("{}", v);
      },
      a->value);
  return s;
}

void require_alike(const Concat& c, const StoreInfo& first, const StoreInfo& other) {
  const auto differ = [&](const std::string& what, const std::string& here, const std::string& there) {
    throw UsageError(
        fmt::format("{}: can't be joined with {}: its {} {}, there {}", other.name, first.name, what, here, there));
  };
  if (other.dtype != first.dtype) differ("dtype is", to_string(other.dtype), to_string(first.dtype));
  bool fits = other.shape.size() == first.shape.size();
  for (int i = 0; fits && i < first.shape.size(); i++)
    fits = (!c.is_new && i == c.axis) || other.shape[i] == first.shape[i];
  if (!fits) differ("shape is", to_string(other.shape), to_string(first.shape));
  if (other.dimensions != first.dimensions && !other.dimensions.empty() && !first.dimensions.empty())
    differ("dimensions are", fmt::format("({})", fmt::join(other.dimensions, ", ")),
           fmt::format("({})", fmt::join(first.dimensions, ", ")));
  // Decoding takes them from the first one.
  for (const char* name :
       {"units", "calendar", "scale_factor", "add_offset", "_FillValue", "missing_value", "_Unsigned"}) {
    const auto *a = find(other, name), *b = find(first, name);
    const bool same = (a == nullptr) == (b == nullptr) && (a == nullptr || a->value == b->value);
    if (!same) differ(fmt::format("{} is", name), shown(a), shown(b));
  }
}

// First and last value of the coordinate of the axis that is joined along.
struct Range {
  double first = 0, last = 0;
  std::string text() const { return fmt::format("{:.17g} to {:.17g}", first, last); }
};
std::optional<Range> range_of(const Concat& c, const StoreInfo& info) {
  const auto axis = static_cast<std::size_t>(c.axis);
  if (c.is_new || axis >= info.coordinates.size() || info.coordinates[axis].empty()) return std::nullopt;
  const auto store = open_store_alone(info.coordinates[axis]);
  const StoreInfo& s = store->info();
  if (s.shape != Shape{info.shape[c.axis]} || s.shape[0] == 0 || is_complex(s.dtype)) return std::nullopt;
  const auto value = [&](std::int64_t at) {
    alignas(16) std::byte element[16];
    store->read({{at}, {1}}, element, {item_size(s.dtype)});
    return visit_dtype(s.dtype, [&]<class T>(T) {
      T v;
      std::memcpy(&v, element, sizeof v);
      if constexpr (std::is_arithmetic_v<T>)
        return static_cast<double>(v);
      else
        return 0.0;
    });
  };
  return Range{value(0), value(s.shape[0] - 1)};
}

// Coordinates of one file after those of the one before, all in one direction.
void require_order(const std::string& before_name, const Range& before, const std::string& name, const Range& now,
                   int& direction) {
  for (const double step : {before.last - before.first, now.first - before.last, now.last - now.first}) {
    if (step == 0) continue;
    const int sign = step > 0 ? 1 : -1;
    if (direction == 0) direction = sign;
    if (sign != direction)
      throw UsageError(
          fmt::format("{}: does not follow {}: its coordinate goes from {}, there from {}; name the files "
                      "in order, e.g. in @list.txt",
                      name, before_name, now.text(), before.text()));
  }
  if (now.first == before.last)
    throw UsageError(fmt::format("{}: overlaps {}: its coordinate goes from {}, there from {}", name, before_name,
                                 now.text(), before.text()));
}

void add_new_axis(Dims& d, std::int64_t value) {
  Dims r{value};
  for (const auto e : d) r.push_back(e);
  d = r;
}

}  // namespace

std::vector<std::string> expand_source(const std::string& text) {
  if (text.starts_with('@')) return listed(text.substr(1));
  const SourceName name = parse_source(text);
  if (name.file.find_first_of("*?[") == std::string::npos) return {text};
  glob_t found{};
  const int error = ::glob(name.file.c_str(), 0, nullptr, &found);
  std::vector<std::string> sources;
  for (std::size_t i = 0; error == 0 && i < found.gl_pathc; i++)
    sources.push_back(found.gl_pathv[i] + (name.dataset.empty() ? "" : ":" + name.dataset));
  ::globfree(&found);
  if (sources.empty()) {
    // A name may have a bracket in it.
    if (std::ifstream(name.file).good()) return {text};
    throw IoError(fmt::format("{}: no file matches", name.file));
  }
  return sources;
}

std::string describe_sources(const std::vector<std::string>& names, const std::string& dimension,
                             const SourceOptions& options) {
  std::vector<std::string> sources;
  for (const auto& name : names)
    for (auto& source : expand_source(name)) sources.push_back(std::move(source));
  if (sources.empty()) throw UsageError("no source to join");
  Concat c;
  StoreInfo first, before;
  std::optional<Range> last;
  int direction = 0;
  std::int64_t length = 0;
  Hash identity;
  for (const auto& source : sources) {
    StoreInfo info;
    io::ConcatPiece piece{io::describe_one(source, options, true, &info)};
    if (c.pieces.empty()) {
      first = info;
      c.info = info;
      c.info.stored_bytes = 0;
      choose_axis(c, dimension, first);
      if (c.is_new) {
        add_new_axis(c.info.shape, 0);
        add_new_axis(c.info.indivisible, 1);
        if (!c.info.dimensions.empty()) c.info.dimensions.insert(c.info.dimensions.begin(), dimension);
        if (!c.info.coordinates.empty()) c.info.coordinates.insert(c.info.coordinates.begin(), "");
      } else if (!c.info.coordinates.empty()) {
        c.info.coordinates[static_cast<std::size_t>(c.axis)].clear();
      }
      c.chunk = info.grid.largest();
      if (c.is_new) add_new_axis(c.chunk, 1);
    }
    require_alike(c, first, info);
    const auto range = range_of(c, info);
    if (range && last) require_order(before.name, *last, info.name, *range, direction);
    last = range;
    const Dims chunk = info.grid.largest();
    piece.extent = c.is_new ? 1 : info.shape[c.axis];
    piece.chunk = c.is_new ? 1 : std::max<std::int64_t>(1, chunk[c.axis]);
    length += piece.extent;
    for (int i = 0; i < info.shape.size(); i++) {
      auto& whole = c.info.indivisible[i + (c.is_new ? 1 : 0)];
      whole = std::max(whole, info.indivisible[i]);
    }
    const auto store = open_store(piece.description);
    const std::int64_t fixed = store->scratch_bytes(Dims::filled(info.shape.size(), 0)),
                       one = store->scratch_bytes(Dims::filled(info.shape.size(), 1));
    c.scratch_bytes = std::max(c.scratch_bytes, fixed);
    c.scratch_per_element = std::max(c.scratch_per_element, one - fixed);
    c.info.stored_bytes += info.stored_bytes;
    identity.add(info.identity);
    c.pieces.push_back(std::move(piece));
    before = std::move(info);
  }
  c.info.shape[c.axis] = length;
  static_cast<void>(io::checked_bytes(first.name, c.info.shape, item_size(c.info.dtype)));
  if (c.pieces.size() > 1) c.info.name = fmt::format("{} and {} more", first.name, c.pieces.size() - 1);
  c.info.identity = identity.add(c.axis).add(c.is_new).value();
  c.info.unlimited = 0;
  c.info.grid = ChunkGrid::regular(c.info.shape, c.info.shape);  // made of the pieces where it is opened
  Writer w;
  w.put(io::Format::concat);
  io::put_concat(w, c);
  return w.bytes();
}

}  // namespace tessera

// Many sources as one array: along which axis, whether they fit together, and what the ranks need to know of them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <tessera/core/key.hpp>
#include <tessera/core/labels.hpp>
#include <tessera/io/concat_store.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/description.hpp>
#include <tessera/io/files.hpp>

namespace tessera {
namespace {

using io::Joined;

// How numbers are packed. Where sources differ in it, each is decoded by its own.
constexpr const char* packing[] = {"scale_factor", "add_offset", "missing_value", "_FillValue", "_Unsigned"};

/// Which axis `dimension` means; a name that the first source does not have makes a new one.
void choose_axis(Joined& j, const std::string& dimension, const StoreInfo& first) {
  const int rank = first.shape.size();
  int number = 0;
  const char* end = dimension.data() + dimension.size();
  if (const auto [stop, error] = std::from_chars(dimension.data(), end, number); error == std::errc{} && stop == end) {
    if (number < -rank || number >= rank)
      throw UsageError(
          fmt::format("{}: has no axis {} to join along: its shape is {}", first.name, number, to_string(first.shape)));
    j.axis = number < 0 ? number + rank : number;
    return;
  }
  if (dimension.empty()) throw UsageError("joining files needs the name of a dimension or the number of an axis");
  const auto named = std::find(first.dimensions.begin(), first.dimensions.end(), dimension);
  j.axis = named == first.dimensions.end() ? 0 : static_cast<int>(named - first.dimensions.begin());
  j.is_new = named == first.dimensions.end();
  if (j.is_new && rank == max_rank)
    throw UsageError(fmt::format("{}: has {} axes already, '{}' would be one more; arrays have at most {}", first.name,
                                 rank, dimension, max_rank));
}

std::string shown(const Attribute* a) {
  if (a == nullptr) return "none";
  if (const auto* text = std::get_if<std::string>(&a->value)) return "'" + *text + "'";
  return std::visit(
      [](const auto& values) {
        std::string list;
        if constexpr (requires { Scalar(values[0]); })
          for (const auto v : values) list += (list.empty() ? "" : ", ") + to_string(Scalar(v));
        else if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>)
          list = fmt::format("'{}'", fmt::join(values, "', '"));
        return list;
      },
      a->value);
}

/// "time, 1, 2" where only the first has a name.
std::string names_or_numbers(std::vector<std::string> dimensions) {
  for (std::size_t i = 0; i < dimensions.size(); i++)
    if (dimensions[i].empty()) dimensions[i] = std::to_string(i);
  return fmt::format("{}", fmt::join(dimensions, ", "));
}

/// What is different in another source, in words for people.
struct Difference {
  const StoreInfo &first, &other;
  [[noreturn]] void refuse(const std::string& what, const std::string& here, const std::string& there) const {
    throw UsageError(
        fmt::format("{}: can't be joined with {}: its {} {}, there {}", other.name, first.name, what, here, there));
  }
  [[noreturn]] void refuse_dtype() const { refuse("dtype is", to_string(other.dtype), to_string(first.dtype)); }
};

/// NaN is the same as NaN: a usual fill value.
bool is_same_attribute(const Difference& d, const char* name) {
  const auto *here = io::find_attribute(d.other, name), *there = io::find_attribute(d.first, name);
  if (here == nullptr || there == nullptr) return here == there;
  const auto *mine = std::get_if<std::vector<double>>(&here->value),
             *others = std::get_if<std::vector<double>>(&there->value);
  if (mine == nullptr || others == nullptr) return here->value == there->value;
  return std::equal(mine->begin(), mine->end(), others->begin(), others->end(),
                    [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

/// Times that are stored otherwise than the first are decoded one by one, by the Store: those of several dtypes, packed
/// or with fill values of their own.
bool is_time_of_another_kind(const Difference& d) {
  const auto counts = [](const StoreInfo& info) {
    return io::counts_since(io::text_attribute(info, "units")) && io::find_attribute(info, "_Unsigned") == nullptr;
  };
  const bool is_packed =
      io::find_attribute(d.other, "scale_factor") != nullptr || io::find_attribute(d.other, "add_offset") != nullptr;
  if (!counts(d.first) || !counts(d.other)) return false;
  return d.first.dtype != d.other.dtype || (is_packed && io::units_of(d.first) != io::units_of(d.other)) ||
         std::any_of(std::begin(packing), std::end(packing),
                     [&](const char* name) { return !is_same_attribute(d, name); });
}

void require_same_shape(const Joined& j, const std::string& dimension, const Difference& d) {
  const StoreInfo &first = d.first, &other = d.other;
  bool fits = other.shape.size() == first.shape.size();
  for (int i = 0; fits && i < first.shape.size(); i++)
    fits = (!j.is_new && i == j.axis) || other.shape[i] == first.shape[i];
  if (!fits && j.is_new && !first.dimensions.empty())
    throw UsageError(
        fmt::format("{}: can't lie beside {} along a new axis '{}': its shape is {}, there {}; the "
                    "dimensions to join along are {}",
                    other.name, first.name, dimension, to_string(other.shape), to_string(first.shape),
                    names_or_numbers(first.dimensions)));
  if (!fits) d.refuse("shape is", to_string(other.shape), to_string(first.shape));
  if (other.dimensions != first.dimensions && !other.dimensions.empty() && !first.dimensions.empty())
    d.refuse("dimensions are", fmt::format("({})", fmt::join(other.dimensions, ", ")),
             fmt::format("({})", fmt::join(first.dimensions, ", ")));
}

void require_same_attribute(const Difference& d, const char* name) {
  if (!is_same_attribute(d, name))
    d.refuse(fmt::format("attribute {} is", name), shown(io::find_attribute(d.other, name)),
             shown(io::find_attribute(d.first, name)));
}

/// Times in any units that count from a date are alike: retimings() judges them.
void require_same_units(const Difference& d) {
  if (io::counts_since(io::text_attribute(d.first, "units")) && io::counts_since(io::text_attribute(d.other, "units")))
    return;
  require_same_attribute(d, "units");
  require_same_attribute(d, "calendar");
}

/// True when both are packed in the same way, so that the elements in the files are of one kind.
/// throws UsageError when they are not and can't be decoded one by one: they are wanted raw, or have no packing.
bool is_packed_alike(const Difference& d, bool raw) {
  const auto is_packed = [](const StoreInfo& info) {
    return io::find_attribute(info, "scale_factor") != nullptr || io::find_attribute(info, "add_offset") != nullptr;
  };
  const bool same_dtype = d.first.dtype == d.other.dtype;
  if (!same_dtype && (raw || (!is_packed(d.first) && !is_packed(d.other)))) d.refuse_dtype();
  if (raw)
    for (const char* name : packing) require_same_attribute(d, name);
  return same_dtype && std::all_of(std::begin(packing), std::end(packing),
                                   [&](const char* name) { return is_same_attribute(d, name); });
}

/// The whole before its length is known.
StoreInfo begin_whole(const Joined& j, const std::string& dimension, const StoreInfo& first) {
  StoreInfo whole = first;
  whole.stored_bytes = 0;
  whole.coordinates.resize(whole.dimensions.size());
  if (j.is_new) {
    whole.unlimited <<= 1;
    const auto behind_new = [](std::int64_t n, const Dims& others) {
      Dims all{n};
      for (const auto e : others) all.push_back(e);
      return all;
    };
    whole.shape = behind_new(0, first.shape);
    whole.indivisible = behind_new(1, first.indivisible);
    if (whole.dimensions.empty()) whole.dimensions.assign(static_cast<std::size_t>(first.shape.size()), "");
    whole.dimensions.insert(whole.dimensions.begin(), dimension);
    whole.coordinates.resize(whole.dimensions.size() - 1);
    whole.coordinates.insert(whole.coordinates.begin(), "");
  }
  return whole;
}

std::vector<std::string> all_sources(const std::vector<std::string>& names) {
  std::vector<std::string> sources;
  for (const auto& name : names)
    for (auto& source : expand_source(name)) sources.push_back(std::move(source));
  if (sources.empty()) throw UsageError("there is no source to join");
  return sources;
}

/// Looks at one source after another.
class Joining {
 public:
  Joining(std::string dimension, const SourceOptions& options) : dimension_(std::move(dimension)), options_(options) {}

  void add(const std::string& source) {
    // What is looked up in a file opens it once, and the first one's coordinates are needed for every other.
    const auto open = io::hold_source(source);
    StoreInfo info;
    std::string description = io::describe_one(source, options_, detail(), &info);
    if (sources_.empty()) begin(info, open);
    inherit_units(source, info);
    const Difference d{infos_.empty() ? info : infos_[0], info};
    require_same_shape(j_, dimension_, d);
    require_same_units(d);
    const bool is_other_time = is_time_of_another_kind(d);
    if (packed_alike_ && !is_other_time && !is_packed_alike(d, options_.raw)) {
      packed_alike_ = false;  // then every rank has to know how
      for (std::size_t k = 0; k < sources_.size(); k++)
        j_.parts[k] = io::describe_one(sources_[k], options_, detail(), nullptr);
      description = io::describe_one(source, options_, detail(), nullptr);
    }
    if (!sources_.empty()) others_->require_same(info);
    if (coordinate_) coordinate_->add(info);
    sources_.push_back(source);
    j_.parts.push_back(std::move(description));
    measure(info);
    forget_what_is_carried(info);
    infos_.push_back(std::move(info));
  }

  std::string finish() {
    if (!packed_alike_ && !j_.is_new)
      if (const auto only = only_part(); only) return io::describe_one(*only, options_, io::Detail::all, nullptr);
    StoreInfo& whole = j_.info;
    whole.shape[j_.axis] = length_;
    if (coordinate_) {
      if (!options_.any_order) coordinate_->require_order();
      if (!whole.coordinates.empty()) whole.coordinates[j_.axis] = coordinate_->sources();
    }
    if (packed_alike_)
      j_.retimings = io::retimings(infos_, [&](std::size_t k) { return io::open_part(j_.parts[k]); });
    else
      require_decodable();
    if (!j_.retimings.empty()) io::retime(whole, j_.retimings[0]);
    static_cast<void>(io::checked_bytes(infos_[0].name, whole.shape, item_size(whole.dtype)));
    if (sources_.size() > 1) whole.name = fmt::format("{} and {} more", infos_[0].name, sources_.size() - 1);
    whole.identity = identity_.add(j_.axis).add(j_.is_new).bytes();
    whole.grid = ChunkGrid::regular(whole.shape, whole.shape);
    for (const auto& info : infos_) {
      whole.parts.names.push_back(info.name);
      whole.parts.lengths.push_back(j_.is_new ? 1 : info.shape[j_.axis]);
    }
    whole.parts.axis = j_.axis;
    whole.parts.is_new = j_.is_new;
    Writer w;
    w.put(packed_alike_ ? io::Described::joined : io::Described::parts);
    io::put_joined(w, j_);
    return w.bytes();
  }

 private:
  void begin(const StoreInfo& first, std::shared_ptr<const io::PositionedFile> open) {
    first_open_ = std::move(open);
    choose_axis(j_, dimension_, first);
    j_.info = begin_whole(j_, dimension_, first);
    others_.emplace(first, j_.is_new ? -1 : j_.axis);
    if (!j_.is_new) coordinate_.emplace(j_.axis);
  }

  /// Where the others have no elements: what is decoded is this one, or nothing.
  std::optional<std::string> only_part() const {
    const auto has_some = [&](const StoreInfo& info) { return info.shape[j_.axis] > 0; };
    const auto first = std::find_if(infos_.begin(), infos_.end(), has_some);
    if (first == infos_.end()) return sources_[0];
    if (std::any_of(first + 1, infos_.end(), has_some)) return std::nullopt;
    return sources_[first - infos_.begin()];
  }

  /// SourceOptions::counted_by.
  void inherit_units(const std::string& source, StoreInfo& info) const {
    if (options_.counted_by.empty() || io::find_attribute(info, "units") != nullptr) return;
    StoreInfo coordinate;
    static_cast<void>(io::describe_one(parse_source(source).file + ":" + options_.counted_by, {.raw = true},
                                       io::Detail::packing, &coordinate));
    std::erase_if(info.attributes, [](const Attribute& a) { return a.name == "calendar"; });
    for (const char* name : {"units", "calendar"})
      if (const Attribute* a = io::find_attribute(coordinate, name)) info.attributes.push_back(*a);
  }

  io::Detail detail() const { return packed_alike_ ? io::Detail::elements : io::Detail::packing; }

  /// A thousand files have no thousand times the attributes that one may have: what is compared stays.
  static void forget_what_is_carried(StoreInfo& info) {
    std::erase_if(info.attributes, [](const Attribute& a) {
      return a.name != "units" && a.name != "calendar" && !is_packing_attribute(a.name);
    });
    info.file_attributes.clear(), info.unread_attributes.clear(), info.unread_file_attributes.clear();
  }

  void measure(const StoreInfo& info) {
    for (int i = 0; i < info.shape.size(); i++) {
      auto& whole = j_.info.indivisible[i + (j_.is_new ? 1 : 0)];
      whole = std::max(whole, info.indivisible[i]);
    }
    if (__builtin_add_overflow(length_, j_.is_new ? 1 : info.shape[j_.axis], &length_))
      throw IoError(fmt::format("{}: with it the joined axis is longer than 2^63 - 1", info.name));
    j_.info.stored_bytes += info.stored_bytes;
    j_.info.stored_estimated = j_.info.stored_estimated || info.stored_estimated;
    identity_.add(info.identity);
  }

  // Each part is decoded by whoever opens them; until then the whole is described as the first is.
  void require_decodable() const {
    for (const auto& info : infos_) {
      require_same_attribute({infos_[0], info}, "units");  // times, whose numbers are packed too
      require_same_attribute({infos_[0], info}, "calendar");
    }
  }

  std::string dimension_;
  const SourceOptions& options_;
  Joined j_;
  std::shared_ptr<const io::PositionedFile> first_open_;
  std::vector<std::string> sources_;
  std::vector<StoreInfo> infos_;  // one a source
  bool packed_alike_ = true;
  std::optional<io::OtherCoordinates> others_;
  std::optional<io::CoordinateSequence> coordinate_;
  std::int64_t length_ = 0;
  Key identity_;
};

}  // namespace

std::string describe_sources(const std::vector<std::string>& names, const std::string& dimension,
                             const SourceOptions& options) {
  Joining joining(dimension, options);
  for (const auto& source : all_sources(names)) joining.add(source);
  return joining.finish();
}

}  // namespace tessera

#include <tessera/io/dimensions_there.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <tessera/io/apart.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/formats.hpp>

namespace tessera {
namespace {

constexpr std::int64_t piece = 1 << 16;  // elements that are compared at once

/// The elements of a coordinate as it is cut.
class CutReader {
 public:
  explicit CutReader(const CoordinateCut& cut)
      : store_(cut.sources.size() == 1 ? open_store_alone(cut.sources[0])
                                       : open_store(describe_sources(cut.sources, "0", {.raw = true}))),
        runs_(cut.runs) {}
  const StoreInfo& info() const { return store_->info(); }
  bool has_order() const { return info().shape.size() == 1 && !is_complex(info().dtype); }
  /// The next `n` elements, fewer at the end.
  std::vector<long double> next(std::int64_t n) {
    std::vector<long double> values;
    while (run_ < runs_.size() && static_cast<std::int64_t>(values.size()) < n) {
      const CoordinateCut::Run& r = runs_[run_];
      const std::int64_t stride = std::max<std::int64_t>(1, std::abs(r.step)),
                         most = std::max<std::int64_t>(1, piece / stride),
                         count = std::min({most, n - static_cast<std::int64_t>(values.size()), r.length - done_});
      if (count > 0) {
        const std::int64_t first = r.start + r.step * done_, last = first + r.step * (count - 1);
        const auto all = io::coordinate_values(*store_, std::min(first, last), stride * (count - 1) + 1);
        for (std::int64_t i = 0; i < count; i++) values.push_back(all[stride * (r.step < 0 ? count - 1 - i : i)]);
        done_ += count;
      }
      if (done_ == r.length) run_++, done_ = 0;
    }
    return values;
  }

 private:
  std::shared_ptr<const Store> store_;
  std::vector<CoordinateCut::Run> runs_;
  std::size_t run_ = 0;
  std::int64_t done_ = 0;  // of this run
};

/// same(x, y): of two elements that are no NaN.
bool are_same(CutReader& a, CutReader& b, std::int64_t length, const auto& same) {
  for (std::int64_t k = 0; k < length; k += piece) {
    const auto here = a.next(piece), there = b.next(piece);
    if (!std::equal(here.begin(), here.end(), there.begin(), there.end(), [&](long double x, long double y) {
          return std::isnan(x) || std::isnan(y) ? std::isnan(x) == std::isnan(y) : same(x, y);
        }))
      return false;
  }
  return true;
}

/// Times in other units are the same where they are the same moments. throws UsageError when units can't be compared.
bool are_same_elements(CutReader& a, CutReader& b, std::int64_t length) {
  if (!a.has_order() || !b.has_order()) return false;
  const io::TimeConversion convert = io::to_units_of(a.info(), b.info());
  const long double rounding = convert.is_identity() ? 0 : 4e-16L;  // of float64
  return are_same(a, b, length, [&](long double x, long double given) {
    const long double y = convert(given);
    return x == y || std::abs(x - y) <= rounding * std::max(std::abs(x), std::abs(y));
  });
}

}  // namespace

DimensionThere find_dimension(const std::string& file, const std::string& name) {
  std::error_code ignored;
  const std::string path = parse_source(file).file;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  if (!is_folder && !std::filesystem::is_regular_file(path, ignored)) return {};
  const auto found = io::find_source(path);
  if (is_folder ? io::known_format(found) == nullptr : found.start.empty()) return {};
  const io::Format& format = io::format_of(found);
  if (io::files_are_trusted()) return format.find_dimension(found, name);
  const std::string bytes = io::apart(path, [&] { return Writer().put(format.find_dimension(found, name)).bytes(); });
  return Reader(bytes).get<DimensionThere>();
}

std::int64_t length_of(const CoordinateCut& cut) {
  std::int64_t n = 0;
  for (const auto& r : cut.runs) n += r.length;
  return n;
}

bool is_same_coordinate(const std::string& there, const CoordinateCut& cut) try {
  const std::int64_t n = length_of(cut);
  CutReader old({{there}, {{0, 1, n}}}), source(cut);
  return old.info().shape == Shape{n} && are_same_elements(old, source, n);
} catch (const UsageError&) {  // one holds no numbers, or is of sources that can't be joined
  return false;
}

bool are_same_coordinates(const CoordinateCut& a, const CoordinateCut& b) try {
  const std::int64_t n = length_of(a);
  CutReader here(a), there(b);
  return n == length_of(b) && are_same_elements(here, there, n);
} catch (const UsageError&) {
  return false;
}

bool are_same_points(const CoordinateCut& a, const CoordinateCut& b) try {
  const std::int64_t n = length_of(a);
  CutReader here(a), there(b);
  if (n != length_of(b) || !here.has_order() || !there.has_order()) return false;
  const auto mine = io::units_of(here.info()), others = io::units_of(there.info());
  const io::TimeConversion convert =
      mine.empty() || others.empty() ? io::TimeConversion{} : io::to_units_of(here.info(), there.info());
  return are_same(here, there, n, [&](long double x, long double given) {
    const long double y = convert(given);
    return std::abs(x - y) <= 1e-6L * std::max(std::abs(x), std::abs(y));
  });
} catch (const UsageError&) {  // of units that can't be compared, or of sources that can't be joined
  return false;
}

}  // namespace tessera

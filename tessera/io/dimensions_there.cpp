#include <tessera/io/dimensions_there.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <tessera/io/apart.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/files.hpp>
#include <tessera/io/format.hpp>
#include <tessera/io/hdf5/hdf5.hpp>

namespace tessera {
namespace {

constexpr std::int64_t piece = 1 << 16;  // elements that are compared at once

}  // namespace

DimensionThere find_dimension(const std::string& file, const std::string& name) {
  std::error_code ignored;
  const std::string path = parse_source(file).file;
  if (!std::filesystem::is_regular_file(path, ignored)) return {};
  const auto opened = io::PositionedFile::open(path);
  if (opened->size() == 0 || io::format_of(*opened) != io::Format::hdf5) return {};
  if (io::files_are_trusted()) return io::find_hdf5_dimension(opened, name);
  const std::string bytes = io::apart(path, [&] {
    const DimensionThere found = io::find_hdf5_dimension(opened, name);
    return Writer().put(found).bytes();
  });
  return Reader(bytes).get<DimensionThere>();
}

bool is_same_coordinate(const std::string& there, const CoordinateCut& cut) {
  const auto old = open_store_alone(there);
  const auto source =
      cut.sources.size() == 1 ? open_store_alone(cut.sources[0]) : open_store(describe_sources(cut.sources, "0"));
  if (old->info().shape != Shape{cut.length} || is_complex(old->info().dtype) || is_complex(source->info().dtype) ||
      io::units_of(old->info()) != io::units_of(source->info()))
    return false;
  const std::int64_t stride = std::abs(cut.step),
                     most = std::max<std::int64_t>(1, piece / std::max<std::int64_t>(1, stride));
  for (std::int64_t k = 0; k < cut.length; k += most) {
    const std::int64_t n = std::min(most, cut.length - k), first = cut.start + cut.step * k;
    const auto values = io::coordinate_values(*old, k, n);
    const auto all = io::coordinate_values(*source, std::min(first, first + cut.step * (n - 1)), stride * (n - 1) + 1);
    for (std::int64_t i = 0; i < n; i++) {
      const auto a = values[static_cast<std::size_t>(i)];
      const auto b = all[static_cast<std::size_t>(cut.step < 0 ? stride * (n - 1 - i) : stride * i)];
      if (a != b && !(std::isnan(a) && std::isnan(b))) return false;
    }
  }
  return true;
}

}  // namespace tessera

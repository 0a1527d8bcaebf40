// A dataset of an HDF5 file as the rest of io sees it: its description, and the Store that a description opens.
#include <fmt/format.h>

#include <tuple>

#include <tessera/io/apart.hpp>
#include <tessera/io/coordinate.hpp>
#include <tessera/io/fill_watch.hpp>
#include <tessera/io/half_store.hpp>
#include <tessera/io/hdf5/describe.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/netcdf_fill.hpp>
#include <tessera/io/padded_store.hpp>

namespace tessera::io {
namespace {

// Up to here the places of all chunks are looked up at once (about 1 us each) and travel with the description.
constexpr std::int64_t many_places = 4096, compact_places = 512;
// Of files that are not trusted: nothing is looked up later.
constexpr std::int64_t all_places = std::int64_t{4} << 20;

// SourceOptions::default_fill: as if the file said it.
void name_default_fill(hdf5::Dataset& d) {
  const DType t = d.encoding.dtype;
  if (d.encoding.half || !means_missing(t) || find_attribute(d.info, "_FillValue") != nullptr) return;
  Attribute fill{"_FillValue", {}, t};
  const Scalar value = *netcdf_fill(t);
  if (is_real_floating(t))
    fill.value = std::vector{value.as<double>()};
  else if (t == DType::uint64)
    fill.value = std::vector{value.as<std::uint64_t>()};
  else
    fill.value = std::vector{value.as<std::int64_t>()};
  d.info.attributes.push_back(std::move(fill));
  d.watched = false;
}

}  // namespace

StoreInfo describe_hdf5(const std::shared_ptr<const PositionedFile>& file, const std::string& dataset,
                        const SourceOptions& options, Detail detail, Writer& description) {
  const std::int64_t places = !files_are_trusted() ? all_places : detail != Detail::all ? compact_places : many_places;
  hdf5::Dataset d = hdf5::describe(file, dataset, {places, options.chars_as_bytes, options.room});
  if (!files_are_trusted() && d.kind == hdf5::Dataset::Kind::lookup)
    throw UsageError(
        fmt::format("{}: {} chunks; of files that are not trusted (option 'untrusted') at most {} are read",
                    d.info.name, d.info.grid.count(), places));
  if (options.default_fill) name_default_fill(d);
  d.watched = d.watched && !options.raw;
  if (detail == Detail::all) {
    hdf5::put_dataset(description, d);
    return hdf5::seen_info(std::move(d));
  }
  StoreInfo all = hdf5::seen_info(d);
  leave_out(d.info, detail);
  hdf5::put_dataset(description, d);
  return all;
}

std::shared_ptr<const Store> open_hdf5(Reader& description, Opening opening) {
  hdf5::Dataset d = hdf5::get_dataset(description);
  auto file = open_described(d.file, d.key, opening);
  const auto [half, watched, missing, whole, chunk] =
      std::tuple(d.encoding.half, d.watched, d.missing, d.whole, d.chunk);
  auto store = hdf5::make_store(std::move(file), std::move(d));
  if (whole != store->info().shape) store = make_padded_store(std::move(store), whole, chunk, missing);
  if (watched) store = make_fill_watch(std::move(store));
  return half ? make_half_store(std::move(store)) : store;
}

}  // namespace tessera::io

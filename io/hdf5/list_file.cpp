// What a file holds: one entry for each dataset and link, whatever is broken besides.
#include <fmt/format.h>

#include <tessera/io/half_store.hpp>
#include <tessera/io/hdf5/datatype.hpp>
#include <tessera/io/hdf5/describe.hpp>
#include <tessera/io/hdf5/driver.hpp>
#include <tessera/io/hdf5/hdf5.hpp>
#include <tessera/io/hdf5/netcdf_names.hpp>
#include <tessera/io/hdf5/objects.hpp>

namespace tessera::io {
namespace hdf5 {
namespace {

// Up to here the chunks of a listed dataset are looked up, to add up what they take.
constexpr std::int64_t few_places = 16;

std::string without(const std::string& prefix, const std::string& text) {
  return text.starts_with(prefix + ": ") ? text.substr(prefix.size() + 2) : text;
}

// What can be told of a dataset that can't be described.
UnreadDataset unread(hid_t file, const std::string& name, const Found& found, const std::string& why) {
  UnreadDataset u{name + ":" + found.path, "hdf5", {}, {}, without(name + ":" + found.path, why)};
  try {
    const Id dataset = open_dataset(file, name, found.path);
    const Id type(H5Dget_type(dataset.get()), H5Tclose), space(H5Dget_space(dataset.get()), H5Sclose);
    if (const auto encoding = type ? encoding_of(type.get()) : std::nullopt)
      u.holds = to_string(encoding->half ? DType::float32 : encoding->dtype);
    else if (type)
      u.holds = describe_type(type.get());
    if (space) u.shape = shape_of(space.get(), u.name);
  } catch (const Error&) {
    // The reason is known already.
  }
  return u;
}

ListedDataset list_dataset(const std::shared_ptr<const PositionedFile>& file, hid_t opened, const Found& found,
                           ScalePaths& scales, DimensionLengths& lengths, Detail detail) {
  const std::string& name = file->name();
  if (!found.readable) return unread(opened, name, found, "not read; numbers, bools and complex numbers are");
  try {
    StoreInfo info = seen_info(describe_open(file, opened, found.path, {few_places, false}, scales, lengths));
    leave_out(info, detail);
    return info;
  } catch (const Error& error) {
    return unread(opened, name, found, error.what());
  }
}

// A soft link: nothing when it leads to a group or a datatype, which are no datasets.
// scales: by which paths the others are listed.
std::optional<ListedDataset> list_link(hid_t file, const std::string& name, const Found& found, ScalePaths& scales) {
  UnreadDataset u{name + ":" + found.path, "hdf5", "a soft link to " + found.detail, {}, {}};
  try {
    const std::string target = resolve(file, name, found.path);
    const Id object(H5Oopen(file, target.c_str(), H5P_DEFAULT), H5Oclose);
    if (object && H5Iget_type(object.get()) == H5I_DATASET) {
      H5O_info_t info;
      const bool known = H5Oget_info(object.get(), &info) >= 0;
      const std::string listed = known ? scales.of(object.get(), info.addr, "") : "";
      return LinkedDataset{u.name, u.format, name + ":" + (listed.empty() ? target : variable_path(listed))};
    }
    if (object) return std::nullopt;
    u.why = "what it points to can't be opened";
  } catch (const Error& error) {
    u.holds.clear();  // the reason says it
    u.why = without(name, error.what());
  }
  return u;
}

std::optional<ListedDataset> list_found(const std::shared_ptr<const PositionedFile>& file, hid_t opened,
                                        const Found& found, ScalePaths& scales, DimensionLengths& lengths,
                                        Detail detail) {
  driver_error();  // of what was broken before
  switch (found.kind) {
    case Found::Kind::dataset:
      return list_dataset(file, opened, found, scales, lengths, detail);
    case Found::Kind::bare:
      return std::nullopt;
    case Found::Kind::soft:
      return list_link(opened, file->name(), found, scales);
    case Found::Kind::outside:
      return UnreadDataset{
          file->name() + ":" + found.path, "hdf5", found.detail, {}, "not followed; open that file itself"};
    case Found::Kind::broken:
      break;
  }
  return UnreadDataset{file->name() + ":" + found.path, "hdf5", {}, {}, found.detail};
}

}  // namespace
}  // namespace hdf5

FileContents list_hdf5(const std::shared_ptr<const PositionedFile>& file, Detail detail) {
  const hdf5::Lock lock;
  const hdf5::Id opened = hdf5::open_file(file);
  const auto all = hdf5::walk(opened.get(), file->name(), hdf5::most_datasets, hdf5::Unreadable::listed);
  hdf5::ScalePaths scales(opened.get(), all);
  hdf5::DimensionLengths lengths(opened.get());
  FileContents contents;
  for (const auto& found : all)
    if (auto listed = hdf5::list_found(file, opened.get(), found, scales, lengths, detail))
      contents.datasets.push_back(std::move(*listed));
  if (detail != Detail::all) return contents;
  try {
    hdf5::driver_error();
    hdf5::AttributesThere there = hdf5::file_attributes(opened.get(), file->name());
    contents.attributes = std::move(there.read);
    contents.unread_attributes = std::move(there.unread);
  } catch (const Error& error) {
    contents.attributes_why = hdf5::without(file->name(), error.what());
  }
  return contents;
}

}  // namespace tessera::io

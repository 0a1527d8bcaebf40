#include <tessera/io/hdf5/lists.hpp>

#include <cstring>
#include <map>
#include <string_view>

#include <tessera/io/hdf5/driver.hpp>

namespace tessera::io::hdf5 {
namespace {

constexpr std::int64_t most_collection_bytes = std::int64_t{16} << 20;
constexpr std::size_t reference_bytes =
    16;  // length (4), address (8), index (4), little-endian, as in files with 8-byte addresses

// The "conversion" of file elements to opaque ones of the same size: the bytes as they are.
herr_t as_they_are(hid_t from, hid_t to, H5T_cdata_t* data, size_t, size_t, size_t, void*, void*, hid_t) {
  if (data->command == H5T_CONV_INIT) {
    data->need_bkg = H5T_BKG_NO;
    return H5Tget_size(from) == reference_bytes && H5Tget_size(to) == reference_bytes ? 0 : -1;
  }
  return 0;
}

// Registered only while an attribute is read: the host program's conversions stay its own.
struct Conversion {
  Id list, opaque;
  bool made = false;
  Conversion()
      : list(H5Tvlen_create(H5T_NATIVE_UINT8), H5Tclose),
        opaque(H5Tcreate(H5T_OPAQUE, reference_bytes), H5Tclose),
        made(H5Tregister(H5T_PERS_SOFT, "tessera lists", list.get(), opaque.get(), as_they_are) >= 0) {}
  ~Conversion() {
    // -1: also the paths that the library made from it for the types at hand.
    if (made) H5Tunregister(H5T_PERS_SOFT, "tessera lists", -1, -1, as_they_are);
  }
};

std::uint64_t little(const std::string& bytes, std::size_t at, std::size_t n) {
  std::uint64_t v = 0;
  for (std::size_t i = n; i-- > 0;) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
  return v;
}

// The objects of a heap collection by their indices; empty when it is damaged.
std::map<std::uint64_t, std::string_view> objects_of(const std::string& collection) {
  std::map<std::uint64_t, std::string_view> objects;
  // Signature (4), version (1), reserved (3), size (8); then objects: index (2), references (2), reserved (4), size
  // (8), data to a multiple of 8. Index 0 is the free rest.
  for (std::size_t at = 16; at + 16 <= collection.size();) {
    const std::uint64_t index = little(collection, at, 2), bytes = little(collection, at + 8, 8);
    if (index == 0 || bytes > collection.size() - at - 16) break;
    objects[index] = std::string_view(collection).substr(at + 16, bytes);
    at += 16 + (bytes + 7) / 8 * 8;
  }
  return objects;
}

std::string read_collection(const PositionedFile& file, std::int64_t at) {
  std::string head(16, '\0');
  if (at < 0 || at > file.size() - 16) return {};
  file.read(at, reinterpret_cast<std::byte*>(head.data()), 16);
  const std::uint64_t bytes = little(head, 8, 8);
  if (!head.starts_with("GCOL\1") || bytes < 16 ||
      bytes > static_cast<std::uint64_t>(std::min(most_collection_bytes, file.size() - at)))
    return {};
  std::string all(bytes, '\0');
  file.read(at, reinterpret_cast<std::byte*>(all.data()), static_cast<std::int64_t>(bytes));
  return all;
}

}  // namespace

std::optional<std::vector<std::string>> read_lists(hid_t attribute, std::size_t count, std::size_t base,
                                                   const std::string& what) {
  const Id file(H5Iget_file_id(attribute), H5Fclose);
  const Id creation(file ? H5Fget_create_plist(file.get()) : -1, H5Pclose);
  const PositionedFile* bytes = file ? file_behind(file.get()) : nullptr;
  hsize_t user_block = 0;
  std::size_t address_bytes = 0, size_bytes = 0;
  if (!creation || !bytes || H5Pget_userblock(creation.get(), &user_block) < 0 ||
      H5Pget_sizes(creation.get(), &address_bytes, &size_bytes) < 0)
    return std::nullopt;
  if (address_bytes != 8 || size_bytes != 8) return std::nullopt;

  std::string references(count * reference_bytes, '\0');
  {
    const Conversion conversion;
    if (!conversion.made || H5Aread(attribute, conversion.opaque.get(), references.data()) < 0) fail(what);
  }
  std::vector<std::string> lists;
  std::uint64_t held = ~std::uint64_t{0};
  std::string collection;
  std::map<std::uint64_t, std::string_view> objects;
  for (std::size_t i = 0; i < count; i++) {
    const std::uint64_t length = little(references, i * reference_bytes, 4) * base,
                        address = little(references, i * reference_bytes + 4, 8);
    const std::uint64_t index = little(references, i * reference_bytes + 12, 4);
    if (length == 0) {
      lists.emplace_back();
      continue;
    }
    if (address != held) {
      collection = address <= static_cast<std::uint64_t>(bytes->size())
                       ? read_collection(*bytes, static_cast<std::int64_t>(address + user_block))
                       : std::string();
      objects = objects_of(collection);
      held = address;
    }
    const auto object = objects.find(index);
    if (object == objects.end() || object->second.size() < length)
      throw IoError(what + ": damaged: it refers to nothing in the file's heap");
    lists.emplace_back(object->second.substr(0, length));
  }
  return lists;
}

}  // namespace tessera::io::hdf5

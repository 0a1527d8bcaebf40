#include <tessera/io/hdf5/lists.hpp>

#include <algorithm>
#include <map>

#include <tessera/io/hdf5/driver.hpp>

namespace tessera::io::hdf5 {
namespace {

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

// A collection of the heap. Signature (4), version (1), reserved (3), size (8); then objects: index (2), references
// (2), reserved (4), size (8), data to a multiple of 8. Index 0 is the free rest.
class Collection {
 public:
  Collection(const PositionedFile& file, std::uint64_t at) : file_(file) {
    const auto size = static_cast<std::uint64_t>(file.size());
    if (at > size || size - at < 16) return;
    const std::string head = bytes(at, 16);
    const std::uint64_t length = little(head, 8, 8);
    if (!head.starts_with("GCOL\1") || length < 16 || length > size - at) return;
    for (std::uint64_t here = at + 16; at + length - here >= 16;) {
      const std::string object = bytes(here, 16);
      const std::uint64_t index = little(object, 0, 2), data = little(object, 8, 8);
      if (index == 0 || data > at + length - here - 16) break;
      objects_[index] = {here + 16, data};
      here += 16 + (data + 7) / 8 * 8;
      if (here > at + length) break;
    }
  }
  /// The first `length` bytes of an object; nothing when it has fewer.
  std::optional<std::string> read(std::uint64_t index, std::uint64_t length) {
    const auto object = objects_.find(index);
    if (object == objects_.end() || object->second.bytes < length) return std::nullopt;
    return bytes(object->second.at, length);
  }

 private:
  struct Object {
    std::uint64_t at, bytes;
  };
  // Through a window of the file: objects are small as a rule, and one collection can have tens of thousands.
  std::string bytes(std::uint64_t at, std::uint64_t n) {
    if (at < window_at_ || at + n > window_at_ + window_.size()) {
      window_at_ = at;
      window_.resize(
          std::min<std::uint64_t>(std::max<std::uint64_t>(n, 64 << 10), static_cast<std::uint64_t>(file_.size()) - at));
      file_.read(static_cast<std::int64_t>(at), reinterpret_cast<std::byte*>(window_.data()),
                 static_cast<std::int64_t>(window_.size()));
    }
    return window_.substr(at - window_at_, n);
  }

  const PositionedFile& file_;
  std::map<std::uint64_t, Object> objects_;
  std::uint64_t window_at_ = 0;
  std::string window_;
};

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
  const auto length_of = [&](std::size_t i) { return little(references, i * reference_bytes, 4) * base; };
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < count; i++) all += length_of(i);
  if (all > most_list_bytes) throw TooLarge{all};
  std::vector<std::string> lists;
  std::uint64_t held = ~std::uint64_t{0};
  std::optional<Collection> collection;
  for (std::size_t i = 0; i < count; i++) {
    const std::uint64_t length = length_of(i), address = little(references, i * reference_bytes + 4, 8);
    if (length == 0) {
      lists.emplace_back();
      continue;
    }
    if (address != held)
      collection.emplace(
          *bytes, address <= static_cast<std::uint64_t>(bytes->size()) ? address + user_block : ~std::uint64_t{0});
    held = address;
    auto list = collection->read(little(references, i * reference_bytes + 12, 4), length);
    if (!list) throw IoError(what + ": damaged: it refers to nothing in the file's heap");
    lists.push_back(std::move(*list));
  }
  return lists;
}

}  // namespace tessera::io::hdf5

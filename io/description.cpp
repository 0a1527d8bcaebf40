#include <tessera/io/description.hpp>

#include <fmt/format.h>

#include <filesystem>

#include <tessera/core/attribute_bytes.hpp>
#include <tessera/core/key.hpp>
#include <tessera/core/labels.hpp>

namespace tessera::io {

void put_dims(Writer& w, const Dims& dims) { w.put(std::vector<std::int64_t>(dims.begin(), dims.end())); }
Dims get_dims(Reader& r) { return Dims(r.get_vector<std::int64_t>()); }

namespace {

void put_texts(Writer& w, const std::vector<std::string>& texts) {
  w.put(texts.size());
  for (const auto& t : texts) w.put(t);
}
std::vector<std::string> get_texts(Reader& r) {
  std::vector<std::string> texts;
  for (auto n = r.get<std::size_t>(); n > 0; n--) texts.push_back(r.get_string());
  return texts;
}

void put_attributes(Writer& w, const std::vector<Attribute>& attributes) {
  w.put(attributes.size());
  for (const auto& a : attributes) {
    w.put(a.name).put(a.stored ? static_cast<int>(*a.stored) : -1).put(a.shape.has_value());
    if (a.shape) put_dims(w, *a.shape);
    w.put(static_cast<int>(a.value.index()));
    if (const auto* texts = std::get_if<std::vector<std::string>>(&a.value))
      put_texts(w, *texts);
    else
      std::visit(
          [&](const auto& v) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(v)>, std::vector<std::string>>) w.put(v);
          },
          a.value);
  }
}
std::vector<Attribute> get_attributes(Reader& r) {
  std::vector<Attribute> attributes;
  for (auto n = r.get<std::size_t>(); n > 0; n--) {
    Attribute a;
    a.name = r.get_string();
    if (const int stored = r.get<int>(); stored >= 0) a.stored = static_cast<DType>(stored);
    if (r.get<bool>()) a.shape = get_dims(r);
    switch (r.get<int>()) {
      case 0:
        a.value = r.get_string();
        break;
      case 1:
        a.value = r.get_vector<double>();
        break;
      case 2:
        a.value = r.get_vector<std::int64_t>();
        break;
      case 3:
        a.value = r.get_vector<std::uint64_t>();
        break;
      case 4:
        a.value = get_texts(r);
        break;
      default:
        a.value = r.get_vector<std::complex<double>>();
        break;
    }
    attributes.push_back(std::move(a));
  }
  return attributes;
}

void put_unread(Writer& w, const std::vector<UnreadAttribute>& attributes) {
  w.put(attributes.size());
  for (const auto& a : attributes) w.put(a.name).put(a.holds).put(a.too_large);
}
std::vector<UnreadAttribute> get_unread(Reader& r) {
  std::vector<UnreadAttribute> attributes(r.get<std::size_t>());
  for (auto& a : attributes) {
    a.name = r.get_string();
    a.holds = r.get_string();
    a.too_large = r.get<bool>();
  }
  return attributes;
}

}  // namespace

void put_info(Writer& w, const StoreInfo& info) {
  w.reserve(attribute_bytes(info.attributes) + attribute_bytes(info.file_attributes) + 4096);  // not twice as they grow
  w.put(info.name)
      .put(info.format)
      .put(info.dtype)
      .put(info.chunked)
      .put(info.filters)
      .put(info.stored_bytes)
      .put(info.stored_estimated)
      .put(info.identity);
  put_dims(w, info.shape);
  put_dims(w, info.grid.largest());
  put_dims(w, info.indivisible);
  put_texts(w, info.dimensions);
  put_texts(w, info.coordinates);
  w.put(info.unlimited).put(info.retimed);
  put_attributes(w, info.attributes);
  put_unread(w, info.unread_attributes);
  put_attributes(w, info.file_attributes);
  put_unread(w, info.unread_file_attributes);
  put_texts(w, info.parts.names);
  w.put(info.parts.lengths).put(info.parts.axis).put(info.parts.is_new);
}

StoreInfo get_info(Reader& r) {
  StoreInfo info;
  info.name = r.get_string();
  info.format = r.get_string();
  info.dtype = r.get<DType>();
  info.chunked = r.get<bool>();
  info.filters = r.get_string();
  info.stored_bytes = r.get<std::int64_t>();
  info.stored_estimated = r.get<bool>();
  info.identity = r.get_string();
  info.shape = get_dims(r);
  info.grid = ChunkGrid::regular(info.shape, get_dims(r));
  info.indivisible = get_dims(r);
  info.dimensions = get_texts(r);
  info.coordinates = get_texts(r);
  info.unlimited = r.get<std::uint32_t>();
  info.retimed = r.get<bool>();
  info.attributes = get_attributes(r);
  info.unread_attributes = get_unread(r);
  info.file_attributes = get_attributes(r);
  info.unread_file_attributes = get_unread(r);
  info.parts.names = get_texts(r);
  info.parts.lengths = r.get_vector<std::int64_t>();
  info.parts.axis = r.get<int>();
  info.parts.is_new = r.get<bool>();
  return info;
}

void leave_out(StoreInfo& info, Detail detail) {
  if (detail == Detail::all) return;
  std::erase_if(info.attributes,
                [&](const Attribute& a) { return detail == Detail::elements || !is_packing_attribute(a.name); });
  info.unread_attributes.clear();
  info.file_attributes.clear();
  info.unread_file_attributes.clear();
  info.coordinates.clear();
}

std::string identity_of(const PositionedFile& file, const std::string& dataset) {
  std::error_code error;
  const auto path = std::filesystem::canonical(file.name(), error);
  const FileKey& key = file.key();
  return Key()
      .add(error ? file.name() : path.string())
      .add(key.inode)
      .add(key.size)
      .add(key.changed_ns)
      .add(dataset)
      .bytes();
}

std::shared_ptr<const PositionedFile> open_described(const std::string& path, const FileKey& key, Opening opening) {
  if (opening == Opening::later) return PositionedFile::open_later(path, key);
  auto file = PositionedFile::open(path);
  if (!same_bytes(file->key(), key)) throw IoError(changed_message(path, key, file->key()));
  return file;
}

std::int64_t checked_bytes(const std::string& name, const Shape& shape, std::int64_t item) {
  try {
    return checked_multiply(num_elements(shape), item);
  } catch (const ShapeError&) {
    throw IoError(fmt::format("{}: damaged: shape {} with {} bytes an element is no size of an array", name,
                              to_string(shape), item));
  }
}

}  // namespace tessera::io

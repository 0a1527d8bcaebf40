// FileContents as bytes, from the child process that looks into a file.
#include <tessera/io/description.hpp>

namespace tessera::io {
namespace {

void put_optional(Writer& w, const std::optional<Shape>& shape) {
  w.put(shape.has_value());
  if (shape) put_dims(w, *shape);
}

}  // namespace

void put_contents(Writer& w, const FileContents& contents) {
  w.put(contents.datasets.size());
  for (const auto& listed : contents.datasets) {
    w.put(listed.index());
    if (const auto* info = std::get_if<StoreInfo>(&listed)) put_info(w, *info);
    if (const auto* u = std::get_if<UnreadDataset>(&listed)) {
      w.put(u->name).put(u->format).put(u->holds).put(u->why);
      put_optional(w, u->shape);
    }
    if (const auto* l = std::get_if<LinkedDataset>(&listed)) w.put(l->name).put(l->format).put(l->target);
  }
  StoreInfo attributes;  // of the file
  attributes.attributes = contents.attributes;
  attributes.unread_attributes = contents.unread_attributes;
  attributes.grid = ChunkGrid::regular({}, {});
  put_info(w, attributes);
  w.put(contents.attributes_why);
}

FileContents get_contents(Reader& r) {
  FileContents contents;
  for (auto n = r.get<std::size_t>(); n > 0; n--) switch (r.get<std::size_t>()) {
      case 0:
        contents.datasets.emplace_back(get_info(r));
        break;
      case 1: {
        UnreadDataset u;
        u.name = r.get_string();
        u.format = r.get_string();
        u.holds = r.get_string();
        u.why = r.get_string();
        if (r.get<bool>()) u.shape = get_dims(r);
        contents.datasets.emplace_back(std::move(u));
        break;
      }
      default: {
        LinkedDataset l;
        l.name = r.get_string();
        l.format = r.get_string();
        l.target = r.get_string();
        contents.datasets.emplace_back(std::move(l));
      }
    }
  const StoreInfo of_file = get_info(r);
  contents.attributes = of_file.attributes;
  contents.unread_attributes = of_file.unread_attributes;
  contents.attributes_why = r.get_string();
  return contents;
}

}  // namespace tessera::io

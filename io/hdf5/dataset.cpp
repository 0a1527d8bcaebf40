#include <tessera/io/hdf5/dataset.hpp>

namespace tessera::io::hdf5 {

void put_dataset(Writer& w, const Dataset& d) {
  w.put(d.file).put(d.path).put(d.key);
  put_info(w, d.info);
  w.put(d.encoding).put(d.fill).put(d.kind).put(d.offset);
  put_dims(w, d.chunk);
  w.put(d.filters.steps).put(d.plain_edges).put(d.places).put(d.values);
  put_dims(w, d.whole);
  w.put(d.missing).put(d.watched);
}

Dataset get_dataset(Reader& r) {
  Dataset d;
  d.file = r.get_string();
  d.path = r.get_string();
  d.key = r.get<FileKey>();
  d.info = get_info(r);
  d.encoding = r.get<Encoding>();
  d.fill = r.get<RawElement>();
  d.kind = r.get<Dataset::Kind>();
  d.offset = r.get<std::int64_t>();
  d.chunk = get_dims(r);
  d.filters.steps = r.get_vector<Filters::Step>();
  d.plain_edges = r.get<bool>();
  d.places = r.get_vector<ChunkPlace>();
  d.values = r.get_string();
  d.whole = get_dims(r);
  d.missing = r.get<RawElement>();
  d.watched = r.get<bool>();
  return d;
}

}  // namespace tessera::io::hdf5

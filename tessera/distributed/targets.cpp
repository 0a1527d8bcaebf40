#include <tessera/core/serialize.hpp>
#include <tessera/distributed/targets.hpp>
#include <tessera/distributed/together.hpp>

#include <algorithm>
#include <filesystem>

namespace tessera {
namespace {

// The pieces of text that all ranks have, on rank 0; by rank. Collective.
std::vector<std::string> gather_texts(Communicator& comm, std::string& mine) {
  const auto ranks = static_cast<std::size_t>(comm.size());
  const auto bytes = static_cast<std::int64_t>(mine.size());
  std::vector<std::int64_t> sizes(ranks);
  comm.allgather(reinterpret_cast<const std::byte*>(&bytes), reinterpret_cast<std::byte*>(sizes.data()), sizeof bytes);
  std::vector<std::string> all(ranks);
  std::vector<Piece> send, receive;
  const bool root = comm.rank() == 0;
  together(comm, [&] {
    for (std::size_t r = 0; root && r < ranks; r++) all[r].resize(static_cast<std::size_t>(sizes[r]));
  });
  if (!root && bytes > 0) send.push_back({0, reinterpret_cast<std::byte*>(mine.data()), bytes});
  for (std::size_t r = 1; root && r < ranks; r++)
    if (sizes[r] > 0) receive.push_back({static_cast<int>(r), reinterpret_cast<std::byte*>(all[r].data()), sizes[r]});
  comm.exchange(send, receive);
  if (root) all[0] = std::move(mine);
  return all;
}

}  // namespace

DatasetSpec dataset_of(const Sink& sink) {
  DatasetSpec d;
  d.path = parse_source(sink.target).dataset;
  d.shape = sink.array.shape();
  d.dtype = sink.array.dtype();
  d.attributes = sink.attributes;
  d.dimensions = sink.dimensions;
  d.compress = sink.compress;
  d.unlimited = sink.unlimited;
  const bool compressed = !d.compress.empty() && d.compress != "none";
  if (!sink.chunks.empty()) {
    if (sink.chunks.size() != d.shape.size())
      throw ShapeError("write: chunks " + to_string(sink.chunks) + " have not one length per axis of shape " +
                       to_string(d.shape));
    d.chunk = sink.chunks;
  } else if (!sink.contiguous && sink.array.chunks().count() > 1) {
    d.chunk = sink.array.chunks().largest();
  } else if (!sink.contiguous && compressed && !d.shape.empty()) {
    d.chunk = auto_chunks(d.shape, item_size(d.dtype)).largest();
  }
  for (int i = 0; i < d.chunk.size(); i++)
    d.chunk[i] = std::min(std::max<std::int64_t>(1, d.chunk[i]), std::max<std::int64_t>(1, d.shape[i]));
  return d;
}

template <class F>
void Targets::on_rank_0(F&& f) {
  together(comm_, [&] {
    if (comm_.rank() == 0) f();
  });
}

Targets::~Targets() {
  for (auto& f : files_) {
    f.writers.clear();
    if (!f.committed && comm_.rank() == 0 && !f.layout.empty()) discard_file(f.layout);
  }
}

void Targets::create(const std::vector<Sink>& sinks, const WriteOptions& options) {
  std::vector<std::string> names;
  std::vector<const Sink*> writing;
  for (const auto& sink : sinks)
    if (sink.kind == Sink::Kind::write) writing.push_back(&sink);
  // Two names may lead to one file ("o.h5", "./o.h5", a link): rank 0, which makes the files, says which do.
  Writer w;
  on_rank_0([&] {
    std::vector<std::string> keys;
    for (const auto* sink : writing) {
      const std::string key = std::filesystem::weakly_canonical(temporary_file(sink->target)).string();
      keys.push_back(key);
      w.put(static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin()));
    }
  });
  std::string same = w.bytes();
  comm_.broadcast(same, 0);
  Reader r(same);
  std::vector<std::vector<DatasetSpec>> specs;
  std::vector<std::size_t> file_of;
  for (const auto* sink : writing) {
    const auto first = r.get<std::size_t>();
    if (first == file_of.size()) {
      file_of.push_back(names.size());
      names.push_back(parse_source(sink->target).file);
      specs.emplace_back();
    } else {
      file_of.push_back(file_of[first]);
    }
    specs[file_of.back()].push_back(dataset_of(*sink));
    order_.emplace_back(file_of.back(), specs[file_of.back()].size() - 1);
  }
  for (std::size_t i = 0; i < names.size(); i++) {
    files_.emplace_back();
    auto& file = files_.back();
    on_rank_0([&] {
      file.layout =
          create_file(names[i], specs[i],
                      {options.force, options.inputs, options.append, options.file_attributes, options.history});
    });
    comm_.broadcast(file.layout, 0);
    together(comm_, [&] { file.writers = open_writers(file.layout); });
  }
}

std::vector<StoreWriter*> Targets::writers() const {
  std::vector<StoreWriter*> out;
  for (auto [file, dataset] : order_) out.push_back(files_[file].writers[dataset].get());
  return out;
}

// Compressed chunks: what all ranks keep is told to rank 0, which finds places; every rank brings its own there.
void Targets::place(File& f) {
  std::vector<std::vector<std::string>> parts;
  bool any = false;
  for (auto& w : f.writers) {
    parts.emplace_back();
    if (!w->has_parts()) continue;
    any = true;
    std::string mine;
    together(comm_, [&] { mine = w->finish(); });
    parts.back() = gather_texts(comm_, mine);
  }
  if (!any) return;
  std::vector<std::string> places(f.writers.size());
  on_rank_0([&] { places = place_parts(f.layout, parts); });
  parts.clear();
  for (std::size_t i = 0; i < f.writers.size(); i++) {
    if (!f.writers[i]->has_parts()) continue;
    comm_.broadcast(places[i], 0);
    together(comm_, [&] { f.writers[i]->place(places[i]); });
    places[i].clear();
  }
}

void Targets::commit() {
  if (files_.empty()) return;
  for (auto& f : files_) place(f);
  together(comm_, [&] {
    for (auto& f : files_)
      for (auto& w : f.writers) w->flush();
  });
  for (auto& f : files_) {
    f.writers.clear();
    on_rank_0([&] {
      commit_file(f.layout);
      f.committed = true;
    });
  }
}

}  // namespace tessera

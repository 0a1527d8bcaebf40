#include <tessera/distributed/targets.hpp>
#include <tessera/distributed/together.hpp>

#include <algorithm>

namespace tessera {
namespace {

DatasetSpec spec_of(const Sink& sink, const std::string& path) {
  DatasetSpec d;
  d.path = path;
  d.shape = sink.array.shape();
  d.dtype = sink.array.dtype();
  d.attributes = sink.attributes;
  d.dimensions = sink.dimensions;
  if (!sink.chunks.empty()) {
    if (sink.chunks.size() != d.shape.size())
      throw ShapeError("write: chunks " + to_string(sink.chunks) + " have not one length per axis of shape " +
                       to_string(d.shape));
    d.chunk = sink.chunks;
  } else if (!sink.contiguous && sink.array.chunks().count() > 1) {
    d.chunk = sink.array.chunks().largest();
  }
  return d;
}

}  // namespace

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
  std::vector<std::vector<DatasetSpec>> specs;
  for (const auto& sink : sinks) {
    if (sink.kind != Sink::Kind::write) continue;
    const SourceName name = parse_source(sink.target);
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name.file) - names.begin());
    if (at == names.size()) names.push_back(name.file), specs.emplace_back();
    specs[at].push_back(spec_of(sink, name.dataset));
    order_.emplace_back(at, specs[at].size() - 1);
  }
  for (std::size_t i = 0; i < names.size(); i++) {
    files_.emplace_back();
    auto& file = files_.back();
    on_rank_0([&] { file.layout = create_file(names[i], specs[i], {options.force, options.inputs}); });
    comm_.broadcast(file.layout, 0);
    together(comm_, [&] { file.writers = open_writers(file.layout); });
  }
}

std::vector<StoreWriter*> Targets::writers() const {
  std::vector<StoreWriter*> out;
  for (auto [file, dataset] : order_) out.push_back(files_[file].writers[dataset].get());
  return out;
}

void Targets::commit() {
  if (files_.empty()) return;
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

#include <tessera/core/serialize.hpp>
#include <tessera/core/user_code.hpp>
#include <tessera/distributed/exchange/gather.hpp>
#include <tessera/distributed/targets.hpp>
#include <tessera/distributed/together.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

#include <tessera/core/ops/decode.hpp>

namespace tessera {
namespace {

// NetCDF's programs count NaN among the values unless that is what missing elements are. Coordinates have none missing.
void say_missing_is_nan(DatasetSpec& d) {
  const bool coordinate = d.dimensions.size() == 1 && d.path == "/" + d.dimensions[0];
  const bool said =
      std::any_of(d.attributes.begin(), d.attributes.end(), [](const Attribute& a) { return a.name == "_FillValue"; });
  if (!coordinate && !said)
    d.attributes.push_back({"_FillValue", std::vector{std::numeric_limits<double>::quiet_NaN()}});
}

int growing_axis(const Sink& sink) {
  const Shape& shape = sink.array.shape();
  const int axis = *sink.append_along < 0 ? *sink.append_along + shape.size() : *sink.append_along;
  if (shape.empty())
    throw ShapeError("write: a 0-d array has no axis to append along; expand_dims(x, 0) makes it one index of one");
  if (axis < 0 || axis >= shape.size())
    throw ShapeError("write: append_along = " + std::to_string(*sink.append_along) + ": no axis of shape " +
                     to_string(shape));
  if (sink.contiguous) throw UsageError("write: a dataset without chunks can't grow: append_along and contiguous");
  return axis;
}

// Of a dataset that is made to grow. Without filters short appends share a chunk, of which each writes its own part;
// with filters a chunk that is not full is written again by each, so it is as long as the first of them.
void fit_to_growth(DatasetSpec& d, int axis, const Sink& sink) {
  constexpr std::int64_t least = 256 << 10;  // bytes: reading costs some microseconds a chunk
  d.unlimited |= std::uint32_t{1} << axis;
  if (sink.chunks.empty() && (d.compress.empty() || d.compress == "none")) {
    std::int64_t others = item_size(d.dtype);
    for (int i = 0; i < d.chunk.size(); i++)
      if (i != axis) others *= d.chunk[i];
    d.chunk[axis] = std::max(d.chunk[axis], (least + others - 1) / others);
  } else if (!sink.chunks.empty() && sink.chunks[axis] > 0) {
    d.chunk[axis] = sink.chunks[axis];  // longer than what is there first
  }
}

}  // namespace

DatasetSpec dataset_of(const Sink& sink) {
  DatasetSpec d;
  d.path = parse_source(sink.target).dataset;
  d.shape = sink.array.shape();
  d.dtype = sink.array.dtype();
  if (Amount(num_elements(d.shape)) * item_size(d.dtype) == Amount::beyond())
    throw ShapeError("write: no file holds the bytes of shape " + to_string(d.shape) + " and dtype " +
                     to_string(d.dtype) + ": 2^63 or more");
  d.attributes = sink.attributes;
  d.dimensions = sink.dimensions;
  d.compress = sink.compress;
  d.unlimited = sink.unlimited;
  if (sink.append_along) d.growth = Growth{growing_axis(sink)};
  const bool compressed = !d.compress.empty() && d.compress != "none";
  if (!sink.chunks.empty()) {
    if (sink.chunks.size() != d.shape.size())
      throw ShapeError("write: chunks " + to_string(sink.chunks) + " have not one length per axis of shape " +
                       to_string(d.shape));
    d.chunk = ChunkGrid::regular(d.shape, sink.chunks).largest();  // -1: the whole axis
  } else if (!sink.contiguous && sink.array.chunks().count() > 1) {
    d.chunk = sink.array.chunks().largest();
  } else if (!sink.contiguous && (compressed || d.unlimited != 0 || d.growth) && !d.shape.empty()) {
    d.chunk = auto_chunks(d.shape, item_size(d.dtype)).largest();
  }
  for (int i = 0; i < d.chunk.size(); i++)
    d.chunk[i] = std::min(std::max<std::int64_t>(1, d.chunk[i]), std::max<std::int64_t>(1, d.shape[i]));
  if (d.growth) fit_to_growth(d, d.growth->axis, sink);
  if (is_netcdf(sink.target) && is_real_floating(d.dtype) && !is_stored(sink.array)) say_missing_is_nan(d);
  return d;
}

template <class F>
void Targets::on_rank_0(F&& f) {
  together(comm_, [&] {
    if (comm_.rank() == 0) f();
  });
}

void Targets::create(std::span<const Sink> sinks, const std::vector<DatasetSpec>& datasets,
                     const WriteOptions& options) {
  const auto writing = [&](auto&& f) {
    for (const auto& sink : sinks)
      if (sink.kind == Sink::Kind::write) f(sink);
  };
  // Two names may lead to one file ("o.h5", "./o.h5", a link): rank 0, which makes the files, says which do.
  std::string same;
  on_rank_0([&] {
    Writer w;
    std::vector<std::string> keys;
    writing([&](const Sink& sink) {
      const std::string key = std::filesystem::weakly_canonical(temporary_file(sink.target)).string();
      keys.push_back(key);
      w.put(static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin()));
    });
    same = w.bytes();
  });
  comm_.broadcast(same, 0);
  std::vector<std::string> names;
  std::vector<std::vector<DatasetSpec>> specs;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // of each writing sink: file, dataset
  together(comm_, [&] {
    Reader r(same);
    writing([&](const Sink& sink) {
      const auto first = r.get<std::size_t>();
      std::size_t file = names.size();
      if (first == places.size()) {
        names.push_back(parse_source(sink.target).file);
        specs.emplace_back();
      } else {
        file = places[first].first;
      }
      specs[file].push_back(datasets[places.size()]);
      places.emplace_back(file, specs[file].size() - 1);
    });
    files_.resize(names.size());
    order_.reserve(places.size());
  });
  for (std::size_t i = 0; i < names.size(); i++) {
    auto& file = files_[i];
    on_rank_0([&] {
      file.made.emplace(
          names[i], std::move(specs[i]),
          CreateOptions{options.force, options.inputs, options.append, options.file_attributes, options.history});
      file.layout = file.made->layout();
    });
    comm_.broadcast(file.layout, 0);
    together(comm_, [&] { file.writers = open_writers(file.layout); });
  }
  for (const auto& [file, dataset] : places) order_.push_back(&(*files_[file].writers)[dataset]);
}

// What all ranks wrote is told to rank 0, where the format asks for it; every rank does what that replies.
void Targets::settle(File& f) {
  if (!f.writers->reports()) return;
  std::string mine, reply;
  together(comm_, [&] { mine = run_user_code([&] { return f.writers->report(); }); });
  std::vector<std::string> reports = gather_texts(comm_, std::move(mine));
  on_rank_0([&] { reply = f.made->reply(reports); });
  reports.clear();
  comm_.broadcast(reply, 0);
  together(comm_, [&] { run_user_code([&] { f.writers->settle(reply); }); });
}

void Targets::commit() {
  if (files_.empty()) return;
  for (auto& f : files_) settle(f);
  together(comm_, [&] {
    for (auto& f : files_) run_user_code([&] { f.writers->flush(); });
  });
  for (auto& f : files_) {
    f.writers.reset();
    on_rank_0([&] { f.made->commit(); });
  }
}

}  // namespace tessera

#include <tessera/core/index_transform.hpp>

#include <tessera/core/common_cuts.hpp>

namespace tessera {

IndexTransform IndexTransform::identity(const Shape& shape) {
  std::vector<Axis> axes;
  for (int i = 0; i < shape.size(); i++) axes.push_back({i, 0, 1});
  return {shape, std::move(axes)};
}

IndexTransform IndexTransform::broadcast(const Shape& input, const Shape& output) {
  std::vector<Axis> axes;
  const int lead = output.size() - input.size();
  for (int j = 0; j < input.size(); j++)
    axes.push_back(input[j] == output[j + lead] ? Axis{j + lead, 0, 1} : Axis{-1, 0, 0});
  return {output, std::move(axes)};
}

IndexTransform IndexTransform::permute(const Shape& input, const Dims& order) {
  Shape output;
  std::vector<Axis> axes(static_cast<std::size_t>(input.size()));
  for (int i = 0; i < order.size(); i++) {
    output.push_back(input[static_cast<int>(order[i])]);
    axes[order[i]] = {i, 0, 1};
  }
  return {output, std::move(axes)};
}

bool IndexTransform::is_identity(const Shape& input) const { return *this == identity(input); }

bool IndexTransform::repeats() const {
  for (int i = 0; i < output_.size(); i++) {
    bool used = output_[i] == 1;
    for (const auto& a : axes_) used = used || a.from == i;
    if (!used) return true;
  }
  return false;
}

IndexTransform IndexTransform::then(const IndexTransform& inner) const {
  std::vector<Axis> axes;
  for (const auto& a : inner.axes_) {
    if (a.from < 0) {
      axes.push_back({-1, a.offset, 0});
      continue;
    }
    const Axis& mine = axes_[a.from];
    const std::int64_t offset = a.offset + a.stride * mine.offset;
    axes.push_back(mine.from < 0 ? Axis{-1, offset, 0} : Axis{mine.from, offset, a.stride * mine.stride});
  }
  return {output_, std::move(axes)};
}

Dims IndexTransform::map(const Dims& at) const {
  Dims r;
  for (const auto& a : axes_) r.push_back(a.from < 0 ? a.offset : a.offset + a.stride * at[a.from]);
  return r;
}

Box IndexTransform::map(const Box& box) const {
  Box r;
  const bool none = box.empty();
  for (const auto& a : axes_) {
    if (a.from < 0) {
      r.lo.push_back(a.offset);
      r.extent.push_back(none ? 0 : 1);
      continue;
    }
    const std::int64_t first = a.offset + a.stride * box.lo[a.from];
    const std::int64_t span = a.stride * (box.extent[a.from] - 1);
    r.lo.push_back(span < 0 ? first + span : first);
    r.extent.push_back(none ? 0 : (span < 0 ? -span : span) + 1);
  }
  return r;
}

Dims IndexTransform::strides(const Dims& at, const Box& held, const Dims& input_strides, std::int64_t& origin) const {
  Dims s = Dims::filled(output_.size(), 0);
  origin = 0;
  for (int j = 0; j < input_rank(); j++) {
    const auto& a = axis(j);
    const std::int64_t index = a.from < 0 ? a.offset : a.offset + a.stride * at[a.from];
    origin += (index - held.lo[j]) * input_strides[j];
    // Wraps: of an axis of length 1, whose stride nobody takes, it may be beyond any memory (x[::2**62]).
    if (a.from >= 0)
      s[a.from] = static_cast<std::int64_t>(static_cast<std::uint64_t>(s[a.from]) +
                                            static_cast<std::uint64_t>(a.stride) *
                                                static_cast<std::uint64_t>(input_strides[j]));
  }
  return s;
}

ChunkGrid IndexTransform::map_grid(const ChunkGrid& input) const {
  std::vector<AxisChunks> axes;
  for (int i = 0; i < output_.size(); i++)
    axes.push_back(AxisChunks::regular(output_[i], std::max<std::int64_t>(1, output_[i])));
  for (int j = 0; j < input_rank(); j++)
    if (const auto& a = axis(j); a.from >= 0) {
      AxisChunks cuts = input.axis(j).sliced(a.offset, a.stride, output_[a.from]);
      axes[a.from] = common_cuts(axes[a.from], cuts);
    }
  return ChunkGrid(std::move(axes));
}

std::string to_string(const IndexTransform& t) {
  std::string s = to_string(t.output()) + " -> [";
  for (int j = 0; j < t.input_rank(); j++) {
    const auto& a = t.axis(j);
    s += j ? ", " : "";
    if (a.from < 0)
      s += std::to_string(a.offset);
    else
      s += (a.offset ? std::to_string(a.offset) + " + " : "") + (a.stride == 1 ? "" : std::to_string(a.stride) + "*") +
           "i" + std::to_string(a.from);
  }
  return s + "]";
}

}  // namespace tessera

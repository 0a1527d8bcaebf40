#pragma once
// How the label of an axis follows through slices, operands and parts that are joined (labels.hpp).
#include <optional>
#include <unordered_map>
#include <vector>

#include <tessera/core/index_transform.hpp>
#include <tessera/core/kernel/chunk_call.hpp>
#include <tessera/core/labels.hpp>

namespace tessera {

using AxisOrigin = std::shared_ptr<const AxisLabel::Origin>;

/// The axis of which index i is index `a.offset + a.stride * i` of the labelled one.
AxisLabel cut(AxisLabel label, const IndexTransform::Axis& a, std::int64_t length);
/// The element that an integer index takes of a labelled axis; nothing where it has no origin.
std::optional<AxisLabel> element(const AxisLabel& label, std::int64_t index);

/// What operands together say of an axis. An origin is compared with those alone that may be cut from the same
/// coordinate: n operands take n steps.
class AxisMerge {
 public:
  void add(const AxisLabel& operand);
  AxisLabel take() { return std::move(merged_); }

 private:
  void add(const AxisOrigin& origin);
  void note(std::size_t number);

  AxisLabel merged_;
  bool is_noted_ = false;
  std::unordered_multimap<std::uint64_t, std::size_t>
      noted_;  // numbers of origins, by what their first run is cut from
};

/// Of what calls make of axes of their domain: those along which it has the domain's chunks keep their labels.
std::vector<AxisLabel> made_of(const ChunkCall& call, std::vector<AxisLabel> domain);

/// The origins along the axis that parts of these labels are joined along, in their order; nothing where one has none.
std::vector<AxisOrigin> joined(const std::vector<const AxisLabel*>& parts);

}  // namespace tessera

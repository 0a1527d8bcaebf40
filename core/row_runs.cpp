#include <tessera/core/row_runs.hpp>

#include <tessera/core/box_run.hpp>

namespace tessera {
namespace {

// Groups are independent: each takes the parts of the groups before it together with each of its own.
class RowRuns {
 public:
  RowRuns(const std::vector<AxisGroup>& groups, const Shape& from, const Shape& to, const Box& box, const Dims& strides,
          const std::function<void(const Box&, std::int64_t, const Dims&)>& f)
      : groups_(groups), from_(from), to_(to), box_(box), strides_(strides), f_(f) {
    part_ = Box::whole(from);
    along_ = Dims::filled(from.size(), 0);
  }

  void visit(std::size_t group, std::int64_t offset) {
    if (group == groups_.size()) return f_(part_, offset, along_);
    const AxisGroup& g = groups_[group];
    const int last = g.to.end - 1;
    // The axes whose elements follow one another in the box: [first, end).
    int first = std::max(g.to.begin, last);
    std::int64_t run = last < g.to.begin ? 1 : box_.extent[last], inner = 1;
    while (first > g.to.begin && box_.extent[first] == to_[first] &&
           strides_[first - 1] == strides_[first] * to_[first]) {
      inner *= to_[first--];
      run = box_.extent[first] * inner;
    }
    const std::int64_t element = last < g.to.begin ? 0 : strides_[last];
    Dims outer;
    for (int i = g.to.begin; i < first; i++) outer.push_back(box_.extent[i]);
    for_each_index(outer, [&](const Dims& at) {
      std::int64_t position = 0, begin = offset;
      for (int i = g.to.begin; i < g.to.end; i++) {
        const int k = i - g.to.begin;
        position = position * to_[i] + box_.lo[i] + (k < at.size() ? at[k] : 0);
        if (k < at.size()) begin += at[k] * strides_[i];
      }
      visit_run(group, position, run, begin, element);
    });
  }

 private:
  void visit_run(std::size_t group, std::int64_t position, std::int64_t run, std::int64_t offset,
                 std::int64_t element) {
    const AxisRange& axes = groups_[group].from;
    const Box whole = Box::whole(lengths_of(from_, axes));
    const Dims steps = row_major_strides(whole.extent, element);
    std::int64_t done = 0;
    for_each_box_of_run(whole, position, run, [&](const Box& part) {
      for (int i = 0; i < part.rank(); i++) {
        part_.lo[axes.begin + i] = part.lo[i], part_.extent[axes.begin + i] = part.extent[i];
        along_[axes.begin + i] = steps[i];
      }
      visit(group + 1, offset + done * element);
      done += part.size();
    });
  }

  const std::vector<AxisGroup>& groups_;
  const Shape &from_, &to_;
  const Box& box_;
  const Dims& strides_;
  const std::function<void(const Box&, std::int64_t, const Dims&)>& f_;
  Box part_;
  Dims along_;
};

}  // namespace

void for_each_row_run(const std::vector<AxisGroup>& groups, const Shape& from, const Shape& to, const Box& box,
                      const Dims& strides, const std::function<void(const Box&, std::int64_t, const Dims&)>& f) {
  if (!box.empty()) RowRuns(groups, from, to, box, strides, f).visit(0, 0);
}

}  // namespace tessera

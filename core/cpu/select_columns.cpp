// Quantiles of whole columns: their keys are gathered some columns at a time, and partitioned at the wanted positions.
#include <algorithm>
#include <vector>

#include <tessera/core/box.hpp>
#include <tessera/core/device/host_select.hpp>
#include <tessera/core/kernel/sort_key.hpp>
#include <tessera/core/sizes.hpp>

namespace tessera {
namespace {

// Columns that are gathered together: where they lie side by side, lines of the cache are read once for all of them, as
// long as they stay there.
constexpr std::int64_t together = 16, cached_bytes = 512 << 10;

std::int64_t gathered(std::int64_t item, std::int64_t length) {
  return std::clamp<std::int64_t>(cached_bytes / (Amount(length) * item).value(), 1, together);
}

// The axes of a box that are folded, or the others.
struct Axes {
  Dims extent, strides;
};

Axes axes_of(const Dims& extent, const Dims& strides, std::uint32_t which) {
  Axes a;
  for (int i = 0; i < extent.size(); i++)
    if (which >> i & 1u) a.extent.push_back(extent[i]), a.strides.push_back(strides[i]);
  return a;
}

std::int64_t offset(const Axes& axes, const Dims& at) {
  std::int64_t bytes = 0;
  for (int i = 0; i < at.size(); i++) bytes += at[i] * axes.strides[i];
  return bytes;
}

std::int64_t elements(const Dims& extent) {
  std::int64_t n = 1;
  for (const auto e : extent) n *= e;
  return n;
}

template <class T>
class Columns {
 public:
  using K = SortKey<T>;
  Columns(const Quantiles& quantiles, DType element, std::byte* scratch, std::int64_t length)
      : quantiles_(quantiles),
        element_(element),
        result_(quantile_dtype(quantiles.method, element)),
        keys_(reinterpret_cast<K*>(scratch)),
        length_(length) {}

  /// Gathers `count` columns that lie `step` bytes apart.
  void gather(const std::byte* from, const Axes& folded, std::int64_t count, std::int64_t step) {
    std::fill_n(numbers_, count, 0);
    // Rows of the last folded axis, or, where columns are side by side, of columns.
    Dims outer = folded.extent;
    const int last = outer.size() - 1;
    const std::int64_t n = last < 0 ? 1 : outer[last], stride = last < 0 ? 0 : folded.strides[last];
    if (last >= 0) outer.erase(last);
    for_each_index(outer, [&](const Dims& at) {
      const std::byte* row = from + offset(folded, at);
      if (count == 1) return gather_one(row, n, stride);
      for (std::int64_t i = 0; i < n; i++, row += stride)
        for (std::int64_t c = 0; c < count; c++) append(c, *reinterpret_cast<const T*>(row + c * step));
    });
  }

  /// The quantiles of a gathered column.
  void write(std::int64_t column, std::byte* to, std::int64_t step) {
    K* keys = keys_ + column * length_;
    const std::int64_t n = numbers_[column];
    const bool nothing = n == 0 || (n < length_ && !quantiles_.skip_nan);
    places_.clear();
    for (const double q : quantiles_.q) places_.push_back(nothing ? Neighbours{} : neighbours(quantiles_.method, q, n));
    if (!nothing) partition(keys, n);
    for (std::size_t k = 0; k < places_.size(); k++, to += step) {
      const Neighbours& at = places_[k];
      if (nothing)
        write_no_quantile(result_, to);
      else
        write_quantile(quantiles_.method, element_, keys[at.first], keys[at.second], at.weight, to);
    }
  }

 private:
  void append(std::int64_t column, T x) {
    const K key = sort_key(x);
    keys_[column * length_ + numbers_[column]] = key;
    numbers_[column] += std::is_floating_point_v<T> && key == last_key<T> ? 0 : 1;
  }

  void gather_one(const std::byte* row, std::int64_t n, std::int64_t stride) {
    K* to = keys_ + numbers_[0];
    for (std::int64_t i = 0; i < n; i++, row += stride) {
      const K key = sort_key(*reinterpret_cast<const T*>(row));
      *to = key;
      to += std::is_floating_point_v<T> && key == last_key<T> ? 0 : 1;
    }
    numbers_[0] = to - keys_;
  }

  // Puts every wanted key at its place, from the first to the last.
  void partition(K* keys, std::int64_t n) {
    wanted_.clear();
    for (const Neighbours& at : places_) wanted_.push_back(at.first), wanted_.push_back(at.second);
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
    if (static_cast<std::int64_t>(wanted_.size()) * 8 > n) return std::sort(keys, keys + n);
    std::int64_t done = 0;
    for (const auto k : wanted_) {
      if (k == done)
        std::iter_swap(keys + k, std::min_element(keys + k, keys + n));  // the one after the last
      else
        std::nth_element(keys + done, keys + k, keys + n);
      done = k + 1;
    }
  }

  const Quantiles& quantiles_;
  DType element_, result_;
  K* keys_;
  std::int64_t length_;
  std::int64_t numbers_[together] = {};  // elements of each gathered column that are not NaN
  std::vector<Neighbours> places_;
  std::vector<std::int64_t> wanted_;
};

template <class T>
void select(const Quantiles& quantiles, DType element, const Dims& extent, std::uint32_t folded_axes,
            const StridedInput& from, std::byte* scratch, const StridedOutput& to) {
  const Axes folded = axes_of(extent, from.strides, folded_axes), kept = axes_of(extent, from.strides, ~folded_axes);
  Dims outer = kept.extent, to_strides = to.strides;
  const std::int64_t quantile_step = to_strides[0];
  to_strides.erase(0);
  const Axes results{kept.extent, to_strides};
  const int last = outer.size() - 1;
  const std::int64_t n = last < 0 ? 1 : outer[last];
  const std::int64_t step = last < 0 ? 0 : kept.strides[last], to_step = last < 0 ? 0 : to_strides[last];
  if (last >= 0) outer.erase(last);
  // Columns whose own elements lie one after another are gathered alone.
  const bool dense = !folded.strides.empty() && folded.strides.back() == static_cast<std::int64_t>(sizeof(T));
  const std::int64_t length = elements(folded.extent), group = dense ? 1 : gathered(sizeof(T), length);
  Columns<T> columns(quantiles, element, scratch, length);
  for_each_index(outer, [&](const Dims& at) {
    const std::byte* row = from.data + offset(kept, at);
    std::byte* to_row = to.data + offset(results, at);
    for (std::int64_t i = 0; i < n; i += group) {
      const std::int64_t count = std::min(group, n - i);
      columns.gather(row + i * step, folded, count, step);
      for (std::int64_t c = 0; c < count; c++) columns.write(c, to_row + (i + c) * to_step, quantile_step);
    }
  });
}

}  // namespace

std::int64_t select_scratch_bytes(DType element, std::int64_t n) {
  return (Amount(n) * gathered(item_size(element), n) * item_size(element)).value();
}

void select_columns(const Quantiles& quantiles, DType element, const Dims& extent, std::uint32_t folded,
                    const StridedInput& from, std::byte* scratch, const StridedOutput& to) {
  visit_dtype(element, [&]<class T>(T) {
    if constexpr (std::is_arithmetic_v<T>) select<T>(quantiles, element, extent, folded, from, scratch, to);
  });
}

}  // namespace tessera

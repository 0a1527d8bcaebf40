#include <optional>

#include <tessera/core/cpu/leaf_walk.hpp>
#include <tessera/core/cpu/machine.hpp>
#include <tessera/core/cpu/states.hpp>
#include <tessera/core/device/host_together.hpp>
#include <tessera/core/kernel/leaves_together.hpp>

namespace tessera {
namespace {

// A box as rows of outputs that lie together, at one distance.
struct Rows {
  std::int64_t outputs = 1, rows = 1, stride = 0;
};

std::optional<Rows> rows_of(const Dims& extent, std::uint32_t reduced, const Dims& strides, std::int64_t item) {
  Rows r;
  for (int a = extent.size() - 1; a >= 0; a--) {
    if (extent[a] == 0) return std::nullopt;
    if (extent[a] == 1) continue;
    if (!(reduced >> a & 1u)) {
      if (strides[a] != r.outputs * item) return std::nullopt;
      r.outputs *= extent[a];
    } else {
      if (r.rows == 1) r.stride = strides[a];
      if (strides[a] != r.stride * r.rows) return std::nullopt;
      r.rows *= extent[a];
    }
  }
  return r;
}

}  // namespace

bool reduce_together(const Program& program, const Fold& fold, const Dims& extent, std::uint32_t reduced,
                     std::span<const std::byte* const> data, const Dims& strides, std::byte* states) {
  const cpu::PlainRead plain = cpu::plain_read(program);
  if (plain.input != 0 || program.inputs.size() != 1 || fold.user) return false;
  const auto run = cpu::machine().together(fold.combiner, fold.element, plain.from, static_cast<int>(data.size()));
  const auto box = rows_of(extent, reduced, strides, item_size(plain.from));
  if (!run || !box || box->rows * static_cast<std::int64_t>(data.size()) > most_rows_together) return false;
  const ScalarBits neutral = cpu::identity(fold.combiner, fold.element);
  run(box->outputs, box->rows, data.data(), box->stride, reinterpret_cast<const std::byte*>(neutral.bytes), states);
  return true;
}

}  // namespace tessera

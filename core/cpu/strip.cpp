#include <tessera/core/cpu/strip.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/item_words.hpp>

namespace tessera::cpu {
namespace {

/// dst[j] = src[j * stride] or dst[j * stride] = src[j], items of `item` bytes.
template <class T>
void gather(std::byte* to, const std::byte* from, std::int64_t stride, std::int64_t n) {
  for (std::int64_t j = 0; j < n; j++)
    std::memcpy(to + j * static_cast<std::int64_t>(sizeof(T)), from + j * stride, sizeof(T));
}
template <class T>
void scatter(std::byte* to, std::int64_t stride, const std::byte* from, std::int64_t n) {
  for (std::int64_t j = 0; j < n; j++)
    std::memcpy(to + j * stride, from + j * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
}
void pack(std::int64_t item, std::byte* to, const std::byte* from, std::int64_t stride, std::int64_t n) {
  visit_item_word(item, [&]<class T>(T) { gather<T>(to, from, stride, n); });
}
void unpack(std::int64_t item, std::byte* to, std::int64_t stride, const std::byte* from, std::int64_t n) {
  visit_item_word(item, [&]<class T>(T) { scatter<T>(to, stride, from, n); });
}
std::size_t padded(std::int64_t bytes) { return static_cast<std::size_t>((bytes + 63) / 64 * 64); }

/// Steps in one call of the machine: bounds the stack if a build ever lost the tail calls.
constexpr std::int64_t steps_per_call = 256;

/// Bytes ahead of the present step.
constexpr std::int64_t prefetch_distance = 8192;

}  // namespace

void fill_items(std::int64_t item, std::byte* to, const void* value, std::int64_t n) {
  visit_item_word(item, [&]<class T>(T v) {
    std::memcpy(&v, value, sizeof v);
    for (std::int64_t j = 0; j < n; j++) std::memcpy(to + j * static_cast<std::int64_t>(sizeof v), &v, sizeof v);
  });
}

Workspace& Workspace::mine() {
  thread_local Workspace w;
  return w;
}

std::byte* Workspace::take(std::size_t bytes) {
  if (memory_.size() < bytes + 64) memory_.assign(bytes + bytes / 2 + 64, std::byte{0});
  auto p = reinterpret_cast<std::uintptr_t>(memory_.data());
  return reinterpret_cast<std::byte*>((p + 63) / 64 * 64);
}

StripRunner::StripRunner(const Program& program, const Machine& machine, const OperandTable& table,
                         std::int64_t slot_bytes, int slots, std::span<const ScalarBits> scalars, bool with_outputs)
    : machine_(machine),
      index_(table),
      operands_([]() -> std::vector<StridedInput>& {
        thread_local std::vector<StridedInput> operands;
        return operands;
      }()),
      inputs_(table.inputs),
      count_(table.inputs + (with_outputs ? table.outputs : 0)) {
  std::fill_n(ahead_, max_prefetched, prefetch_distance);
  const int entries = table.slot(slots);
  operands_.assign(static_cast<std::size_t>(count_), StridedInput{});
  std::size_t bytes = padded(static_cast<std::int64_t>(static_cast<std::size_t>(entries) * sizeof(Mem)));
  for (int k = 0; k < count_; k++) {
    auto& o = operands_[k];
    o.item = item_size(k < inputs_ ? program.inputs[k] : program.type(program.outputs[k - inputs_]));
    bytes += padded(o.item * strip_block);
  }
  for (auto t : program.scalars) bytes += padded(item_size(t) * machine.width);
  bytes += padded(slot_bytes * slots) + state_operands * lanes * 16;
  std::byte* p = Workspace::mine().take(bytes);
  table_ = reinterpret_cast<Mem*>(p);
  p += padded(static_cast<std::int64_t>(static_cast<std::size_t>(entries) * sizeof(Mem)));
  for (std::size_t k = 0; k < program.scalars.size(); k++) {
    const std::int64_t item = item_size(program.scalars[k]);
    fill_items(item, p, scalars[k].bytes, machine.width);
    table_[index_.scalar(static_cast<int>(k))] = {p, 0};
    p += padded(item * machine.width);
  }
  for (int k = 0; k < slots; k++) {
    table_[index_.slot(k)] = {p, 0};
    p += slot_bytes;
  }
  p = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(p) + 63) / 64 * 64);
  state_copy_ = p;
  p += state_operands * lanes * 16;
  for (auto& o : operands_) {
    o.block = p;
    p += padded(o.item * strip_block);
  }
}

void StripRunner::bind_lanes(std::span<std::byte* const> states, std::int64_t item) {
  lanes_ = true;
  state_item_ = item;
  states_ = static_cast<int>(states.size());
  for (int k = 0; k < states_; k++) state_[k] = states[k];
}
void StripRunner::bind_stream_states(std::span<std::byte* const> states, std::int64_t item) {
  bind_lanes(states, item);
  lanes_ = false;
}

void StripRunner::run(const std::vector<Step>& code, std::int64_t n, std::span<std::byte* const> data,
                      std::span<const std::int64_t> strides) {
  bool packed = false;
  for (int k = 0; k < count_; k++) {
    auto& o = operands_[k];
    o.data = data[k];
    o.stride = n == 1 ? o.item : strides[k];
    o.direct = o.stride == o.item && !(pack_outputs_ && k >= inputs_);
    if (o.stride == 0 && k < inputs_) {
      if (o.repeated != o.data) fill_items(o.item, o.block, o.data, machine_.width);
      o.repeated = o.data;
    } else if (!o.direct) {
      packed = true;
      o.repeated = nullptr;
    }
  }
  const std::int64_t piece = packed ? strip_block : steps_per_call * machine_.width;
  for (std::int64_t first = 0; first < n; first += piece) {
    const std::int64_t len = std::min(piece, n - first), whole = len / machine_.width * machine_.width;
    for (int k = 0; k < count_; k++) {
      auto& o = operands_[k];
      Mem& m = table_[k < inputs_ ? k : index_.output(k - inputs_)];
      if (o.stride == 0 && k < inputs_) {
        m = {o.block, 0};
      } else if (o.direct) {
        m = {o.data + first * o.item, -1};
      } else {
        if (k < inputs_) pack(o.item, o.block, o.data + first * o.stride, o.stride, len);
        m = {o.block, -1};
      }
    }
    for (int k = 0; k < states_; k++)
      table_[index_.state(k)] = lanes_ ? Mem{state_[k], lanes - 1} : Mem{state_[k] + first * state_item_, -1};
    if (whole > 0) whole_steps(code, whole);
    if (whole < len) last_step(code, whole, len - whole);
    for (int k = inputs_; k < count_; k++)
      if (auto& o = operands_[k]; !o.direct) unpack(o.item, o.data + first * o.stride, o.stride, o.block, len);
  }
}

void StripRunner::whole_steps(const std::vector<Step>& code, std::int64_t n) {
  Loop loop{code.data(), n, {}};
  for (int k = 0; k < std::min(inputs_, max_prefetched); k++) {
    const auto& o = operands_[k];
    const Mem& m = table_[k];
    if (o.direct)
      loop.ahead[k] = {m.base + ahead_[k], o.item};
    else
      loop.ahead[k] = {m.base, 0};
  }
  machine_.run(table_, 0, &loop);
}

void StripRunner::last_step(const std::vector<Step>& code, std::int64_t from, std::int64_t n) {
  for (int k = 0; k < count_; k++) {
    auto& o = operands_[k];
    if (!o.direct) continue;
    Mem& m = table_[k < inputs_ ? k : index_.output(k - inputs_)];
    if (k < inputs_) {
      std::memcpy(o.block, m.base + from * o.item, n * o.item);
      o.repeated = nullptr;
    }
    o.data = m.base + from * o.item;  // where an output's block goes afterwards
    m = {o.block - from * o.item, -1};
  }
  // Lanes beyond the strip's end must not change: fold into a copy, and take back the others.
  if (lanes_)
    for (int k = 0; k < states_; k++) {
      std::byte* copy = state_copy_ + k * lanes * 16;
      std::memcpy(copy, state_[k], lanes * state_item_);
      table_[index_.state(k)].base = copy;
    }
  Loop loop{code.data(), from + 1, {}};
  machine_.run(table_, from, &loop);
  if (lanes_) {
    const std::int64_t lane = from % lanes;
    for (int k = 0; k < states_; k++)
      std::memcpy(state_[k] + lane * state_item_, state_copy_ + k * lanes * 16 + lane * state_item_,
                  static_cast<std::size_t>(n * state_item_));
  }
  for (int k = inputs_; k < count_; k++)
    if (auto& o = operands_[k]; o.direct) std::memcpy(o.data, o.block, n * o.item);
}

}  // namespace tessera::cpu

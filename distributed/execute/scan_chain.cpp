#include <tessera/distributed/execute/scan_chain.hpp>

#include <cstring>

#include <tessera/core/device/host_scan.hpp>

namespace tessera {

ScanTotals::ScanTotals(Execution& execution, const ScanOperator& op)
    : execution_(execution),
      op_(op),
      item_(item_size(op.scan.state())),
      states_(op.scan.state(), op.total_owners, execution.comm.rank(), 0, execution.session, execution.pool) {
  const int me = execution.comm.rank();
  std::int64_t sent = 0;
  for (auto& b : borders_of(op.total_owners, op.axis, me)) {
    const bool sends = b.from == me;
    if (sends) offsets_.emplace(op.total_owners.grid().linear(b.chunk), sent);
    const std::int64_t bytes = bytes_of(b);
    steps_.push_back({std::move(b), sent});
    if (sends) sent += bytes;
  }
  sent_ = Buffer(execution.pool, sent, "the carries of a scan");
  carry_ = Buffer(execution.pool, 2 * op.chain.longest * item_, "the carry of a scan");
  execution.comm.prepare_exchange(1);
}

void ScanTotals::pass_through(Dims chunk) {
  const Distribution& owners = op_.total_owners;
  const std::int64_t last = owners.grid().axis(op_.axis).count() - 1;
  std::byte* const carry = carry_.data();
  for (;; chunk[op_.axis]++) {
    const HeldBox state = states_.chunk(chunk);
    const std::int64_t n = state.held.size(), bytes = n * item_;
    std::byte* const before = carry + op_.chain.longest * item_;
    std::memcpy(before, carry, bytes);
    scan_combine(op_.scan, n, carry, state.data);
    std::memcpy(state.data, before, bytes);
    if (chunk[op_.axis] == last) return;
    Dims next = chunk;
    next[op_.axis]++;
    if (owners.owner(next) == execution_.comm.rank()) continue;
    std::memcpy(sent_.data() + offsets_.at(owners.grid().linear(next)), carry, bytes);
    return;
  }
}

void ScanTotals::exchange() {
  const int me = execution_.comm.rank();
  op_.total_owners.for_each_owned(me, [&](const Dims& chunk) {
    if (chunk[op_.axis] > 0) return;
    scan_nothing(op_.scan, op_.total_owners.grid().box(chunk).size(), carry_.data());
    pass_through(chunk);
  });
  for (const Step& s : steps_) {
    const std::int64_t bytes = bytes_of(s.border);
    if (s.border.from == me) {
      const Piece piece{s.border.to, sent_.data() + s.offset, bytes};
      execution_.comm.exchange({&piece, 1}, {});
      continue;
    }
    const Piece piece{s.border.from, carry_.data(), bytes};
    execution_.comm.exchange({}, {&piece, 1});
    execution_.counters.add({bytes, 1});
    pass_through(s.border.chunk);
  }
}

}  // namespace tessera

#include <tessera/distributed/plan/streams.hpp>

#include <map>

#include <tessera/core/memory/pool.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/ownership.hpp>
#include <tessera/distributed/plan/partial_columns.hpp>
#include <tessera/distributed/plan/tiles.hpp>

namespace tessera {

void for_each_stream(const Plan& plan, const TileOperator& op, const StageFetch& fetch, const ForStream& f) {
  const Distribution& owners = distribution_of(plan, fetch.array);
  for_each_walking(op, [&](int to) {
    const Box box = fetched_box(op, fetch, to);
    if (box.empty()) return;
    for_each_owner(owners, elements_of(owners.grid(), box), [&](int from, std::int64_t elements) {
      if (from != to) f(from, to, Amount(elements) * item_size(fetch.dtype));
    });
  });
}

void for_each_state_stream(const TileOperator& op, const ForStream& f) {
  std::map<std::pair<int, int>, Amount> streams;
  for (const auto& o : op.outputs)
    if (o.fold()) for_each_partial(op, o, [&](int from, int to, Amount bytes) { streams[{from, to}] += bytes; });
  for (const auto& [pair, bytes] : streams) f(pair.first, pair.second, bytes);
}

void StreamTotals::operator()(int from, int to, Amount bytes) {
  moved_ += bytes;
  messages_ += message_count(bytes.value(), largest_);
  const std::int64_t memory = message_memory(bytes.value(), largest_);
  memory_[from] += memory;
  memory_[to] += memory;
}

void StreamTotals::to_all(const Distribution& owners, DType dtype) {
  const auto others = static_cast<std::int64_t>(memory_.size()) - 1;
  if (others == 0 || owners.grid().count() == 0 || owners.kind() == Distribution::Kind::replicated) return;
  const Box whole = Box::whole(owners.grid().shape());
  for_each_owner(owners, elements_of(owners.grid(), whole), [&](int from, std::int64_t elements) {
    const Amount bytes = Amount(elements) * item_size(dtype);
    moved_ += bytes * others;
    messages_ += Amount(message_count(bytes.value(), largest_)) * others;
    // Everybody else takes what this rank sends to each.
    const std::int64_t memory = message_memory(bytes.value(), largest_);
    memory_of_all_ += memory;
    memory_[from] += Amount(memory) * (others - 1);
  });
}

Amount StreamTotals::most() const {
  Amount most;
  for (const Amount m : memory_) most = std::max(most, m);
  return most += memory_of_all_;
}

Amount StreamTotals::memory() const {
  const Amount bytes = most();
  return bytes == Amount() ? bytes : Amount(MemoryPool::rounded(bytes.value()));
}

Amount StreamTotals::memory(const MemorySource& source) const {
  const Amount bytes = most();
  return bytes == Amount() ? bytes : Amount(source.rounded(bytes.value()));
}

}  // namespace tessera

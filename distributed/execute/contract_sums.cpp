#include <tessera/distributed/execute/contract_sums.hpp>

#include <algorithm>
#include <cstring>

#include <tessera/core/device/host_products.hpp>
#include <tessera/distributed/exchange/rounds.hpp>
#include <tessera/distributed/plan/tiles.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

std::int64_t item_of_sums(const ContractOperator& op) { return item_size(op.output.dtype); }

}  // namespace

ContractSums::ContractSums(StageRun& stage, const ContractOperator& op)
    : stage_(stage),
      x_(stage.x),
      op_(op),
      part_(op.layout.part(stage.x.comm.rank())),
      chunk_bytes_((product(op.layout.grid().largest()) * item_of_sums(op)).value()),
      slot_bytes_((Amount(panel_elements(op)) * item_of_sums(op)).value()),
      in_array_(op.memory.sums == 0) {}

void ContractSums::prepare() {
  if (op_.memory.sums > 0) sums_ = Buffer(x_.pool_in(op_.space), op_.memory.sums, "sums of a product");
  if (op_.memory.others > 0) others_ = Buffer(x_.pool_in(op_.space), op_.memory.others, "sums of other ranks");
}

std::byte* ContractSums::at(const Dims& chunk, std::int64_t number, std::int64_t segment) const {
  if (in_array_) return x_.array(*op_.output.array)->chunk(chunk).data;
  return slot(segment - part_.first) + number * chunk_bytes_;
}

// Adds up what this rank has of a panel: each node of the tree lies in the slot of its first segment then.
void ContractSums::add_own(std::int64_t chunks) {
  const std::int64_t elements = chunks * (chunk_bytes_ / item_of_sums(op_));
  FixedTree<std::byte*> tree(op_.layout.segments().count());
  for (std::int64_t s = part_.first; s < part_.last; s++)
    tree.add({0, s}, slot(s - part_.first),
             [&](std::byte* into, const std::byte* from) { add(Stream{}, elements, into, from); });
}

void ContractSums::add(Stream stream, std::int64_t elements, std::byte* into, const std::byte* from) const {
  if (op_.space == Space::host) return add_elements(op_.output.dtype, elements, into, from);
  const Dims dense{item_of_sums(op_)};
  const StridedInput operands[] = {{into, dense, op_.space}, {from, dense, op_.space}};
  const StridedOutput result{into, dense, op_.space};
  x_.kernels[op_.sum].map(stream, {elements}, operands, {}, {&result, 1}, false);
}

// Between messages and the sums. Over a link what comes next is in the same stream. What goes wrong is kept: the others are in the
// exchange.
void ContractSums::copy(std::int64_t bytes, const std::byte* from, Space from_space, std::byte* to, Space to_space) {
  stage_.failure.then([&] {
    if (op_.space == Space::host)
      std::memcpy(to, from, static_cast<std::size_t>(bytes));
    else if (linked_)
      x_.device.copy(LinkedExchange::stream, {bytes}, 1, {from, {1}, from_space}, {to, {1}, to_space});
    else
      x_.bring(Stream{}, {bytes}, 1, {from, {1}, from_space}, {to, {1}, to_space});
  });
}

void ContractSums::exchange(std::int64_t step) {
  if (op_.layout.depth() == 1) return;
  const int me = x_.comm.rank(), owner = op_.layout.owner_of(me);
  const std::int64_t chunks = op_.steps.step(op_.layout, me, step).chunks.size();
  const std::int64_t panel = panel_bytes_ = chunks * chunk_bytes_;
  std::vector<Rounds::Stream> send, receive;
  std::vector<TreeNode> mine;
  std::optional<Rounds> rounds;
  Failure& failure = stage_.failure;
  failure.then([&] {
    if (chunks > 0 && part_.last > part_.first) {
      mine = sums_of(op_.layout, me);
      if (me != owner) {
        add_own(chunks);
        send.push_back({owner, static_cast<std::int64_t>(mine.size()) * panel});
      }
    }
    from_others_.clear();
    std::byte* at = others_.data();
    for (int r = me + 1; me == owner && chunks > 0 && r < me + op_.layout.depth() && r < x_.comm.size(); r++) {
      Other other{r, sums_of(op_.layout, r), at};
      const std::int64_t bytes = static_cast<std::int64_t>(other.nodes.size()) * panel;
      if (bytes == 0) continue;
      receive.push_back({r, bytes});
      from_others_.push_back(std::move(other));
      at += bytes;
    }
    const bool linked = x_.link && adds_between_devices(op_);
    if (linked) linked_.emplace(x_.comm, x_.device, *x_.link, failure);
    const Transport transport = linked ? x_.over_link() : x_.transport();
    rounds.emplace(linked ? static_cast<Carrier&>(*linked_) : x_.comm, transport.pool, send, receive,
                   largest_message(transport.bytes, x_.comm.size()));
  });
  std::int64_t count[1] = {rounds ? rounds->count() : 0};
  agree(x_.comm, failure, count);
  const TraceSpan exchange(x_.lane(), Activity::exchange, stage_.traced());
  if (linked_)  // what is sent is added up in the other stream
    failure.then([&] { x_.device.wait(LinkedExchange::stream, x_.device.record(Stream{})); });
  for (; count[0] > 0; count[0]--) run_round(*rounds, mine);
  if (!linked_) return;
  failure.then([&] { x_.device.wait(LinkedExchange::stream); });
  if (failure.any() && !linked_->settle()) rounds->abandon();
}

void ContractSums::run_round(Rounds& rounds, const std::vector<TreeNode>& mine) {
  const Space messages = linked_ ? op_.space : Space::host;
  Moved moved = rounds.run(
      [&](std::size_t, std::int64_t offset, std::int64_t bytes, std::byte* to) {
        for (std::int64_t done = 0; done < bytes;) {
          const std::int64_t node = (offset + done) / panel_bytes_, within = (offset + done) % panel_bytes_;
          const std::int64_t n = std::min(bytes - done, panel_bytes_ - within);
          const TreeNode& t = mine[static_cast<std::size_t>(node)];
          copy(n, slot((t.index << t.level) - part_.first) + within, op_.space, to + done, messages);
          done += n;
        }
      },
      [&](std::size_t k, std::int64_t offset, std::int64_t bytes, const std::byte* from) {
        copy(bytes, from, messages, from_others_[k].at + offset, op_.space);
      });
  if (linked_) moved.linked = moved.bytes;
  x_.counters.add(moved);
}

std::byte* ContractSums::finish(Stream stream, const Dims& chunk, std::int64_t number) const {
  if (in_array_) return x_.array(*op_.output.array)->chunk(chunk).data;
  const std::int64_t elements = chunk_bytes_ / item_of_sums(op_), within = number * chunk_bytes_;
  FixedTree<std::byte*> tree(op_.layout.segments().count());
  const auto merge = [&](std::byte* into, const std::byte* from) { add(stream, elements, into, from); };
  for (std::int64_t s = part_.first; s < part_.last; s++) tree.add({0, s}, slot(s - part_.first) + within, merge);
  for (const Other& other : from_others_)
    for (std::size_t k = 0; k < other.nodes.size(); k++)
      tree.add(other.nodes[k], other.at + static_cast<std::int64_t>(k) * panel_bytes_ + within, merge);
  return tree.held()[0].state;
}

}  // namespace tessera

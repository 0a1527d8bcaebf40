#include <tessera/distributed/execute/gather_exchange.hpp>

#include <cstring>

namespace tessera {

GatherExchange::GatherExchange(StageRun& stage, const GatherOperator& op, GatherBlocks& blocks)
    : stage_(stage),
      blocks_(blocks),
      rows_(stage.x, stage.x.resident(op.array), blocks.order(), Stream{}),
      item_(item_size(op.walk.outputs[0].dtype)),
      requests_(stage, op, blocks) {}

bool GatherExchange::run() {
  const bool more = requests_.begin();
  stage_.failure.then([&] {
    const auto own = requests_.own();
    const std::uint32_t* place = blocks_.places() + own.first;
    for (const auto request : own.requests)
      rows_.copy(GatherRequest::position(request), GatherRequest::length(request), blocks_.element(*place++));
  });
  stage_.failure.guard([&] { rows_.wait(); });  // in any case: what has begun writes to the block
  requests_.exchange(
      OwnerRequests::Elements::to_asking, [&](auto messages) { answer(messages); },
      [&](auto messages) { take(messages); });
  return more;
}

void GatherExchange::answer(std::span<const OwnerRequests::Message> messages) {
  for (const auto& m : messages) {
    std::byte* to = m.elements;
    for (const auto request : m.requests) {
      const std::int64_t length = GatherRequest::length(request);
      stage_.failure.then([&] { rows_.copy(GatherRequest::position(request), length, to); });
      to += length * item_;
    }
  }
  stage_.failure.guard([&] { rows_.wait(); });
}

void GatherExchange::take(std::span<const OwnerRequests::Message> messages) {
  for (const auto& m : messages) {
    const std::byte* from = m.elements;
    const std::uint32_t* place = blocks_.places() + m.first;
    for (const auto request : m.requests) {
      const std::int64_t bytes = GatherRequest::length(request) * item_;
      std::memcpy(blocks_.element(*place++), from, static_cast<std::size_t>(bytes));
      from += bytes;
    }
  }
}

}  // namespace tessera

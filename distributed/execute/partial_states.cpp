#include <tessera/distributed/execute/partial_states.hpp>

#include <cstring>

namespace tessera {

PartialStates::PartialStates(Execution& execution, std::vector<std::unique_ptr<Columns>>& columns)
    : execution_(execution), columns_(columns), streams_(execution.comm) {
  outgoing_.resize(execution.comm.size());
  incoming_.resize(outgoing_.size());
}

void PartialStates::collect() {
  for (std::size_t o = 0; o < columns_.size(); o++)
    if (Columns* c = columns_[o].get())
      c->take_partial([&](int owner, StateHeader header, StateBlock state, std::int64_t bytes) {
        header.output = static_cast<std::int32_t>(o);
        outgoing_[owner].records.push_back({header, std::move(state), bytes});
        streams_.bytes_to()[owner] += state_header_bytes + bytes;
      });
}

void PartialStates::pack(Lane& lane, std::int64_t bytes, std::byte* to) {
  while (bytes > 0) {
    Record& r = lane.records[lane.next];
    const bool in_header = lane.offset < state_header_bytes;
    const std::byte* from = in_header ? reinterpret_cast<const std::byte*>(&r.header) + lane.offset
                                      : r.state.data() + (lane.offset - state_header_bytes);
    const std::int64_t end = in_header ? state_header_bytes : state_header_bytes + r.bytes;
    const std::int64_t n = std::min(bytes, end - lane.offset);
    std::memcpy(to, from, n);
    to += n, bytes -= n, lane.offset += n;
    if (lane.offset < state_header_bytes + r.bytes) continue;
    r.state = {};
    lane.next++, lane.offset = 0;
  }
}

void PartialStates::unpack(Lane& lane, std::int64_t bytes, const std::byte* from) {
  while (bytes > 0) {
    if (lane.records.empty()) lane.records.push_back({{}, {}, 0});
    Record& r = lane.records[0];  // one at a time
    const bool in_header = lane.offset < state_header_bytes;
    std::byte* to = in_header ? reinterpret_cast<std::byte*>(&r.header) + lane.offset
                              : r.state.data() + (lane.offset - state_header_bytes);
    const std::int64_t end = in_header ? state_header_bytes : state_header_bytes + r.bytes;
    const std::int64_t n = std::min(bytes, end - lane.offset);
    std::memcpy(to, from, n);
    from += n, bytes -= n, lane.offset += n;
    Columns& columns = *columns_[r.header.output];
    if (in_header && lane.offset == state_header_bytes) r.state = columns.room_for(r.header, r.bytes);
    if (lane.offset < state_header_bytes + r.bytes) continue;
    columns.add(r.header, std::move(r.state));
    lane.records.clear(), lane.offset = 0;
  }
}

void PartialStates::run(Failure& failure) {
  failure.then([&] { collect(); });
  streams_.begin(execution_.pool, execution_.message_bytes, failure);
  for (std::int64_t k = 0; k < streams_.rounds(); k++) {
    const Moved moved =
        streams_.run([&](int p, std::int64_t, std::int64_t bytes, std::byte* to) { pack(outgoing_[p], bytes, to); },
                     [&](int p, std::int64_t, std::int64_t bytes, const std::byte* from) {
                       failure.then([&] { unpack(incoming_[p], bytes, from); });
                     });
    execution_.counters.add(moved);
  }
}

}  // namespace tessera

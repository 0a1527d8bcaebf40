#include <tessera/distributed/exchange/fetch.hpp>

#include <tessera/core/device/devices.hpp>
#include <tessera/distributed/ownership.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

constexpr Stream callers_stream{};

// What is only copied from host to host can't.
bool can_fail(const Device& device) { return device.space() != Space::host; }

bool needs_others(const Communicator& comm, const ResidentArray& from) {
  return comm.size() > 1 && from.distribution().kind() != Distribution::Kind::replicated;
}

}  // namespace

Fetch::Fetch(Communicator& comm, Device& device, const ResidentArray& from, const Box& wanted, Wishes wishes)
    : comm_(comm),
      device_(device),
      from_(from),
      wanted_(wanted),
      talks_(needs_others(comm, from)),
      wishes_(std::move(wishes)) {
  if (!talks_ || wishes_) return;
  for (int i = 0; i < wanted.rank(); i++) mine_.push_back(wanted.lo[i]), mine_.push_back(wanted.extent[i]);
  told_.resize(mine_.size() * static_cast<std::size_t>(comm.size()));
}

void Fetch::exchange_wishes() {
  if (wishes_ || wanted_.rank() == 0) return;
  comm_.allgather(reinterpret_cast<const std::byte*>(mine_.data()), reinterpret_cast<std::byte*>(told_.data()),
                  static_cast<std::int64_t>(mine_.size() * 8));
}

StridedOutput Fetch::part_of(const StridedOutput& to, const Dims& at) const {
  return {address(to.data, to.strides, at, wanted_.lo), to.strides, to.space};
}

// Copies the parts of chunks of this rank that lie in the box.
void Fetch::copy_own(Stream stream, const StridedOutput& to) const {
  const auto& owners = from_.distribution();
  const std::int64_t item = item_size(from_.dtype());
  const auto copy = [&](const Dims& chunk, const Box& part) {
    device_.copy(stream, part.extent, item, input_at(from_.chunk(chunk), part.lo), part_of(to, part.lo));
  };
  if (wanted_.empty()) return;
  // Where nobody is asked, all of it is here, and nothing may be allocated: the others would not hear of a failure.
  const std::int64_t mine =
      talks_ ? owned_by(owners, comm_.rank(), elements_of(from_.grid(), wanted_)) : wanted_.size();
  OwnedPieces pieces(owners, talks_ ? comm_.rank() : 0, {Dims::filled(from_.grid().rank(), 0), from_.grid().counts()},
                     wanted_);
  pieces.take(mine, copy);
}

// Of the box that rank `p` wants.
Box Fetch::told_wish(int p) const {
  const auto rank = static_cast<std::size_t>(wanted_.rank());
  Box box;
  for (std::size_t i = 0; i < rank; i++) {
    box.lo.push_back(told_[2 * (static_cast<std::size_t>(p) * rank + i)]);
    box.extent.push_back(told_[2 * (static_cast<std::size_t>(p) * rank + i) + 1]);
  }
  return box;
}

Moved Fetch::run(const StridedOutput& to, const Transport& transport, const Progress& progress) {
  if (!talks_) {
    copy_own(callers_stream, to);
    device_.wait(callers_stream);
    return {};
  }
  exchange_wishes();
  FetchesUnderWay alone(comm_, device_);
  alone.add(*this, to);
  alone.begin(transport, progress);
  return alone.end();
}

FetchesUnderWay::~FetchesUnderWay() {
  if (!under_way_ || !can_fail(device_)) return;
  Failure unheard;  // its cause is known
  if (!linked_)
    unheard.guard([&] { device_.wait(callers_stream); });
  else if (!linked_->settle() && rounds_)
    rounds_->abandon();
}

void FetchesUnderWay::add(const Fetch& fetch, const StridedOutput& to) noexcept {
  failure_.then([&] { fetches_.push_back({&fetch, to}); });
}

void FetchesUnderWay::add_lanes(const Item& item) {
  const Fetch& f = *item.fetch;
  const int me = comm_.rank();
  const std::int64_t bytes = item_size(f.from_.dtype());
  const auto& owners = f.from_.distribution();
  // Where a rank's chunks are.
  const auto held = [&](int p) {
    return owners.kind() == Distribution::Kind::blocks
               ? owners.hull(p)
               : Box{Dims::filled(f.from_.grid().rank(), 0), f.from_.grid().counts()};
  };
  const Box mine = held(me);
  for (int p = 0; p < comm_.size(); p++) {
    if (p == me) continue;
    const Box theirs = f.wishes_ ? f.wishes_(p) : f.told_wish(p);
    if (theirs.empty()) continue;
    const std::int64_t elements = owned_by(owners, me, elements_of(f.from_.grid(), theirs));
    if (elements == 0) continue;
    send_.push_back({p, elements * bytes});
    sent_.push_back({item, {owners, me, mine, theirs}});
  }
  if (f.wanted_.empty()) return;
  for_each_owner(owners, elements_of(f.from_.grid(), f.wanted_), [&](int p, std::int64_t elements) {
    if (p == me) return;
    receive_.push_back({p, elements * bytes});
    received_.push_back({item, {owners, p, held(p), f.wanted_}});
  });
}

Carrier& FetchesUnderWay::carrier() {
  if (linked_) return *linked_;
  return comm_;
}

Stream FetchesUnderWay::stream() const { return linked_ ? LinkedExchange::stream : callers_stream; }

Space FetchesUnderWay::space_of_messages() const { return linked_ ? device_.space() : Space::host; }

void FetchesUnderWay::begin(const Transport& transport, const Fetch::Progress& progress, const Failure& before) {
  under_way_ = true;
  failure_.then([&] {
    if (transport.link) linked_.emplace(comm_, device_, *transport.link, failure_);
    for (const Item& f : fetches_) add_lanes(f);
    rounds_.emplace(carrier(), transport.pool, send_, receive_, largest_message(transport.bytes, comm_.size()));
    for (const Item& f : fetches_) f.fetch->copy_own(stream(), f.to);
  });
  std::int64_t count[1] = {rounds_ ? rounds_->count() : 0};
  agree(comm_, before.error() ? before : failure_, count);
  left_ = count[0];
  coming_ = rounds_->incoming().bytes;
  progress_ = progress ? &progress : nullptr;
  tell();
  post();
}

void FetchesUnderWay::tell() const {
  if (progress_ && coming_ > 0) (*progress_)(came_.bytes, coming_);
}

void FetchesUnderWay::post() {
  if (left_ == 0) return;
  rounds_->begin([&](std::size_t k, std::int64_t, std::int64_t bytes, std::byte* at) {
    failure_.then([&] {
      const ResidentArray& from = sent_[k].of.fetch->from_;
      const std::int64_t item = item_size(from.dtype());
      sent_[k].pieces.take(bytes / item, [&](const Dims& chunk, const Box& b) {
        device_.copy(stream(), b.extent, item, input_at(from.chunk(chunk), b.lo),
                     {at, row_major_strides(b.extent, item), space_of_messages()});
        at += b.size() * item;
      });
      if (!linked_) device_.wait(callers_stream);
    });
  });
}

void FetchesUnderWay::take_round() {
  const Moved moved = rounds_->end([&](std::size_t k, std::int64_t, std::int64_t bytes, const std::byte* at) {
    failure_.then([&] {
      const Item& of = received_[k].of;
      const std::int64_t item = item_size(of.fetch->from_.dtype());
      received_[k].pieces.take(bytes / item, [&](const Dims&, const Box& b) {
        device_.copy(stream(), b.extent, item, {at, row_major_strides(b.extent, item), space_of_messages()},
                     of.fetch->part_of(of.to, b.lo));
        at += b.size() * item;
      });
      if (!linked_) device_.wait(callers_stream);
    });
  });
  came_.bytes += moved.bytes, came_.messages += moved.messages;
  if (linked_) came_.linked += moved.bytes;
  left_--;
  tell();
}

bool FetchesUnderWay::poll() {
  while (left_ > 0) {
    if (!carrier().poll_exchange()) return false;
    take_round();
    post();
  }
  return true;
}

Moved FetchesUnderWay::end() {
  while (left_ > 0) {
    take_round();
    post();
  }
  failure_.then([&] { device_.wait(stream()); });  // also where nothing was sent or came
  if (can_fail(device_)) agree(comm_, failure_);
  under_way_ = false;
  return came_;
}

Moved fetch(Communicator& comm, Device& device, const ResidentArray& from, const Box& wanted, const StridedOutput& to,
            const Transport& transport) {
  if (!needs_others(comm, from)) return Fetch(comm, device, from, wanted).run(to, transport);
  std::optional<Fetch> fetch;
  together(comm, [&] { fetch.emplace(comm, device, from, wanted); });
  return fetch->run(to, transport);
}

Replication::Replication(Communicator& comm, Device& device, const ResidentArray& from, std::shared_ptr<SlabArray> all,
                         const std::shared_ptr<MemoryPool>& pool)
    : comm_(comm), device_(device), from_(from), all_(std::move(all)), pool_(pool) {
  const auto& grid = from.grid();
  if (grid.count() == 1 && all_->space() == Space::host) return;
  // Fetched densely, then laid out in chunks.
  dense_ = Buffer(pool, num_elements(grid.shape()) * item_size(from.dtype()), "a copy on every rank");
  const Box whole = Box::whole(grid.shape());
  fetch_.emplace(comm, device, from, whole, [whole](int) { return whole; });
}

Moved Replication::run() {
  if (!fetch_) return broadcast_chunk();
  const auto& grid = from_.grid();
  const std::int64_t item = item_size(from_.dtype());
  const Box whole = Box::whole(grid.shape());
  const Dims strides = row_major_strides(grid.shape(), item);
  const Moved moved = fetch_->run({dense_.data(), strides}, {0, pool_});
  Failure failure;
  failure.guard([&] {
    for_each_index(grid.counts(), [&](const Dims& c) {
      const HeldBox h = all_->chunk(c);
      device_.copy(callers_stream, h.held.extent, item, {address(dense_.data(), strides, h.held.lo, whole.lo), strides},
                   output_at(h, h.held.lo));
    });
    device_.wait(callers_stream);
  });
  if (can_fail(device_)) agree(comm_, failure);
  return moved;
}

// The only chunk, in the host's memory.
Moved Replication::broadcast_chunk() {
  const Dims only = Dims::filled(from_.grid().rank(), 0);
  const int owner = from_.distribution().owner(only);
  const std::int64_t item = item_size(from_.dtype()), bytes = num_elements(from_.grid().shape()) * item;
  if (owner == comm_.rank()) {
    const HeldBox h = from_.chunk(only);
    host_device().copy(callers_stream, h.held.extent, item, input_at(h, h.held.lo),
                       {all_->data(), row_major_strides(h.held.extent, item)});
  }
  comm_.broadcast(all_->data(), bytes, owner);
  return owner == comm_.rank() ? Moved{} : Moved{bytes, 1};
}

}  // namespace tessera

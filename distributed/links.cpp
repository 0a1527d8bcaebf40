#include <tessera/distributed/links.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include <tessera/distributed/failure.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

template <std::size_t n>
void put(char (&to)[n], const std::string& text) {
  text.copy(to, n - 1);
}

LinkCard card_of(Device& device) {
  LinkCard card;
  const LinkSupport support = device.link_support();
  put(card.identity, device.identity());
  put(card.name, support.name);
  put(card.why_not, support.why_not);
  return card;
}

/// How long ranks wait for one another while they connect.
double patience() {
  constexpr double seconds = 60;
  const char* text = std::getenv("TESSERA_LINK_SECONDS");
  if (!text || !*text) return seconds;
  char* end = nullptr;
  const double wish = std::strtod(text, &end);
  if (*end || !(wish > 0))
    throw UsageError("TESSERA_LINK_SECONDS: '" + std::string(text) + "' is not a number of seconds");
  return wish;
}

}  // namespace

std::string why_not_linked(std::span<const LinkCard> cards) {
  const auto rank = [&](std::size_t r) { return fmt::format("rank {}", r); };
  for (std::size_t r = 0; r < cards.size(); r++)
    if (!cards[r].name[0]) return cards.size() > 1 ? rank(r) + ": " + cards[r].why_not : std::string(cards[r].why_not);
  for (std::size_t r = 1; r < cards.size(); r++)
    if (std::string(cards[r].name) != cards[0].name)
      return fmt::format("rank 0 has {}, and {} {}", cards[0].name, rank(r), cards[r].name);
  for (std::size_t r = 0; r < cards.size(); r++)
    for (std::size_t q = r + 1; q < cards.size(); q++)
      if (std::string(cards[r].identity) == cards[q].identity) return fmt::format("ranks {} and {} share a GPU", r, q);
  return "";
}

void Links::survey(Communicator& comm, Device& device) {
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<LinkCard> cards;
  LinkCard mine;
  together(comm, [&] {
    patience_ = patience();
    mine = card_of(device);
    cards.resize(ranks);
  });
  comm.allgather(reinterpret_cast<const std::byte*>(&mine), reinterpret_cast<std::byte*>(cards.data()), sizeof mine);
  together(comm, [&] {
    why_not_ = why_not_linked(cards);
    name_ = why_not_.empty() ? cards[0].name : "";
  });
}

bool Links::connect(Communicator& comm, Device& device) {
  if (name_.empty()) return false;
  if (link_) return true;
  try {
    std::string id;
    together(comm, [&] {
      if (comm.rank() == 0) id = device.new_link();
    });
    comm.broadcast(id, 0);
    comm.barrier();  // a broadcast may end late on some ranks, and their seconds count from here
    Failure failure;
    failure.guard([&] { connect_here(comm, device, id); });
    if (failure.error()) comm.announce_failure();
    agree(comm, failure);
    return true;
  } catch (const Error& e) {  // on all ranks
    link_.reset();
    name_.clear();
    why_not_ = e.what();
    return false;
  }
}

void Links::connect_here(Communicator& comm, Device& device, const std::string& id) {
  constexpr auto nap = std::chrono::milliseconds(1);
  const std::chrono::duration<double> limit(patience_);
  const auto begin = std::chrono::steady_clock::now();
  link_ = device.connect(id, comm.rank(), comm.size());
  while (!link_->poll() && !comm.failure_announced()) {  // whoever has failed says so at the agreement
    if (std::chrono::steady_clock::now() - begin > limit)
      throw CommError(fmt::format("{} has not connected the ranks in {:g} s (TESSERA_LINK_SECONDS)", name_, patience_));
    std::this_thread::sleep_for(nap);
  }
}

void Links::close() noexcept { link_.reset(); }

}  // namespace tessera

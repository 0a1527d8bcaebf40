#include <tessera/distributed/heartbeat.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/datagram_socket.hpp>
#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Where a rank can be reached; neighbours exchange it once.
struct Card {
  std::uint64_t network = 0;
  HostAddresses addresses{};
  std::uint16_t port = 0;
  std::array<char, 64> host{};
};

struct Beat {
  std::uint64_t session = 0;
  std::int32_t from = 0, to = 0;
  std::uint64_t steps = 0;  // up: of the sender's subtree; down: of all ranks
  std::uint64_t goodbye = 0;
  std::array<char, 96> stage{};
};

template <std::size_t n>
void put(std::array<char, n>& to, const std::string& text) {
  to = {};
  text.copy(to.data(), n - 1);
}

struct Neighbour {
  int rank = 0;
  Card card{};
  Endpoint answers{};  // where its datagrams come from; port 0 until the first
  bool gone = false;   // it has said goodbye
  Clock::time_point heard{};
  std::uint64_t steps = 0;
  std::string stage{};

  bool was_heard() const { return answers.port != 0; }
};

Card own_card(std::uint16_t port) {
  Card card;
  card.network = network_identity();
  card.addresses = host_addresses();
  card.port = port;
  put(card.host, host_name());
  return card;
}

}  // namespace

class Heartbeat::Loop {
 public:
  Loop(Communicator& ranks, HeartbeatOptions options, std::function<Doing()> doing)
      : options_(options), doing_(std::move(doing)), rank_(ranks.rank()) {
    std::vector<Card> cards;
    std::vector<Piece> send, receive;
    together(ranks, [&] {
      mine_ = own_card(socket_.port());
      if (rank_ == 0) session_ = (std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}();
      find_neighbours(ranks.size());
      cards.resize(neighbours_.size());
      constexpr auto bytes = static_cast<std::int64_t>(sizeof(Card));
      for (std::size_t i = 0; i < cards.size(); i++) {
        send.push_back({neighbours_[i].rank, reinterpret_cast<std::byte*>(&mine_), bytes});
        receive.push_back({neighbours_[i].rank, reinterpret_cast<std::byte*>(&cards[i]), bytes});
      }
      ranks.prepare_exchange(cards.size());
    });
    ranks.broadcast(reinterpret_cast<std::byte*>(&session_), sizeof session_, 0);
    ranks.exchange(send, receive);
    for (std::size_t i = 0; i < cards.size(); i++) neighbours_[i].card = cards[i];
  }

  /// Collective. When it throws on one rank it does so on all; threads that run then end with their Loop.
  void start(Communicator& ranks) {
    together(ranks, [&] {
      report_ = std::make_shared<PeerReport>();
      report_->complete = neighbours_.empty();
      if (!neighbours_.empty()) thread_ = std::thread([this] { run(); });
    });
  }

  ~Loop() {
    stop_ = true;
    socket_.wake();
    if (thread_.joinable()) thread_.join();
  }

  std::shared_ptr<const PeerReport> report() const { return report_; }

 private:
  void find_neighbours(int size) {
    const int k = options_.fan_out;
    if (rank_ > 0) neighbours_.push_back({.rank = (rank_ - 1) / k});
    for (std::int64_t child = std::int64_t{rank_} * k + 1; child <= std::int64_t{rank_} * k + k && child < size;
         child++)
      neighbours_.push_back({.rank = static_cast<int>(child)});
  }
  bool is_parent(const Neighbour& n) const { return n.rank < rank_; }

  void run() {
    auto last = Clock::now(), next = last;
    while (!stop_) {
      Endpoint from;
      Beat beat;
      const double left = std::clamp(Seconds(next - Clock::now()).count(), 0.0, options_.interval);
      const std::size_t bytes = socket_.receive(std::as_writable_bytes(std::span(&beat, 1)), from, left);
      if (bytes == sizeof beat) take(beat, from);
      const auto now = Clock::now();
      // The whole process has stood still (a suspended job): what the others said meanwhile is not their silence.
      if (Seconds(now - last).count() > options_.interval + options_.silence / 4)
        for (Neighbour& n : neighbours_) n.heard = now;
      last = now;
      if (now < next) continue;
      next = now + std::chrono::duration_cast<Clock::duration>(Seconds(options_.interval));
      beat_once(now, false);
    }
    for (int times = 0; times < 3; times++) beat_once(Clock::now(), true);  // a datagram may be lost
  }

  void take(const Beat& beat, const Endpoint& from) {
    if (beat.session != session_ || beat.to != rank_) return;
    for (Neighbour& n : neighbours_) {
      if (n.rank != beat.from) continue;
      n.answers = from;
      n.heard = Clock::now();
      n.steps = beat.steps;
      n.gone = beat.goodbye != 0;
      n.stage.assign(beat.stage.data(), ::strnlen(beat.stage.data(), beat.stage.size()));
    }
  }

  void beat_once(Clock::time_point now, bool goodbye) {
    const Doing doing = doing_();
    std::uint64_t below = own_steps(doing.steps);
    std::uint64_t all = 0;
    bool complete = true;
    std::optional<Silence> silence;
    for (const Neighbour& n : neighbours_) {
      if (!is_parent(n)) below += n.steps;
      complete = complete && (n.was_heard() || n.gone);
      const double quiet = Seconds(now - n.heard).count();
      if (n.was_heard() && !n.gone && quiet >= options_.silence && (!silence || silence->seconds < quiet))
        silence = {n.rank, n.card.host.data(), quiet, n.stage};
    }
    for (const Neighbour& n : neighbours_)
      if (is_parent(n)) all = n.steps;
    if (rank_ == 0) all = below;
    report_->steps = all + below;
    report_->complete = complete;
    report_->set_silence(std::move(silence));
    Beat beat{session_, rank_, 0, 0, goodbye ? 1u : 0u, {}};
    put(beat.stage, doing.stage);
    for (const Neighbour& n : neighbours_) {
      beat.to = n.rank;
      beat.steps = is_parent(n) ? below : all;
      send(n, beat);
    }
  }

  /// Steps, and what TCP has moved while there were none.
  std::uint64_t own_steps(std::uint64_t steps) {
    if (steps == seen_)
      moved_ = tcp_bytes();
    else
      seen_ = steps;
    return steps + moved_;
  }

  void send(const Neighbour& n, const Beat& beat) {
    const auto bytes = std::as_bytes(std::span(&beat, 1));
    if (n.was_heard()) return socket_.send(n.answers, bytes);
    if (n.card.network == mine_.network) return socket_.send({htonl(INADDR_LOOPBACK), n.card.port}, bytes);
    for (int i = 0; i < n.card.addresses.count; i++) socket_.send({n.card.addresses.address[i], n.card.port}, bytes);
  }

  const HeartbeatOptions options_;
  const std::function<Doing()> doing_;
  const int rank_;
  DatagramSocket socket_;
  Card mine_{};
  std::uint64_t session_ = 0;
  std::vector<Neighbour> neighbours_;
  std::shared_ptr<PeerReport> report_;
  std::uint64_t seen_ = 0, moved_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

Heartbeat::Heartbeat(Communicator& ranks, HeartbeatOptions options, std::function<Doing()> doing)
    : loop_(std::make_unique<Loop>(ranks, options, std::move(doing))) {
  loop_->start(ranks);
}
Heartbeat::~Heartbeat() = default;
std::shared_ptr<const PeerReport> Heartbeat::report() const { return loop_->report(); }

}  // namespace tessera

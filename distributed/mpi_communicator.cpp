// Ranks that talk through MPI. Every call's return code is checked on our own duplicate (MPI_ERRORS_RETURN); waiting is
// polling, so that ranks that share a core get on. Calls stay at or under 1 GiB, because MPI 3.1 counts in int.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <exception>
#include <limits>
#include <optional>
#include <string_view>
#include <tessera/core/hash.hpp>
#include <tessera/core/signs.hpp>
#include <tessera/distributed/call.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/mpi_check.hpp>
#include <tessera/distributed/mpi_communicator.hpp>
#include <tessera/distributed/mpi_duplicates.hpp>
#include <tessera/distributed/mpi_exchange.hpp>
#include <tessera/distributed/mpi_group.hpp>
#include <tessera/distributed/mpi_world.hpp>
#include <tessera/distributed/throw_again.hpp>
#include <tessera/mpi.hpp>

namespace tessera {

std::string mpi_error_text(int code, const char* call) {
  std::array<char, MPI_MAX_ERROR_STRING + 1> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) return fmt::format("{}: MPI error {}", call, code);
  return fmt::format("{}: {}", call, std::string_view(text.data(), static_cast<std::size_t>(length)));
}

void Patience::nap() noexcept {
  constexpr timespec length{0, 10'000};  // some 70 us by Linux's usual slack
  nanosleep(&length, nullptr);
}

void Patience::give_core_away(bool to_strangers) noexcept {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds slice(1);        // the system's own threads want less
  constexpr std::chrono::milliseconds remembers(100);  // then it is tried again
  static std::atomic<Clock::duration::rep> shared_until{0};
  const auto before = Clock::now().time_since_epoch();
  if (to_strangers && before.count() < shared_until.load(std::memory_order_relaxed)) {
    nap();
    return;
  }
  sched_yield();
  const auto after = Clock::now().time_since_epoch();
  if (after - before > slice) shared_until.store(Clock::duration(after + remembers).count(), std::memory_order_relaxed);
}

void Patience::listen() noexcept { group_->listen(); }

void mpi_wait(MPI_Request& request, const Waiting& how, const char* call) {
  const WaitingForRanks waiting;
  Patience patience(how);
  int done = 0;
  while (true) {
    mpi_check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), call);
    if (done != 0) break;
    patience.wait_for_little();
  }
  note_moved();
}

namespace {

constexpr std::int64_t call_limit = MpiExchange::segment_limit;

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator(const Duplicate& duplicate, MpiGroup* group) : duplicate_(duplicate), comm_(duplicate_.comm) {
    mpi_check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    mpi_check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
    waiting_ = {duplicate_.node_size > allowed_cpus().job, group};
    exchange_.emplace(comm_, rank_, size_, waiting_);
    // Failing allocates nothing: it may be that there is no memory.
    announcements_.reserve(size_);
    announced_by_.resize(size_);
  }

  ~MpiCommunicator() override {
    // Ranks that still announce or wait leave messages behind: such a duplicate is not used again.
    if (mpi_is_running() && clean_ && !announced_ && !exchange_->is_under_way()) park_duplicate(duplicate_);
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int node_size() const override { return duplicate_.node_size; }
  int node_rank() const override { return duplicate_.node_rank; }
  Communicator& roll_call() override { return waiting_.group != nullptr ? waiting_.group->calls() : *this; }

  std::string description() const override {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING + 1> text{};
    int length = 0;
    MPI_Get_library_version(text.data(), &length);  // "Open MPI v4.1.4, package: ..."
    std::string library(text.data(), static_cast<std::size_t>(length));
    library.resize(std::min(library.size(), library.find_first_of(",\n")));
    if (const auto v = library.find(" v"); v != std::string::npos) library.erase(v + 1, 1);
    return fmt::format("{}, {} rank{}", library, size_, size_ == 1 ? "" : "s");
  }

  void barrier() override {
    const Collective collective(*this);
    MPI_Request request;
    mpi_check(MPI_Ibarrier(comm_, &request), "MPI_Ibarrier");
    mpi_wait(request, waiting_, "MPI_Ibarrier");
  }

  void broadcast(std::byte* data, std::int64_t bytes, int root) override {
    const Collective collective(*this);
    for (std::int64_t at = 0; at < bytes; at += call_limit) {
      MPI_Request request;
      const int count = static_cast<int>(std::min(call_limit, bytes - at));
      mpi_check(MPI_Ibcast(data + at, count, MPI_BYTE, root, comm_, &request), "MPI_Ibcast");
      mpi_wait(request, waiting_, "MPI_Ibcast");
    }
  }

  void allgather(const std::byte* in, std::byte* out, std::int64_t bytes) override {
    if (bytes > call_limit / size_) {
      gather_in_pieces(in, out, bytes);
      return;
    }
    const Collective collective(*this);
    MPI_Request request;
    const int count = static_cast<int>(bytes);
    mpi_check(MPI_Iallgather(in, count, MPI_BYTE, out, count, MPI_BYTE, comm_, &request), "MPI_Iallgather");
    mpi_wait(request, waiting_, "MPI_Iallgather");
  }

  void alltoall(const std::byte* in, std::byte* out, std::int64_t bytes) override {
    if (bytes > call_limit / size_) throw InternalError("alltoall: messages beyond 1 GiB");
    const Collective collective(*this);
    MPI_Request request;
    const int count = static_cast<int>(bytes);
    mpi_check(MPI_Ialltoall(in, count, MPI_BYTE, out, count, MPI_BYTE, comm_, &request), "MPI_Ialltoall");
    mpi_wait(request, waiting_, "MPI_Ialltoall");
  }

  void allreduce_max(std::span<std::int64_t> values) override {
    const Collective collective(*this);
    constexpr std::size_t most = call_limit / sizeof(std::int64_t);
    for (std::size_t at = 0; at < values.size(); at += most) {
      MPI_Request request;
      const int count = static_cast<int>(std::min(most, values.size() - at));
      mpi_check(MPI_Iallreduce(MPI_IN_PLACE, values.data() + at, count, MPI_INT64_T, MPI_MAX, comm_, &request),
                "MPI_Iallreduce");
      mpi_wait(request, waiting_, "MPI_Iallreduce");
    }
  }

  void begin_exchange(std::span<const Piece> send, std::span<const Piece> receive) override {
    const Unfinished unfinished(*this);
    exchange_->begin(send, receive);
  }
  bool poll_exchange() override {
    const Unfinished unfinished(*this);
    return exchange_->poll();
  }
  void end_exchange() override {
    const Unfinished unfinished(*this);
    exchange_->end();
  }
  void prepare_exchange(std::size_t pieces) override { exchange_->reserve(pieces); }

  void announce_failure() override {
    if (announced_) return;
    announced_ = true;
    for (int peer = 0; peer < size_; peer++) {
      if (peer == rank_) continue;
      announcements_.push_back(MPI_REQUEST_NULL);
      mpi_check(MPI_Isend(nullptr, 0, MPI_BYTE, peer, MpiExchange::failure_tag, comm_, &announcements_.back()),
                "MPI_Isend");
    }
  }

  bool failure_announced() override {
    if (announced_ || heard_) return true;
    int arrived = 0;
    mpi_check(MPI_Iprobe(MPI_ANY_SOURCE, MpiExchange::failure_tag, comm_, &arrived, MPI_STATUS_IGNORE), "MPI_Iprobe");
    heard_ = arrived != 0;
    return heard_;
  }

  void agree(const Error* failure, std::span<std::int64_t> values) override {
    constexpr std::size_t own = 4, most = 8;
    if (values.size() > most) throw InternalError("agree: more than 8 values");
    // {-(lowest failing rank), has anyone announced, hash of the error, its complement}. The last two are complements
    // of each other still when all ranks have the same error, and never when one has none of this kind.
    constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    const bool common = failure != nullptr && is_of_expression(failure->kind());
    const std::int64_t words = common ? hash_of(*failure) : none;
    std::array<std::int64_t, own + most> status{failure == nullptr ? -std::int64_t{size_} : -std::int64_t{rank_},
                                                announced_ ? 1 : 0, words, common ? ~words : none};
    std::copy(values.begin(), values.end(), status.begin() + own);
    allreduce_max(std::span(status).first(own + values.size()));
    if (status[1] != 0) drain_announcements();
    if (-status[0] == size_) {
      std::copy_n(status.begin() + own, values.size(), values.begin());
      return;
    }
    if (common && status[2] == ~status[3]) throw_again(failure->kind(), {}, failure->what());
    throw_failure_of(static_cast<int>(-status[0]), failure);
  }

 private:
  /// Marks the communicator as unfit for another use until the call has ended well.
  class Unfinished {
   public:
    explicit Unfinished(MpiCommunicator& owner) : owner_(owner), exceptions_(std::uncaught_exceptions()) {}
    ~Unfinished() {
      if (std::uncaught_exceptions() > exceptions_) owner_.clean_ = false;
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

   private:
    MpiCommunicator& owner_;
    int exceptions_;
  };
  /// An operation that every rank enters.
  class Collective : Unfinished {
   public:
    explicit Collective(MpiCommunicator& owner) : Unfinished(owner) {
      if (owner.waiting_.group != nullptr) owner.waiting_.group->enter();
    }
  };

  void gather_in_pieces(const std::byte* in, std::byte* out, std::int64_t bytes) {
    std::vector<Piece> send, receive;
    for (int peer = 0; peer < size_; peer++) {
      send.push_back({peer, const_cast<std::byte*>(in), bytes});
      receive.push_back({peer, out + peer * bytes, bytes});
    }
    exchange(send, receive);
  }

  /// Receives exactly the announcements that were made, so that none is taken for one of the next phase.
  void drain_announcements() {
    const std::byte mine{static_cast<unsigned char>(announced_ ? 1 : 0)};
    allgather(&mine, announced_by_.data(), 1);
    for (int peer = 0; peer < size_; peer++) {
      if (peer == rank_ || announced_by_[peer] == std::byte{0}) continue;
      MPI_Request request;
      mpi_check(MPI_Irecv(nullptr, 0, MPI_BYTE, peer, MpiExchange::failure_tag, comm_, &request), "MPI_Irecv");
      mpi_wait(request, waiting_, "MPI_Irecv");
    }
    for (MPI_Request& request : announcements_) mpi_wait(request, waiting_, "MPI_Isend");
    announcements_.clear();
    announced_ = heard_ = false;
  }

  /// What all ranks find out alike, each for itself. What happens to a rank names the rank.
  static bool is_of_expression(ErrorKind kind) {
    return kind != ErrorKind::io && kind != ErrorKind::comm && kind != ErrorKind::interrupted &&
           kind != ErrorKind::internal;
  }
  static std::int64_t hash_of(const Error& e) {
    return static_cast<std::int64_t>(Hash().add(e.kind()).add(std::string_view(e.what())).value() >> 1);
  }

  [[noreturn]] void throw_failure_of(int failing, const Error* failure) {
    // One message of fixed size: the failing rank may have no memory for another.
    struct Words {
      std::int64_t kind, length;
      char host[64], text[8112];
    } words;
    if (rank_ == failing) {
      words = {static_cast<std::int64_t>(failure->kind()), 0, {}, {}};
      gethostname(words.host, sizeof words.host - 1);
      const std::string_view text = failure->what();
      words.length = static_cast<std::int64_t>(text.copy(words.text, sizeof words.text));
      if (text.size() > sizeof words.text) std::copy_n("...", 3, std::end(words.text) - 3);
    }
    broadcast(reinterpret_cast<std::byte*>(&words), sizeof words, failing);
    const std::string_view text(words.text, static_cast<std::size_t>(words.length));
    std::array<char, sizeof words.host + 32> who{};
    if (size_ > 1) fmt::format_to_n(who.data(), who.size() - 1, "rank {} on {}", failing, words.host);
    throw_again(static_cast<ErrorKind>(words.kind), who.data(), text);
  }

  Duplicate duplicate_;
  MPI_Comm comm_;
  int rank_ = 0, size_ = 1;
  Waiting waiting_;
  bool clean_ = true;       // no call was left half done
  bool announced_ = false;  // by this rank, since the last agree
  bool heard_ = false;      // from another rank, since the last agree
  std::vector<MPI_Request> announcements_;
  std::vector<std::byte> announced_by_;
  std::optional<MpiExchange> exchange_;
};

}  // namespace

std::unique_ptr<Communicator> communicator_on(const Duplicate& duplicate, MpiGroup* group) {
  return std::make_unique<MpiCommunicator>(duplicate, group);
}

std::unique_ptr<Communicator> mpi_communicator(MPI_Comm comm) {
  if (!mpi_is_running()) throw UsageError("mpi_communicator: MPI is not initialised, or already finalised");
  if (comm == MPI_COMM_NULL) throw UsageError("mpi_communicator: the communicator is MPI_COMM_NULL");
  int inter = 0;
  mpi_check(MPI_Comm_test_inter(comm, &inter), "MPI_Comm_test_inter");
  if (inter != 0) throw UsageError("mpi_communicator: an inter-communicator has two groups of ranks; merge it first");
  MpiGroup* group = MpiGroup::find(comm);
  if (group == nullptr) {
    group = MpiGroup::make(comm);
    return communicator_on(acquire_duplicate(comm), group);
  }
  std::int64_t number[1] = {parked_number(group->duplicate().comm)};
  begin_call(group->calls(),
             {Hash().add("communicator").value(), [] { return "the making of a communicator or Session"; }}, {},
             number);
  return communicator_on(acquire_duplicate(group->duplicate(), number[0]), group);
}

}  // namespace tessera

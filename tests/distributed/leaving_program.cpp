// A program of which one rank, the last, leaves before the others: leaving_test.py runs it in every way and looks at
// how the job ends. Session initialises MPI, and so ends it.
#include <mpi.h>
#include <sys/prctl.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <tessera/mpi.hpp>
#include <tessera/tessera.hpp>

namespace ts = tessera;

namespace {

using Work = std::function<void(ts::Session&)>;

void evaluate(ts::Session& session) {
  const ts::Array x = ts::arange(0, 100, 1, ts::DType::float64, {10});
  while (true) session.compute(ts::sum(x));
}

/// Groups that share ranks (of two ranks: the same two in either order), and each rank calls on another one: all wait
/// for ever, and no group can know. The watchdog ends it.
void overlap(ts::Session& all) {
  ts::SessionOptions o{.memory = std::int64_t{64} << 20, .threads = 1, .watchdog_seconds = 1};
  o.watchdog = [](const std::string& text) {
    std::fputs((text + "\n").c_str(), stderr);
    ts::abort_program(5);
  };
  const int rank = all.rank();
  const auto part = [&](bool mine) {
    MPI_Comm comm = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, mine ? 0 : MPI_UNDEFINED, rank, &comm);
    return mine ? std::make_optional<ts::Session>(ts::mpi_communicator(comm), o) : std::nullopt;
  };
  ts::Session third(ts::mpi_communicator(MPI_COMM_WORLD), o);
  if (all.size() == 2) {
    MPI_Comm reversed = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, 0, -rank, &reversed);
    ts::Session backwards(ts::mpi_communicator(reversed), o);
    evaluate(rank == 0 ? backwards : third);
  }
  std::optional<ts::Session> first = part(rank < 2), second = part(rank > 0);
  evaluate(rank == 0 ? *first : rank == 1 ? *second : third);
}

/// What the others do while the last rank leaves: for ever, or for a while.
const std::map<std::string, Work> works = {
    {"evaluate", evaluate},
    {"open", [](ts::Session& s) { s.open("no/such/file.npy"); }},
    {"barrier", [](ts::Session& s) { s.communicator().barrier(); }},
    {"session", [](ts::Session&) { const ts::Session another; }},
    {"mpi", [](ts::Session&) { MPI_Barrier(MPI_COMM_WORLD); }},
    {"part",  // on ranks of which the last is one, and the first is not
     [](ts::Session& s) {
       MPI_Comm part = MPI_COMM_NULL;
       MPI_Comm_split(MPI_COMM_WORLD, s.rank() > 0 ? 1 : 0, 0, &part);
       ts::Session some(ts::mpi_communicator(part));
       if (s.rank() == s.size() - 1) std::exit(0);
       if (s.rank() > 0) evaluate(some);
     }},
    {"callback",  // the others wait at the end of the stage
     [](ts::Session&) {
       ts::SessionOptions o;
       o.progress = [](const ts::SessionOptions::Progress&) { std::exit(9); };
       ts::Session s(o);
       const ts::Array x = ts::uniform({4000, 100000}, 0, 1, {.chunks = {10, 100000}});
       while (true) s.compute(ts::sum(ts::sqrt(x)));
     }},
    {"exchange",  // the others wait for pieces that only this one has
     [](ts::Session&) {
       ts::SessionOptions o{.memory = std::int64_t{256} << 20, .threads = 1};
       o.progress = [](const ts::SessionOptions::Progress& p) {
         if (p.exchanging) std::exit(0);
       };
       ts::Session s(o);
       const ts::Array x = s.persist(ts::uniform({1200, 1200}, 0, 1, {.chunks = {100, 1200}}));
       while (true) s.compute(ts::sum(x + ts::transpose(x)));
     }},
    {"overlap", overlap},
    {"work", [](ts::Session&) { std::this_thread::sleep_for(std::chrono::seconds(2)); }},
};

}  // namespace

/// leaving_program WORK WAY: WAY is how the last rank leaves, an exit status or "throw"; "all" ends all with status 3.
int main(int argc, char** argv) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") != nullptr) prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string work = argv[1], way = argv[2];
  ts::Session session(argc, argv);
  if (way == "all") return 3;
  const bool leaves = session.rank() == session.size() - 1;
  const bool leaves_inside = work == "part" || work == "callback" || work == "exchange" || work == "overlap";
  if (leaves_inside || !leaves) {
    works.at(work)(session);
    return 0;
  }
  if (way == "throw") throw std::runtime_error("out of main");
  return std::atoi(way.c_str());
}

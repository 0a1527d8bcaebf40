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
  if (work == "part" || work == "callback" || !leaves) {
    works.at(work)(session);
    return 0;
  }
  if (way == "throw") throw std::runtime_error("out of main");
  return std::atoi(way.c_str());
}

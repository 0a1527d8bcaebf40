// An MPI simulation that uses Tessera for its diagnostics, as its author would write it: MPI belongs to the host, the
// field lies in Fortran order with ghost cells, the solver runs on some ranks and a monitor on the others, each with
// its own session. Ends with 0 when values, memory, silence and the host's MPI settings are as they must be.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <tessera/mpi.hpp>
#include <tessera/tessera.hpp>

namespace ts = tessera;
namespace fs = std::filesystem;

namespace {

int failures = 0;
std::string report;  // printed at the end: until then the program itself is silent

void check(bool ok, const std::string& what) {
  if (ok) return;
  failures++;
  if (failures < 20) report += "  " + what + "\n";
}

constexpr std::int64_t nx = 96, ny = 75;
constexpr int steps = 1000, snapshot_every = 100;

/// This rank's block of an (nx, ny) field: u(i, j) with i fastest and one ghost cell around.
struct Field {
  explicit Field(MPI_Comm comm) {
    int size = 0, dims[2] = {0, 0}, periods[2] = {0, 0}, at[2] = {0, 0};
    MPI_Comm_size(comm, &size);
    MPI_Dims_create(size, 2, dims);
    MPI_Comm cart = MPI_COMM_NULL;
    MPI_Cart_create(comm, 2, dims, periods, 0, &cart);
    int rank = 0;
    MPI_Comm_rank(cart, &rank);
    MPI_Cart_coords(cart, rank, 2, at);
    MPI_Comm_free(&cart);
    const std::int64_t n[2] = {nx, ny};
    for (int k = 0; k < 2; k++) {
      lo[k] = n[k] * at[k] / dims[k];
      extent[k] = n[k] * (at[k] + 1) / dims[k] - lo[k];
    }
    values.assign(static_cast<std::size_t>((extent[0] + 2) * (extent[1] + 2)), 1e300);  // ghosts that nobody may read
  }
  double& operator()(std::int64_t i, std::int64_t j) {
    return values[static_cast<std::size_t>((i + 1) + (j + 1) * (extent[0] + 2))];
  }
  void advance(int step) {
    for (std::int64_t j = 0; j < extent[1]; j++)
      for (std::int64_t i = 0; i < extent[0]; i++)
        (*this)(i, j) = std::sin(0.01 * static_cast<double>((lo[0] + i) * 3 + (lo[1] + j) * 7 + step));
  }
  ts::Box box() const { return {{lo[0], lo[1]}, {extent[0], extent[1]}}; }
  ts::Dims strides() const { return {8, 8 * (extent[0] + 2)}; }
  std::int64_t lo[2] = {}, extent[2] = {};
  std::vector<double> values;
};

double expected_mean_square(Field& u, MPI_Comm comm) {
  double mine = 0, all = 0;
  for (std::int64_t j = 0; j < u.extent[1]; j++)
    for (std::int64_t i = 0; i < u.extent[0]; i++) mine += u(i, j) * u(i, j);
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, comm);
  return all / (nx * ny);
}

void solve(MPI_Comm comm, const std::string& folder, std::vector<ts::Array>& kept) {
  ts::Session session(ts::mpi_communicator(comm), {.memory = std::int64_t{64} << 20, .threads = 1});
  Field u(comm);
  const ts::Array field = session.from_local(&u(0, 0), ts::DType::float64, {nx, ny}, u.box(), u.strides());
  std::int64_t warm = 0;
  int planned = 0;
  std::vector<double> snapshots;
  for (int step = 1; step <= steps; step++) {
    u.advance(step);
    const double energy = session.item<double>(ts::mean(field * field));
    planned += !session.statistics().plan_was_cached;
    const double want = expected_mean_square(u, comm);
    check(std::abs(energy - want) <= 1e-13 * want,
          "energy of step " + std::to_string(step) + " is " + std::to_string(energy));
    if (step % snapshot_every == 0) {
      const std::string name = folder + "/snap" + std::to_string(step);
      session.compute({ts::write(field, name + ".npy"), ts::write(field * 2.0, name + ".h5:/twice")}, {.force = true});
      snapshots.push_back(energy);
    }
    if (step == 2 * snapshot_every) warm = ts::resident_bytes();
  }
  [[maybe_unused]] const std::int64_t grown = ts::resident_bytes() - warm;
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory
  check(grown < 3 << 20, "memory grew by " + std::to_string(grown) + " bytes");
#endif
  check(planned <= 2, "planned " + std::to_string(planned) + " times");

  for (std::size_t k = 0; k < snapshots.size(); k++) {
    const std::string name = folder + "/snap" + std::to_string((k + 1) * snapshot_every);
    const ts::Array a = session.open(name + ".npy"), b = session.open(name + ".h5:/twice");
    check(a.shape() == ts::Shape{nx, ny}, "the snapshot's shape");
    // Another chunking, another tree of additions: close, not equal.
    check(std::abs(session.item<double>(ts::mean(a * a)) - snapshots[k]) < 1e-13, "what " + name + ".npy holds");
    check(session.item<bool>(ts::all(b == a * 2.0)), "what " + name + ".h5 holds");
  }

  // Out again: a smoothed field back into the host's array, in place of its own values; ghosts stay.
  const ts::Array inner = (field - ts::mean(field)) / ts::std(field);
  Field out(comm);
  session.compute_into(inner, &out(0, 0), out.box(), out.strides());
  double mine[2] = {0, 0}, all[2] = {0, 0};
  for (std::int64_t j = 0; j < u.extent[1]; j++)
    for (std::int64_t i = 0; i < u.extent[0]; i++) mine[0] += out(i, j), mine[1] += out(i, j) * out(i, j);
  MPI_Allreduce(mine, all, 2, MPI_DOUBLE, MPI_SUM, comm);
  check(std::abs(all[0]) < 1e-9 && std::abs(all[1] / (nx * ny) - 1) < 1e-12, "the normalised field");
  check(out(-1, -1) == 1e300 && out(u.extent[0], u.extent[1]) == 1e300, "ghost cells were written");

  const ts::Array resident = session.persist(field + 1.0);
  std::int64_t elements = 0, total = 0;
  for (const auto& c : session.local_chunks(resident)) elements += c.box.size();
  MPI_Allreduce(&elements, &total, 1, MPI_INT64_T, MPI_SUM, comm);
  check(total == nx * ny, "local chunks hold " + std::to_string(total) + " elements");
  kept = {field, resident, inner};  // outlive the session, and MPI
}

void monitor(MPI_Comm comm) {
  ts::Session session(ts::mpi_communicator(comm), {.memory = std::int64_t{64} << 20, .threads = 1});
  ts::Array u = session.persist(ts::full({3000}, 5.0, {}, {100}));
  for (int k = 0; k < 10000; k++) u = session.persist(u * 0.5 + 1.0);
  check(session.item<double>(ts::max(u)) == 2, "the monitor's fixed point");
}

}  // namespace

int main(int argc, char** argv) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") != nullptr) prctl(PR_SET_PDEATHSIG, SIGKILL);
  int given = 0, rank = 0, size = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &given);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const fs::path folder = fs::path("host_program_files") / std::to_string(size);
  if (rank == 0) fs::create_directories(folder);
  MPI_Barrier(MPI_COMM_WORLD);

  // Whatever is written to stdout or stderr from here on is Tessera's.
  const std::string heard = (folder / ("heard" + std::to_string(rank))).string();
  const int out = dup(1), err = dup(2), file = open(heard.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  dup2(file, 1);
  dup2(file, 2);

  // The last rank (of more than one) is the monitor; the solver's ranks are in reverse order.
  const bool solver = size == 1 || rank < size - 1;
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, solver ? 0 : 1, -rank, &comm);
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  std::vector<ts::Array> kept;
  std::optional<ts::Session> late(std::in_place, ts::mpi_communicator(MPI_COMM_WORLD),
                                  ts::SessionOptions{.memory = std::int64_t{64} << 20, .threads = 1});
  try {
    if (solver)
      solve(comm, folder.string(), kept);
    else
      monitor(comm);
    check(late->item<std::int64_t>(ts::sum(ts::arange(0, 100001, 1, {}, {1000}))) == 5000050000,
          "the session of the world");
    kept.push_back(late->persist(ts::ones({1000, 1000})));
  } catch (const std::exception& e) {
    dup2(out, 1);
    std::printf("rank %d: %s\n", rank, e.what());
    std::fflush(stdout);
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  for (const auto& [c, want] : {std::pair{comm, MPI_ERRORS_RETURN}, std::pair{MPI_COMM_WORLD, MPI_ERRORS_ARE_FATAL}}) {
    MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
    MPI_Comm_get_errhandler(c, &handler);
    check(handler == want, "the host's error handler was changed");
  }
  int finalized = 1;
  MPI_Finalized(&finalized);
  check(finalized == 0, "MPI was finalised behind the host's back");
  MPI_Comm_free(&comm);
  MPI_Finalize();
  kept.clear();
  late.reset();

  std::fflush(nullptr);
  dup2(out, 1);
  dup2(err, 2);
  check(fs::file_size(heard) == 0, "Tessera wrote to stdout or stderr, see " + heard);
  if (failures) std::printf("rank %d: %d checks failed:\n%s", rank, failures, report.c_str());
  return failures ? 1 : 0;
}

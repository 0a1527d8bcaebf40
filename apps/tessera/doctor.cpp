#include "doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "batch_script.hpp"
#include "json_text.hpp"
#include "launch.hpp"
#include "output.hpp"
#include "rank_facts.hpp"

namespace tessera::command {
namespace {

using Json = nlohmann::ordered_json;

/// A label that is longer than its column still stands apart.
void line(const std::string& label, const std::string& text) {
  say("  {:<11} {}\n", label, text.empty() ? "not found" : printable(text));
}

void print_host(const std::vector<const RankFacts*>& here) {
  const RankFacts& f = *here.front();
  say("{}\n", f.host.empty() ? "this machine" : printable(f.host));
  line("processor", f.processor);
  line("machine", f.machine);
  line("kernels", f.simd.empty() ? "" : fmt::format("{}, SLEEF {}", f.simd, f.math));
  line("memory",
       f.available == 0 ? "" : fmt::format("{} available ({})", format_size(f.available), f.available_source));
  if (f.slurm > 0)
    line("SLURM", fmt::format("{} CPUs for this job{}", f.slurm,
                              f.per_task > 0 ? fmt::format(", {} for each task", f.per_task) : ""));
  if (f.quota > 0) line("CPU quota", fmt::format("{:.3g} of {} cores (cgroup)", f.quota, f.online));
  line("/dev/shm", f.shared_memory < 0 ? "" : format_size(f.shared_memory) + " free");
  line("GPUs", f.gpus == 0 ? "none" : std::to_string(f.gpus));
  constexpr std::size_t most_ranks = 16;
  for (std::size_t i = 0; i < std::min(here.size(), most_ranks); i++)
    line(fmt::format("rank {}", here[i]->rank),
         fmt::format("cores {} ({} of {})", here[i]->cpus, here[i]->affinity, here[i]->online));
  if (here.size() > most_ranks) line("", fmt::format("... and {} ranks more", here.size() - most_ranks));
}

Json environment() {
  Json set = Json::object();
  for (const char* name :
       {"TESSERA_MEMORY", "TESSERA_THREADS", "TESSERA_DEVICE", "TESSERA_SCRATCH", "TESSERA_SIMD", "OMP_NUM_THREADS",
        "SLURM_JOB_ID", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU", "SLURM_CPUS_PER_TASK"})
    if (const char* value = std::getenv(name)) set[name] = value;
  return set;
}

}  // namespace

void run_doctor(const DoctorOptions& options, std::unique_ptr<Communicator> ranks, const std::string& why) {
  std::vector<std::string> found;
  if (!ranks) {
    found.push_back(why);
    ranks = self_communicator();
  }
  const bool speaks = ranks->rank() == 0;
  const std::string mpi = ranks->description();
  const std::vector<RankFacts> facts = gather_facts(*ranks);
  int threads = 1;
  std::int64_t budget = 0;
  std::string link;
  try {  // what a job would get by default
    SessionOptions wishes;
    wishes.whole_process = true;
    const Session session(std::move(ranks), wishes);
    threads = session.threads();
    budget = session.memory();
    link = session.link();
  } catch (const Error& error) {
    found.push_back(error.what());
  }
  if (!speaks) return;
  if (std::string text = unstarted_tasks(); !text.empty()) found.push_back(std::move(text));
  for (auto& problem : problems(facts, threads)) found.push_back(std::move(problem));

  const ProductLibraryState products = product_library_state();
  if (products.takes_turns)
    found.push_back(
        "this OpenBLAS was built without threads, so it takes one call at a time: matmul and the like don't get faster "
        "by a rank's threads; Debian's libopenblas0-pthread does not have this limit");
  const DeviceState cuda = device_state("cuda");
  if (options.sbatch) {
    say("{}", batch_script(facts.front()));
    return;
  }
  if (options.json) {
    Json j = {{"version", TESSERA_VERSION},
              {"mpi", mpi},
              {"hdf5", TESSERA_HDF5_TEXT},
              {"products", products.available ? Json(products.text) : Json(false)},
              {"cuda", cuda.available ? Json(cuda.text) : Json(false)},
              {"between_gpus", link},
              {"threads_per_rank", threads},
              {"memory_per_rank", budget},
              {"environment", environment()},
              {"ranks", Json(nlohmann::json(facts))},
              {"problems", found}};
    say("{}\n", json_text(j));
    return;
  }
  say("tessera {}\n", TESSERA_VERSION);
  line("MPI", mpi);
  line("HDF5", TESSERA_HDF5_TEXT);
  line("products", products.available ? products.text : "not possible: " + products.text);
  line("CUDA", cuda.available ? cuda.text : "not used: " + cuda.text);
  if (cuda.available && facts.size() > 1) line("between GPUs", link);
  line("by default", fmt::format("{} thread{} and {} per rank", threads, threads == 1 ? "" : "s", format_size(budget)));
  const Json set = environment();
  for (const auto& [name, value] : set.items()) line(name + " =", value.get<std::string>());
  std::map<std::string, std::vector<const RankFacts*>> hosts;
  for (const auto& f : facts) hosts[f.host].push_back(&f);
  for (const auto& [host, here] : hosts) print_host(here);
  say("{}\n", found.empty() ? "nothing looks wrong" : "what looks wrong");
  for (const auto& problem : found) say("  - {}\n", printable(problem));
}

}  // namespace tessera::command

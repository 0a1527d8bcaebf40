// main() of tests that run on several ranks. All ranks run the same tests in the same order; rank 0 alone prints GoogleTest's
// output; every rank's failures are collected at the end, and any of them fails the program on all ranks. A rank whose test threw
// is no longer in step with the others: when nothing moves for 20 s after a failure, the program ends instead of hanging.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/watchdog.hpp>
#include <vector>

namespace {

/// The failures of this rank, as text.
class FailureLog : public testing::EmptyTestEventListener {
 public:
  explicit FailureLog(int rank) : rank_(rank) {}
  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name();
    dog_.stage(test_);
  }
  void OnTestEnd(const testing::TestInfo&) override { dog_.progress(); }
  void OnTestPartResult(const testing::TestPartResult& part) override {  // GoogleTest holds its lock: ask it nothing
    if (!part.failed()) return;
    if (!after_failure_) after_failure_.emplace(dog_);
    std::ostringstream line;
    line << "rank " << rank_ << ": " << test_ << ": ";
    line << (part.file_name() != nullptr ? part.file_name() : "?") << ":" << part.line_number() << ": "
         << part.message() << "\n";
    text_ += line.str();
    if (rank_ != 0) std::fputs(line.str().c_str(), stderr);  // at once, in case the ranks never meet again
  }
  std::string& text() { return text_; }

 private:
  int rank_;
  std::string test_, text_;
  tessera::Watchdog dog_{20,
                         [this](const tessera::Stall& stall) {
                           std::fprintf(stderr, "%s, after a failure\n%s", to_string(stall).c_str(), text_.c_str());
                           tessera::abort_program(1);
                         },
                         rank_};
  std::optional<tessera::Watchdog::Watch> after_failure_;
};

}  // namespace

int main(int argc, char** argv) {
  if (std::getenv("OMPI_COMM_WORLD_RANK") != nullptr) prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlive mpirun
  testing::InitGoogleTest(&argc, argv);
  const std::unique_ptr<tessera::Communicator> world = tessera::world_communicator();

  // Ranks that draw different random cases would wait for each other for ever.
  const char* given = std::getenv("RC_PARAMS");
  std::string parameters = given != nullptr ? given : "";
  if (parameters.find("seed=") == std::string::npos) parameters += " seed=" + std::to_string(std::random_device{}());
  world->broadcast(parameters, 0);
  setenv("RC_PARAMS", parameters.c_str(), 1);

  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  if (world->rank() != 0) delete listeners.Release(listeners.default_result_printer());
  auto* failures = new FailureLog(world->rank());
  listeners.Append(failures);  // owned by GoogleTest
  int failed = RUN_ALL_TESTS();

  std::vector<int> failed_on(static_cast<std::size_t>(world->size()));
  world->allgather(reinterpret_cast<const std::byte*>(&failed), reinterpret_cast<std::byte*>(failed_on.data()),
                   sizeof failed);
  for (int rank = 0; rank < world->size(); rank++) {
    if (failed_on[static_cast<std::size_t>(rank)] == 0) continue;
    failed = 1;
    std::string text = failures->text();
    world->broadcast(text, rank);
    if (world->rank() == 0 && rank != 0) std::printf("[  FAILED  ] on rank %d\n%s", rank, text.c_str());
  }
  return failed;
}

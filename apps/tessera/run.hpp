#pragma once
// Run: a session as the options wish it, and the one evaluation of a command: plan, progress, interrupts, figures.
//
//   Run run(options.run, std::move(ranks));
//   const Array x = run.open(options.source);
//   std::vector<Sink> sinks;
//   together(run.communicator(), [&] { sinks = ...; });
//   if (const auto results = run.compute(sinks)) ... print on rank 0
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "options.hpp"
#include "progress.hpp"
#include "sources.hpp"

namespace tessera::command {

class Run {
 public:
  /// Collective. throws UsageError (a size that can't be read), the session's errors.
  Run(const RunOptions& options, std::unique_ptr<Communicator> ranks);
  Run(const Run&) = delete;  // the session's callbacks hold its address
  Run& operator=(const Run&) = delete;

  Session& session() { return *session_; }
  Communicator& communicator() { return session_->communicator(); }
  /// Rank 0 alone prints.
  bool speaks() const { return session_->rank() == 0; }
  /// A source; it can't be a target afterwards. name: by which options speak of it. Collective.
  Array open(const std::string& source, const std::string& name = {});
  /// Prints the plan where it is wished, and evaluates; what is written gets its labels. Nothing after --dry-run.
  /// Collective. returns: the results of `sinks`, then others.
  std::optional<std::vector<Result>> compute(std::vector<Sink> sinks, const TargetOptions& target = {});
  /// Rank 0: `json` with the figures under --json, else `text`; then the line of figures unless --quiet.
  void print(const std::string& text, nlohmann::ordered_json json) const;

 private:
  /// Collective.
  std::string plan_of(const std::vector<Sink>& sinks);

  const RunOptions& options_;
  Progress progress_;
  std::optional<Session> session_;
  std::optional<Sources> sources_;
  bool computed_ = false;
};

}  // namespace tessera::command

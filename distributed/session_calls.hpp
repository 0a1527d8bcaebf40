#pragma once
// What a session's collective calls are told apart by (call.hpp).
#include <span>
#include <string>
#include <vector>

#include <tessera/distributed/call.hpp>
#include <tessera/distributed/requests.hpp>
#include <tessera/distributed/session.hpp>

namespace tessera {

/// "compute", "explain_together": of sinks. Both outlive the roll call.
struct SinkCall {
  const char* name;
  std::span<const Sink> sinks;
  const WriteOptions& options;
  /// In a message: "compute of gather(float64 (3, 4)), write(int32 (10,) to out.h5:/y)".
  std::string text() const;
  /// All that the ranks must agree about: expressions, kinds, targets, how they are written. Not `inputs` and
  /// `history`, which rank 0 alone uses. requests: of the sinks.
  std::uint64_t hash(const std::vector<PlanRequest>& requests) const;
  /// Of what is computed and how it is written; not of what may be replaced for it. See Statistics::identity.
  std::uint64_t identity(const std::vector<PlanRequest>& requests) const;
};

/// Of what has been added to `h` and of how a source is read.
void add(Hash& h, const SourceOptions& options);

}  // namespace tessera

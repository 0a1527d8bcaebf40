#pragma once
// Roll call: how every public collective call begins. The ranks tell each other in one message of one width what they
// call; where they call different things, or the same with different arguments, all of them throw a MismatchError that
// says which rank calls what, and are in step again:
//
//   rank 0: session.compute(sum(x))   ranks 1-2: session.open("a.h5:/x")
//   all:    MismatchError "... rank 0 calls compute of gather(float64 ()); ranks 1-2 call open of a.h5:/x"
//
// All communicators over the same ranks share one channel for it (Communicator::roll_call), so that calls on two
// sessions, and the making of a third, are told apart as well.
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <tessera/core/hash.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/failure.hpp>

namespace tessera {

struct Call {
  /// Of what is called, and of the arguments that must be the same on all ranks.
  std::uint64_t hash = 0;
  /// "open of data.h5:/x". Made only when ranks call different things.
  std::function<std::string()> text;
};

/// Values that travel with a roll call, each the maximum over ranks afterwards.
constexpr std::size_t most_call_values = 6;

/// Collective. failure: of what was prepared for the call; it is thrown as in Communicator::agree, before the calls are
/// compared. values: at most `most_call_values`. throws MismatchError.
void begin_call(Communicator& comm, const Call& call, const Failure& failure, std::span<std::int64_t> values = {});

}  // namespace tessera

#include <tessera/distributed/call.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <tessera/distributed/together.hpp>

namespace tessera {
namespace {

/// A call as it travels: of one size, whatever it is.
struct Record {
  std::uint64_t hash = 0;
  std::int64_t length = 0;
  char text[496] = {};
  std::string_view words() const { return {text, static_cast<std::size_t>(length)}; }
};

Record record_of(const Call& call) noexcept {
  Record r{call.hash, 0, {}};
  Failure unheard;  // no memory for the words: then without them
  unheard.guard([&] {
    const std::string words = call.text();
    r.length = static_cast<std::int64_t>(words.copy(r.text, sizeof r.text));
    if (words.size() > sizeof r.text) std::copy_n("...", 3, std::end(r.text) - 3);
  });
  return r;
}

/// The different calls of all ranks, by the lowest rank that makes each; the first few of them.
class Calls {
 public:
  /// Collective.
  Calls(Communicator& ranks, const Record& mine) {
    while (count_ < most) {
      const auto known = std::find_if(begin(), end(), [&](const Record& r) { return r.hash == mine.hash; });
      mine_ = known - begin();
      std::int64_t lowest = known == end() ? -std::int64_t{ranks.rank()} : -std::int64_t{ranks.size()};
      ranks.allreduce_max({&lowest, 1});
      if (-lowest == ranks.size()) return;
      Record& next = records_[count_++];
      next = mine;
      ranks.broadcast(reinterpret_cast<std::byte*>(&next), sizeof next, static_cast<int>(-lowest));
    }
  }
  const Record* begin() const { return records_.data(); }
  const Record* end() const { return records_.data() + count_; }
  /// The number of this rank's call; that of the last and more when it is not among the first few.
  std::int64_t mine() const { return mine_; }

 private:
  static constexpr std::size_t most = 5;
  std::array<Record, most> records_;
  std::size_t count_ = 0;
  std::int64_t mine_ = 0;
};

/// {0, 1, 2, 5} as "ranks 0-2, 5 call".
std::string callers(const std::vector<std::byte>& calls, std::byte which) {
  std::string text;
  std::size_t count = 0;
  for (std::size_t first = 0; first < calls.size(); first++) {
    if (calls[first] != which) continue;
    std::size_t last = first;
    while (last + 1 < calls.size() && calls[last + 1] == which) last++;
    text += (count > 0 ? ", " : "") + std::to_string(first) + (last > first ? "-" + std::to_string(last) : "");
    count += last - first + 1;
    first = last;
  }
  return count > 1 ? "ranks " + text + " call " : "rank " + text + " calls ";
}

[[noreturn]] void throw_mismatch(Communicator& ranks, const Call& call) {
  const Calls calls(ranks, record_of(call));
  std::vector<std::byte> of_ranks;
  together(ranks, [&] { of_ranks.resize(ranks.size()); });
  const auto mine = static_cast<std::byte>(calls.mine());
  ranks.allgather(&mine, of_ranks.data(), 1);

  std::string text = "the ranks call different things: ";
  bool same_words = true;
  for (const Record& r : calls) {
    if (&r != calls.begin()) text += "; ";
    text += callers(of_ranks, static_cast<std::byte>(&r - calls.begin()));
    text += r.words();
    same_words = same_words && r.words() == calls.begin()->words();
  }
  if (same_words) text += " (the same words, but other arrays, scalars, options or sessions)";
  throw MismatchError(text + ": all ranks make the same calls in the same order");
}

}  // namespace

void begin_call(Communicator& comm, const Call& call, const Failure& failure, std::span<std::int64_t> values) {
  Communicator& ranks = comm.roll_call();
  const auto hash = static_cast<std::int64_t>(call.hash);
  std::array<std::int64_t, 2 + most_call_values> message{hash, ~hash};
  if (values.size() > most_call_values) throw InternalError("begin_call: too many values");
  std::copy(values.begin(), values.end(), message.begin() + 2);
  agree(ranks, failure, message);
  if (message[0] != ~message[1]) throw_mismatch(ranks, call);
  std::copy_n(message.begin() + 2, values.size(), values.begin());
}

}  // namespace tessera

#include "room.hpp"

#include <algorithm>
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::language {
namespace {

/// So many arrays are made without a look: a third of a MiB.
constexpr std::int64_t few_arrays = 300;
/// What a view takes in a tuple: measured 525.
constexpr std::int64_t bytes_per_array = 600;
/// A value in a tuple, and a number in the table that array() makes of it.
constexpr std::int64_t bytes_per_value = 150;
/// What a node takes once more, while labels are looked for and before a plan counts it (Session: planning_bytes).
constexpr std::int64_t bytes_later = 500;

}  // namespace

void Room::take(std::int64_t n) {
  unseen_ += n;  // of at most 2^61
  if (unseen_ > few_arrays) look(unseen_, bytes_per_array + bytes_later);
  if (unseen_ <= few_arrays) return;
  made_ += unseen_;
  unseen_ = 0;
}

void Room::hold(std::int64_t n) const {
  if (n > few_arrays) look(n, bytes_per_value);
}

void Room::look(std::int64_t n, std::int64_t bytes_each) const {
  const std::int64_t room = std::max<std::int64_t>(0, memory_ - resident_bytes() - made_ * bytes_later);
  if (n <= room / bytes_each) return;
  const double needed = static_cast<double>(n) * static_cast<double>(bytes_each);
  const std::string takes = needed < 0x1p62 ? format_size(static_cast<std::int64_t>(needed)) : "more than there is";
  throw MemoryBudgetError((made_ > 0 ? std::to_string(made_) + " operations, and now " : "") + std::to_string(n) +
                          " more arrays or numbers, which may take " + takes + ": of the budget of " +
                          format_size(memory_) + " " + format_size(room) + " are left; use a larger option 'memory'");
}

}  // namespace tessera::language

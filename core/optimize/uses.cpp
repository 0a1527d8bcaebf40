#include <tessera/core/optimize/uses.hpp>

#include <algorithm>

#include <tessera/core/hash.hpp>
#include <tessera/core/optimize/view_requests.hpp>

namespace tessera {
namespace {

bool are_alike(const IndexTransform& a, const IndexTransform& b) {
  int next = 0;
  for (int i = 0; i < a.input_rank(); i++) {
    if (a.axis(i).from != b.axis(i).from) return false;
    const bool fits = a.axis(i).from < 0 ? a.axis(i).offset == b.axis(i).offset
                                         : a.axis(i).from == next++ && a.axis(i).stride == 1 && b.axis(i).stride == 1;
    if (!fits) return false;
  }
  return true;
}

Box seen_of(const IndexTransform& slice) { return slice.map(Box::whole(slice.output())); }

void widen(Box& all, const Box& seen) {
  for (int i = 0; i < all.rank(); i++) {
    const std::int64_t end = std::max(all.lo[i] + all.extent[i], seen.lo[i] + seen.extent[i]);
    all.lo[i] = std::min(all.lo[i], seen.lo[i]);
    all.extent[i] = end - all.lo[i];
  }
}

}  // namespace

std::size_t UseHash::operator()(const Use& u) const {
  return Hash().add(hash_of(u.slice)).add(u.stage).add(u.pass).value();
}

std::optional<Around> around(const Uses& u) {
  const IndexTransform& first = u.uses.begin()->slice;
  Around all{seen_of(first), 0};
  Dims longest = all.box.extent;
  for (const auto& use : u.uses) {
    const Box seen = seen_of(use.slice);
    if (seen.empty() || !are_alike(use.slice, first)) return std::nullopt;
    widen(all.box, seen);
    for (int i = 0; i < longest.size(); i++) longest[i] = std::max(longest[i], seen.extent[i]);
  }
  for (int i = 0; i < longest.size(); i++) all.beyond += all.box.extent[i] - longest[i];
  return all;
}

Box part_of_product(const ContractNode& n, const Uses& u) {
  const Dims none = Dims::filled(n.shape().size(), 0);
  Box all{none, none};
  for (const auto& use : u.uses) {
    const Box seen = seen_of(use.slice);
    if (seen.empty()) continue;
    if (all.empty())
      all = seen;
    else
      widen(all, seen);
  }
  return n.part_around(all);
}

}  // namespace tessera

#pragma once
// Meaning: what the attributes of datasets still say of the values of an expression. quantities.hpp has the rules.
#include <memory>
#include <span>
#include <vector>

#include <tessera/core/graph/node.hpp>
#include <tessera/core/labels.hpp>
#include <tessera/core/store.hpp>

namespace tessera {

struct Meaning {
  /// Null: nothing is said.
  std::shared_ptr<const std::vector<Attribute>> attributes = nullptr;
  /// A scalar, or an array that is one everywhere: it takes on the quantity of what it is added to or chosen beside.
  bool number = false;
  /// Attributes that would be among these, but are too large to be held; null: none.
  std::shared_ptr<const std::vector<UnreadAttribute>> left_out = nullptr;
  bool as_read = false;  ///< the values are elements of one dataset, as they were read
};

/// Of a dataset, with the attributes of its packing.
Meaning meaning_of(const StoreInfo& info);
/// Of what a Program computes from inputs of these meanings.
Meaning meaning_of(const Program& program, std::span<const ScalarParameter> scalars,
                   const std::vector<Meaning>& inputs);
/// Of a reduction of elements of this meaning.
Meaning meaning_of(const Fold& fold, const Epilogue& epilogue, const Meaning& elements);
/// Of one that has the quantity of another.
Meaning meaning_of(Quantity::As as, const Meaning& other);
/// What both say; nothing when they disagree in units, calendar or packing.
Meaning agreed(const Meaning& a, const Meaning& b);

}  // namespace tessera

#pragma once
// Indexing: x[10:20, ::2, -1, ..., None] on arrays, x.shape[0] on tuples.
#include <vector>

#include "source_text.hpp"
#include "value.hpp"

namespace tessera::language {

struct IndexItem {
  Value value;
  Place place;
};

/// bracket: the place of '['. throws UsageError for what can't index (masks and integer arrays are not available yet),
/// IndexError.
Value index_value(const SourceText& source, Place bracket, const Value& value, const std::vector<IndexItem>& items);

}  // namespace tessera::language

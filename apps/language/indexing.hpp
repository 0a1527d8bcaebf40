#pragma once
// Indexing: x[10:20, ::2, -1, ..., None], x[idx, :, (1, 5)] on arrays, x.shape[0] on tuples.
#include <vector>

#include "functions.hpp"
#include "source_text.hpp"
#include "value.hpp"

namespace tessera::language {

struct IndexItem {
  Value value;
  Place place;
};

/// bracket: the place of '['. throws UsageError for what can't index, IndexError.
Value index_value(const SourceText& source, Place bracket, const Value& value, const std::vector<IndexItem>& items,
                  CallContext& context);

}  // namespace tessera::language

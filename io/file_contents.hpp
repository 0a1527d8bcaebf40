#pragma once
// What a file holds, also what of it can't be read: one entry for each dataset and each link in place of one.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tessera/core/store.hpp>

namespace tessera {

/// A dataset whose elements can't be read, or what stands where one could be.
struct UnreadDataset {
  std::string name;            ///< "data.h5:/words"
  std::string format;          ///< as StoreInfo::format
  std::string holds;           ///< "text", "an external link to 'b.h5:/x'"; empty when even that can't be told
  std::optional<Shape> shape;  ///< where it has one
  std::string why;             ///< "virtual: its elements are in other files, which are not followed"
};

/// A soft link to a dataset of the same file.
struct LinkedDataset {
  std::string name;    ///< "data.h5:/newest"
  std::string format;  ///< as StoreInfo::format
  std::string target;  ///< "data.h5:/run_9"
};

using ListedDataset = std::variant<StoreInfo, UnreadDataset, LinkedDataset>;

struct FileContents {
  std::vector<ListedDataset> datasets;  ///< by path
  std::vector<Attribute> attributes;    ///< of the whole file
  std::vector<UnreadAttribute> unread_attributes{};
  std::string attributes_why;  ///< why these can't be read; empty as a rule
};

}  // namespace tessera

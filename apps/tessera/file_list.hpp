#pragma once
// What `info` says of a file without a dataset name: a line, or a JSON object, for each thing in it.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include <tessera/tessera.hpp>

namespace tessera::command {

/// "  data.h5:/words  text  (3,)  not read; numbers, bools and complex numbers are", under a line with their number.
std::string file_list_text(const std::string& file, const std::vector<ListedDataset>& datasets);
/// Of what can't be read, or is a link: name, shape and dtype are there as for all others, perhaps null.
nlohmann::ordered_json unread_json(const UnreadDataset& dataset);
nlohmann::ordered_json linked_json(const LinkedDataset& dataset);

}  // namespace tessera::command

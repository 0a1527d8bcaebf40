#pragma once
// Datasets beside those that are computed with, as arrays: coordinates and what attributes name. Each is opened once.
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <tessera/tessera.hpp>

namespace tessera::command {

class SourceArrays {
 public:
  explicit SourceArrays(Session& session) : session_(session) {}

  struct Opened {
    std::optional<Array> array;  ///< nothing when it holds no numbers, as names of stations, or those of no one kind
    std::string why;             ///< not
  };
  /// Several sources are one behind the other along `dimension` (its name or number), or side by side along a new first
  /// axis, in whatever order. Elements stay as they are in the files as long as that can be. chars: as bytes, for the
  /// sake of the attributes. counted_by: SourceOptions::counted_by. Collective: what is refused is refused on all ranks
  /// alike. throws IoError.
  const Opened& open(const std::vector<std::string>& sources, const std::string& dimension = "0", bool chars = false,
                     const std::string& counted_by = {});

 private:
  Opened open_new(const std::vector<std::string>& sources, const std::string& dimension, bool chars,
                  const std::string& counted_by);
  Array open_each(const std::vector<std::string>& sources);

  Session& session_;
  std::map<std::tuple<std::vector<std::string>, std::string, bool, std::string>, Opened> arrays_;
};

}  // namespace tessera::command

#pragma once
// Variables that go along with a result because attributes name them, cut as it is:
//
//   y = t[::2, 1:] of t (time, y, x), coordinates = "lat2d height"    /lat2d(y, x)[1:], /height (a scalar)
//   its coordinate /time, bounds = "time_bnds"                       /time_bnds(time, nv)[::2]
//
// One that has a dimension that the result lost stays behind, and so does its name in the attribute. Of files that are
// joined they are joined, too: month(time), and what has another value in each file. Where the target has the same
// variable already, that is named.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "home.hpp"
#include "references.hpp"
#include "source_arrays.hpp"
#include "target_dimensions.hpp"

namespace tessera::command {

/// All member functions are collective.
class Followers {
 public:
  using Files = std::map<std::string, TargetDimensions>;
  using Warn = std::function<void(const std::string&)>;
  /// results: by target ("o.nc:/y"), what is written in any case; null where that is no variable as it was read.
  Followers(Session& session, SourceArrays& arrays, Files& files, std::map<std::string, const Sink*> results, Warn warn)
      : session_(session), arrays_(arrays), files_(files), results_(std::move(results)), warn_(std::move(warn)) {}

  /// attributes: those of a variable that comes from `home` and is written to `file`, which name other ones.
  /// returns: the same with the names that these have in the file; without those that stay behind.
  std::vector<Attribute> follow(const std::string& file, Home& home, const std::vector<Attribute>& attributes);
  /// Of a result that comes from several: what they name together. Variables of one name that differ stay behind, which
  /// is said, and so do grid mappings and the like where several say something else.
  /// attributes: those of each home.
  std::vector<Attribute> follow(const std::string& file, std::vector<Home>& homes,
                                std::vector<std::vector<Attribute>> attributes);
  /// Writes `variable`, an array with its dimensions and attributes, under this name, or one with a number where that
  /// is another's, unless it is there already. container: it is there for its attributes. returns: its name.
  std::string place(const std::string& file, const std::string& name, Sink variable, bool container = false);
  /// Those that write what was placed.
  std::vector<Sink> take_sinks() { return std::move(sinks_); }

 private:
  /// As the files have it.
  struct Variable {
    std::vector<std::string> sources;
    Array array;
    std::vector<std::string> dimensions;
    Labels labels;
  };
  std::optional<Variable> open(const std::vector<std::string>& sources, const std::string& dimension, bool chars,
                               const std::string& counted_by = {});
  std::optional<Variable> find(const Home& home, const std::string& name, const ReferenceRule& rule);
  /// The variable of this name beside `part`, or in a group above, `up` above it. Nothing where there is none.
  std::optional<Variable> find_beside(const std::string& part, const std::string& name, bool chars, int& up);
  /// Says which of the files that are joined lacks it, or has another one.
  void warn_of_parts(const std::string& name, const std::vector<std::string>& sources);
  /// What has the dimension that the files are joined along, and what has another value in each file.
  std::optional<Variable> joined(const Variable& first, const Home& home, const std::vector<std::string>& sources);
  std::optional<Variable> spread(const Home& home, const std::vector<std::string>& sources);
  /// Whether the variable has the same elements in all files: rank 0 looks at its ends.
  bool are_alike(const std::vector<std::string>& sources);
  /// A variable as the target gets it, but for the attributes that name others.
  struct Following {
    std::string key;  ///< of what it is: target, sources, cuts
    Sink sink;
    std::vector<Attribute> references;
  };
  std::optional<Following> following(const std::string& file, const Home& home, const std::string& name,
                                     const ReferenceRule& rule);
  /// Of the homes that have such a variable the first one's counts if the others' are the same, and else none.
  void settle(const std::string& file, std::vector<Home>& homes, const std::vector<std::size_t>& naming,
              const std::string& name, const ReferenceRule& rule);
  /// Of each home.
  void drop_contradictions(const std::vector<Home>& homes, std::vector<std::vector<Attribute>>& attributes);
  /// returns: the name in the target; empty when it does not follow.
  std::string follow_one(const std::string& file, Home& home, const std::string& name, const ReferenceRule& rule);
  bool are_same(const Sink& a, const Sink& b, bool container);
  bool is_there(const std::string& file, const std::string& name, const Sink& variable, bool container);
  bool have_same_elements(const Array& a, const Array& b);
  const std::vector<std::byte>& element_of(const Array& x);

  Session& session_;
  SourceArrays& arrays_;
  Files& files_;
  std::map<std::string, const Sink*> results_;
  Warn warn_;
  std::set<std::string> warned_;                        // of names that can't be joined
  int depth_ = 0;                                       // variables that name variables
  std::map<std::string, std::string> known_;            // names by what they are: target, sources, cuts
  std::map<std::string, std::size_t> placed_;           // numbers of sinks by target
  std::map<std::vector<std::string>, bool> alike_;      // by the sources
  std::map<NodePtr, std::vector<std::byte>> elements_;  // of arrays of one
  std::vector<Sink> sinks_;
};

}  // namespace tessera::command

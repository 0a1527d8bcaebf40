#pragma once
// Shown: a value that the command prints. An array of at most 1000 elements is gathered; of a larger one only the
// corners are computed, as slices: 2 for each axis longer than 6, so 4 small blocks of a large matrix.
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "../language/value.hpp"

namespace tessera::command {

class Shown {
 public:
  /// expression: as written, for JSON.
  Shown(std::string expression, language::Value value);
  /// What must be computed first; none for a plain number.
  const std::vector<Sink>& sinks() const { return sinks_; }
  /// results: those of `sinks`, in order.
  void take(std::span<const Result> results);
  std::string text() const;
  nlohmann::ordered_json json() const;

 private:
  struct Corner {
    Dims offset;  // in the array of all corners
    Shape shape;
  };
  void plan_corners(const Array& x);

  std::string expression_;
  language::Value value_;
  std::vector<Sink> sinks_;
  std::vector<Corner> corners_;  // parallel to sinks_
  std::vector<std::byte> elements_;
};

/// What a value of the statements shows: a tuple with arrays in it shows each item on its own.
std::vector<Shown> shown_values(const std::string& expression, const language::Value& value);

}  // namespace tessera::command

#pragma once
// A stack of images of one size, of which batches are read while others are computed.
#include <memory>
#include <string>
#include <tessera/tessera.hpp>

namespace imageproc {

class Stack {
 public:
  virtual ~Stack() = default;
  virtual tessera::Shape shape() const = 0;  ///< images, rows, columns
  /// All of them, unless a batch has to be in memory.
  virtual std::int64_t default_batch() const = 0;
  /// Images [first, last), lazy; the next batch is read meanwhile. Valid until the batch after the next is asked for.
  /// Collective.
  virtual tessera::Array batch(std::int64_t first, std::int64_t last) = 0;
};

/// source: "stack.h5:/images", "stack.npy", or a folder of PNG files in the order of their names (as shades of grey).
/// Collective. throws tessera::Error.
std::unique_ptr<Stack> open_stack(tessera::Session& session, const std::string& source);

}  // namespace imageproc

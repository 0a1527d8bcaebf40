#pragma once
// What the tests of io/ share: temporary folders, files made by h5py and numpy with the elements they hold, and strided
// memory around a box in which a stray byte shows.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <tessera/core/store.hpp>
#include <tessera/io/files.hpp>

namespace tessera::testing {

/// A folder that goes with the value.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  /// Names in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

/// The folder with the files of make_files.py: made at the first call, removed at the end of the process.
const Folder& made();

/// One line of its manifest.
struct Sample {
  std::string source;  ///< with the folder
  DType dtype;
  Shape shape;
  std::vector<std::byte> elements;  ///< row-major
};
const std::vector<Sample>& samples();

/// Runs a Python script with `import h5py, numpy as np` before it; its arguments are in sys.argv[1:]. returns: its
/// output; a failure of the script is a failure of the test.
std::string python(const std::string& script, const std::vector<std::string>& arguments = {});

std::string contents(const std::string& path);
void put_contents(const std::string& path, const std::string& bytes);

/// All elements of a store, row-major.
std::vector<std::byte> read_all(const Store& store);

/// Memory for a box of elements with strides in some order, with gaps and flips, and a pattern around it.
class Strided {
 public:
  Strided(const Dims& extent, std::int64_t item, std::mt19937& random);
  std::byte* data() { return bytes_.data() + origin_; }
  const std::byte* at(const Dims& index) const;
  std::byte* at(const Dims& index) { return const_cast<std::byte*>(static_cast<const Strided*>(this)->at(index)); }
  const Dims& strides() const { return strides_; }
  /// Sets all elements back to the pattern, and tells whether nothing but elements had changed.
  bool only_elements_changed();

 private:
  Dims extent_, strides_;
  std::int64_t item_, origin_ = 0;
  std::vector<std::byte> bytes_;
};

/// What the processes do with a target after the last write (as distributed/targets.cpp does it).
void complete(NewTarget& made, const std::vector<TargetWriters*>& processes);

Box random_box(const Shape& shape, std::mt19937& random);

/// The message of the error of type E that `f` throws; another outcome fails the test.
template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "an error of another type: " << e.what();
    return e.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}
/// Expects that `message` has all of `parts` in it.
void expect_parts(const std::string& message, const std::vector<std::string>& parts);

}  // namespace tessera::testing

#pragma once
// The cases that golden/make_golden.py wrote: inputs, expressions, and what NumPy says they give.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tessera/tessera.hpp>
#include <vector>

#include "shared_folder.hpp"

namespace tessera::testing {

struct Tolerance {
  bool exact = false;  ///< the same bits, but any NaN for a NaN
  bool unsigned_zero = false;
  double ulps = 0, absolute = 0;
};

struct GoldenCase {
  std::string name, expression;
  Tolerance tolerance;
  DType dtype = DType::float64;
  Shape shape;
  std::vector<std::byte> expected;
};

/// throws std::runtime_error when the folder is not what make_golden.py writes.
std::vector<GoldenCase> read_golden(const std::string& folder);

/// Nothing when `result` is what the case expects; else what differs, in words.
std::string difference(const GoldenCase& expected, const Result& result);

/// How the inputs lie.
enum class Layout {
  files,     ///< .npy opened by Session::open: one chunk
  stores,    ///< a Store with irregular chunks
  resident,  ///< the same, persisted, ragged chunks
  host,      ///< from_local: uneven blocks of the ranks in Fortran order with ghost cells
  written,   ///< written by Tessera to one HDF5 file in ragged chunks, and opened again
  mixed,     ///< one of the above for each input
};

/// The inputs of the cases under their names, made when first asked for. Collective, as making them is.
class GoldenInputs {
 public:
  GoldenInputs(Session& session, std::string folder, Layout layout);
  Array operator()(const std::string& name);
  Session& session() { return session_; }

 private:
  Array make(const std::string& name);
  Array decomposed(const Array& file);
  void write_all();
  Session& session_;
  std::string folder_;
  std::optional<SharedFolder> written_;
  Layout layout_;
  std::map<std::string, Array> made_;
  std::vector<std::unique_ptr<std::byte[]>> host_memory_;
};

/// Functions that are made of the operations of the table: divmod, clip, select ... (golden_elementwise.cpp).
bool is_composite(const std::string& name);
Array composite(const std::string& name, const std::vector<Operand>& operands,
                const std::map<std::string, std::string>& options);

/// "(sum (add x_int8 2) axis=0,2 keepdims)" as an array.
Array build_expression(const std::string& text, GoldenInputs& inputs);

}  // namespace tessera::testing

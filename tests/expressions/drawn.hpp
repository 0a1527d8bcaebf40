#pragma once
// Random expressions: each is built twice, as a lazy array of the library and by the reference, and knows how closely
// the two must agree.
#include <memory>
#include <string>
#include <vector>

#include <tessera/tessera.hpp>

#include "reference.hpp"

namespace tessera::testing {

/// One array of a case. `exact`: every element is a small binary fraction, a NaN or an infinity, so that no operation
/// so far has rounded and both sides must agree to the bit; what jumps (floor, comparisons, casts to integers ...) is
/// drawn for those alone. Otherwise elements may differ by `error`.
struct Drawn {
  Array array;
  reference::Array expected;
  bool exact = true;
  double error = 0;
  std::string text;  ///< "v3 = add(v0, v2)"
};

/// Any number below n; every one as likely in the first case as in the last, where RapidCheck would begin with small ones.
int below(int n);
/// "v3"
std::string label(const Drawn& d);
/// The largest modulus of a part of a finite element, at least 1.
double magnitude(const reference::Array& x);
bool is_finite(const reference::Array& x);
/// Half of the distance from 1 to the next number.
double unit(reference::Type t);
bool rounds(reference::Type t);
/// How far the reduction `name` of x, of so many elements for each of y's, may be from y.
double rounding_of(const std::string& name, const Drawn& x, const reference::Array& y, std::int64_t terms);

/// Draws with RapidCheck; the same on every rank when their seeds are the same. `persist` may make an array resident;
/// `count` evaluates a 1-d array of int64.
class Drawer {
 public:
  Drawer(std::function<Array(const Array&)> persist, CountMask count)
      : persist_(std::move(persist)), count_(std::move(count)) {}
  /// One to three leaves, then `steps` operations on what is there.
  std::vector<Drawn> draw(int steps);

 private:
  void leaf();
  bool operation();
  bool unary();
  bool binary();
  bool select();
  bool clipping();
  bool view();
  bool reshaping();
  bool rearranging();
  bool derived();
  bool taking_along();
  bool differences();
  bool sets();
  bool reduction();
  bool scan();
  bool ordered();
  bool filtering();
  bool neighbouring();
  bool windows();
  bool around();
  bool smoothing();
  bool resizing();
  bool calling();
  bool overlapping(const Drawn& x, const reference::Array& values);
  bool of_rows(const Drawn& x, const reference::Array& values);
  bool interpolating();
  bool covariances();
  bool detrending();
  bool fitting();
  bool contracting();
  bool multiplying();
  bool kronecker();
  bool vectors();
  bool powers();
  bool norms();
  bool convolving();
  bool occurrences();
  bool crossing();
  bool grouping();
  bool counting();
  bool counting_pairs();
  bool rolling();
  bool gathering();
  bool scattering();
  bool masking();
  bool searching();
  bool digitizing();
  bool selecting();
  bool different();
  bool different_slices(const Drawn& x);
  bool shuffling();
  bool concatenation();
  bool sharing();
  bool cast();
  std::size_t pick();
  Drawn& any() { return pool_[pick()]; }
  /// Something whose shape broadcasts with that of `x`: often a scalar or a slice of it.
  std::size_t partner(std::size_t x);
  void keep(Array array, reference::Array expected, std::string text, const std::vector<const Drawn*>& from,
            bool exact_operation, double error);

  /// Indices of an axis of length n, at least one, from either end; `at`: as they are counted from the front.
  Array drawn_indices(std::int64_t n, std::vector<std::int64_t>& at, std::string& text);

  /// One for each index of `shape`, of [-1, groups).
  Array drawn_labels(const std::vector<std::int64_t>& shape, std::int64_t groups, std::vector<std::int64_t>& labels,
                     std::string& text);

  std::function<Array(const Array&)> persist_;
  CountMask count_;
  std::vector<Drawn> pool_;
  int stores_ = 0;
};

DType dtype_of(reference::Type t);
Shape shape_of(const std::vector<std::int64_t>& s);
/// Row-major, in the dtype of its type.
std::vector<std::byte> bytes_of(const reference::Array& x);
/// Nothing when the result is what was expected; else what differs, in words.
std::string difference(const Drawn& drawn, const Result& result);

}  // namespace tessera::testing

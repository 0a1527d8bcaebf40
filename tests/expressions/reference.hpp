#pragma once
// A slow and obvious evaluator of array expressions, after NumPy's rules, for small arrays. It shares no code with the
// library: its own promotion, its own indexing, one element at a time.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::reference {

enum class Type { b, i1, i2, i4, i8, u1, u2, u4, u8, f4, f8, c8, c16 };
inline constexpr int type_count = 13;

bool is_int(Type t);  ///< signed or unsigned, not bool
bool is_unsigned(Type t);
bool is_float(Type t);  ///< f4, f8
bool is_complex(Type t);
int bits(Type t);  ///< of an integer, or of a float's whole number
Type promote(Type a, Type b);
Type inexact(Type t);  ///< f8 for bools and integers

/// One element. Bools and integers live in `i`, the rest in `re` and `im`.
struct Number {
  __int128 i = 0;
  double re = 0, im = 0;
};
/// a * b mod 2^128: of two 64-bit integers the product may leave the signed 128 bits.
inline __int128 wrapped_product(__int128 a, __int128 b) {
  return static_cast<__int128>(static_cast<unsigned __int128>(a) * static_cast<unsigned __int128>(b));
}
/// The number as its type holds it: integers wrap, f4 rounds.
Number stored(Type t, Number n);
Number converted(Number n, Type from, Type to);

struct Array {
  Type type = Type::f8;
  std::vector<std::int64_t> shape;
  std::vector<Number> elements;  // row-major

  std::int64_t size() const { return static_cast<std::int64_t>(elements.size()); }
  /// The element at `index`, one entry per axis.
  const Number& at(const std::vector<std::int64_t>& index) const;
};

/// f(index) for every index of `shape`, row-major.
void for_each(const std::vector<std::int64_t>& shape, const std::function<void(const std::vector<std::int64_t>&)>& f);
/// NumPy's broadcasting; nothing when the shapes do not fit.
std::optional<std::vector<std::int64_t>> broadcast(const std::vector<std::int64_t>& a,
                                                   const std::vector<std::int64_t>& b);

Array cast(const Array& x, Type to);
Array broadcast_to(const Array& x, const std::vector<std::int64_t>& shape);
/// The function of this name on operands of one type; nothing when there is none for the type.
std::optional<Array> unary(const std::string& name, const Array& x);
std::optional<Array> binary(const std::string& name, const Array& x, const Array& y);
Array where(const Array& condition, const Array& x, const Array& y);

/// x[start:stop:step] along one axis, all three as after Python's slice.indices.
Array slice(const Array& x, int axis, std::int64_t start, std::int64_t count, std::int64_t step);
Array take_one(const Array& x, int axis, std::int64_t index);
Array permute(const Array& x, const std::vector<int>& order);
Array expand(const Array& x, int axis);
Array concat(const std::vector<Array>& parts, int axis);
Array reshape(const Array& x, const std::vector<std::int64_t>& shape);
Array roll(const Array& x, int axis, std::int64_t shift);
Array diagonal(const Array& x, std::int64_t offset, int axis1, int axis2);

/// x[from(at)] for each index of `shape`, or 0 where from says nothing.
Array picked(const Array& x, const std::vector<std::int64_t>& shape,
             const std::function<std::optional<std::vector<std::int64_t>>(const std::vector<std::int64_t>&)>& from);
/// Which of n elements stands at i, before, among or behind them. mode: edge, wrap, reflect (the edge once), symmetric.
std::int64_t beyond(std::int64_t i, std::int64_t n, const std::string& mode);

/// The elements along an axis in order, equal ones as they came, or where they came from.
Array sorted(const Array& x, int axis, bool descending, bool indices);

/// How many elements of `sorted`, 1-d, are smaller than each of x; or not larger, with `right`.
Array places(const Array& sorted, const Array& x, bool right);
/// Of a 1-d array: the different elements in order, one NaN for all; where each is first, how often it occurs, and which of
/// them each element is.
struct Different {
  Array values, index, inverse, counts;
};
Different different(const Array& x);
/// The same of slices along an axis, compared element by element: `values` has x's axes, the others one.
Different different_slices(const Array& x, int axis);

/// x[wanted], along axis 0.
Array take(const Array& x, const std::vector<std::int64_t>& wanted);
/// The places in row-major order of what is not 0.
Array nonzero_places(const Array& x);
/// np.put_along_axis(x, at, values, axis), all of one shape.
void replace_along(Array& x, int axis, const Array& at, const Array& values);
/// x[..., i, ...] = value
void fill_slice(Array& x, int axis, std::int64_t i, const Number& value);

/// Sums of weights times elements at distances `taps` along an axis, in float64, rounded once; of an integer type cut. mode:
/// reflect, mirror, nearest, wrap, or constant 0.
Array filtered(const Array& x, int axis, const std::vector<std::int64_t>& taps,
               const std::vector<std::int64_t>& weights, const std::string& mode);

/// Each element of those around it, at distances `taps`: f(what stands there), of a bool, integer or float type. mode: as of
/// `filtered`, one an axis, or none: what lies beyond the ends is left out.
Array windowed(const Array& x, const std::vector<std::vector<std::int64_t>>& taps,
               const std::vector<std::string>& modes, const std::function<Number(const std::vector<Number>&)>& f);
/// Along an axis m elements instead of n. method: nearest, or linear, triangle or area of f8.
Array resized(const Array& x, int axis, std::int64_t m, const std::string& method);
/// numpy.interp between points that rise.
double interpolated(double x, const std::vector<double>& xp, const std::vector<double>& fp);
/// Covariances of the rows of a real matrix; f8.
Array covariance(const Array& x, double divisor);
/// x along an axis without its mean, or its line of least squares; f8, or f4 of f4.
Array detrended(const Array& x, int axis, bool linear);

/// Coefficients of the polynomial of this degree with the least sum of (w (y - p(x)))^2, the highest power first, for every
/// place behind y's first axis; f8, or c16 of a complex y.
Array fitted(const std::vector<double>& x, const Array& y, int degree, const std::vector<double>& w);

/// numpy.kron; numpy.cross of vectors of 3 along an axis, of arrays of one number of axes.
Array kron(const Array& a, const Array& b);
std::optional<Array> cross(const Array& a, const Array& b, int axis);
/// a @ b after NumPy; nothing when the shapes do not fit.
std::optional<Array> matmul(const Array& a, const Array& b);

/// The reduction `how` of the elements of each group of [0, groups): count, first, last, std, or one of `reduce`. labels: for
/// each index of the axes together, row-major. Nothing when undefined, or when no element results.
std::optional<Array> grouped(const std::string& how, const Array& x, const std::vector<int>& axes,
                             const std::vector<std::int64_t>& labels, std::int64_t groups);
/// How many elements lie in each bin [edge, next edge), the last one with its end; or the sum of their weights.
Array counted(const Array& x, const std::vector<double>& edges, const Array* weights);
/// The same of pairs of an element of x and one of y, f8: an axis for the bins of each.
Array counted_pairs(const Array& x, const Array& y, const std::vector<double>& xedges,
                    const std::vector<double>& yedges, const Array* weights);
/// sum, mean, min or max of the window that ends at each element, or has it in its middle; NaN of fewer than min_count.
Array rolled(const std::string& how, const Array& x, int axis, std::int64_t window, std::int64_t min_count,
             bool center);

/// sum prod min max any all mean var argmin argmax count_nonzero median lower over the axes of `reduced`; nothing when undefined
/// (the smallest of nothing).
std::optional<Array> reduce(const std::string& name, const Array& x, const std::vector<bool>& reduced, bool keepdims);

std::string to_string(Type t);

}  // namespace tessera::reference

#pragma once
// Arguments: what a call passes, bound to the function's parameters, and read as the type that the function wants.
// An argument of a wrong kind is a UsageError with the caret under that argument.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signature.hpp"
#include "source_text.hpp"
#include "value.hpp"

namespace tessera::language {

struct PassedArgument {
  std::string_view keyword;  ///< empty when passed by position
  Value value;
  Place place;
};

class Arguments {
 public:
  /// Binds by position, then by name. throws UsageError: too many, unknown, twice, missing.
  Arguments(const SourceText& source, const Signature& signature, Place call, std::vector<PassedArgument> passed,
            Room& room);

  /// True when it was passed and is not None.
  bool given(std::string_view name) const;
  /// True when None was passed.
  bool is_none(std::string_view name) const;
  /// As NumPy's functions take what they call array_like: a tuple of numbers is an array, a number a 0-d one.
  Array array(std::string_view name) const;
  /// A tuple of these; what a "*name" took.
  std::vector<Array> arrays(std::string_view name) const;
  /// A tuple of arrays (and tuples, which become arrays) and weak numbers.
  std::vector<Operand> operands(std::string_view name) const;
  /// A tuple of numbers, or nothing when it is something else.
  std::optional<std::vector<Scalar>> numbers(std::string_view name) const;
  std::string text(std::string_view name) const;
  /// As it was passed; null when it was not.
  const Value* passed(std::string_view name) const { return find(name); }
  /// An array, a tuple that becomes one, or a weak number.
  Operand operand(std::string_view name) const;
  Scalar scalar(std::string_view name, std::optional<Scalar> otherwise = {}) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const;
  std::uint64_t unsigned_integer(std::string_view name, std::uint64_t otherwise) const;
  double real(std::string_view name, double otherwise) const;
  bool flag(std::string_view name, bool otherwise = false) const;
  /// Tuples of numbers; empty when not given.
  std::vector<Scalar> scalars(std::string_view name) const;
  std::vector<double> reals(std::string_view name) const;
  bool is_tuple(std::string_view name) const;
  /// An array, or what a tuple of numbers makes one of, in `dtype` if one is given; nothing for a number or None.
  std::optional<Array> array_given(std::string_view name, std::optional<DType> dtype = {}) const;
  /// One axis; nothing for None, and when it is not given.
  std::optional<std::int64_t> axis(std::string_view name = "axis") const;
  /// The function's name.
  const std::string& function() const { return signature_.name(); }
  std::string text(std::string_view name, const std::string& otherwise) const;
  /// An integer or a tuple of integers; empty when not given. A text is a dimension of the first array argument.
  Dims dims(std::string_view name) const;
  /// Lengths: as `dims`, none negative.
  Dims lengths(std::string_view name) const;
  Axes axes(std::string_view name) const;
  std::optional<DType> dtype(std::string_view name) const;
  [[noreturn]] void fail(std::string_view name, const std::string& message) const;
  /// "'bins' must be WANTED, not 2.5".
  [[noreturn]] void wrong(std::string_view name, const char* wanted) const;

 private:
  const Value* find(std::string_view name) const;
  /// The number of the first array argument's axis of this name.
  std::int64_t named_axis(std::string_view name, const std::string& dimension) const;
  /// An array, or what a tuple makes one of; nothing for other values.
  std::optional<Array> array_of(const Value& value, std::optional<DType> dtype = {}) const;

  const SourceText& source_;
  const Signature& signature_;
  Room& room_;
  Place call_;
  std::vector<std::optional<PassedArgument>> bound_;
};

/// A number as a 0-d array of its own dtype.
Array as_array(const Scalar& value);

}  // namespace tessera::language

#include "stats.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

#include "../printing/array_text.hpp"
#include "json_values.hpp"
#include "launch.hpp"
#include "run.hpp"
#include "slice.hpp"

namespace tessera::command {
namespace {

/// A figure as it is shown and as JSON.
struct Figure {
  std::string name, text;
  nlohmann::ordered_json json;
};

Figure real_figure(const char* name, double value) { return {name, to_string(Scalar(value)), json_number(value)}; }

/// Bits that the elements of an integer dtype have beside the sign.
int value_bits(DType t) { return static_cast<int>(8 * item_size(t)) - (is_signed_integer(t) ? 1 : 0); }

/// Of 128 bits, which no sum of 64-bit integers leaves: fewer than 2^63 of them.
std::string decimal(__int128 value) {
  const bool negative = value < 0;
  std::string digits;
  do {
    const int digit = static_cast<int>(value % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return (negative ? "-" : "") + digits;
}

/// Those of --quantiles, in float64, in order of the command line.
class QuantileFigures {
 public:
  explicit QuantileFigures(const std::vector<NamedQuantile>& wanted) : wanted_(wanted) {}
  /// Of x: nothing where none are wanted, or there are no elements.
  std::optional<Sink> sink(const Array& x) const {
    if (wanted_.empty()) return std::nullopt;
    if (is_complex(x.dtype())) throw DTypeError("--quantiles: complex numbers have no order");
    if (x.size() == 0) return std::nullopt;
    std::vector<double> q;
    for (const NamedQuantile& one : wanted_) q.push_back(one.q);
    return gather(nanquantile(x.dtype() == DType::bool_ ? astype(x, DType::uint8) : x, q));
  }
  std::vector<Figure> figures(const Result* result) const {
    std::vector<Figure> all;
    for (std::size_t k = 0; k < wanted_.size(); k++) {
      const double value = result ? result->view<double>()[k] : std::numeric_limits<double>::quiet_NaN();
      all.push_back(real_figure(wanted_[k].text.c_str(), value));
    }
    return all;
  }

 private:
  const std::vector<NamedQuantile>& wanted_;
};

/// What the pass gathers. Only floats have NaN.
class Pass {
 public:
  explicit Pass(const Array& x) : type_(x.dtype()), elements_(x.size()) {
    if (elements_ == 0) return;
    if (!is_complex(type_)) {
      min_ = add(nanmin(x));
      max_ = add(nanmax(x));
    }
    if (is_inexact(type_)) {
      const Array wide = astype(x, is_complex(type_) ? DType::complex128 : DType::float64);
      count_ = add(tessera::count(x));
      sum_ = add(nansum(wide));
      std_ = add(nanstd(wide));
    } else {
      for (const Array& piece : pieces(x)) sum_pieces_.push_back(add(sum(piece)));
      mean_ = add(mean(x));
      std_ = add(tessera::std(x));
    }
  }

  const std::vector<Sink>& sinks() const { return sinks_; }

  std::vector<Figure> figures(const std::vector<Result>& r) const {
    const std::int64_t count = count_ < 0 ? elements_ : at(r, count_).item<std::int64_t>(), nan = elements_ - count;
    std::vector<Figure> all = {{"count", std::to_string(count), count}, {"nan", std::to_string(nan), nan}};
    if (min_ >= 0 || elements_ == 0) all.push_back(element("min", r, min_, count));
    if (max_ >= 0 || elements_ == 0) all.push_back(element("max", r, max_, count));
    std::complex<double> mean = std::numeric_limits<double>::quiet_NaN();
    if (count > 0)
      mean = mean_ >= 0 ? at(r, mean_).item<double>()
                        : at(r, sum_).item<std::complex<double>>() / static_cast<double>(count);
    all.push_back(is_complex(type_) && count > 0 ? Figure{"mean", to_string(Scalar(mean)), json_scalar(Scalar(mean))}
                                                 : real_figure("mean", mean.real()));
    all.push_back(
        real_figure("std", count > 0 ? at(r, std_).item<double>() : std::numeric_limits<double>::quiet_NaN()));
    all.push_back(sum_ >= 0 ? element("sum", r, sum_, elements_) : integer_sum(r));
    return all;
  }

 private:
  int add(const Array& x) {
    sinks_.push_back(gather(x));
    return static_cast<int>(sinks_.size()) - 1;
  }
  /// Integers whose sum fits in 64 bits whatever they are: x itself, or slices of its bits.
  std::vector<Array> pieces(const Array& x) {
    piece_bits_ = 62;
    while (piece_bits_ > 1 && elements_ >> (62 - piece_bits_) > 0) piece_bits_--;
    if (kind_of(x.dtype()) == Kind::boolean || value_bits(x.dtype()) <= piece_bits_) return {x};
    std::vector<Array> all;
    for (int bit = 0; bit < value_bits(x.dtype()); bit += piece_bits_) {
      const Array high = bit == 0 ? x : x >> bit;  // arithmetic: the sign stays in the last piece
      const bool last = bit + piece_bits_ >= value_bits(x.dtype());
      all.push_back(last ? high : high & ((std::int64_t{1} << piece_bits_) - 1));
    }
    return all;
  }
  Figure integer_sum(const std::vector<Result>& r) const {
    __int128 total = 0;
    for (std::size_t i = sum_pieces_.size(); i-- > 0;) {
      const Result& piece = at(r, sum_pieces_[i]);
      total = total * (__int128{1} << piece_bits_) +
              (piece.dtype() == DType::uint64 ? __int128{piece.item<std::uint64_t>()} : piece.item<std::int64_t>());
    }
    const std::string text = decimal(total);
    if (total == static_cast<std::int64_t>(total)) return {"sum", text, static_cast<std::int64_t>(total)};
    return {"sum", text, text};  // numbers of JSON would be rounded
  }
  static const Result& at(const std::vector<Result>& r, int number) { return r[number]; }
  static Figure element(const char* name, const std::vector<Result>& r, int number, std::int64_t count) {
    if (count == 0) return {name, "nan", "nan"};
    const Result& result = at(r, number);
    return {name, printing::element_text(result.dtype(), result.bytes().data()),
            json_element(result.dtype(), result.bytes().data())};
  }
  DType type_;
  std::int64_t elements_;
  std::vector<Sink> sinks_;
  int count_ = -1, min_ = -1, max_ = -1, sum_ = -1, mean_ = -1, std_ = -1;
  std::vector<int> sum_pieces_;
  int piece_bits_ = 63;
};

}  // namespace

void run_stats(const StatsOptions& options, std::unique_ptr<Communicator> ranks) {
  Run run(options.run, std::move(ranks));
  const Array source = run.open(options.source);
  std::optional<Array> x;
  std::optional<Pass> pass;
  const QuantileFigures quantiles(options.quantiles);
  std::vector<Sink> sinks;
  together(run.communicator(), [&] {
    x = sliced(source, options.slice);
    pass.emplace(*x);
    sinks = pass->sinks();
    if (auto sink = quantiles.sink(*x)) sinks.push_back(std::move(*sink));
  });
  const auto results = run.compute(sinks);
  if (!results || !run.speaks()) return;
  std::string text;
  nlohmann::ordered_json json = {
      {"source", options.source}, {"shape", json_dims(x->shape())}, {"dtype", to_string(x->dtype())}};
  for (const auto& figure : pass->figures(*results)) {
    text += fmt::format("{:<6} {}\n", figure.name, figure.text);
    json[figure.name] = figure.json;
  }
  const bool selected = sinks.size() > pass->sinks().size();
  for (const auto& figure : quantiles.figures(selected ? &results->back() : nullptr)) {
    text += fmt::format("q{:<5} {}\n", figure.name, figure.text);
    json["quantiles"][figure.name] = figure.json;
  }
  run.print(text, json);
}

}  // namespace tessera::command

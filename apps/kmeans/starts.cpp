#include "starts.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace kmeans {
namespace {

class Seeding {
 public:
  Seeding(const std::vector<double>& points, std::int64_t coordinates, std::uint64_t seed)
      : points_(points),
        coordinates_(static_cast<std::size_t>(coordinates)),
        squares_(points.size() / coordinates_, HUGE_VAL),
        random_(seed) {}

  std::vector<double> starts(std::int64_t k) {
    const int drawn = 2 + static_cast<int>(std::log(static_cast<double>(k)));
    std::vector<double> centres;
    take(uniformly(), centres);
    for (std::int64_t i = 1; i < k; i++) {
      std::size_t best = 0;
      double least = HUGE_VAL;
      for (int t = 0; t < drawn; t++) {
        const std::size_t candidate = by_squares();
        if (const double left = squares_left(candidate); t == 0 || left < least) best = candidate, least = left;
      }
      take(best, centres);
    }
    return centres;
  }

 private:
  double fraction() { return static_cast<double>(random_() >> 11) * 0x1p-53; }
  std::size_t uniformly() {
    const auto n = static_cast<double>(squares_.size());
    return std::min(squares_.size() - 1, static_cast<std::size_t>(fraction() * n));
  }
  // One of the points by their squares; by chance alone where all points are centres, or distances are no numbers.
  std::size_t by_squares() {
    double sum = 0;
    for (const double s : squares_) sum += s;
    if (!(sum > 0) || !std::isfinite(sum)) return uniformly();
    const double at = fraction() * sum;
    double before = 0;
    std::size_t last = 0;
    for (std::size_t p = 0; p < squares_.size(); p++) {
      if (squares_[p] <= 0) continue;
      last = p;
      before += squares_[p];
      if (before > at) break;
    }
    return last;
  }
  double square_to(std::size_t point, std::size_t centre) const {
    double sum = 0;
    for (std::size_t j = 0; j < coordinates_; j++) {
      const double apart = points_[point * coordinates_ + j] - points_[centre * coordinates_ + j];
      sum += apart * apart;
    }
    return sum;
  }
  double squares_left(std::size_t candidate) const {
    double sum = 0;
    for (std::size_t p = 0; p < squares_.size(); p++) sum += std::min(squares_[p], square_to(p, candidate));
    return sum;
  }
  void take(std::size_t point, std::vector<double>& centres) {
    const auto begin = points_.begin() + static_cast<std::ptrdiff_t>(point * coordinates_);
    centres.insert(centres.end(), begin, begin + static_cast<std::ptrdiff_t>(coordinates_));
    for (std::size_t p = 0; p < squares_.size(); p++) squares_[p] = std::min(squares_[p], square_to(p, point));
  }

  const std::vector<double>& points_;
  const std::size_t coordinates_;
  std::vector<double> squares_;  // by point, of the distance to the nearest centre
  std::mt19937_64 random_;
};

}  // namespace

std::vector<double> spread_starts(const std::vector<double>& points, std::int64_t coordinates, std::int64_t k,
                                  std::uint64_t seed) {
  return Seeding(points, coordinates, seed).starts(k);
}

}  // namespace kmeans

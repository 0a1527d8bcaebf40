#pragma once
// Expressions, chunks, budgets and sinks drawn by RapidCheck, for tests that compare a plan with its run. All ranks
// draw the same, because they share the seed (mpi_main.cpp).
#include <rapidcheck.h>

#include <string>
#include <tessera/core/byte_sizes.hpp>
#include <tessera/core/device/devices.hpp>
#include <tessera/core/optimize/push_reshapes.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/plan/plan.hpp>
#include <tessera/tessera.hpp>
#include <vector>

#include "counted.hpp"
#include "memory_store.hpp"

namespace tessera::testing {

/// Of the whole range from the first case on.
inline std::int64_t drawn(std::int64_t lo, std::int64_t hi) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(lo, hi + 1));
}

inline Dims drawn_chunks(const Shape& shape) {
  Dims chunks;
  for (auto n : shape) chunks.push_back(drawn(1, std::max<std::int64_t>(1, n)));
  return chunks;
}

/// Generated, or stored in chunks of uneven lengths.
inline Array drawn_source(const Shape& shape) {
  const auto seed = static_cast<std::uint64_t>(drawn(0, 1000));
  if (drawn(0, 2) > 0) return uniform(shape, 0, 1, {.seed = seed, .chunks = drawn_chunks(shape)});
  std::vector<double> values(static_cast<std::size_t>(num_elements(shape)), 1.5);
  const std::string name = "drawn" + std::to_string(seed) + to_string(shape);
  return array_of(
      std::make_shared<MemoryStore>(name, DType::float64, irregular_grid(shape, drawn(1, 6), seed), bytes_of(values)));
}

inline Axes drawn_axes(int rank) {
  std::vector<std::int64_t> axes;
  for (int i = 0; i < rank; i++)
    if (drawn(0, 1)) axes.push_back(i);
  return axes.empty() ? Axes() : Axes(axes);
}

/// Not below a thousandth of an axis: a million chunks take long under RapidCheck.
inline Dims coarse_chunks(const Shape& shape) {
  Dims chunks;
  for (auto n : shape) chunks.push_back(drawn(std::max<std::int64_t>(1, n / 16), std::max<std::int64_t>(1, n)));
  return chunks;
}

/// Other lengths of as many elements: the factors of n, put together at random.
inline Shape drawn_shape(std::int64_t n) {
  Shape shape = Shape::filled(static_cast<int>(drawn(1, 3)), 1);
  for (std::int64_t p = 2; n > 1; p++)
    for (; n % p == 0; n /= p) shape[static_cast<int>(drawn(0, shape.size() - 1))] *= p;
  return shape;
}

/// Indices of an axis of this extent, of either sign.
inline Array drawn_indices(const Shape& shape, std::int64_t extent) {
  const auto n = static_cast<double>(extent);
  return astype(
      floor(uniform(shape, -n, n, {.seed = static_cast<std::uint64_t>(drawn(0, 99)), .chunks = coarse_chunks(shape)})),
      DType::int64);
}

/// A function of blocks that writes one element.
inline void touch_blocks(BlockView<const double> in, BlockView<double> out) { *out.data() = *in.data(); }

/// A result of `x`, of rank 1 or more: what ends stages, looks aside, or folds.
inline Array drawn_result(const Array& x) {
  const Axes axes = drawn_axes(x.shape().size());
  switch (drawn(0, 53)) {
    case 0:
      return x * 2.0 + 1.0;
    case 1:
      return sum(x, {.axis = axes});
    case 2:
      return std(x, {.axis = axes});
    case 3:
      return nanmean(x, {.axis = axes});
    case 4:
      return argmax(astype(x * 9.0, DType::int8), {.axis = Axes(drawn(0, x.shape().size() - 1))});
    case 5:
      return x - mean(x, {.axis = axes, .keepdims = true});
    case 6:
      return max(x, {.axis = axes});
    case 7:
      return flip(x) + x;
    case 8:
      return x[{Slice{1, {}}}] - x[{Slice{0, -1}}];
    case 9:
      return sum(concat({x, x * 3.0}), {.axis = {0}});
    case 10:
      return mean(x.T(), {.axis = {0}});
    case 11:  // of what is in memory, or a file
      return rechunk(x * 2.0 + 1.0, coarse_chunks(x.shape()));
    case 12:
    case 13: {  // in memory in between
      const Array whole = max(x[newaxis], {.axis = {0}});
      const Array seen = drawn(0, 1) ? whole.T() : whole[{Slice{{}, {}, drawn(0, 1) ? 1 : -2}}];
      return drawn(0, 1) ? rechunk(seen, coarse_chunks(seen.shape())) : sum(rechunk(seen, coarse_chunks(seen.shape())));
    }
    case 14:
      return cumulative_sum(x * 2.0, {.axis = drawn(0, x.rank() - 1)});
    case 15:
      return cumulative_prod(astype(x, DType::float32), {.axis = drawn(0, x.rank() - 1)}) + x;
    case 16:
      return max(cumulative_sum(x, {.axis = drawn(0, x.rank() - 1)})[{Slice{x.shape()[0] > 1 ? 1 : 0, {}}}],
                 {.axis = axes});
    case 17:
      return median(x * 2.0, {.axis = axes});
    case 18:
      return counted(quantile(x, {0.1, 0.5}, {.axis = axes})) + 1.0;
    case 19:
      return counted(median(astype(x, DType::float32), {.axis = axes}));
    case 20:
      return sort(x * 2.0, {.axis = drawn(0, x.rank() - 1)});
    case 21:
      return argsort(floor(x * 5.0), {.axis = drawn(0, x.rank() - 1), .descending = true});
    case 22:
      return sum(topk(x, drawn(-3, 3), drawn(0, x.rank() - 1)), {.axis = axes});
    case 23:  // of a file or a generator
      return reshape(x * 2.0 + 1.0, drawn_shape(x.size()));
    case 24:  // of what is in memory
      return reshape(max(x[newaxis], {.axis = {0}}), drawn_shape(x.size()));
    case 25:
      return sum(ravel(rechunk(max(x[newaxis], {.axis = {0}}), coarse_chunks(x.shape())).T()));
    case 26: {
      const Array bins = drawn(0, 1) ? uniform({1000}, 0, 1, {.chunks = {170}}) : max(x[newaxis], {.axis = {0, 1}});
      return searchsorted(bins.rank() == 1 ? bins : arange(0, 9, 1, DType::float64, {2}), x * 2.0, Side::right);
    }
    case 27:
      return index(x, {drawn_indices({drawn(1, 4000)}, x.shape()[0])});
    case 28: {
      const int axis = static_cast<int>(drawn(0, x.rank() - 1));
      return take(x + 0.5, drawn_indices({drawn(1, 30), drawn(1, 9)}, x.shape()[axis]), axis);
    }
    case 29:
      return sum(take_along_axis(x * 2.0, drawn_indices(x.shape(), x.shape()[x.rank() - 1])), {.axis = axes});
    case 30:  // as if it had been counted: all is true
      return index(x, {x > -1.0}, most_counted) * 2.0;
    case 31:
      return index(x * 3.0, {arange(x.shape()[0]) >= 0}, most_counted);
    case 32:
      return assign(x * 2.0, {drawn_indices({drawn(1, 900)}, x.shape()[0])}, 7);
    case 33: {  // around what is in memory, or a file
      const Array in = drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x * 2.0;
      return uniform_filter(in, {drawn(1, 5)}, {.mode = {drawn(0, 2) ? "reflect" : "wrap"}});
    }
    case 34:
      return gaussian_filter(x, {static_cast<double>(drawn(0, 9)) / 2}, {.mode = {"nearest"}}) - x;
    case 35:
      return maximum_filter(concat({x, x * 3.0}, drawn(0, x.rank() - 1)), {drawn(1, 70)})[{Slice{0, 5}}];
    case 36:
      return sum(correlate1d(sort(x, {.axis = 0}), {1, 2, drawn(0, 1) ? 1.0 : 3.0}, drawn(0, x.rank() - 1)),
                 {.axis = axes});
    case 37: {  // of what is in memory, computed, in a file; turned
      const Array y = x.rank() > 1 ? x : x[newaxis];
      const Array a = y(ellipsis, Slice{0, drawn(1, 70)}, Slice{});
      const Array b = drawn(0, 1) ? max(y[newaxis], {.axis = {0}}) : y * 2.0;
      return matmul(a, swapaxes(b(ellipsis, Slice{0, 90}, Slice{}), -1, -2));
    }
    case 38: {  // of few elements, each of many products
      const Array y = x.rank() > 1 ? x : x[newaxis];
      const Array b = drawn(0, 1) ? max(y[newaxis], {.axis = {0}}) : y;
      return matmul(swapaxes(y, -1, -2)(ellipsis, Slice{0, 30}, Slice{}), b(ellipsis, Slice{}, Slice{0, 20}));
    }
    case 39:
      return einsum("i,i,j->j", {ravel(x)[Slice{0, 9000}], ravel(x)[Slice{0, 9000}], ravel(x)[Slice{0, 50}]});
    case 40: {  // bins whose edges come from the elements
      const Histogram h = histogram(x, drawn(1, 300), {.density = drawn(0, 1) == 1});
      return drawn(0, 1) ? h.counts : h.edges;
    }
    case 41: {
      const int axis = static_cast<int>(drawn(0, x.rank() - 1));
      const Array labels = drawn_indices({x.shape()[axis]}, 7) % std::int64_t{7};
      return drawn(0, 1) ? group_mean(x, labels, 7, {.axis = axis}) : group_max(x * 2.0, labels, 9, {.axis = axis});
    }
    case 42:
      return group_sum(x, astype(x * 5000.0, DType::int64) % std::int64_t{5001}, 5001);
    case 43:
      return histogram2d(x, x * 2.0, {drawn(1, 9), drawn(1, 30)}).counts;
    case 44:
      return sum(rolling_mean(x * 3.0, drawn(1, 90), {.axis = drawn(0, x.rank() - 1), .min_count = 1}), {.axis = axes});
    case 45: {  // a function of elements, of what is computed
      const auto f = [](double a, double b) { return a * b; };
      return sum(map(f, {x * 2.0, broadcast_to(max(x), x.shape())}, {.name = "times"}), {.axis = axes});
    }
    case 46:  // of chunks, in a file or in memory
      return map_blocks(touch_blocks, drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x + 1.0, {.name = "touch"});
    case 47:
      return map_overlap(touch_blocks, drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x, {drawn(0, 20)},
                         {.name = "touch", .boundary = {drawn(0, 1) ? "reflect" : "none"}});
    case 48: {  // of rows
      const auto f = [](BlockView<const double> row) { return row[0]; };
      return apply_along_axis(f, drawn(0, x.rank() - 1), drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x * 2.0,
                              {.name = "first"});
    }
    case 49: {  // used as it comes: of what is in memory, or a file
      const Array from = drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x;
      const Array picked = index(from, {drawn_indices({drawn(1, 9000)}, x.shape()[0])});
      return drawn(0, 1) ? std(picked * 2.0, {.axis = axes}) : picked * uniform(picked.shape(), 0, 1) - 1.0;
    }
    case 50: {  // by two walks
      const Array picked = take(x, drawn_indices({drawn(1, 3000)}, x.shape()[0]), 0);
      return max(picked - mean(picked, {.axis = axes, .keepdims = true}));
    }
    case 51: {  // chunks of another size, of a file or of what is in memory
      Shape shape = x.shape();
      for (auto& n : shape) n = drawn(0, 2) ? drawn(1, 2 * n) : n;
      const auto method = drawn(0, 1) ? ResizeMethod::area : ResizeMethod::linear;
      return resize(drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x, shape, {.method = method});
    }
    case 52: {  // twice, around what is in memory, or a file
      const auto step = [](const ShiftedViews& u) {
        Dims behind = Dims::filled(u.rank(), 0), before = behind;
        behind[0] = 1, before[0] = -2;
        return u.at(behind) + u.at(before);
      };
      return stencil(step, stencil(step, drawn(0, 1) ? max(x[newaxis], {.axis = {0}}) : x), {.mode = {"mirror"}});
    }
    default:
      return any(x > 0.5, {.axis = axes});
  }
}

/// A session whose scratch files may take so much, in bytes per rank; 0: there are none.
inline SessionOptions with_scratch(std::int64_t memory, int threads, std::int64_t scratch) {
  return {.memory = memory, .threads = threads, .scratch = scratch > 0 ? "/tmp" : "none", .scratch_bytes = scratch};
}

/// What of a session's limits follows from its device, where TESSERA_DEVICE names one; TESSERA_DEVICE_MEMORY and TESSERA_DEVICE_LEAST are
/// then given, too.
inline void add_device(PlanLimits& limits, const Session& session) {
  const EnvironmentOptions given = environment_options();
  if (given.device.empty() || given.device == "cpu") return;
  static const std::shared_ptr<Device> device = make_device(given.device);
  limits.device = device.get();
  limits.device_memory = parse_size(given.device_memory, "TESSERA_DEVICE_MEMORY");
  limits.device_least = parse_size(given.device_least, "TESSERA_DEVICE_LEAST");
  if (const std::string link = session.link(); !link.starts_with("nothing")) limits.link = link;
}

/// The plan by which a session of `memory` bytes that holds nothing yet evaluates `sinks`.
inline Plan plan_of(const std::vector<Sink>& sinks, const Session& session, int threads, std::int64_t memory,
                    std::int64_t scratch = 0) {
  std::vector<PlanRequest> requests;
  for (const auto& s : sinks)
    requests.push_back({push_reshapes({s.array.node()})[0],
                        s.kind == Sink::Kind::gather ? PlanSink::Kind::gather : PlanSink::Kind::persist});
  PlanLimits limits{session.size(), threads, memory, 0};
  limits.scratch = scratch;
  add_device(limits, session);
  return make_plan(requests, limits);
}

}  // namespace tessera::testing

// Thirty and some lines of NumPy and Dask, and what they are here. The guide's table is made from this file.
#include <tessera/tessera.hpp>

#include <cstdio>
#include <string>

namespace ts = tessera;
using namespace tessera::literals;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  ts::Session session(argc, argv, {.memory = 1_GiB});
  session.compute(write(ts::normal({48, 60, 90}), folder + "/in.h5:/t2m"), {.force = true});
  ts::Array y, z;
  const double rate = 0.5;
  const auto f = [](ts::BlockView<const double> in, ts::BlockView<double> out) { *out.data() = *in.data(); };
  const auto g = [](ts::BlockView<const double> row) { return row[0]; };

  // clang-format off
  // rows: begin
  ts::Array x = session.open(folder + "/in.h5:/t2m");                      // x = da.from_array(h5py.File("in.h5")["t2m"])
  y = ts::zeros({48, 60, 90}, {.dtype = ts::DType::float32});              // y = da.zeros((48, 60, 90), dtype="f4")
  y = ts::ones({48, 60, 90}, {.chunks = {12, -1, -1}});                    // y = da.ones((48, 60, 90), chunks=(12, -1, -1))
  y = ts::full({3, 4}, 2.5);                                               // y = da.full((3, 4), 2.5)
  y = ts::arange(0, 10, 2);                                                // y = da.arange(0, 10, 2)
  y = ts::linspace(0, 1, 101);                                             // y = da.linspace(0, 1, 101)
  y = ts::array({1.0, 2.5, 4.0});                                          // y = np.array([1.0, 2.5, 4.0])
  y = ts::normal({48, 60, 90}, 0, 1, {.seed = 7});                         // y = da.random.default_rng(7).normal(size=(48, 60, 90))
  y = ts::zeros_like(x);                                                   // y = da.zeros_like(x)
  y = ts::sqrt(ts::abs(x)) + x * 2;                                        // y = np.sqrt(abs(x)) + x * 2
  y = ts::pow(x, 2);                                                       // y = x ** 2
  y += x;                                                                  // y += x
  y = ts::where(x > 0, x, 0);                                              // y = np.where(x > 0, x, 0)
  y = ts::clip(x, -1, 1);                                                  // y = x.clip(-1, 1)
  y = (x > 0) & (x < 1);                                                   // y = (x > 0) & (x < 1)
  y = x.astype<float>();                                                   // y = x.astype("f4")
  y = x.mean();                                                            // y = x.mean()
  y = x.mean(0);                                                           // y = x.mean(axis=0)
  y = x.sum({1, 2});                                                       // y = x.sum(axis=(1, 2))
  y = ts::mean(x, {.axis = 0, .keepdims = true});                          // y = x.mean(axis=0, keepdims=True)
  y = ts::std(x, {.axis = 0, .correction = 1});                            // y = x.std(axis=0, ddof=1)
  y = x.argmax(1);                                                         // y = x.argmax(axis=1)
  y = ts::nanmean(x, {.axis = 0});                                         // y = da.nanmean(x, axis=0)
  y = x - ts::mean(x, {.axis = 0, .keepdims = true});                      // y = x - x.mean(axis=0)
  y = x[0];                                                                // y = x[0]
  y = x(ts::Slice{10, 20}, -1, ts::ellipsis);                              // y = x[10:20, -1, ...]
  y = x(ts::Slice{3});                                                     // y = x[:3]
  y = x(ts::Slice{{}, {}, 2}, ts::newaxis);                                // y = x[::2, None]
  y = x.T();                                                               // y = x.T
  y = ts::matmul(x[0], x[1].T());                                          // y = x[0] @ x[1].T
  y = ts::tensordot(x, x, {{0, 1}, {0, 1}});                               // y = np.tensordot(x, x, ((0, 1), (0, 1)))
  y = ts::einsum("ijk,ilk->jl", {x, x});                                   // y = np.einsum("ijk,ilk->jl", x, x)
  y = x.transpose({2, 0, 1});                                              // y = x.transpose(2, 0, 1)
  y = ts::flip(x, {0});                                                    // y = np.flip(x, 0)
  y = ts::broadcast_to(x[0], {5, 60, 90});                                 // y = np.broadcast_to(x[0], (5, 60, 90))
  y = ts::map([](double v) { return v * v; }, x, {.name = "square"});      // y = np.vectorize(lambda v: v * v)(x)
  y = ts::map_blocks(f, x, {.name = "f"});                                 // y = da.map_blocks(f, x)
  y = ts::map_overlap(f, x, {1}, {.name = "f", .boundary = {"nearest"}});  // y = da.map_overlap(f, x, depth=1, boundary="nearest")
  y = ts::apply_along_axis(g, 0, x, {.name = "g"});                        // y = da.apply_along_axis(g, 0, x)
  y = ts::concat({x, x * rate});                                           // y = da.concatenate([x, x * rate])
  y = ts::stack({x[0], x[1]}, 1);                                          // y = da.stack([x[0], x[1]], axis=1)
  std::vector<double> values = session.values<double>(x[0]);               // values = x[0].compute()
  double mean = session.item<double>(x.mean());                            // mean = float(x.mean().compute())
  auto [low, high] = session.compute(x.min(), x.max());                    // low, high = dask.compute(x.min(), x.max())
  z = session.persist(x * 2);                                              // z = (x * 2).persist()
  session.compute(write(y, folder + "/y.h5:/y"), {.force = true});         // y.to_hdf5("y.h5", "/y")
  std::string plan = session.explain({gather(y)});                         // y.visualize()
  // rows: end
  // clang-format on

  if (session.rank() == 0)
    std::printf("%zu values, mean %.3f, from %.3f to %.3f; y is an %s\n", values.size(), mean, low.item<double>(),
                high.item<double>(), to_string(y).c_str());
  return plan.empty() || z.size() != x.size();
}

// The product of two square matrices of random numbers, and how fast it was.
//   matmul 10000        mpirun -n 2 matmul 10000 float32        matmul 300 int32 product.h5
// Each rank makes its part of the operands in its own memory, and of the result a block that follows from the number of
// ranks; it gets from the others what it needs of their parts. The bits are the same for any number of ranks and threads.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <tessera/tessera.hpp>

namespace ts = tessera;

int main(int argc, char** argv) try {
  ts::Session session(argc, argv);
  const std::string length = argc > 1 ? argv[1] : "10000", name = argc > 2 ? argv[2] : "float64";
  const std::int64_t n = std::atoll(length.c_str());
  if (n < 1) throw ts::UsageError(length + " is no number of rows");
  const std::optional<ts::DType> known = ts::parse_dtype(name);
  if (!known) throw ts::UsageError("there is no dtype " + name);
  const ts::DType type = *known;
  if (type == ts::DType::bool_) throw ts::UsageError("what rows are off by is a difference, which bools don't have");

  const double low = ts::is_inexact(type) ? -1 : 0, high = ts::is_inexact(type) ? 1 : 10;  // integers are cut

  // persist evaluates: the operands are in memory, so that the clock below measures the product alone.
  ts::Array a = session.persist(ts::astype(ts::uniform({n, n}, low, high, {.seed = 1}), type));
  ts::Array b = session.persist(ts::astype(ts::uniform({n, n}, low, high, {.seed = 2}), type));

  const auto start = std::chrono::steady_clock::now();
  ts::Array c = session.persist(ts::matmul(a, b));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  // Freivalds' check: for a vector of ones, A (B 1) is C 1. It takes n^2 steps where the product takes n^3.
  ts::Array ones = ts::ones({n}, {.dtype = type});
  ts::Array off = ts::matmul(a, ts::matmul(b, ones)) - ts::matmul(c, ones);
  const double error = session.item<double>(ts::astype(ts::max(ts::abs(off)), ts::DType::float64));
  const double trace = session.item<double>(ts::astype(ts::trace(c), ts::DType::float64));

  if (argc > 3) {  // for whoever wants to look
    const std::string file = argv[3];
    session.compute({ts::write(a, file + ":/a"), ts::write(b, file + ":/b"), ts::write(c, file + ":/c")});
  }
  if (session.rank() == 0) {
    const double flop = 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
    std::printf("%lld x %lld, %s, %d ranks: %.3f s, %.1f GFLOP/s; trace %.17g, rows off by %.1e at most\n",
                static_cast<long long>(n), static_cast<long long>(n), ts::to_string(type).c_str(), session.size(),
                seconds.count(), flop / seconds.count() / 1e9, trace, error);
  }
  return 0;
} catch (const ts::Error& error) {
  std::fprintf(stderr, "matmul: %s\n", error.what());
  return ts::exit_code(error.kind());
}

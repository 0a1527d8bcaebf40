// Tensors of other libraries as arrays, and arrays as tensors for them, without a copy (DLPack).
#include <tessera/tessera.hpp>

#include <cstdio>
#include <vector>

namespace ts = tessera;
namespace dl = tessera::dlpack;

/// What another library would hand over: a matrix in the host's memory, with what gives it back.
struct Matrix {
  std::vector<float> elements;
  std::int64_t shape[2];
  dl::VersionedTensor managed{};

  static dl::VersionedTensor* made(std::int64_t rows, std::int64_t columns) {
    auto* m = new Matrix{std::vector<float>(static_cast<std::size_t>(rows * columns), 1.5F), {rows, columns}};
    m->managed.version = {1, 0};
    m->managed.context = m;
    m->managed.deleter = [](dl::VersionedTensor* t) { delete static_cast<Matrix*>(t->context); };
    m->managed.tensor = {m->elements.data(), {1, 0}, 2, {2, 32, 1}, m->shape, nullptr, 0};  // host, 2 axes, float32
    return &m->managed;
  }
};

int main(int argc, char** argv) {
  ts::Session session(argc, argv, {.device = "cpu"});
  // Taken over: its deleter is called when no array over it is left. A pointer of dlpack.h's is cast to this one's type. On several ranks
  // each gives a block: the shape of the whole, and where its block begins.
  constexpr std::int64_t rows = 40, columns = 60;
  ts::Array x = dl::from(session, Matrix::made(rows, columns),
                         {.global = {rows * session.size(), columns}, .lo = {rows * session.rank(), 0}});

  // This rank's chunks for another library, where they are. Who consumes one calls its deleter, as the chunk does here.
  double sum = 0;
  for (const auto& chunk : dl::chunks<dl::VersionedTensor>(session, session.persist(x * 2.0F))) {
    const dl::Tensor& t = chunk.tensor->tensor;
    const auto* first = reinterpret_cast<const float*>(static_cast<const std::byte*>(t.data) + t.byte_offset);
    for (std::int64_t i = 0; i < t.shape[0]; i++)
      for (std::int64_t j = 0; j < t.shape[1]; j++) sum += first[i * t.strides[0] + j * t.strides[1]];
  }
  if (session.rank() == 0) std::printf("%.0f in the chunks of rank 0\n", sum);
  return sum == 3.0 * rows * columns ? 0 : 1;
}

// c = a b, or c += a b, of integers, which wrap, and of bools, whose product is "and" and whose sum is "or". Before this text stand Element (as
// it lies in memory), Sum (in which it is added up) and is_bool.
//
// A block makes 64 by 64 elements of c, a thread 4 by 4 of them, from 16 of k at a time, which lie in shared memory.

struct Call {
  long long m, n, k, a_row, a_column, b_row, b_column, c_row, add;  ///< rows, or columns, so many elements apart
  const Element* a;
  const Element* b;
  Element* c;
};

constexpr int side = 64, depth = 16, each = 4, threads_along = side / each;

__device__ __forceinline__ Sum added(Sum sum, Sum a, Sum b) {
  if constexpr (is_bool) return sum | (a & b);
  else return sum + a * b;
}

extern "C" __global__ void __launch_bounds__(256) multiply_integers(const Call call) {
  __shared__ Element a[depth][side + 1], b[depth][side + 1];
  const int t = threadIdx.x, row = t / threads_along * each, column = t % threads_along * each;
  const long long across = (call.n + side - 1) / side, tiles = (call.m + side - 1) / side * across;
  for (long long tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
    const long long first_row = tile / across * side, first_column = tile % across * side;
    Sum sum[each][each] = {};
    for (long long k = 0; k < call.k; k += depth) {
      // Neighbouring threads take what lies one after another.
      for (int e = t; e < side * depth; e += 256) {
        const int row = call.a_column == 1 ? e / depth : e % side, column = call.a_column == 1 ? e % depth : e / side;
        const long long i = first_row + row, l = k + column;
        a[column][row] = i < call.m && l < call.k ? call.a[i * call.a_row + l * call.a_column] : Element(0);
      }
      for (int e = t; e < side * depth; e += 256) {
        const int row = call.b_column == 1 ? e / side : e % depth, column = call.b_column == 1 ? e % side : e / depth;
        const long long l = k + row, j = first_column + column;
        b[row][column] = l < call.k && j < call.n ? call.b[l * call.b_row + j * call.b_column] : Element(0);
      }
      __syncthreads();
      for (int l = 0; l < depth; l++)
        for (int i = 0; i < each; i++)
          for (int j = 0; j < each; j++)
            sum[i][j] = added(sum[i][j], Sum(a[l][row + i]), Sum(b[l][column + j]));
      __syncthreads();
    }
    for (int i = 0; i < each; i++)
      for (int j = 0; j < each; j++) {
        const long long at_row = first_row + row + i, at_column = first_column + column + j;
        if (at_row >= call.m || at_column >= call.n) continue;
        Element& to = call.c[at_row * call.c_row + at_column];
        to = Element(!call.add ? sum[i][j] : is_bool ? Sum(to) | sum[i][j] : Sum(to) + sum[i][j]);
      }
  }
}

// Leaves of a box, folded. Before this text stand Call, Element, Lane (a member for each fold), Row (where operands are), Inputs<n>, and the
// constants `lanes` (of a thread, where elements come in packs) and `outputs_each` (of a pack along a kept axis).
//
// A piece is one output of one leaf: number leaf * outputs + output. Where the last axis is reduced a group of threads takes a piece,
// each with W neighbours of the 64 lanes; element i of a row goes to lane i mod 64, and lanes fold by halves. Else a thread takes it.

/// The box of one leaf, and the operands at its first element.
struct LeafBox {
  Row at;
  unsigned at_end = 0;  // bit a: the leaf is the last along reduced axis a, and as short as that is
  int rows, length;  // along all reduced axes but the last; along the last
  __device__ LeafBox(const Call& call, long long leaf, long long output) : at(call) {
    for (int a = call.kept_rank - 1; a >= 0; a--) {
      const long long extent_of = call.extent[a], above = a ? output / extent_of : 0;
      at.move(call, a, output - above * extent_of);
      output = above;
    }
    rows = 1, length = 1;
    for (int a = call.reduced_rank - 1; a >= 0; a--) {
      const int axis = static_cast<int>(call.kept_rank) + a;
      const long long step = call.leaf[a], all = call.extent[axis], cuts = (all + step - 1) / step, above = leaf / cuts;
      const long long lo = (leaf - above * cuts) * step;
      at.move(call, axis, lo);
      if (lo + step >= all) at_end |= 1u << a;
      leaf = above;
      (a == call.reduced_rank - 1 ? length : rows) *= extent(call, a);
    }
  }
  /// Along a reduced axis. (An array of them would be in the memory of the thread, not in its registers.)
  __device__ int extent(const Call& call, int a) const {
    return static_cast<int>(at_end >> a & 1u ? call.last_leaf[a] : call.leaf[a]);
  }
  /// Row number r, in row-major order.
  __device__ Row row(const Call& call, int r) const {
    Row there = at;
    for (int a = static_cast<int>(call.reduced_rank) - 2; a >= 0; a--) {
      const int of_axis = extent(call, a), above = a ? r / of_axis : 0;
      there.move(call, static_cast<int>(call.kept_rank) + a, r - above * of_axis);
      r = above;
    }
    return there;
  }
  /// In row-major order; 0 when there is none.
  __device__ double first_finite(const Call& call) const {
    const int last = static_cast<int>(call.kept_rank + call.reduced_rank) - 1;
    for (int r = 0; r < rows; r++) {
      Row there = row(call, r);
      for (int i = 0; i < length; i++, there.move(call, last, 1))
        if (const double x = as_number(there.make(call)); element::is_finite(x)) return x;
    }
    return 0;
  }
  __device__ Leaf shared(const Call& call) const {
    Leaf leaf{static_cast<double>(rows) * length, 0, 0};
    if constexpr (shifted) {
      const double x = as_number(at.make(call));
      leaf.first = leaf.first_finite = element::is_finite(x) ? x : 0.0;
      if constexpr (skips_numbers)
        if (!element::is_finite(x)) leaf.first_finite = first_finite(call);
    }
    return leaf;
  }
};

/// W lanes of each of `threads` threads, 64 in all or fewer where rows are short. `packed`: operands lie one after another along the
/// last axis, or stay, and rows begin where packs do.
template <int W, bool packed> __device__ void fold_along(const Call& call) {
  constexpr int depth = 4;
  const int threads = static_cast<int>(call.threads), t = static_cast<int>(threadIdx.x) % threads, in_a_warp = 32 / threads;
  const long long warps = static_cast<long long>(gridDim.x) * (blockDim.x / 32);
  const long long warp = blockIdx.x * static_cast<long long>(blockDim.x / 32) + threadIdx.x / 32;
  const int last = static_cast<int>(call.kept_rank + call.reduced_rank) - 1, line = W * threads;
  // All threads of a warp go round together: its groups meet in shuffles.
  for (long long first = warp * in_a_warp; first < call.pieces; first += warps * in_a_warp) {
    const long long piece = first + threadIdx.x % 32 / threads;
    const bool there = piece < call.pieces;
    const long long number = there ? piece : first, leaf = number / call.outputs;
    const LeafBox box(call, leaf, number - leaf * call.outputs);
    const Leaf shared = box.shared(call);
    Lane lane[W];
#pragma unroll
    for (int j = 0; j < W; j++) lane[j].begin();
    for (int r = 0; r < box.rows; r++) {
      Row row = box.row(call, r);
      row.move(call, last, t * W);
      int left = box.length - t * W;  // elements from this thread's first one on
      if constexpr (packed) {
        for (; left >= (depth - 1) * line + W; left -= depth * line) {
          Inputs<W> in[depth];
#pragma unroll
          for (int k = 0; k < depth; k++) in[k].load(call, row, last), row.move(call, last, line);
#pragma unroll
          for (int k = 0; k < depth; k++)
#pragma unroll
            for (int j = 0; j < W; j++) lane[j].take(shared, in[k].make(call, j), in[k].position + j * call.position_stride[last]);
        }
        for (; left >= W; left -= line) {
          Inputs<W> in;
          in.load(call, row, last);
#pragma unroll
          for (int j = 0; j < W; j++) lane[j].take(shared, in.make(call, j), in.position + j * call.position_stride[last]);
          row.move(call, last, line);
        }
      }
      for (; left > 0; left -= line) {
#pragma unroll
        for (int j = 0; j < W; j++)
          if (j < left) {
            Row one = row;
            one.move(call, last, j);
            lane[j].take(shared, one.make(call), one.position);
          }
        row.move(call, last, line);
      }
    }
    for (int half = threads / 2; half > 0; half /= 2)
#pragma unroll
      for (int j = 0; j < W; j++) lane[j].join(of_thread(lane[j], half, threads));
#pragma unroll
    for (int half = W / 2; half > 0; half /= 2)
#pragma unroll
      for (int j = 0; j < half; j++) lane[j].join(lane[j + half]);
    if (there && t == 0) lane[0].store(call, shared, leaf, number - leaf * call.outputs);
  }
}

/// `count` rows of n elements into n lanes.
template <int n, int count> __device__ void take_rows(const Call& call, Row& row, Lane (&lane)[n], const Leaf (&shared)[n]) {
  const int inner = static_cast<int>(call.kept_rank) - 1, last = static_cast<int>(call.kept_rank + call.reduced_rank) - 1;
  Inputs<n> in[count];
#pragma unroll
  for (int i = 0; i < count; i++) in[i].load(call, row, inner), row.move(call, last, 1);
#pragma unroll
  for (int i = 0; i < count; i++)
#pragma unroll
    for (int j = 0; j < n; j++) lane[j].take(shared[j], in[i].make(call, j), in[i].position);
}

/// n neighbours along the last kept axis a thread; a thread's rows are all elements of the leaf.
template <int n> __device__ void fold_across(const Call& call) {
  constexpr int depth = 4;
  const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
  const int inner = static_cast<int>(call.kept_rank) - 1;
  for (long long k = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; k < call.pieces / n; k += step) {
    const long long piece = k * n, leaf = piece / call.outputs, output = piece - leaf * call.outputs;
    const LeafBox box(call, leaf, output);
    Leaf shared[n];
    Lane lane[n];
#pragma unroll
    for (int j = 0; j < n; j++) {
      LeafBox neighbour = box;
      if (j > 0) neighbour.at.move(call, inner, j);
      shared[j] = neighbour.shared(call);
      lane[j].begin();
    }
    for (int r = 0; r < box.rows; r++) {
      Row row = box.row(call, r);
      int left = box.length;
      for (; left >= depth; left -= depth) take_rows<n, depth>(call, row, lane, shared);
      for (; left > 0; left--) take_rows<n, 1>(call, row, lane, shared);
    }
#pragma unroll
    for (int j = 0; j < n; j++) lane[j].store(call, shared[j], leaf, output + j);
  }
}

extern "C" __global__ void __launch_bounds__(256) fold_along_packs(const Call call) { fold_along<lanes, true>(call); }
extern "C" __global__ void __launch_bounds__(256) fold_along_any(const Call call) { fold_along<2, false>(call); }
extern "C" __global__ void __launch_bounds__(256) fold_across_packs(const Call call) { fold_across<outputs_each>(call); }
extern "C" __global__ void __launch_bounds__(256) fold_across_any(const Call call) { fold_across<1>(call); }

// The loops around `element(call, inputs...)`, which follows from the Program; before this text stand Call, Inputs<n>, load,
// store and the constants `lanes` (elements of a pack) and `axes`.

// Packs of n elements, one after another. Each thread has `depth` of them under way, so that enough bytes are on their way
// to a multiprocessor.
template <int n> __device__ void map_dense(const Call& call) {
  constexpr int depth = 4;
  const long long packs = call.count / n, tile = static_cast<long long>(blockDim.x) * depth;
  for (long long first = blockIdx.x * tile; first < packs; first += gridDim.x * tile) {
    const long long at = first + threadIdx.x;
    if (first + tile <= packs) {
      Inputs<n> in[depth];
#pragma unroll
      for (int k = 0; k < depth; k++) in[k].load(call, at + k * static_cast<long long>(blockDim.x));
#pragma unroll
      for (int k = 0; k < depth; k++) in[k].store(call, at + k * static_cast<long long>(blockDim.x));
    } else {
      for (long long p = at; p < packs; p += blockDim.x) {
        Inputs<n> in;
        in.load(call, p);
        in.store(call, p);
      }
    }
  }
  const long long rest = packs * n + threadIdx.x;
  if (blockIdx.x == 0 && rest < call.count) {
    Inputs<1> in;
    in.load(call, rest);
    in.store(call, rest);
  }
}

// Any strides: element i of the box, in row-major order.
template <class Index> __device__ void map_strided(const Call& call) {
  const Index count = static_cast<Index>(call.count), step = static_cast<Index>(gridDim.x) * blockDim.x;
  for (Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) {
    Places places;
    Index left = i;
    for (int a = call.rank - 1; a >= 0; a--) {
      const Index extent = static_cast<Index>(call.extent[a]), above = left / extent;
      places.add(call, a, static_cast<long long>(left - above * extent));
      left = above;
    }
    places.make(call);
  }
}

extern "C" __global__ void __launch_bounds__(256) map_packs(const Call call) { map_dense<lanes>(call); }
extern "C" __global__ void __launch_bounds__(256) map_run(const Call call) { map_dense<1>(call); }
extern "C" __global__ void __launch_bounds__(256) map_near(const Call call) { map_strided<unsigned>(call); }
extern "C" __global__ void __launch_bounds__(256) map_far(const Call call) { map_strided<unsigned long long>(call); }

// Two states of each of n outputs become one, in the place of the left one: what core/cpu/states.cpp does, operation by operation. `Kept`
// is what a fold keeps of a lane (combiners.cu), which says how its states combine.

struct Call {
  long long n;
  char* into;
  const char* from;
  double share,
      weight;  // of moments: nb / (na + nb) and na * nb / (na + nb), where na and nb elements stand behind the states
};

/// Item i of n that lie behind `before` bytes of each output.
template <class T>
__device__ T& item(char* states, const Call& call, int before, long long i) {
  return reinterpret_cast<T*>(states + before * call.n)[i];
}
template <class T>
__device__ T item(const char* states, const Call& call, int before, long long i) {
  return reinterpret_cast<const T*>(states + before * call.n)[i];
}

template <class Rule>
__device__ void combine_one(Simple<Rule>, const Call& call, long long i) {
  using T = typename Rule::Element;
  T& into = item<T>(call.into, call, 0, i);
  into = Rule::apply(into, item<T>(call.from, call, 0, i));
}
template <class T>
__device__ void combine_one(ComplexProduct<T>, const Call& call, long long i) {
  T& into = item<T>(call.into, call, 0, i);
  into = element::multiply(into, item<T>(call.from, call, 0, i));
}
__device__ inline void combine_one(NanSum, const Call& call, long long i) {
  item<double>(call.into, call, 0, i) += item<double>(call.from, call, 0, i);
  item<double>(call.into, call, 8, i) += item<double>(call.from, call, 8, i);
}

struct MeanAndM2 {
  double mean, m2;
};
/// As core/cpu/simd/moments.hpp has it.
__device__ inline MeanAndM2 chan(MeanAndM2 a, MeanAndM2 b, double share, double weight) {
  const double delta = b.mean - a.mean;
  const bool finite = element::absolute(delta) <= 0x1.fffffffffffffp+1023;
  return {finite ? a.mean + delta * share : a.mean + b.mean, (a.m2 + b.m2) + (delta * delta) * weight};
}
__device__ inline void combine_one(Moments, const Call& call, long long i) {
  double &mean = item<double>(call.into, call, 0, i), &m2 = item<double>(call.into, call, 8, i);
  const MeanAndM2 right{item<double>(call.from, call, 0, i), item<double>(call.from, call, 8, i)};
  const MeanAndM2 both = chan({mean, m2}, right, call.share, call.weight);
  mean = both.mean, m2 = both.m2;
}
__device__ inline void combine_one(NanMoments, const Call& call, long long i) {
  double &count = item<double>(call.into, call, 0, i), &mean = item<double>(call.into, call, 8, i),
         &m2 = item<double>(call.into, call, 16, i);
  const double na = count, nb = item<double>(call.from, call, 0, i), all = na + nb;
  const MeanAndM2 right{item<double>(call.from, call, 8, i), item<double>(call.from, call, 16, i)};
  const MeanAndM2 both = chan({mean, m2}, right, nb / all, na * nb / all);
  count = all;
  if (nb == 0) return;
  mean = na == 0 ? right.mean : both.mean;
  m2 = na == 0 ? right.m2 : both.m2;
}
template <class T, bool smallest, bool skips>
__device__ void combine_one(Extreme<T, smallest, skips> lane, const Call& call, long long i) {
  long long& at = item<long long>(call.into, call, 0, i);
  T& best = item<T>(call.into, call, 8, i);
  lane.at = at, lane.best = best;
  Extreme<T, smallest, skips> right;
  right.at = item<long long>(call.from, call, 0, i), right.best = item<T>(call.from, call, 8, i);
  lane.join(right);
  at = lane.at, best = lane.best;
}

extern "C" __global__ void __launch_bounds__(256) combine(const Call call) {
  const long long step = static_cast<long long>(gridDim.x) * blockDim.x;
  for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < call.n; i += step)
    combine_one(Kept(), call, i);
}

// What functions of chunks see, for texts of users: the names and meanings of core/ops/block_view.hpp. A bool is a byte of 0 or 1.
template <class T> struct Complex { T re, im; };

template <class T> class BlockView {
 public:
  using Element = T;
  __device__ int rank() const { return static_cast<int>(rank_); }
  __device__ long long extent(int axis) const { return shape_[axis]; }
  /// From an element to the next along an axis, in elements.
  __device__ long long stride(int axis) const { return stride_[axis]; }
  __device__ long long size() const {
    long long n = 1;
    for (int i = 0; i < rank_; i++) n *= shape_[i];
    return n;
  }
  /// True where the elements lie one behind the other, in row-major order.
  __device__ bool is_dense() const {
    long long step = 1;
    for (int i = static_cast<int>(rank_) - 1; i >= 0; i--) {
      if (shape_[i] > 1 && stride_[i] != step) return false;
      step *= shape_[i];
    }
    return true;
  }
  __device__ T* data() const { return data_; }
  /// One index for each axis; not checked.
  template <class... I> __device__ T& operator()(I... index) const {
    long long offset = 0;
    int axis = 0;
    ((offset += static_cast<long long>(index) * stride_[axis++]), ...);
    return data_[offset];
  }
  /// Of a 1-d block.
  __device__ T& operator[](long long index) const { return (*this)(index); }

  T* data_;
  long long rank_, shape_[block_axes], stride_[block_axes];
};

/// Where a block lies: numbers of its chunk, its indices without a halo and with it, the shape of all blocks together.
struct BlockPlace {
  long long rank, chunk[block_axes], lo[block_axes], extent[block_axes], seen_lo[block_axes], seen_extent[block_axes],
      shape[block_axes];
};

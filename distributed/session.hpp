#pragma once
// Session: the communicator, the memory budget, and evaluation. Building expressions needs no session; evaluating is a
// member of one and always collective: every rank makes the same calls with the same arguments (each call begins with a
// check, call.hpp; all ranks throw a MismatchError otherwise). A call from a callback of the same session is refused.
// Two sessions on different communicators live side by side. Arrays may outlive their session.
#include <array>
#include <complex>
#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tessera/core/array.hpp>
#include <tessera/core/store.hpp>
#include <tessera/io/files.hpp>

namespace tessera {

class Communicator;

/// What else there is to say of memory that a session takes over from its caller.
struct CallersMemory {
  void* stream =
      nullptr;  ///< of the caller's GPU work that makes the elements (a CUstream, cudaStream_t); null: the default one
  std::shared_ptr<const void> owner{};  ///< kept until no array over the memory is left
};

struct SessionOptions {
  /// Budget per rank in bytes; 0: half of what the machine allows, divided by the ranks on it. A negative number is
  /// refused (UsageError): 2 << 30 is an int and overflows.
  std::int64_t memory = 0;
  int threads = 0;  ///< per rank; 0: TESSERA_THREADS, else what affinity mask and cgroup allow; negative: UsageError
  /// Count the process as it stands (libraries and all) against the budget, so that VmHWM stays under it. Applications
  /// do.
  bool whole_process = false;
  /// Called on rank 0 from time to time while a stage runs.
  struct Progress {
    int stage = 0, stages = 0;
    std::string name;
    bool exchanging = false;           ///< what the stage needs comes from other ranks
    std::int64_t done = 0, total = 0;  ///< of rank 0: tiles of this stage; while exchanging bytes that come to it
    /// Of all ranks; with more than one estimated from rank 0's, by its part of the tiles: nobody is asked.
    std::int64_t bytes_read = 0, bytes_written = 0;
    double seconds = 0;       ///< of the whole run
    double step_seconds = 0;  ///< since the first of `total` was begun
  };
  std::function<void(const Progress&)> progress{};
  double watchdog_seconds = 0;  ///< 0: off. Fires when nothing moves for so long. Negative: UsageError
  std::function<void(const std::string&)> watchdog{};  ///< what it throws, the session throws at its next agreement
  /// Called once on the ranks that notice, 12 to 15 s after a host has fallen silent, with who it is and what it was
  /// doing. returns: for how many more seconds of silence to wait before `watchdog` is called; none where it is absent
  /// or throws. On the watchdog's thread, as `watchdog`.
  std::function<double(const std::string&)> silent_host{};
  bool trace = false;  ///< record what every thread does, for `write_trace`; takes 2 MiB of the budget
  /// What computes: "cpu", or "auto" for the best device that there is; empty: TESSERA_DEVICE, else "auto". What it can't
  /// compute, the CPU does; `explain` says what. The same on all ranks; UsageError for what there is not.
  std::string device{};
  /// Budget per rank, in bytes, of a device that has memory of its own; 0: TESSERA_DEVICE_MEMORY, else what it has free.
  std::int64_t device_memory = 0;
  /// Folder for scratch files, for data that pass through the disk once instead of being read or decoded many times.
  /// They have no names and go with the process. "none": there are none. Empty: TESSERA_SCRATCH, else TMPDIR, else
  /// /var/tmp, unless that takes memory (tmpfs) or can't be written. UsageError for a folder that can't be written.
  std::string scratch{};
  /// What scratch files may take, in bytes per rank; 0: nine tenths of what is free, divided by the ranks on a machine.
  std::int64_t scratch_bytes = 0;
};

/// What to do with an array: a value, made by the functions below and evaluated by Session::compute.
struct Sink {
  enum class Kind { gather, persist, write } kind = Kind::gather;
  Array array;
  std::string target{};  ///< write: "file.h5:/y", "file.npy"
  /// write: chunk lengths on disk, -1 for a whole axis; empty: the array's own where a file can express it
  Dims chunks{};
  bool contiguous = false;  ///< write: no chunks on disk
  /// write: filters of a chunked dataset: "gzip:4" (with shuffle), "noshuffle,gzip:9", "shuffle,gzip:4,fletcher32". An
  /// array of one chunk is then cut into chunks by auto_chunks.
  std::string compress{};
  std::vector<Attribute> attributes{};
  std::vector<std::string> dimensions{};
  std::uint32_t unlimited = 0;  ///< write: bit i lets axis i grow later
  /// write: behind what the dataset has along this axis (negative: from the end), in the file itself: takes time and
  /// space for what is added alone. A file or dataset that is not there is made so that it can grow. Otherwise dtype
  /// and the other lengths must be those of the dataset, whose chunks and filters stay. Killed at any time it leaves
  /// the file as it was or with all of it. npy and HDF5.
  std::optional<int> append_along{};
};
/// The elements, on every rank (a 0-d array: its scalar).
TESSERA_API Sink gather(const Array& x);
/// Stays in memory, spread over the ranks; the result is an Array that has dropped its ancestors.
TESSERA_API Sink persist(const Array& x);
/// How a result lies in its file, and what the file says of it: Sink's members of the same names.
struct DatasetOptions {
  Dims chunks{};
  bool contiguous = false;
  std::string compress{};
  std::vector<Attribute> attributes{};
  std::vector<std::string> dimensions{};
  std::uint32_t unlimited = 0;
  std::optional<int> append_along{};
};
/// Into a file: under its final name only when everything that goes there is complete.
TESSERA_API Sink write(const Array& x, const std::string& target, const DatasetOptions& options = {});

/// What a sink gave.
class TESSERA_API Result {
 public:
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  /// gather: the elements, row-major, on every rank. throws DTypeError when T is not the dtype, UsageError when the
  /// sink was not gather: what is persisted lies spread over the ranks (Session::local_chunks).
  template <class T>
  std::vector<T> values() const {
    check(dtype_of<T>);
    const auto* p = reinterpret_cast<const T*>(bytes_.data());
    return std::vector<T>(p, p + bytes_.size() / sizeof(T));
  }
  /// The same without a copy, as long as the result lives.
  template <class T>
  std::span<const T> view() const& {
    check(dtype_of<T>);
    return {reinterpret_cast<const T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }
  template <class T>
  std::span<const T> view() const&& = delete;
  /// gather: the elements as bytes. throws UsageError when the sink was not gather.
  std::span<const std::byte> bytes() const;
  /// gather: the only element, converted to T. throws ShapeError when there is not exactly one, UsageError as values.
  template <class T>
  T item() const {
    return scalar().template as<T>();
  }
  Scalar scalar() const;
  /// persist: the resident array.
  const Array& array() const;

 private:
  friend class Session;
  void check(DType type) const;
  void check_gathered(const char* what) const;
  Sink::Kind kind_ = Sink::Kind::gather;
  Shape shape_;
  DType dtype_ = DType::float64;
  std::vector<std::byte> bytes_;
  std::optional<Array> array_;
};

/// Figures of the last evaluation, summed over ranks where not said otherwise.
struct Statistics {
  /// From and to files, in bytes of the files (of compressed chunks: compressed); between ranks.
  std::int64_t bytes_read = 0, bytes_written = 0, bytes_moved = 0;
  std::int64_t linked_bytes = 0;   ///< of bytes_moved: between the memories of the ranks' GPUs, over Session::link
  std::int64_t messages = 0;       ///< that brought elements or states from one rank to another
  std::int64_t scratch_bytes = 0;  ///< written to scratch files, and read again
  std::int64_t tiles = 0, chunks = 0, stages = 0;
  std::int64_t inner_tiles = 0;          ///< tiles that were made while halos from other ranks were under way
  double seconds = 0;                    ///< of the slowest rank
  std::int64_t peak_bytes = 0;           ///< of Tessera's own memory, the largest of any rank
  std::int64_t peak_resident_bytes = 0;  ///< VmHWM, the largest of any rank
  std::int64_t projected_bytes = 0;      ///< what the plan said: peak of Tessera's memory per rank
  /// The same two of a device's own memory.
  std::int64_t peak_device_bytes = 0, projected_device_bytes = 0;
  std::int64_t peak_pinned_bytes = 0;  ///< of peak_bytes, pinned for a device that copies from and to it
  /// How often a compressed chunk that was read was decoded, on average of the dataset where that is most; 0: nothing
  /// was decoded. More than 1: several tiles, blocks or ranks had a part of a chunk (`explain` says where).
  double decodings = 0;
  bool plan_was_cached = false;
  /// Of what was computed and how it is written: the same in every process that asks for the same of the same files
  /// (path, inode, size, time of change), on any number of ranks and with any threads and memory. What reads a host's
  /// memory (from_local) has one that no other process has. 0: nothing was evaluated.
  std::uint64_t identity = 0;
};

struct WriteOptions {
  bool force = false;                 ///< replace existing files
  std::vector<std::string> inputs{};  ///< files that may not be targets
  /// Add to existing HDF5 files (to a copy, which takes the file's place at the end); datasets that are there are
  /// refused.
  bool append = false;
  std::vector<Attribute> file_attributes{};  ///< of the files that are made (HDF5): title, history, ...
  std::string history{};                     ///< a line to go before what the attribute `history` says
};

class TESSERA_API Session {
 public:
  /// The ranks that mpirun or srun started; one rank without them. argc and argv are not changed.
  Session(int argc, char** argv, SessionOptions options = {});
  /// On a communicator (see <tessera/mpi.hpp> for one from an MPI_Comm).
  explicit Session(std::unique_ptr<Communicator> communicator, SessionOptions options = {});
  explicit Session(SessionOptions options = {});  ///< as the first
  ~Session();                                     ///< never waits for other ranks
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  int rank() const;
  int size() const;
  int threads() const;
  std::int64_t memory() const;  ///< budget per rank in bytes
  /// What carries messages between the memories of the ranks' GPUs: "NCCL 2.28.9"; or that nothing does, and why.
  std::string link() const;
  Communicator& communicator();

  /// A lazy array over a dataset. Collective: rank 0 opens it. NetCDF's fill values (as NaN) and scaling are decoded
  /// unless `options.raw`. throws IoError, UsageError.
  Array open(const std::string& source, const SourceOptions& options = {});
  /// Many datasets as one array: one behind the other along the axis `dimension` (a dimension that they have, or the
  /// number of an axis), or side by side along a new first axis of that name. Each of `sources` may be a name, a glob
  /// ("data_*.nc:/t") or a list in a file ("@list.txt"). Their dtypes, shapes and units must agree, and their
  /// coordinates must follow one another (or be the same in all). Times that count from different dates become those of
  /// the first; files packed differently are each decoded by their own packing, as xarray does, but not `options.raw`.
  /// Collective: rank 0 looks into all; a rank has at most 128 open at a time.
  /// throws IoError, UsageError naming the file.
  Array open_many(const std::vector<std::string>& sources, const std::string& dimension,
                  const SourceOptions& options = {});
  /// Evaluates all sinks by one plan, so that what they share is read once. Collective.
  /// throws MemoryBudgetError before anything is read when the budget can't hold the plan; IoError, MismatchError, ...
  std::vector<Result> compute(const std::vector<Sink>& sinks, const WriteOptions& options = {});
  /// The same for several that are named here; arrays are gathered. One result each, in order:
  ///   auto [low, high, file] = session.compute(min(x), max(x), write(x, "x.npy"));
  template <class... S>
  requires(sizeof...(S) > 1 &&
           ((std::same_as<S, Sink> ||
             std::same_as<S, Array>)&&...)) std::array<Result, sizeof...(S)> compute(const S&... asked) {
    std::vector<Result> results = compute(std::vector<Sink>{sink_of(asked)...});
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<Result, sizeof...(S)>{std::move(results[I])...};
    }
    (std::index_sequence_for<S...>{});
  }
  /// One sink. (A template, so that {y} is a list of sinks.)
  template <std::same_as<Sink> S>
  Result compute(const S& sink, const WriteOptions& options = {}) {
    return std::move(compute(std::vector<Sink>{sink}, options)[0]);
  }
  /// compute(gather(x)).
  Result compute(const Array& x);
  /// compute(persist(x))'s array.
  Array persist(const Array& x);
  /// The only element of x, converted to T. Collective. throws ShapeError when there is not exactly one.
  template <class T>
  T item(const Array& x) {
    return compute(x).item<T>();
  }
  /// The elements of x, row-major, on every rank. Collective. throws DTypeError when T is not the dtype of x.
  template <class T>
  std::vector<T> values(const Array& x) {
    return compute(x).values<T>();
  }

  /// Zero-copy: this rank's block of a global array, `lo` its first index, `strides` in bytes (any order; ghost margins
  /// lie outside the block). The blocks of all ranks make a Cartesian grid, which becomes the chunking; a rank may have
  /// none (extent with a 0). The memory must outlive every array over it. bool: each byte other than 0 is true, and the
  /// result an expression over the memory. Collective. throws ShapeError when blocks don't tile, UsageError for a null
  /// pointer to elements.
  template <class T>
  requires(requires { dtype_of_impl<T>::value; }) Array
      from_local(const T* data, const Shape& global, const Box& block, const Dims& strides) {
    return from_local(data, dtype_of<T>, global, block, strides);
  }
  /// The same for a block that lies dense and row-major.
  template <class T>
  requires(requires { dtype_of_impl<T>::value; }) Array
      from_local(const T* data, const Shape& global, const Box& block) {
    return from_local(data, dtype_of<T>, global, block, row_major_strides(block.extent, sizeof(T)));
  }
  /// The same for memory whose dtype only the run knows.
  Array from_local(const void* data, DType type, const Shape& global, const Box& block, const Dims& strides);
  /// The same for memory of the GPU that this rank computes on, used where it is: a device pointer of CUDA's, whatever made it.
  /// The session waits for all that `how.stream` has been given, once, here; afterwards nobody may write there. Collective.
  /// throws as from_local; UsageError where the session computes on the CPU, for memory of the host or of another GPU, and for
  /// pointers or strides that are no multiple of an element's size.
  Array from_device(const void* data, DType type, const Shape& global, const Box& block, const Dims& strides,
                    CallersMemory how = {});
  template <class T>
  requires(requires { dtype_of_impl<T>::value; }) Array
      from_device(const T* data, const Shape& global, const Box& block, CallersMemory how = {}) {
    return from_device(data, dtype_of<T>, global, block, row_major_strides(block.extent, sizeof(T)), std::move(how));
  }
  /// This rank's chunks of a resident array (made by persist or from_local): index box, pointer, strides in bytes. All
  /// ranks together have every chunk once. Not collective. throws UsageError for an expression, and for an array of
  /// another session; MemoryBudgetError when the chunks are on a device and the host has no room for a copy.
  struct LocalChunk {
    Box box;
    const std::byte* data;
    Dims strides;
  };
  std::vector<LocalChunk> local_chunks(const Array& x) const;
  /// The same with the elements' type. The memory lives as long as a handle to the array does.
  template <class T>
  struct TypedChunk {
    Box box;        ///< where the chunk lies in the array
    const T* data;  ///< its first element
    Dims strides;   ///< in bytes
    /// The element at these indices of the array, inside the box.
    const T& operator[](const Dims& at) const {
      std::int64_t offset = 0;
      for (int i = 0; i < at.size(); i++) offset += (at[i] - box.lo[i]) * strides[i];
      return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(data) + offset);
    }
  };
  /// throws DTypeError when T is not the dtype of x; UsageError as above.
  template <class T>
  std::vector<TypedChunk<T>> local_chunks(const Array& x) const {
    check_dtype("local_chunks", x, dtype_of<T>);
    std::vector<TypedChunk<T>> typed;
    for (const LocalChunk& c : local_chunks(x)) typed.push_back({c.box, reinterpret_cast<const T*>(c.data), c.strides});
    return typed;
  }
  /// Evaluates x and puts the elements of `block` (each rank its own) at `data`, where the first of them belongs;
  /// `strides` in bytes. Collective. throws DTypeError when T is not the dtype of x (compute_into(astype(x, ...), ...)
  /// converts), ShapeError when the block does not lie inside x.
  template <class T>
  requires(requires { dtype_of_impl<T>::value; }) void compute_into(const Array& x, T* data, const Box& block,
                                                                    const Dims& strides) {
    compute_into(x, data, dtype_of<T>, block, strides);
  }
  /// The same for a block that lies dense and row-major.
  template <class T>
  requires(requires { dtype_of_impl<T>::value; }) void compute_into(const Array& x, T* data, const Box& block) {
    compute_into(x, data, dtype_of<T>, block, row_major_strides(block.extent, sizeof(T)));
  }
  /// The same into memory whose dtype only the run knows.
  void compute_into(const Array& x, void* data, DType type, const Box& block, const Dims& strides);

  /// The plan of these sinks for `ranks` ranks (0: this session's), as text, reading no data. Not collective: one rank
  /// may ask alone, and its own memory counts. throws UsageError for an array in memory and another number of ranks.
  std::string explain(const std::vector<Sink>& sinks, int ranks = 0) const;
  /// The plan by which `compute` would evaluate these sinks now, from what all ranks have. Collective.
  std::string explain_together(const std::vector<Sink>& sinks);
  const Statistics& statistics() const;
  /// The timeline of all ranks and threads since the session began, in Chrome's trace format (https://ui.perfetto.dev
  /// opens it), by rank 0; replaces `file`. Collective. throws UsageError without SessionOptions::trace, IoError.
  void write_trace(const std::string& file);

 private:
  static const Sink& sink_of(const Sink& sink) { return sink; }
  static Sink sink_of(const Array& x) { return gather(x); }
  static void check_dtype(const char* call, const Array& x, DType type);
  struct CallersBlock {
    const void* data = nullptr;
    DType type = DType::float64;
    Shape global{};
    Box block{};
    Dims strides{};
    bool on_device = false;
    CallersMemory how{};
  };
  /// describe: local, and may throw. Collective.
  Array adopt(const char* call, const std::function<CallersBlock()>& describe);
  void check_device_memory(const char* call, const CallersBlock& block) const;
  friend struct DlpackAccess;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera

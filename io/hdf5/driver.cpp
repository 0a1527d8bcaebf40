#include <tessera/io/hdf5/driver.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string_view>

#include <tessera/io/hdf5/header_check.hpp>
#include <tessera/io/hdf5/index_check.hpp>
#include <tessera/io/hdf5/pending.hpp>

namespace tessera::io::hdf5 {
namespace {

// All of these are read and written under the lock alone.
std::shared_ptr<const PositionedFile> handed_over;  // the file that an open may take now
std::shared_ptr<Pending> handed_pending;            // where what is written into it stays; null: in the file
struct DriverFile;
DriverFile* latest = nullptr;  // the last file that was opened
std::exception_ptr thrown;
Probe* probe = nullptr;
Recorder* recorder = nullptr;
std::uint64_t bytes_read = 0;  // of metadata, since begin_reads

struct DriverFile {
  H5FD_t common{};  // first: the library sees this part
  std::shared_ptr<const PositionedFile> file;
  haddr_t allocated = 0;              // the library's "end of address space"
  haddr_t end = 0;                    // of the file
  bool abandoned = false;             // a write failed
  bool changes = false;               // opened to write
  std::optional<bool> usual_sizes{};  // addresses and lengths of 8 bytes
  std::set<haddr_t> checked;          // blocks that hold what they say
  bool shares = false;                // it has a table of shared messages
  std::shared_ptr<Pending> pending;   // of a file that grows
};
DriverFile* of(H5FD_t* f) { return reinterpret_cast<DriverFile*>(f); }
const DriverFile* of(const H5FD_t* f) { return reinterpret_cast<const DriverFile*>(f); }

// The library is C: what is thrown inside waits until it has returned.
template <class F>
herr_t guarded(F&& f) {
  try {
    f();
    return 0;
  } catch (...) {
    thrown = std::current_exception();
    return -1;
  }
}

H5FD_t* open(const char*, unsigned flags, hid_t, haddr_t) {
  if (!handed_over) return nullptr;  // another file than ours: an external link, an external or virtual dataset
  DriverFile* f = nullptr;
  const herr_t status = guarded([&] {
    if (flags & H5F_ACC_TRUNC) handed_over->resize(0);
    latest = f = new DriverFile;
    f->file = handed_over;  // stays: to create a file, the library opens it twice
    f->changes = flags & (H5F_ACC_RDWR | H5F_ACC_TRUNC | H5F_ACC_CREAT);
    f->pending = handed_pending;
    f->end = flags & H5F_ACC_TRUNC ? 0 : static_cast<haddr_t>(f->pending ? f->pending->end() : f->file->size());
  });
  return status < 0 ? nullptr : &f->common;
}

herr_t close(H5FD_t* f) {
  delete of(f);
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  const auto *p = of(a)->file.get(), *q = of(b)->file.get();
  return p == q ? 0 : p < q ? -1 : 1;
}

herr_t query(const H5FD_t* f, unsigned long* flags) {
  // To read, no accumulator: 1.10.8 copies beyond it when sizes in the file are wrong, and it saves next to nothing.
  *flags = f && of(f)->changes ? H5FD_FEAT_ACCUMULATE_METADATA : 0;
#ifdef H5FD_FEAT_DEFAULT_VFD_COMPATIBLE
  *flags |= H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
#endif
  return 0;
}

haddr_t get_allocated(const H5FD_t* f, H5FD_mem_t) { return of(f)->allocated; }
herr_t set_allocated(H5FD_t* f, H5FD_mem_t, haddr_t to) {
  of(f)->allocated = to;
  if (of(f)->pending) of(f)->pending->set_allocated(static_cast<std::int64_t>(to));
  return 0;
}
haddr_t get_end(const H5FD_t* f, H5FD_mem_t) { return of(f)->end; }

// Of addresses and lengths, as the superblock says.
bool has_usual_sizes(DriverFile& f) {
  if (f.usual_sizes) return *f.usual_sizes;
  f.usual_sizes = false;
  std::string start(16, '\0');
  if (f.common.base_addr + 16 > f.end) return false;
  f.file->read(static_cast<std::int64_t>(f.common.base_addr), reinterpret_cast<std::byte*>(start.data()), 16);
  const std::size_t at = start[8] >= 2 ? 9 : 13;
  f.usual_sizes = start[at] == 8 && start[at + 1] == 8;
  return *f.usual_sizes;
}

// Blocks that begin with a signature and say how large other things are.
void check_block(DriverFile& f, haddr_t at, std::string_view bytes) {
  const std::string_view signature = bytes.substr(0, 4);
  const bool is_header = signature == "OHDR", is_tree = signature == "BTHD", is_heap = signature == "FRHP";
  if (!(is_header || is_tree || is_heap) || at < f.common.base_addr || !has_usual_sizes(f)) return;
  if (!f.checked.insert(at).second) return;
  const Metadata metadata{*f.file, f.common.base_addr, f.shares};
  const std::uint64_t address = at - f.common.base_addr;
  try {
    if (is_header) f.shares = check_object(metadata, address) || f.shares;
    if (is_tree) check_btree(metadata, address);
    if (is_heap) Heap(metadata, address);
  } catch (const Damaged&) {
    f.checked.erase(at);
    throw IoError(fmt::format("{}: damaged: {} at {} does not hold what it says", f.file->name(),
                              is_header ? "the header"
                              : is_tree ? "the B-tree"
                                        : "the heap",
                              at));
  }
}

void count_read(const DriverFile& f, haddr_t at, size_t bytes) {
  constexpr std::uint64_t least = 512, plenty = std::uint64_t{64} << 20, times = 256;
  if (at > f.end || bytes > f.end - at)
    throw IoError(fmt::format("{}: file is truncated or damaged: metadata need {} bytes at {}, file has {}",
                              f.file->name(), bytes, at, f.end));
  bytes_read += std::max<std::uint64_t>(bytes, least);
  if ((bytes_read - std::min(bytes_read, plenty)) / times > f.end)
    throw IoError(fmt::format("{}: damaged: its metadata lead in circles", f.file->name()));
}

herr_t read(H5FD_t* f, H5FD_mem_t type, hid_t, haddr_t at, size_t bytes, void* to) {
  if (probe && type == H5FD_MEM_DRAW) {
    probe->asked = true;
    probe->offset = static_cast<std::int64_t>(at);
    probe->bytes = static_cast<std::int64_t>(bytes);
    return 0;
  }
  return guarded([&] {
    auto* p = static_cast<std::byte*>(to);
    // Metadata of a file that is being made may be read before they are written: zeros, as behind the end of a file.
    const haddr_t end = of(f)->end, there = at < end ? std::min<haddr_t>(bytes, end - at) : 0;
    if (!of(f)->changes) count_read(*of(f), at, bytes);
    if (of(f)->pending) return of(f)->pending->read(static_cast<std::int64_t>(at), p, static_cast<std::int64_t>(bytes));
    of(f)->file->read(static_cast<std::int64_t>(at), p, static_cast<std::int64_t>(there));
    std::fill(p + there, p + bytes, std::byte{0});
    if (!of(f)->changes && type != H5FD_MEM_DRAW) check_block(*of(f), at, {static_cast<const char*>(to), bytes});
  });
}

// Runs a step of writing; when it throws, keeps the error and drops all further steps.
template <class F>
herr_t write_step(DriverFile* f, F&& step) {
  if (f->abandoned) return 0;
  try {
    step();
  } catch (...) {
    f->abandoned = true;
    if (!thrown) thrown = std::current_exception();
  }
  return 0;
}

herr_t write(H5FD_t* f, H5FD_mem_t type, hid_t, haddr_t at, size_t bytes, const void* from) {
  if (recorder && type == H5FD_MEM_DRAW) {
    recorder->asked = true;
    recorder->offset = static_cast<std::int64_t>(at);
    recorder->bytes = static_cast<std::int64_t>(bytes);
    return 0;
  }
  return write_step(of(f), [&] {
    const auto offset = static_cast<std::int64_t>(at), count = static_cast<std::int64_t>(bytes);
    Pending* pending = of(f)->pending.get();
    if (pending && type == H5FD_MEM_DRAW && offset < pending->old_end())
      throw IoError(
          fmt::format("{}: can't grow in place: HDF5 would write over elements at {}", of(f)->file->name(), at));
    if (pending && type != H5FD_MEM_DRAW)
      pending->write(offset, static_cast<const std::byte*>(from), count);
    else
      of(f)->file->write(offset, static_cast<const std::byte*>(from), count);
    of(f)->end = std::max<haddr_t>(of(f)->end, at + bytes);
  });
}

herr_t truncate(H5FD_t* f, hid_t, hbool_t) {
  const auto bytes = static_cast<std::int64_t>(of(f)->allocated);
  if (of(f)->pending) of(f)->pending->set_end(bytes);
  if (of(f)->allocated == of(f)->end) return 0;
  return write_step(of(f), [&] {
    if (!of(f)->pending) of(f)->file->resize(bytes);
    of(f)->end = of(f)->allocated;
  });
}

herr_t get_handle(H5FD_t* f, hid_t, void** handle) {
  *handle = const_cast<PositionedFile*>(of(f)->file.get());
  return 0;
}

hid_t driver_id() {
  static H5FD_class_t c = [] {
    H5FD_class_t d{};
#ifdef H5FD_CLASS_VERSION
    d.version = H5FD_CLASS_VERSION;
    d.value = static_cast<H5FD_class_value_t>(502);  // of the range for unregistered drivers
#endif
    d.name = "tessera";
    d.maxaddr = (static_cast<haddr_t>(1) << 63) - 1;
    d.fc_degree = H5F_CLOSE_WEAK;
    d.open = open;
    d.close = close;
    d.cmp = compare;
    d.query = query;
    d.get_eoa = get_allocated;
    d.set_eoa = set_allocated;
    d.get_eof = get_end;
    d.get_handle = get_handle;
    d.read = read;
    d.write = write;
    d.truncate = truncate;
    const H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
    std::copy(std::begin(map), std::end(map), d.fl_map);
    return d;
  }();
  static hid_t id = -1;
  if (id < 0 || H5Iis_valid(id) <= 0) id = H5FDregister(&c);  // a host program may have closed the library meanwhile
  if (id < 0) fail("HDF5: registering a file driver");
  return id;
}

Id access_list() {
  Id list = own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "HDF5: making an access list");
  check(H5Pset_driver(list.get(), driver_id(), nullptr), "HDF5: choosing a file driver");
  check(H5Pset_cache(list.get(), 0, 0, 0, 1.0),
        "HDF5: making an access list");  // no chunk cache: chunks never pass the library
  return list;
}

// Of files that are made or changed: the 1.10 format for what is new, large pieces aligned.
Id writing_list() {
  Id access = access_list();
#if H5_VERSION_GE(1, 10, 2)
  check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_LATEST), "HDF5: choosing the format");
#else
  check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST), "HDF5: choosing the format");
#endif
  check(H5Pset_alignment(access.get(), 64 << 10, 4 << 10), "HDF5: choosing the alignment");
  return access;
}

// Files that we opened and that are not closed yet, or could not be.
std::set<hid_t>& own_files() {
  static auto* files = new std::set<hid_t>;  // outlives the exit handlers
  return *files;
}

herr_t close_own(hid_t file) {
  const herr_t status = H5Fclose(file);
  if (status >= 0) own_files().erase(file);
  return status;
}

Id own_file(hid_t file) {
  Id owned(file, close_own);  // first: there may be no memory to note it
  if (file >= 0) own_files().insert(file);
  return owned;
}

/// The file that the driver's open takes over, while it lives.
class HandOver {
 public:
  explicit HandOver(const std::shared_ptr<const PositionedFile>& file, const std::shared_ptr<Pending>& pending = {}) {
    handed_over = file;
    handed_pending = pending;
  }
  ~HandOver() {
    handed_over.reset();
    handed_pending.reset();
  }
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;
};

}  // namespace

bool is_own_file(hid_t file) { return own_files().contains(file); }

std::exception_ptr driver_error() { return std::exchange(thrown, nullptr); }

const PositionedFile* file_behind(hid_t file) {
  const Id access(H5Fget_access_plist(file), H5Pclose);
  if (!access || H5Pget_driver(access.get()) != driver_id()) return nullptr;
  void* handle = nullptr;
  return H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0 ? nullptr : static_cast<const PositionedFile*>(handle);
}

std::optional<Metadata> metadata_of(hid_t file) {
  const PositionedFile* bytes = file_behind(file);
  const Id creation(H5Fget_create_plist(file), H5Pclose);
  hsize_t base = 0;
  std::size_t address_bytes = 0, size_bytes = 0;
  unsigned shared = 0;
  if (!bytes || !creation || H5Pget_userblock(creation.get(), &base) < 0 ||
      H5Pget_sizes(creation.get(), &address_bytes, &size_bytes) < 0 || address_bytes != 8 || size_bytes != 8 ||
      H5Pget_shared_mesg_nindexes(creation.get(), &shared) < 0)
    return std::nullopt;
  return Metadata{*bytes, base, shared > 0};
}

void begin_reads() { bytes_read = 0; }

Probe::Probe() { probe = this; }
Probe::~Probe() { probe = nullptr; }
Recorder::Recorder() { recorder = this; }
Recorder::~Recorder() { recorder = nullptr; }

Id open_file(const std::shared_ptr<const PositionedFile>& file) {
  check_superblock(*file);
  const Id access = access_list();
  const HandOver hand_over(file);
  Id opened = own_file(H5Fopen(file->name().c_str(), H5F_ACC_RDONLY, access.get()));
  if (!opened) fail(file->name() + ": can't be opened as HDF5");
  return opened;
}

Id open_file_to_change(const std::shared_ptr<const PositionedFile>& file, const std::shared_ptr<Pending>& pending,
                       std::int64_t gap) {
  const Id access = writing_list();
  const HandOver hand_over(file, pending);
  Id opened = own_file(H5Fopen(file->name().c_str(), H5F_ACC_RDWR, access.get()));
  if (!opened) fail(file->name() + ": can't be opened as HDF5 to be changed");
  latest->allocated += static_cast<haddr_t>(gap);
  return opened;
}

Id create_file(const std::shared_ptr<const PositionedFile>& file) {
  const Id access = writing_list(), properties = own(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "HDF5: making a file");
  // The same content gives the same file, whenever it is made.
  check(H5Pset_obj_track_times(properties.get(), false), "HDF5: making a file");
  check(H5Pset_link_creation_order(properties.get(), creation_order), "HDF5: making a file");
  check(H5Pset_attr_creation_order(properties.get(), creation_order), "HDF5: making a file");
  const HandOver hand_over(file);
  Id opened = own_file(H5Fcreate(file->name().c_str(), H5F_ACC_TRUNC, properties.get(), access.get()));
  if (!opened) fail(file->name() + ": can't be created as HDF5");
  return opened;
}

}  // namespace tessera::io::hdf5

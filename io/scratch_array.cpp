#include <tessera/io/scratch_array.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include <tessera/io/description.hpp>

namespace tessera::io {

ScratchArray::ScratchArray(const Shape& shape, DType dtype, const std::string& identity)
    : region_{0, shape, item_size(dtype)} {
  info_.name = "a scratch file";
  info_.format = "raw";
  info_.shape = shape;
  info_.dtype = dtype;
  info_.stored_bytes = checked_bytes(info_.name, shape, region_.item);
  info_.grid = auto_chunks(shape, region_.item);
  info_.indivisible = Dims::filled(shape.size(), 1);
  info_.identity = identity;
}

std::string ScratchArray::create(const std::string& folder) {
  static std::atomic<int> count{0};
  std::string path = fmt::format("{}/tessera-scratch.{}.{}", folder, ::getpid(), count++);
  Opened opened(open_descriptor(path, O_CREAT | O_EXCL | O_RDWR));
  try {
    static_cast<void>(::fchmod(opened.number(), 0600));  // elements of the user's
    file_ = PositionedFile::adopt("scratch file in " + folder, std::move(opened));
    file_->reserve(info_.stored_bytes);
    file_->resize(info_.stored_bytes);
  } catch (...) {
    remove_name(path);
    throw;
  }
  return path;
}

void ScratchArray::open(const std::string& path) {
  file_ = PositionedFile::adopt(path, Opened(open_descriptor(path, O_RDWR | O_NOFOLLOW)));
}

void ScratchArray::remove_name(const std::string& path) noexcept {
  if (!path.empty()) static_cast<void>(::unlink(path.c_str()));
}

void ScratchArray::read(const Box& box, std::byte* to, const Dims& strides) const {
  read_region(*file_, region_, box, to, strides);
}
void ScratchArray::prefetch(const Box& box) const { prefetch_region(*file_, region_, box, 64); }
std::int64_t ScratchArray::write(const Box& box, const std::byte* from, const Dims& strides) {
  write_region(*file_, region_, box, from, strides);
  return box.size() * region_.item;
}

}  // namespace tessera::io

#include "support.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tessera::testing {

namespace fs = std::filesystem;

Folder::Folder() {
  static int count = 0;
  path_ = (fs::temp_directory_path() / ("tessera_io_" + std::to_string(::getpid()) + "_" + std::to_string(count++)))
              .string();
  fs::remove_all(path_);
  fs::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}

const Folder& made() {
  static const Folder folder;
  static const bool done = [] {
    const std::string command =
        std::string(TESSERA_TEST_PYTHON " '" TESSERA_TEST_SOURCES "/make_files.py' '") + folder.path() + "'";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("make_files.py failed");
    return true;
  }();
  static_cast<void>(done);
  return folder;
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = [] {
    std::vector<Sample> list;
    std::istringstream manifest(contents(made() / "manifest.txt"));
    for (std::string line; std::getline(manifest, line);) {
      std::istringstream fields(line);
      std::string source, dtype, shape, raw;
      std::getline(fields, source, '|');
      std::getline(fields, dtype, '|');
      std::getline(fields, shape, '|');
      std::getline(fields, raw, '|');
      Sample s{made() / source, parse_dtype(dtype).value(), {}, {}};
      std::istringstream extents(shape);
      for (std::string e; std::getline(extents, e, ',');) s.shape.push_back(std::stoll(e));
      const std::string bytes = contents(made() / raw);
      s.elements.resize(bytes.size());
      if (!bytes.empty()) std::memcpy(s.elements.data(), bytes.data(), bytes.size());
      list.push_back(std::move(s));
    }
    return list;
  }();
  return all;
}

std::string python(const std::string& script, const std::vector<std::string>& arguments) {
  const Folder folder;
  put_contents(folder / "script.py", "import sys, os\nimport h5py, numpy as np\n" + script);
  std::string command = std::string(TESSERA_TEST_PYTHON " '") + folder / "script.py" + "'";
  for (const auto& a : arguments) command += " '" + a + "'";
  command += " > '" + folder / "output" + "' 2>&1";
  const int status = std::system(command.c_str());
  std::string output = contents(folder / "output");
  EXPECT_EQ(status, 0) << output;
  return output;
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

void put_contents(const std::string& path, const std::string& bytes) {
  std::error_code ignored;
  fs::remove(path, ignored);  // a new file: ext4 flushes one that is truncated and written again
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::vector<std::byte> read_all(const Store& store) {
  const auto& info = store.info();
  std::vector<std::byte> bytes(static_cast<std::size_t>(num_elements(info.shape) * item_size(info.dtype)));
  store.read(Box::whole(info.shape), bytes.data(), row_major_strides(info.shape, item_size(info.dtype)));
  return bytes;
}

Strided::Strided(const Dims& extent, std::int64_t item, std::mt19937& random)
    : extent_(extent), strides_(extent), item_(item) {
  std::vector<int> order;
  for (int i = 0; i < extent.size(); i++) order.push_back(i);
  if (random() % 2) std::shuffle(order.begin(), order.end(), random);
  std::reverse(order.begin(), order.end());
  const bool gaps = random() % 2, flips = random() % 3 == 0;
  std::int64_t stride = gaps && random() % 2 ? item * 2 : item;
  for (const int i : order) {
    strides_[i] = stride;
    stride =
        stride * std::max<std::int64_t>(1, extent[i]) + (gaps ? item * static_cast<std::int64_t>(random() % 3) : 0);
    if (flips && random() % 2) {
      origin_ += strides_[i] * std::max<std::int64_t>(0, extent[i] - 1);
      strides_[i] = -strides_[i];
    }
  }
  bytes_.assign(static_cast<std::size_t>(stride + 16), std::byte{0xA5});
}

const std::byte* Strided::at(const Dims& index) const {
  std::int64_t offset = origin_;
  for (int i = 0; i < index.size(); i++) offset += index[i] * strides_[i];
  return bytes_.data() + offset;
}

bool Strided::only_elements_changed() {
  for_each_index(extent_, [&](const Dims& i) { std::memset(at(i), 0xA5, static_cast<std::size_t>(item_)); });
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::byte b) { return b == std::byte{0xA5}; });
}

void complete(NewTarget& made, const std::vector<TargetWriters*>& processes) {
  if (processes[0]->reports()) {
    std::vector<std::string> reports;
    for (auto* writers : processes) reports.push_back(writers->report());
    const std::string reply = made.reply(reports);
    for (auto* writers : processes) writers->settle(reply);
  }
  for (auto* writers : processes) writers->flush();
  made.commit();
}

Box random_box(const Shape& shape, std::mt19937& random) {
  Box box;
  for (const auto n : shape) {
    std::int64_t a = static_cast<std::int64_t>(random()) % (n + 1), b = static_cast<std::int64_t>(random()) % (n + 1);
    if (random() % 3 == 0) a = 0;
    if (random() % 3 == 0) b = n;
    if (a > b) std::swap(a, b);
    if (a == b && n > 0 && random() % 8) a == n ? a-- : b++;
    box.lo.push_back(a);
    box.extent.push_back(b - a);
  }
  return box;
}

void expect_parts(const std::string& message, const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
}

}  // namespace tessera::testing

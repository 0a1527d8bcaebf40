#include <tessera/io/text_file.hpp>

#include <tessera/io/safe_file.hpp>

namespace tessera {
namespace {
constexpr std::size_t buffer_bytes = 64 << 10;
}  // namespace

struct TextFile::State {
  io::SafeFile file;
  std::string buffer{};
  std::int64_t written = 0;
};

TextFile::TextFile(const std::string& path)
    : state_(new State{.file = io::SafeFile(path, io::Existing::replaced, {})}) {}
TextFile::~TextFile() = default;

void TextFile::append(std::string_view text) {
  state_->buffer += text;
  if (state_->buffer.size() >= buffer_bytes) flush();
}

void TextFile::flush() {
  const std::string& text = state_->buffer;
  const auto bytes = static_cast<std::int64_t>(text.size());
  state_->file.file()->write(state_->written, reinterpret_cast<const std::byte*>(text.data()), bytes);
  state_->written += bytes;
  state_->buffer.clear();
}

void TextFile::commit() {
  flush();
  state_->file.commit();
}

}  // namespace tessera

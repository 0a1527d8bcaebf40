#include <tessera/core/attribute_bytes.hpp>

namespace tessera {

std::int64_t value_bytes(const Attribute& attribute) {
  return std::visit(
      [](const auto& value) {
        std::size_t bytes = value.size() * sizeof(value[0]);
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::vector<std::string>>)
          for (const auto& text : value) bytes += text.size();
        return static_cast<std::int64_t>(bytes);
      },
      attribute.value);
}

std::int64_t attribute_bytes(std::span<const Attribute> attributes) {
  constexpr std::int64_t blocks = 2 * 16;  // the allocator's, of a name and a value
  std::int64_t bytes = 0;
  for (const auto& a : attributes)
    bytes += static_cast<std::int64_t>(sizeof a + a.name.size()) + value_bytes(a) + blocks;
  return bytes;
}

}  // namespace tessera

#pragma once
// A text whose copies share its memory: copying takes none, so it can't fail on one rank alone.
#include <memory>
#include <string>

namespace tessera {

class SharedText {
 public:
  SharedText() = default;
  SharedText(const std::string& text)  // NOLINT: wherever a text is
      : text_(text.empty() ? nullptr : std::make_shared<const std::string>(text)) {}
  bool empty() const { return !text_; }
  const std::string& text() const {
    static const std::string none;
    return text_ ? *text_ : none;
  }
  bool operator==(const SharedText& other) const { return text() == other.text(); }

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace tessera

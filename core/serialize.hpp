#pragma once
// Plain values to bytes and back, for what one rank sends to another. Same machine kind on both sides.
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tessera/core/chunk_grid.hpp>
#include <tessera/core/errors.hpp>

namespace tessera {

class Writer {
 public:
  template <class T>
  requires(std::is_trivially_copyable_v<T>) Writer& put(const T& v) {
    bytes_.append(reinterpret_cast<const char*>(&v), sizeof v);
    return *this;
  }
  Writer& put(const std::string& s) {
    put(s.size());
    bytes_ += s;
    return *this;
  }
  template <class T>
  requires(std::is_trivially_copyable_v<T>) Writer& put(const std::vector<T>& v) {
    put(v.size());
    bytes_.append(reinterpret_cast<const char*>(v.data()), v.size() * sizeof(T));
    return *this;
  }
  void reserve(std::int64_t more) { bytes_.reserve(bytes_.size() + static_cast<std::size_t>(more)); }
  const std::string& bytes() const& { return bytes_; }
  std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  template <class T>
  requires(std::is_trivially_copyable_v<T>) T get() {
    T v;
    std::memcpy(&v, take(sizeof v), sizeof v);
    return v;
  }
  std::string get_string() {
    const auto n = get<std::size_t>();
    return std::string(take(n), n);
  }
  template <class T>
  std::vector<T> get_vector() {
    const auto n = get<std::size_t>();
    if (n > bytes_.size() / sizeof(T)) throw InternalError("serialized data ends early");
    std::vector<T> v(n);
    const char* p = take(n * sizeof(T));
    if (n) std::memcpy(v.data(), p, n * sizeof(T));
    return v;
  }
  bool done() const { return at_ == bytes_.size(); }

 private:
  const char* take(std::size_t n) {
    if (n > bytes_.size() - at_) throw InternalError("serialized data ends early");
    const char* p = bytes_.data() + at_;
    at_ += n;
    return p;
  }
  const std::string& bytes_;
  std::size_t at_ = 0;
};

}  // namespace tessera

#include "golden.hpp"

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "memory_store.hpp"

namespace tessera::testing {
namespace {

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

Tolerance parse_tolerance(const std::string& text) {
  if (text == "exact") return {true, false, 0, 0};
  if (text == "unsigned") return {true, true, 0, 0};
  Tolerance t;
  for (const auto& part : split(text, ',')) {
    const auto colon = part.find(':');
    const double value = std::stod(part.substr(colon + 1));
    (part.substr(0, colon) == "ulp" ? t.ulps : t.absolute) = value;
  }
  return t;
}

Dims ragged_chunks(const Shape& shape) {
  Dims chunks;
  for (auto n : shape) chunks.push_back(n < 3 ? 1 : n / 3);
  return chunks;
}

template <class T>
bool same_real(T want, T got, const Tolerance& t) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got);
    if (t.exact) return want == got && (t.unsigned_zero || std::signbit(want) == std::signbit(got));
    if (std::isinf(want) || std::isinf(got)) {  // one past the largest number counts as an ulp
      constexpr T most = std::numeric_limits<T>::max();
      const auto ends = [&](T v) { return std::isinf(v) ? std::copysign(most, v) : v; };
      return want == got || (t.ulps >= 1 && std::abs(ends(want)) == most && ends(want) == ends(got));
    }
    const double unit = std::max(std::abs(static_cast<double>(want)) * std::numeric_limits<T>::epsilon(),
                                 static_cast<double>(std::numeric_limits<T>::denorm_min()));
    return std::abs(static_cast<double>(want) - static_cast<double>(got)) <= t.ulps * unit + t.absolute;
  } else {
    return want == got;
  }
}

template <class T>
bool same(T want, T got, const Tolerance& t) {
  if constexpr (requires { typename T::value_type; }) {
    using R = typename T::value_type;
    const bool finite = std::isfinite(want.real()) && std::isfinite(want.imag()) && std::isfinite(got.real()) &&
                        std::isfinite(got.imag());
    if (t.exact || !finite) return same_real<R>(want.real(), got.real(), t) && same_real<R>(want.imag(), got.imag(), t);
    const std::complex<double> w(want), g(got);
    return std::abs(w - g) <= t.ulps * std::abs(w) * std::numeric_limits<R>::epsilon() + t.absolute;
  } else {
    return same_real<T>(want, got, t);
  }
}

template <class T>
std::string text_of(T v) {
  std::ostringstream s;
  s.precision(20);
  if constexpr (sizeof(T) == 1)
    s << static_cast<int>(v);
  else
    s << v;
  return s.str();
}

}  // namespace

std::vector<GoldenCase> read_golden(const std::string& folder) {
  std::ifstream manifest(folder + "/manifest.txt"), expected(folder + "/expected.bin", std::ios::binary);
  if (!manifest || !expected) throw std::runtime_error(folder + " has no golden cases: run make_golden.py");
  std::vector<GoldenCase> cases;
  for (std::string line; std::getline(manifest, line);) {
    const auto f = split(line, '\t');
    GoldenCase c;
    c.name = f.at(0);
    c.tolerance = parse_tolerance(f.at(1));
    c.dtype = parse_dtype(f.at(2)).value();
    for (const auto& n : split(f.at(3), ',')) c.shape.push_back(std::stoll(n));
    c.expression = f.at(5);
    c.expected.resize(static_cast<std::size_t>(num_elements(c.shape) * item_size(c.dtype)));
    expected.seekg(std::stoll(f.at(4)));
    expected.read(reinterpret_cast<char*>(c.expected.data()), static_cast<std::streamsize>(c.expected.size()));
    if (!expected) throw std::runtime_error("case " + c.name + ": expected.bin is too short");
    cases.push_back(std::move(c));
  }
  return cases;
}

std::string difference(const GoldenCase& c, const Result& r) {
  const std::string head = "case " + c.name + " " + c.expression.substr(0, 200) + ": ";
  if (r.dtype() != c.dtype) return head + "dtype " + to_string(r.dtype()) + ", NumPy has " + to_string(c.dtype);
  if (!(r.shape() == c.shape)) return head + "shape " + to_string(r.shape()) + ", NumPy has " + to_string(c.shape);
  return visit_dtype(c.dtype, [&]<class T>(T) -> std::string {
    const auto n = static_cast<std::size_t>(num_elements(c.shape));
    if (r.bytes().size() != n * sizeof(T)) return head + std::to_string(r.bytes().size()) + " bytes";
    std::size_t wrong = 0;
    std::string first;
    for (std::size_t i = 0; i < n; i++) {
      T want, got;
      std::memcpy(&want, c.expected.data() + i * sizeof(T), sizeof(T));
      std::memcpy(&got, r.bytes().data() + i * sizeof(T), sizeof(T));
      if (same(want, got, c.tolerance)) continue;
      if (!wrong++) first = "element " + std::to_string(i) + " is " + text_of(got) + ", NumPy has " + text_of(want);
    }
    return wrong ? head + first + " (" + std::to_string(wrong) + " of " + std::to_string(n) + " differ)" : "";
  });
}

GoldenInputs::GoldenInputs(Session& session, std::string folder, Layout layout)
    : session_(session), folder_(std::move(folder)), layout_(layout) {
  if (layout == Layout::written || layout == Layout::mixed) write_all();
}

Array GoldenInputs::operator()(const std::string& name) {
  auto known = made_.find(name);
  if (known == made_.end()) known = made_.emplace(name, make(name)).first;
  return known->second;
}

Array GoldenInputs::make(const std::string& name) {
  const std::string path = folder_ + "/input/" + name + ".npy";
  const Array file = session_.open(path);
  const auto seed = Hash().add(std::string_view(name)).value();
  const Layout layout = layout_ == Layout::mixed ? static_cast<Layout>(seed % 5) : layout_;
  if (layout == Layout::files) return file;
  if (layout == Layout::host) return decomposed(file);
  if (layout == Layout::written) return session_.open(written_->file("inputs.h5:/" + name));
  const Result whole = session_.compute(file);
  ChunkGrid grid = irregular_grid(file.shape(), 4, seed);
  if (layout == Layout::resident) {
    grid = ChunkGrid::regular(file.shape(), ragged_chunks(file.shape()));
  }
  const Array stored = array_of(std::make_shared<MemoryStore>(
      name, file.dtype(), grid, std::vector<std::byte>(whole.bytes().begin(), whole.bytes().end())));
  if (layout == Layout::stores) return stored;
  return session_.persist(stored);
}

// All inputs by one plan into one file.
void GoldenInputs::write_all() {
  written_.emplace(session_.communicator());
  std::vector<Sink> sinks;
  std::ifstream names(folder_ + "/inputs.txt");
  for (std::string name; std::getline(names, name);) {
    sinks.push_back(write(session_.open(folder_ + "/input/" + name + ".npy"), written_->file("inputs.h5:/" + name)));
    sinks.back().chunks = ragged_chunks(sinks.back().array.shape());
  }
  if (sinks.empty()) throw std::runtime_error(folder_ + " has no inputs.txt");
  session_.compute(sinks, {.force = true});
}

// This rank's block of the longest axis, uneven, in Fortran order, with one ghost cell at every side.
Array GoldenInputs::decomposed(const Array& file) {
  const Shape& shape = file.shape();
  Box block = Box::whole(shape);
  if (shape.size()) {
    int axis = 0;
    for (int i = 0; i < shape.size(); i++)
      if (shape[i] > shape[axis]) axis = i;
    const std::int64_t n = shape[axis], ranks = session_.size(), r = session_.rank();
    const auto cut = [&](std::int64_t k) { return k == ranks ? n : n * k * (k + 1) / (ranks * (ranks + 1)); };
    block.lo[axis] = cut(r);
    block.extent[axis] = cut(r + 1) - cut(r);
  }
  const std::int64_t item = item_size(file.dtype());
  std::int64_t bytes = item, start = 0;
  Dims strides;
  for (auto e : block.extent) {
    strides.push_back(bytes);
    start += bytes;
    bytes *= e + 2;
  }
  host_memory_.push_back(std::make_unique<std::byte[]>(static_cast<std::size_t>(bytes)));
  std::byte* first = host_memory_.back().get() + start;
  std::memset(host_memory_.back().get(), 0x5a, static_cast<std::size_t>(bytes));
  session_.compute_into(file, first, file.dtype(), block, strides);
  return session_.from_local(first, file.dtype(), shape, block, strides);
}

}  // namespace tessera::testing

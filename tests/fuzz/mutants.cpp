// A fuzzer's target without libFuzzer: mutants FOLDER COUNT takes every file of the folder, and COUNT changed copies of
// each, through LLVMFuzzerTestOneInput. The same copies in every run. It follows no coverage: that finds less than the
// preset "fuzz", but any compiler builds it, and it needs no library of its own.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;
constexpr std::size_t most_bytes = 8192;

std::size_t below(Random& random, std::size_t n) { return n == 0 ? 0 : random() % n; }

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// One change of a kind that parsers tend to mind: counts and sizes that are extreme, ends that are missing, parts twice.
void change(std::string& s, const std::string& other, Random& random) {
  constexpr char extremes[] = {0, 1, 0x7f, static_cast<char>(0x80), static_cast<char>(0xff), '(', ')', '9', '-'};
  const std::size_t at = below(random, s.size() + 1), length = 1 + below(random, 16);
  switch (below(random, 7)) {
    case 0:
      if (at < s.size()) s[at] = static_cast<char>(s[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      if (at < s.size()) s[at] = extremes[below(random, std::size(extremes))];
      break;
    case 2:
      for (std::size_t i = at; i < std::min(s.size(), at + 8); i++) s[i] = static_cast<char>(0xff);
      break;
    case 3:
      s.erase(at, length);
      break;
    case 4:
      s.insert(at, s.substr(below(random, s.size() + 1), length));
      break;
    case 5:
      s.insert(at, other.substr(below(random, other.size() + 1), length));
      break;
    case 6:
      if (below(random, 4) == 0) s.resize(at);
      break;
  }
  s.resize(std::min(s.size(), most_bytes));
}

void take(const std::string& s) { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(s.data()), s.size()); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "mutants FOLDER COUNT\n"), 2;
  std::vector<fs::path> files;
  for (const auto& e : fs::directory_iterator(argv[1])) files.push_back(e.path());
  std::sort(files.begin(), files.end());
  const long count = std::atol(argv[2]);
  if (files.empty() || count < 1) return std::fprintf(stderr, "no files in %s, or no count\n", argv[1]), 2;
  std::vector<std::string> seeds;
  for (const auto& f : files) seeds.push_back(bytes_of(f));
  Random random(20261129);
  // What was being taken when the process died, to be read again: mutants FOLDER-WITH-IT 1.
  const std::string last = std::string(argv[0]) + ".last";
  for (const auto& seed : seeds) {
    take(seed);
    for (long k = 0; k < count; k++) {
      std::string s = seed;
      for (std::size_t changes = 1 + below(random, 4); changes > 0; changes--)
        change(s, seeds[below(random, seeds.size())], random);
      std::ofstream(last, std::ios::binary) << s;
      take(s);
    }
  }
  std::remove(last.c_str());
  std::printf("%zu seeds, %ld mutants of each\n", seeds.size(), count);
  return 0;
}

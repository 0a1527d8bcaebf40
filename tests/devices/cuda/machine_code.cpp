#include "machine_code.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <regex>
#include <sstream>

namespace tessera::testing {
namespace {

bool ends_a_block(const std::string& name) {
  return name.starts_with("BRA") || name.starts_with("EXIT") || name.starts_with("RET");
}

int load_bytes(const std::string& name) {
  for (const int bits : {256, 128, 64})
    if (name.find("." + std::to_string(bits)) != std::string::npos) return bits / 8;
  return 4;
}

bool is_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// "R4, desc[UR4][R2.64]": 4, 2
std::vector<int> registers_in(const std::string& operands) {
  std::vector<int> all;
  for (std::size_t at = operands.find('R'); at != std::string::npos; at = operands.find('R', at + 1))
    if ((at == 0 || !is_of_word(operands[at - 1])) && std::isdigit(static_cast<unsigned char>(operands[at + 1])))
      all.push_back(std::atoi(operands.c_str() + at + 1));
  return all;
}

// "        /*0010*/              @!P0 LDG.E R0, [R2] ;"
std::optional<MachineInstruction> instruction_in(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t"), place = line.find("*/"), end = line.find(';');
  if (first == std::string::npos || line.compare(first, 2, "/*") != 0 || end == std::string::npos || place > end)
    return std::nullopt;
  std::istringstream words(line.substr(place + 2, end - place - 2));
  MachineInstruction in;
  words >> in.name;
  if (in.name.starts_with('@')) words >> in.name;
  std::getline(words >> std::ws, in.operands);
  return in;
}

// "	.section	.text.map_packs,"ax",@progbits"
std::optional<std::string> kernel_begun_in(const std::string& line) {
  const std::size_t at = line.find(".text.");
  if (at == std::string::npos || line.find(".section") >= at) return std::nullopt;
  std::size_t end = at + 6;
  while (end < line.size() && is_of_word(line[end])) end++;
  return line.substr(at + 6, end - at - 6);
}

struct Load {
  int first, count, bytes;  // registers
  bool has(int r) const { return r >= first && r < first + count; }
};

}  // namespace

std::map<std::string, std::vector<BasicBlock>> disassembled(const std::string& text) {
  std::map<std::string, std::vector<BasicBlock>> kernels;
  std::vector<BasicBlock>* blocks = nullptr;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (const auto kernel = kernel_begun_in(line)) {
      blocks = &kernels[*kernel];
      blocks->resize(1);
    } else if (blocks && line.starts_with(".L_x_")) {
      blocks->emplace_back();
    } else if (const auto in = blocks ? instruction_in(line) : std::nullopt) {
      blocks->back().push_back(*in);
      if (ends_a_block(in->name)) blocks->emplace_back();
    }
  }
  return kernels;
}

int bytes_in_flight(const std::vector<BasicBlock>& blocks) {
  int most = 0;
  for (const BasicBlock& block : blocks) {
    std::vector<Load> pending;
    const auto all = [&] {
      int bytes = 0;
      for (const Load& l : pending) bytes += l.bytes;
      return bytes;
    };
    for (const MachineInstruction& in : block) {
      const std::vector<int> used = registers_in(in.operands);
      const auto needs = [&](const Load& l) {
        return std::any_of(used.begin(), used.end(), [&](int r) { return l.has(r); });
      };
      // Loads come back in their order: whoever waits for one has those before it.
      const auto last = std::find_if(pending.rbegin(), pending.rend(), needs);
      if (last != pending.rend()) {
        most = std::max(most, all());
        pending.erase(pending.begin(), last.base());
      }
      if (in.name.starts_with("LDG") && !used.empty()) {
        const int bytes = load_bytes(in.name);
        pending.push_back({used[0], bytes / 4, bytes});
      }
    }
    most = std::max(most, all());
  }
  return most;
}

int count_of(const std::vector<BasicBlock>& blocks, const std::string& begin, const std::string& part) {
  int n = 0;
  for (const BasicBlock& block : blocks)
    for (const MachineInstruction& in : block)
      n += in.name.starts_with(begin) && in.name.find(part) != std::string::npos;
  return n;
}

std::map<std::string, Resources> resources_in(const std::string& log) {
  static const std::regex entry(R"(Compiling entry function '(\S+)')"),
      stack(R"((\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads)"),
      registers(R"(Used (\d+) registers)"), shared(R"((\d+) bytes smem)");
  std::map<std::string, Resources> all;
  Resources* r = nullptr;
  std::istringstream lines(log);
  std::smatch m;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, m, entry)) r = &all[m[1]];
    if (!r) continue;
    if (std::regex_search(line, m, stack)) r->stack = std::stoi(m[1]), r->spilled = std::stoi(m[2]) + std::stoi(m[3]);
    if (std::regex_search(line, m, registers)) r->registers = std::stoi(m[1]);
    if (std::regex_search(line, m, shared)) r->shared = std::stoi(m[1]);
  }
  return all;
}

int resident_threads(const Generation& g, int threads, const Resources& r) {
  const int warps = (threads + 31) / 32, of_warp = (std::max(r.registers, 1) * 32 + 255) / 256 * 256;
  const int by_registers = g.registers / of_warp / warps;
  const int by_shared = g.shared / ((r.shared + 1024 + 127) / 128 * 128);
  return threads * std::min({g.blocks, g.warps / warps, by_registers, by_shared});
}

}  // namespace tessera::testing

// What NVRTC makes of the loops that matter, for three generations of GPUs: PTX without a fused product and sum outside of quotients and
// roots, every sum and product with its rounding; machine code that spills nothing, loads and stores 16 bytes at a time, and has as many
// under way in a multiprocessor as CUB asks for. It needs NVRTC; for the last of it NVIDIA's disassembler (TESSERA_NVDISASM, else `nvdisasm`).
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include <tessera/core/cuda/fold_source.hpp>
#include <tessera/core/cuda/source.hpp>

#include "kernel_text.hpp"
#include "machine_code.hpp"
#include "nvrtc_here.hpp"

namespace tessera::testing {
namespace {

constexpr int threads = 256;

/// A kernel, and what it must be.
struct Wanted {
  const char* name;
  const char* kernel;
  std::string (*text)();
  bool fuses;       ///< quotients and roots, within which ptxas may
  int in_flight;    ///< bytes that a thread has under way
  int wide_stores;  ///< of 16 bytes
  int saved;        ///< bytes that may be saved on a stack for sm_100: NVRTC 13 saves 16 to 28
};

Program arithmetic_of(DType type) {
  Program p;
  p.inputs = {type, type};
  p.code = {{Op::multiply, type, type, 0, 1, 0}, {Op::add, type, type, 2, 0, 0}, {Op::subtract, type, type, 3, 2, 0}};
  p.outputs = {4};
  return p;
}
Program roots_of(DType type) {
  Program p;
  p.inputs = {type};
  p.code = {{Op::sqrt, type, type, 0, 0, 0}, {Op::divide, type, type, 1, 0, 0}};
  p.outputs = {2};
  return p;
}
std::string folding(DType type, Combiner combiner) {
  Program p;
  p.inputs = {type}, p.outputs = {0};
  const std::vector<Fold> folds{{combiner, type}};
  return cuda::fold_source(p, folds);
}

const Wanted kernels[] = {
    {"map_of_float32", "map_packs", [] { return cuda::map_source(arithmetic_of(DType::float32)); }, false, 64, 4, 0},
    {"roots_of_float32", "map_packs", [] { return cuda::map_source(roots_of(DType::float32)); }, true, 64, 4, 0},
    {"sum_of_rows", "fold_along_packs", [] { return folding(DType::float64, Combiner::sum); }, false, 32, 0, 32},
    {"sum_of_columns", "fold_across_packs", [] { return folding(DType::float64, Combiner::sum); }, false, 32, 0, 32},
};
void PrintTo(const Wanted& wanted, std::ostream* out) { *out << wanted.name; }

class Code : public NvrtcHere, public ::testing::WithParamInterface<Wanted> {
 protected:
  cuda::Compiled made(const std::string& architecture, const std::vector<std::string>& more = {}) const {
    return compiled(only(GetParam().text(), GetParam().kernel), architecture, more);
  }
};

/// What PTX may not have, that this one has.
std::vector<std::string> faults_of(const std::string& ptx) {
  constexpr std::pair<const char*, const char*> all[] = {
      {R"(\bfma\.\w+\.f(32|64))", "a fused product and sum"},  // quotients and roots are one instruction in PTX
      {R"(\b(add|sub|mul)(\.ftz)?\.f(32|64))", "what ptxas may fuse"},
      {R"(\.ftz\b)", "subnormal numbers are flushed"},
      {R"(\b(div|sqrt|rcp|rsqrt|sin|cos|ex2|lg2)\.(approx|full))", "an approximation"},
      {R"(\b(atom|red)\.[a-z.]*add[a-z.]*\.f(16|32|64))", "a sum in no order"},
      {R"(\b(ld|st)\.local)", "memory of a thread's own"}};
  std::vector<std::string> found;
  for (const auto& [pattern, what] : all)
    if (std::regex_search(ptx, std::regex(pattern))) found.emplace_back(what);
  return found;
}

TEST_P(Code, RoundsEachSumAndProduct) { EXPECT_EQ(faults_of(made("compute_90").image), std::vector<std::string>()); }

using CodeFaults = NvrtcHere;

// What is looked for is found where it is.
TEST_F(CodeFaults, AreSeen) {
  const std::string text =
      "extern \"C\" __global__ void k(float* p, int n) {\n  float own[40];\n"
      "  for (int i = 0; i < 40; i++) own[i] = p[i];\n"
      "  p[0] = fmaf(p[0], own[n], p[2]);\n  p[1] = __fdividef(p[3], p[4]);\n  atomicAdd(p + 5, 1.0f);\n}\n";
  EXPECT_EQ(faults_of(compiled(text, "compute_90").image),
            (std::vector<std::string>{"a fused product and sum", "what ptxas may fuse", "an approximation",
                                      "a sum in no order", "memory of a thread's own"}));
}

TEST(MachineCode, LoadsUnderWayAreCounted) {
  const auto code = disassembled(
      "\t.section\t.text.k,\"ax\",@progbits\n"
      "        /*0000*/                   LDG.E.128.CONSTANT R4, desc[UR4][R2.64] ;\n"
      "        /*0010*/              @!P0 LDG.E.64 R8, desc[UR4][R2.64+0x10] ;\n"
      "        /*0020*/                   FADD R4, R4, R5 ;\n"
      "        /*0030*/                   LDG.E R10, desc[UR4][R2.64] ;\n"
      "        /*0040*/                   STG.E.128 desc[UR4][R2.64], R4 ;\n"
      ".L_x_0:\n"
      "        /*0050*/                   EXIT ;\n");
  ASSERT_EQ(code.size(), 1u);
  const auto& blocks = code.at("k");
  EXPECT_EQ(bytes_in_flight(blocks), 24);
  EXPECT_EQ(count_of(blocks, "LDG"), 3);
  EXPECT_EQ(count_of(blocks, "STG", ".128"), 1);
  EXPECT_EQ(count_of(blocks, "EXIT"), 1);
  const auto all = resources_in(
      "ptxas info    : Compiling entry function 'k' for 'sm_90'\n"
      "    16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads\n"
      "ptxas info    : Used 40 registers, used 1 barriers, 1024 bytes smem\n");
  const Resources& r = all.at("k");
  EXPECT_EQ(r.stack, 16);
  EXPECT_EQ(r.spilled, 20);
  EXPECT_EQ(resident_threads(generations[1], 256, r), 6 * 256) << "of 65536 registers";
}

/// What the disassembler prints; empty: there is none.
std::string disassembly(const std::string& image, const std::string& name) {
  const char* tool = std::getenv("TESSERA_NVDISASM");
  const auto file =
      std::filesystem::temp_directory_path() / ("tessera_code_" + std::to_string(getpid()) + name + ".cubin");
  std::ofstream(file, std::ios::binary) << image;
  const std::string command = std::string(tool ? tool : "nvdisasm") + " -c " + file.string() + " 2>/dev/null";
  std::string text;
  if (FILE* printed = popen(command.c_str(), "r")) {
    char part[4096];
    for (std::size_t n; (n = fread(part, 1, sizeof part, printed)) > 0;) text.append(part, n);
    if (pclose(printed) != 0) text.clear();
  }
  std::filesystem::remove(file);
  return text;
}

TEST_P(Code, SpillsNothingAndKeepsTheMemoryBusy) {
  const Wanted& wanted = GetParam();
  bool disassembles = true;
  for (const Generation& g : generations) {
    SCOPED_TRACE(g.architecture);
    const cuda::Compiled machine = made(g.architecture, {"--ptxas-options=-v"});
    const auto all = resources_in(machine.log);
    const auto found = all.find(wanted.kernel);
    ASSERT_NE(found, all.end()) << machine.log;
    const Resources& r = found->second;
    const int saved = g.architecture == std::string_view("sm_100") ? wanted.saved : 0;
    EXPECT_LE(r.spilled, saved);
    EXPECT_LE(r.stack, saved);
    const int resident = resident_threads(g, threads, r);
    EXPECT_GE(resident, 32 * g.warps / 2) << r.registers << " registers";
    const std::string text = disassembly(machine.image, g.architecture);
    disassembles = disassembles && !text.empty();
    if (text.empty()) continue;
    const auto code = disassembled(text);
    ASSERT_TRUE(code.count(wanted.kernel)) << text.substr(0, 2000);
    const auto& blocks = code.at(wanted.kernel);
    if (count_of(blocks, "CALL") == 0) {
      EXPECT_EQ(count_of(blocks, "LDL") + count_of(blocks, "STL"), 0) << "memory of a thread's own";
    }
    EXPECT_GE(bytes_in_flight(blocks), wanted.in_flight);
    EXPECT_GE(resident * bytes_in_flight(blocks), g.wanted_bytes);
    EXPECT_GE(count_of(blocks, "STG", ".128"), wanted.wide_stores);
    if (!wanted.fuses) {
      EXPECT_EQ(count_of(blocks, "FFMA") + count_of(blocks, "DFMA"), 0);
    }
  }
  if (!disassembles)
    GTEST_SKIP() << "registers, stacks and spills are right; there is no nvdisasm (TESSERA_NVDISASM) to see loads with";
}

INSTANTIATE_TEST_SUITE_P(Of, Code, ::testing::ValuesIn(kernels),
                         [](const auto& p) { return std::string(p.param.name); });

}  // namespace
}  // namespace tessera::testing

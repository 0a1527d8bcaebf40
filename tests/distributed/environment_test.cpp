// What the machine allows, on made-up machines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <tessera/core/errors.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/machine.hpp>

#include "made_up_machine.hpp"

namespace tessera {
namespace {

using ::testing::HasSubstr;
using testing::MadeUpMachine;
constexpr std::int64_t mebibyte = 1 << 20;

TEST(ParseSize, UnitsAreBinary) {
  EXPECT_EQ(parse_size("512M", "--memory"), 512 * mebibyte);
  EXPECT_EQ(parse_size("512MiB", "--memory"), 512 * mebibyte);
  EXPECT_EQ(parse_size("512MB", "--memory"), 512 * mebibyte);
  EXPECT_EQ(parse_size("512 m", "--memory"), 512 * mebibyte);
  EXPECT_EQ(parse_size("2G", "--memory"), 2048 * mebibyte);
  EXPECT_EQ(parse_size("1.5G", "--memory"), 1536 * mebibyte);
  EXPECT_EQ(parse_size("4096", "--memory"), 4096);
  EXPECT_EQ(parse_size("4096B", "--memory"), 4096);
  EXPECT_EQ(parse_size("50%", "--memory", 1000), 500);
  EXPECT_EQ(parse_size("1T", "--memory"), std::int64_t{1} << 40);
}

TEST(ParseSize, AShareIsAtMostAll) {
  EXPECT_EQ(parse_size("100%", "--memory", 1000), 1000);
  for (const char* text : {"100.1%", "101%", "150%", "1e9%"})
    EXPECT_THROW(parse_size(text, "--memory", 1000), UsageError) << text;
}

TEST(ParseSize, RefusesTheRestAndSaysHowItIsWritten) {
  for (const char* text :
       {"", "M", "12X", "12Mx", "-5M", "0", "nan", "inf", "1e30G", "50%", "0.2", "5 5", "0x10", "12MiBs"}) {
    try {
      parse_size(text, "--memory");
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_THAT(error.what(), HasSubstr("--memory"));
      EXPECT_THAT(error.what(), HasSubstr("512M"));
    }
  }
}

TEST(FormatSize, ThreeDigits) {
  EXPECT_EQ(format_size(17), "17 B");
  EXPECT_EQ(format_size(512 * mebibyte), "512 MiB");
  EXPECT_EQ(format_size(1536 * mebibyte), "1.50 GiB");
  EXPECT_EQ(format_size(24 * mebibyte + mebibyte / 2), "24.5 MiB");
}

const std::string meminfo = "MemTotal:       24000000 kB\nMemFree:         1000 kB\nMemAvailable:   10485760 kB\n";

TEST(AvailableMemory, OfAMachineWithoutLimits) {
  const MadeUpMachine machine({{"/proc/meminfo", meminfo}});
  EXPECT_EQ(available_memory(machine.view()).bytes, 10240 * mebibyte);
  EXPECT_EQ(available_memory(machine.view()).source, "available memory");
}

TEST(AvailableMemory, OfACgroupOfVersion2LessWhatIsUsedExceptFileCache) {
  const MadeUpMachine machine({{"/proc/meminfo", meminfo},
                               {"/proc/self/cgroup", "0::/job/step\n"},
                               {"/sys/fs/cgroup/job/memory.max", "1073741824\n"},
                               {"/sys/fs/cgroup/job/memory.current", "536870912\n"},
                               {"/sys/fs/cgroup/job/memory.stat", "anon 1\ninactive_file 268435456\n"},
                               {"/sys/fs/cgroup/job/step/memory.max", "max\n"}});
  EXPECT_EQ(available_memory(machine.view()).bytes, 768 * mebibyte);
  EXPECT_EQ(available_memory(machine.view()).source, "cgroup");
}

TEST(AvailableMemory, OfACgroupOfVersion1InsideAContainer) {
  const MadeUpMachine machine({{"/proc/meminfo", meminfo},
                               {"/proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/\n"},
                               {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n"},
                               {"/sys/fs/cgroup/memory/memory.usage_in_bytes", "1073741824\n"},
                               {"/sys/fs/cgroup/memory/memory.stat", "total_inactive_file 104857600\n"}});
  EXPECT_EQ(available_memory(machine.view()).bytes, 100 * mebibyte);
}

TEST(AvailableMemory, Version1WithoutALimitIsNone) {
  const MadeUpMachine machine({{"/proc/meminfo", meminfo},
                               {"/proc/self/cgroup", "3:memory:/a\n"},
                               {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n"}});
  EXPECT_EQ(available_memory(machine.view()).source, "available memory");
}

TEST(AvailableMemory, OfASlurmAllocation) {
  MadeUpMachine machine({{"/proc/meminfo", meminfo}});
  machine.variables = {{"SLURM_MEM_PER_CPU", "1000"}, {"SLURM_CPUS_ON_NODE", "4"}};
  EXPECT_EQ(available_memory(machine.view()).bytes, 4000 * mebibyte);
  machine.variables["SLURM_MEM_PER_NODE"] = "3000";
  EXPECT_EQ(available_memory(machine.view()).bytes, 3000 * mebibyte);
  EXPECT_EQ(available_memory(machine.view()).source, "SLURM_MEM_PER_NODE");
}

TEST(AllowedCpus, QuotasOfBothVersions) {
  const MadeUpMachine none({});
  EXPECT_EQ(allowed_cpus(none.view()).quota, 0);
  const MadeUpMachine two({{"/proc/self/cgroup", "0::/j\n"}, {"/sys/fs/cgroup/j/cpu.max", "50000 100000\n"}});
  EXPECT_EQ(allowed_cpus(two.view()).quota, 0.5);
  EXPECT_EQ(allowed_cpus(two.view()).count, 1);
  const MadeUpMachine unlimited({{"/proc/self/cgroup", "0::/j\n"}, {"/sys/fs/cgroup/j/cpu.max", "max 100000\n"}});
  EXPECT_EQ(allowed_cpus(unlimited.view()).quota, 0);
  const MadeUpMachine one({{"/proc/self/cgroup", "4:cpu,cpuacct:/x\n"},
                           {"/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n"},
                           {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n"},
                           {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}});
  EXPECT_EQ(allowed_cpus(one.view()).quota, 1.5);
}

TEST(AllowedCpus, OfTheJobAreNoMoreThanItsCgroupHas) {
  const int machine = allowed_cpus(MadeUpMachine({}).view()).machine;
  const MadeUpMachine two({{"/proc/self/cgroup", "0::/j\n"}, {"/sys/fs/cgroup/j/cpuset.cpus.effective", "0\n"}});
  EXPECT_EQ(allowed_cpus(two.view()).job, 1);
  const MadeUpMachine one(
      {{"/proc/self/cgroup", "4:cpuset:/docker/abc\n"},  // inside a container its own group is the root
       {"/sys/fs/cgroup/cpuset/cpuset.effective_cpus", "0-5,9\n"}});
  EXPECT_EQ(allowed_cpus(one.view()).job, std::min(machine, 7));
  const MadeUpMachine quota({{"/proc/self/cgroup", "0::/j\n"}, {"/sys/fs/cgroup/j/cpu.max", "100000 100000\n"}});
  EXPECT_EQ(allowed_cpus(quota.view()).job, 1);
}

CpuMask cpus(std::initializer_list<int> list) {
  CpuMask mask;
  for (const int cpu : list) mask.words[cpu / 64] |= std::uint64_t{1} << (cpu % 64);
  return mask;
}

TEST(FairThreads, SharesCpusThatSeveralRanksMayUse) {
  const std::vector<CpuMask> alone{cpus({0, 1, 70, 71})};
  EXPECT_EQ(fair_threads(alone, 0), 4);
  const std::vector<CpuMask> unbound(2, cpus({0, 1}));
  EXPECT_EQ(fair_threads(unbound, 1), 1);
  const std::vector<CpuMask> bound{cpus({0}), cpus({1})};
  EXPECT_EQ(fair_threads(bound, 0), 1);
  const std::vector<CpuMask> sockets{cpus({0, 1, 2, 3}), cpus({0, 1, 2, 3}), cpus({4, 5, 6, 7})};
  EXPECT_EQ(fair_threads(sockets, 0), 2);
  EXPECT_EQ(fair_threads(sockets, 2), 4);
  const std::vector<CpuMask> crowded(5, cpus({0, 1}));
  EXPECT_EQ(fair_threads(crowded, 3), 1);
}

TEST(ThisMachine, HasFactsThatAreConsistent) {
  EXPECT_GT(available_memory().bytes, 0);
  EXPECT_GE(allowed_cpus().machine, 1);
  EXPECT_LE(allowed_cpus().count, allowed_cpus().affinity);
  EXPECT_GE(peak_resident_bytes(), resident_bytes() / 2);
  EXPECT_GT(resident_bytes(), 0);
  EXPECT_GE(default_threads(*self_communicator()), 1);
  const Machine machine = look_at_machine();
  EXPECT_GE(machine.cpus, machine.cores);
  EXPECT_GT(machine.memory, 0);
  EXPECT_THAT(to_string(machine), HasSubstr("core"));
}

}  // namespace
}  // namespace tessera

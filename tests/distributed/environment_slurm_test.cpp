// What SLURM says, in records that SLURM 22.05 has printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tessera/distributed/bounded_command.hpp>
#include <tessera/distributed/communicator.hpp>
#include <tessera/distributed/communicator_launcher.hpp>
#include <tessera/distributed/environment.hpp>
#include <tessera/distributed/environment_slurm.hpp>

#include "made_up_machine.hpp"

namespace tessera {
namespace {

using testing::MadeUpMachine;
constexpr std::int64_t mebibyte = 1 << 20;

const std::map<std::string, std::string> task_of_srun = {
    {"SLURM_JOB_ID", "7"}, {"SLURM_STEP_ID", "0"}, {"SLURM_CPUS_ON_NODE", "2"}, {"SLURMD_NODENAME", "n1"}};
const std::string step_record =
    "StepId=7.0 UserId=0 StartTime=2026-11-28T18:06:33 TimeLimit=UNLIMITED State=RUNNING Partition=all NodeList=n[1-2] "
    "Nodes=2 "
    "CPUs=4 Tasks=2 Name=bash Network=(null) TRES=cpu=4,mem=300M,node=2 ResvPorts=(null) CPUFreqReq=Default "
    "Dist=Cyclic "
    "SrunHost:Pid=vm:13126 ";
const std::string job_record =
    "JobId=7 JobName=bash UserId=root(0) NumNodes=2 NumCPUs=3 NumTasks=3 CPUs/Task=1 ReqB:S:C:T=0:0:*:* "
    "TRES=cpu=3,mem=600M,node=2,billing=3 JOB_GRES=(null)   Nodes=n1 CPU_IDs=0-1 Mem=400 GRES= ";

TEST(SlurmCounts, AreOneForEachNode) {
  EXPECT_EQ(slurm_count_of("2(x3),1", 0), 2);
  EXPECT_EQ(slurm_count_of("2(x3),1", 2), 2);
  EXPECT_EQ(slurm_count_of("2(x3),1", 3), 1);
  EXPECT_EQ(slurm_count_of("2(x3),1", 4), 0);
  EXPECT_EQ(slurm_count_of("16", 0), 16);
  EXPECT_EQ(slurm_count_of("", 0), 0);
  EXPECT_EQ(slurm_count_of("nonsense,,(x", 1), 0);
  EXPECT_EQ(slurm_largest_count("2(x3),8,1"), 8);
}

TEST(SlurmMemory, OfAStepIsItsShareOfThisNode) {
  MadeUpMachine machine({});
  machine.variables = task_of_srun;
  EXPECT_EQ(slurm_memory(step_record, machine.view()), 150 * mebibyte);
  machine.variables["SLURM_CPUS_ON_NODE"] = "1";  // nodes differ: by CPU it would be less
  EXPECT_EQ(slurm_memory(step_record, machine.view()), 75 * mebibyte);
  EXPECT_EQ(slurm_memory("StepId=7.0 TRES=cpu=1,mem=1.50G,node=1 ", machine.view()), 1536 * mebibyte);
  EXPECT_EQ(slurm_memory("StepId=7.0 TRES=cpu=1,node=1 ", machine.view()), std::nullopt);
  EXPECT_EQ(slurm_memory(std::string(slurm_silent), machine.view()), std::nullopt);
}

TEST(SlurmMemory, OfAJobIsWhatWasAskedForOrItsShare) {
  MadeUpMachine machine({});
  machine.variables = {{"SLURM_JOB_ID", "7"}, {"SLURM_CPUS_ON_NODE", "2"}};
  EXPECT_EQ(slurm_memory(job_record + "MinMemoryNode=1000M ", machine.view()), 1000 * mebibyte);
  EXPECT_EQ(slurm_memory(job_record + "MinMemoryCPU=200M ", machine.view()), 400 * mebibyte);
  EXPECT_EQ(slurm_memory(job_record + "MinMemoryNode=0 ", machine.view()), 300 * mebibyte);
  EXPECT_EQ(slurm_memory("JobId=7 ReqTRES=cpu=1,mem=1M,node=1 AllocTRES=cpu=1,mem=2G,node=1 ", machine.view()),
            2048 * mebibyte)
      << "newer SLURMs";
}

TEST(SlurmMemory, IsPartOfTheLimit) {
  MadeUpMachine machine(
      std::map<std::string, std::string>{{"/proc/meminfo", "MemTotal: 24000000 kB\nMemAvailable: 10485760 kB\n"}});
  machine.variables = task_of_srun;
  machine.variables["SLURM_MEM_PER_NODE"] = "1000";  // of the job: the step has less
  const MemoryLimit limit = available_memory(machine.view(), step_record);
  EXPECT_EQ(limit.bytes, 150 * mebibyte);
  EXPECT_EQ(limit.source, "SLURM's step");
  EXPECT_FALSE(limit.silent);
  const MemoryLimit unknown = available_memory(machine.view(), std::string(slurm_silent));
  EXPECT_EQ(unknown.bytes, 1000 * mebibyte);
  EXPECT_TRUE(unknown.silent);
}

TEST(SlurmRecord, IsNotAskedForWhereTheLimitIsKnown) {
  MadeUpMachine machine({{"/proc/self/cgroup", "0::/slurm/job_7/step_0\n"},
                         {"/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "157286400\n"},
                         {"/sys/fs/cgroup/slurm/job_7/step_0/memory.current", "0\n"}});
  machine.variables = task_of_srun;
  EXPECT_EQ(slurm_record(machine.view()), "") << "the cgroup of the step has it";
  MadeUpMachine none({});
  EXPECT_EQ(slurm_record(none.view()), "") << "no job of SLURM's";
  none.variables = {{"SLURM_JOB_ID", "7"}, {"SLURM_MEM_PER_NODE", "1000"}, {"SLURMD_NODENAME", "n1"}};
  EXPECT_EQ(slurm_record(none.view()), "") << "a batch script's variable has it";
  none.variables = {{"SLURM_JOB_ID", "7"}};
  EXPECT_EQ(slurm_record(none.view()), "") << "the shell of salloc is on no node of the job";
}

TEST(SlurmCpus, ComeFromTheStepOrUnderMpirunFromTheJob) {
  MadeUpMachine machine({});
  EXPECT_EQ(allowed_cpus(machine.view()).slurm, 0);
  machine.variables = task_of_srun;
  machine.variables["SLURM_CPUS_PER_TASK"] = "1";
  const AllowedCpus cpus = allowed_cpus(machine.view());
  EXPECT_EQ(cpus.slurm, 2);
  EXPECT_EQ(cpus.per_task, 1);
  EXPECT_EQ(cpus.job, std::min(2, cpus.machine));
  machine.variables["SLURM_JOB_CPUS_PER_NODE"] = "4(x2)";
  machine.variables["OMPI_COMM_WORLD_SIZE"] = "2";
  EXPECT_EQ(allowed_cpus(machine.view()).slurm, 4) << "the step is that of mpirun's daemon";
  EXPECT_FALSE(slurm_step(machine.view()));
}

TEST(SlurmTasks, ThatNothingStarted) {
  MadeUpMachine machine({});
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 0);
  machine.variables = {{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}};
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 4);
  machine.variables["SLURM_STEP_ID"] = "4294967290";  // the shell of salloc on a node of the job
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 4);
  machine.variables["SLURM_STEP_ID"] = "0";
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 0) << "srun -n 1 was asked for";
  machine.variables = {{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}, {"OMPI_COMM_WORLD_SIZE", "1"}};
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 0) << "mpirun -n 1 was asked for";
  machine.variables = {{"SLURM_JOB_ID", "7"}, {"SLURM_JOB_NUM_NODES", "2"}, {"SLURM_NTASKS_PER_NODE", "3"}};
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 6);
  machine.variables = {{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "1"}, {"SLURM_JOB_NUM_NODES", "1"}};
  EXPECT_EQ(slurm_tasks_not_started(machine.view()), 0);
}

TEST(SlurmLauncher, SaysHowManyTasksANodeHas) {
  MadeUpMachine machine({});
  const auto detect = [&] { return detect_launcher([&](const char* name) { return machine.view().get(name); }); };
  machine.variables = {
      {"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_TASKS_PER_NODE", "2"}, {"SLURM_NODEID", "0"}};
  EXPECT_EQ(detect().local_processes, 2);
  EXPECT_EQ(detect().processes, 2);
  machine.variables["SLURM_STEP_NUM_TASKS"] = "3";
  machine.variables["SLURM_STEP_TASKS_PER_NODE"] = "2,1";
  machine.variables["SLURM_NODEID"] = "1";
  EXPECT_EQ(detect().local_processes, 1);
  machine.variables["OMPI_COMM_WORLD_SIZE"] = "3";
  machine.variables["OMPI_COMM_WORLD_LOCAL_SIZE"] = "2";
  EXPECT_EQ(detect().local_processes, 2) << "mpirun counts itself";
}

TEST(BoundedCommand, GivesOutputOrNothing) {
  EXPECT_EQ(output_of({"printf", "a b"}, 60), "a b");
  EXPECT_EQ(output_of({"sh", "-c", "yes | head -c 300000"}, 60)->size(), 300000);
  EXPECT_EQ(output_of({"sh", "-c", "echo no; exit 3"}, 60), std::nullopt);
  EXPECT_EQ(output_of({"there-is-no-such-program"}, 60), std::nullopt);
  EXPECT_EQ(output_of({"sh", "-c", "echo first; exec sleep 1000"}, 0.2), std::nullopt);
}

}  // namespace
}  // namespace tessera

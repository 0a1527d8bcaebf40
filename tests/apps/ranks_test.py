"""What only many ranks can do wrong, and what a signal does: a rank killed, ranks with other expressions, srun without PMIx, Ctrl-C."""
import os
import re
import signal
import subprocess
import time
import unittest

import numpy as np

from command import MPIEXEC, SHIM, TESSERA, Case, command_line, environment, finish, run, start

# Each write takes 50 ms, so that a job of 1000 writes is under way when something happens to it.
LONG = ["eval", "y = uniform((200000, 500), chunks=(100, 500))"]


def children(pid):
    return [int(p) for p in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]


@unittest.skipUnless(SHIM, "no write shim")
class Signals(Case):
    def long_job(self, target, ranks):
        process = start(command_line([*LONG, "-o", "y=" + self.path(target)], ranks), environment(LD_PRELOAD=SHIM, SHIM_DELAY_MS="50"))
        deadline = time.monotonic() + 60
        while not any(".tessera-part" in name for name in os.listdir(self.folder)):
            self.assertLess(time.monotonic(), deadline, "the target was never begun")
            self.assertIsNone(process.poll())
            time.sleep(0.05)
        time.sleep(0.3)
        return process

    def test_interrupt_alone(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = self.long_job("alone.h5:/y", 0)
            process.send_signal(number)
            result = finish(process, 60)
            self.assertEqual(result.rc, code, str(result))
            self.assertLess(result.seconds, 30)  # not 60: it ends, and is not ended
            self.assertEqual(self.new_files(), [], str(result))

    def test_a_signal_does_not_change_the_code_of_an_error(self):
        # srun sends it to the tasks that are still leaving when the first has left.
        for ranks in (0, 2) if MPIEXEC else (0,):
            for command in (["eval", "sum(x)", "-i", "x=" + self.path("none.npy")], ["info", self.path("none.npy")]):
                result = run(*command, ranks=ranks, env=environment(LD_PRELOAD=SHIM, SHIM_SIGNAL_AT_END=str(int(signal.SIGTERM))))
                self.assertEqual(result.rc, 3, str(result))

    def test_who_asks_to_stop_may_kill_at_once(self):
        # A piece of work takes longer than the 0.6 s after which the process ends by itself.
        process = start([TESSERA, "eval", "y = sin(uniform((2000, 1000, 1000)))**0.3", "-o", "y=" + self.path("slow.h5"),
                         "--compress", "gzip:9", "--threads", "1"])
        while not self.new_files():
            self.assertIsNone(process.poll())
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        while self.new_files():
            time.sleep(0.002)
        process.kill()
        self.assertEqual(finish(process, 60).rc, -signal.SIGKILL, "the target went only as the process ended")
        self.assertEqual(self.new_files(), [])

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_interrupt_mpirun(self):
        process = self.long_job("both.h5:/y", 2)
        process.send_signal(signal.SIGINT)
        result = finish(process, 60)
        self.assertNotEqual(result.rc, 0, str(result))
        self.assertLess(result.seconds, 30, str(result))
        self.assertEqual(self.new_files(), [], str(result))

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_a_rank_is_killed(self):
        for victim in (1, 0):  # rank 0 has the target, and leaves it
            for name in self.new_files():
                os.remove(self.path(name))
            process = self.long_job("killed.h5:/y", 2)
            ranks = [p for p in children(process.pid) if os.path.exists(f"/proc/{p}/exe") and os.path.realpath(f"/proc/{p}/exe") == os.path.realpath(TESSERA)]
            self.assertEqual(len(ranks), 2)
            os.kill(sorted(ranks)[victim], signal.SIGKILL)
            result = finish(process, 60)
            self.assertNotEqual(result.rc, 0, str(result))
            self.assertLess(result.seconds, 30, str(result))
            self.assertNotIn("killed.h5", os.listdir(self.folder))
            for name in self.new_files():  # what is left is clearly not a result
                self.assertTrue(name.endswith(".tessera-part"), name)
        # And the next run is not troubled by what the killed one left.
        self.done(run("eval", "y = uniform((40, 5))", "-o", "y=" + self.path("killed.h5:/y"), ranks=2))
        self.assertEqual(self.new_files(), ["killed.h5"])
        os.remove(self.path("killed.h5"))

    def test_the_watchdog_ends_a_stall(self):
        for ranks in (0, 2) if MPIEXEC else (0,):
            env = environment(LD_PRELOAD=SHIM, SHIM_DELAY_MS="60000", SHIM_RANK=str(max(ranks - 1, 0)))
            result = run(*LONG, "-o", "y=" + self.path("stall.npy"), "--watchdog", "1", ranks=ranks, env=env)
            self.assertEqual(result.rc, 5, str(result))
            self.assertIn("no progress for 1", result.err)
            self.assertLess(result.seconds, 30, str(result))
            self.assertEqual(self.new_files(), [], str(result))

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_the_watchdog_lets_ranks_wait_for_a_slower_one(self):
        # 160 writes of 50 ms on rank 1 alone: rank 0 waits for it for far longer than the limit.
        env = environment(LD_PRELOAD=SHIM, SHIM_DELAY_MS="50", SHIM_DELAY_RANK="1")
        result = run("eval", "y = uniform((32000, 500), chunks=(100, 500))", "-o", "y=" + self.path("slow.npy"), "--watchdog", "2",
                     ranks=2, env=env)
        self.done(result)
        self.assertGreater(result.seconds, 4, "the slow rank was not slow")
        os.remove(self.path("slow.npy"))

    def test_a_target_appears_only_when_complete(self):
        process = self.long_job("late.npy", 0)
        self.assertNotIn("late.npy", os.listdir(self.folder))
        process.send_signal(signal.SIGKILL)
        finish(process, 60)
        self.assertEqual(self.new_files(), [".late.npy.tessera-part"])
        os.remove(self.path(".late.npy.tessera-part"))


@unittest.skipUnless(MPIEXEC, "built without MPI")
class Ranks(Case):
    def differing(self, first, second):
        line = [MPIEXEC, "--bind-to", "none", "-n", "1", TESSERA, *first, ":", "-n", "1", TESSERA, *second]
        return finish(start(line), 60)

    def test_different_expressions(self):
        result = self.differing(["eval", "mean(uniform(1000))"], ["eval", "max(uniform(1000))"])
        self.refused(result, 5, "rank 1", "'max(uniform(1000))'", "'mean(uniform(1000))'")

    def test_one_rank_has_a_bad_command(self):
        for first, second in ((["eval", "1"], ["eval", "mean(x"]), (["eval", "1", "--nonsense"], ["eval", "1"])):
            result = self.differing(first, second)
            self.refused(result, 5, "rank 1")

    def with_environment(self, name, value, which, *arguments):
        """Two ranks of one command, of which one has another environment."""
        variable = ["-x", f"{name}={value}"]
        line = [MPIEXEC, "--bind-to", "none"]
        for rank in (0, 1):
            line += [":"] * rank + ["-n", "1", *(variable if rank == which else []), TESSERA, *arguments]
        return finish(start(line), 60)

    def test_one_rank_has_a_bad_environment(self):
        for name, value in (("TESSERA_THREADS", "abc"), ("TESSERA_DEVICE", "moon"), ("TESSERA_PROGRESS", "x"), ("TESSERA_WATCHDOG", "soon"),
                            ("TESSERA_MEMORY", "much"), ("TESSERA_SIMD", "mmx"), ("TESSERA_SCRATCH", "/no/folder")):
            which = 0 if name == "TESSERA_DEVICE" else 1
            result = self.with_environment(name, value, which, "eval", "sum(ones(10))", "--watchdog", "3")
            self.refused(result, 2, value, *(["rank 1 on "] if which else []))

    def test_other_subcommands(self):
        work = ["eval", "sum(ones(10))"]
        for other in (["--help"], ["--version"], ["doctor"], ["info", "no.h5"], ["--completion", "bash"], ["eval", "--help"], []):
            self.refused(self.differing(work, other), 5, "rank 1 on ", ": was started with ")
        self.refused(self.differing(["--version"], work), 5, "rank 1 on ", ": was started with 'eval' where rank 0 has '--version'")
        self.refused(self.differing(["doctor"], ["info", "no.h5"]), 5, "rank 1")

    def test_what_one_rank_does_for_all(self):
        self.assertEqual(self.done(run("--version", ranks=2)).out.count("tessera"), 1)
        self.refused(run("info", "no.h5", ranks=2), 3, "rank 0 on ", "no.h5")
        self.assertIn("rank 0 on ", run("info", "no.h5", "none.h5", ranks=2).err)

    def test_a_process_that_is_no_rank(self):
        line = [MPIEXEC, "-n", "1", TESSERA, "eval", "1", "--watchdog", "1", ":", "-n", "1", "true"]
        result = finish(start(line), 60)
        self.assertEqual(result.rc, 5, str(result))
        self.assertIn("MPI_Init", result.err)

    def test_same_results_on_any_number_of_ranks(self):
        outs = {run("eval", "(sum(uniform((500, 300))), mean(normal((77, 13)), axis=0)[:3])", "-q", ranks=n).out for n in (0, 1, 2, 3)}
        self.assertEqual(len(outs), 1)

    def test_more_ranks_than_chunks(self):
        result = self.done(run("eval", "sum(arange(10))", "-q", ranks=3))
        self.assertEqual(result.out, "45\n")

    def test_progress_lines(self):
        if not SHIM:
            self.skipTest("no write shim")
        result = self.done(run("eval", "y = uniform((3000, 500), chunks=(500, 500))", "-o", "y=" + self.path("p.npy"), "--progress", "on", ranks=2,
                               env=environment(LD_PRELOAD=SHIM, SHIM_DELAY_MS="200")))
        self.assertIn(" %", result.err)
        self.assertNotIn("\r", result.err)
        # What all ranks have written, not rank 0's half alone.
        for percent, size, unit in re.findall(r"(\d+) %  ([\d.]+) (KiB|MiB) written", result.err):
            written = float(size) * (2**20 if unit == "MiB" else 2**10)
            self.assertAlmostEqual(written / (3000 * 500 * 8), int(percent) / 100, delta=0.2, msg=str(result))
        os.remove(self.path("p.npy"))


class Launchers(Case):
    def test_srun_without_pmix(self):
        for rank, errors in (("0", 1), ("1", 0)):  # both refuse, one speaks
            env = environment(SLURM_STEP_NUM_TASKS="2", SLURM_STEP_ID="0", SLURM_JOB_ID="7", SLURM_PROCID=rank)
            result = run("eval", "mean(uniform(10))", env=env)
            self.assertEqual(result.rc, 2, str(result))
            self.assertEqual(len(result.errors()), errors, str(result))
            if errors:
                self.assertIn("--mpi=pmix" if MPIEXEC else "without MPI", result.err)

    def test_doctor_reports_it(self):
        env = environment(SLURM_STEP_NUM_TASKS="2", SLURM_STEP_ID="0", SLURM_JOB_ID="7", SLURM_PROCID="0")
        result = self.done(run("doctor", env=env))
        self.assertIn("--mpi=pmix" if MPIEXEC else "without MPI", result.out)


if __name__ == "__main__":
    unittest.main()

"""What must hold under a real SLURM: slurm_here.sh run slurm_test.py. Nodes n1 and n2 of two CPUs each, which bind nothing."""
import json
import os
import time
import unittest

from cluster import LONG, MIB, SRUN, TESSERA, Cluster

FIELD = "x = uniform((50, 300, 200)); y = x - mean(x, axis=0)"
# Needs more than half of 150 MiB.
LARGE = "u = uniform((4, 5000, 5000), chunks=(1, 5000, 5000)); max(u - mean(u, axis=0))"


class Start(Cluster):
    def test_four_ranks_on_two_nodes_give_the_same_bits(self):
        for name, words in (("one", [TESSERA]), ("four", [*SRUN, "-n", 4, "-N", 2, TESSERA])):
            self.done(self.run_all(*words, "eval", FIELD, "-o", f"y={name}.h5", "-q", "--no-history"))
        with open(self.path("one.h5"), "rb") as one, open(self.path("four.h5"), "rb") as four:
            self.assertEqual(one.read(), four.read())

    def test_without_pmix_it_refuses_and_says_how(self):
        result = self.run_all("srun", "--mpi=none", "-n", 2, TESSERA, "eval", "1 + 1")
        self.assertEqual(result.rc, 2, str(result))
        self.assertIn("--mpi=pmix", result.err)

    def test_one_process_in_a_job_for_four_says_so(self):
        result = self.done(self.run_all("salloc", "-Q", "-n", 4, TESSERA, "eval", "mean(arange(3))"))
        self.assertIn("warning: this SLURM job is for 4 tasks", result.err)
        result = self.done(self.run_all("salloc", "-Q", "-n", 4, "srun", "--mpi=pmix", "-n", 1, TESSERA, "eval", "mean(arange(3))"))
        self.assertNotIn("warning", result.err, "one was asked for")

    def test_ranks_of_one_node_use_shared_memory_alone(self):
        result = self.done(self.srun("-n", 2, "-N", 1, TESSERA, "eval", "mean(arange(3))", OMPI_MCA_pml_base_verbose="10"))
        self.assertIn("selected ob1", result.err)
        self.assertNotIn("ucx", result.err)


class Resources(Cluster):
    def doctor(self, *words):
        result = self.done(self.run_all(*words, TESSERA, "doctor", "--json"))
        return json.loads(result.out)

    def test_memory_of_a_step_that_no_variable_names(self):
        for words in ([*SRUN, "--mem=300", "-n", 2, "-N", 2], [*SRUN, "--mem-per-cpu=150", "-n", 2, "-c", 2, "-N", 2],
                      ["salloc", "-Q", "-n", 2, "-N", 2, "--mem=1000", *SRUN, "--mem=300"]):
            found = self.doctor(*words)
            self.assertEqual([r["available"] for r in found["ranks"]], [300 * MIB] * 2, words)
            self.assertEqual({r["host"] for r in found["ranks"]}, {"n1", "n2"})
            self.assertLessEqual(found["memory_per_rank"], 150 * MIB)

    def test_the_budget_follows_from_it(self):
        without_scratch = [TESSERA, "eval", LARGE, "--scratch", "none"]
        for words in (["--mem=150"], ["--mem-per-cpu=150"]):
            result = self.srun("-n", 1, *words, *without_scratch)
            self.assertEqual(result.rc, 4, str(result))
        result = self.run_all("salloc", "-Q", "-n", 1, "--mem=150", *SRUN, *without_scratch)
        self.assertEqual(result.rc, 4, str(result))
        result = self.done(self.srun("-n", 1, "--mem=150", TESSERA, "eval", LARGE))
        self.assertIn("of 75 MiB per rank", result.err, "with scratch files there is room")

    def test_where_slurm_does_not_answer_there_is_a_warning(self):
        for name, script in (("fails", "exit 1"), ("hangs", "exec sleep 1000")):
            os.makedirs(self.path(name))
            with open(self.path(name + "/scontrol"), "w") as f:
                f.write("#!/bin/sh\n" + script + "\n")
            os.chmod(self.path(name + "/scontrol"), 0o755)
            result = self.done(self.srun("-n", 1, "env", f"PATH={self.path(name)}:/usr/bin:/bin", TESSERA, "eval", "mean(arange(3))"))
            self.assertIn("warning: SLURM does not say what memory", result.err)

    def test_cores_are_those_of_the_allocation(self):
        found = self.doctor(*SRUN, "-n", 1, "-c", 1)
        self.assertEqual(found["threads_per_rank"], 1)
        self.assertEqual(found["problems"], [])
        self.assertEqual(self.doctor(*SRUN, "-n", 1)["threads_per_rank"], 1, "SLURM gives one where nothing is said")
        result = self.done(self.srun("-n", 1, "-c", 1, TESSERA, "eval", "mean(arange(3))"))
        self.assertNotIn("warning", result.err, "the other cores are not ours")

    def test_doctor_separates_names_from_values(self):
        result = self.done(self.srun("-n", 2, "-N", 2, TESSERA, "doctor"))
        self.assertRegex(result.out, r"(?m)^  SLURM_JOB_ID = \d+$")
        self.assertRegex(result.out, r"(?m)^n1$")
        self.assertRegex(result.out, r"(?m)^n2$")


class Failures(Cluster):
    def test_a_file_that_one_node_alone_sees(self):
        for node, other in (("n1", "rank 1 on n2"), ("n2", "rank 0 on n1")):
            name = f"/dev/shm/{os.path.basename(self.folder)}.npy"  # each node has its own
            self.done(self.srun("-n", 1, "-w", node, TESSERA, "eval", "x = arange(10)", "-o", "x=" + name, "-q"))
            result = self.srun("-n", 2, "-N", 2, TESSERA, "eval", "sum(x)", "-i", "x=" + name)
            self.assertEqual(result.rc, 3, str(result))
            self.assertIn(other, result.err)
            self.srun("-n", 1, "-w", node, "rm", name)
        result = self.srun("-n", 1, "-w", "n2", TESSERA, "info", "/dev/shm/none.npy")
        self.assertIn("error: n2: ", result.err)

    def test_scancel_ends_it_and_leaves_nothing(self):
        job = self.begin(*SRUN, "-J", "cancelled", "-n", 2, "-N", 2, TESSERA, "eval", LONG, "-o", "y=t.h5", "--compress", "gzip:9")
        self.wait_for_target(job)
        self.run_all("scancel", "-n", "cancelled")
        self.assertEqual(self.end(job), 143)
        self.assertEqual(self.files(), [])

    def test_z_a_dead_node_is_an_error(self):  # the last: it takes a node away
        job = self.begin(*SRUN, "-n", 2, "-N", 2, TESSERA, "eval", LONG, "-o", "y=t.h5", "--compress", "gzip:9", "--watchdog", 5)
        self.wait_for_target(job)
        self.node("kill", "n2")
        begin = time.monotonic()
        self.assertNotEqual(self.end(job), 0)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertNotIn("t.h5", self.files())
        self.node("start", "n2")

    def wait_for_target(self, job):
        for _ in range(600):
            if any("tessera-part" in name for name in self.files()):
                return
            self.assertIsNone(job.poll(), "it ended before it began")
            time.sleep(0.05)
        self.fail("the target was never begun")

    def end(self, job):
        job.communicate(timeout=90)
        return job.returncode


if __name__ == "__main__":
    unittest.main()

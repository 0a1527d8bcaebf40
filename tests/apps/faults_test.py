"""eval, copy and stats under mpirun while one read, write, flush or allocation of one rank fails: each run ends in seconds, with an
error that says something, and leaves nothing under the target's name. Some of the calls
here; TESSERA_FAULTS=N takes N of them, TESSERA_FAULTS=1000000 all. (tests/distributed/fault_loop_test does all reads, writes, flushes and buffers in one program.)"""
import os
import re
import sys
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SHIM, Case, environment, run

SAMPLES = int(os.environ.get("TESSERA_FAULTS", "5"))
RANKS = (2, 3) if SAMPLES > 5 else (2,)
LINE = re.compile("shim: ([0-9]+) reads, ([0-9]+) allocations")


def chosen(last):
    """Call numbers from 1 to `last`."""
    return sorted({1 + (last - 1) * k // (SAMPLES - 1) for k in range(min(SAMPLES, last * 2))})


@unittest.skipUnless(MPIEXEC and SHIM, "built without MPI")
class Faults(Case):
    @classmethod
    def make_inputs(cls):
        with h5py.File(cls.path("x.h5"), "w") as f:
            f.create_dataset("x", data=np.random.default_rng(1).random((24, 40)), chunks=(5, 40))
        cls.keep("x.h5")

    def commands(self):
        x, y = self.path("x.h5:/x"), self.path("y.h5:/y")
        yield "eval", ["eval", "y = mean(sqrt(x) + x**2, axis=0); max(x)", "-i", "x=" + x, "-o", "y=" + y]
        yield "copy", ["copy", x, y, "--dtype", "float32"]
        yield "stats", ["stats", x]

    def check(self, name, command, ranks, **shim):
        env = environment(LD_PRELOAD=SHIM, SHIM_RANK=str(ranks - 1), **{k: str(v) for k, v in shim.items()})
        result = run(*command, ranks=ranks, env=env, limit=90)
        what = f"{name} on {ranks} ranks, {shim}: {result}"
        self.assertLess(result.seconds, 60, what)
        there = "y.h5" in os.listdir(self.folder)
        if result.rc == 0:  # it was only advice, or nothing failed
            self.assertEqual(result.errors(), [], what)
            self.assertEqual(there, name != "stats", what)
        else:
            self.assertGreaterEqual(len(result.errors()), 1, what)
            self.assertFalse(there, what)
        for left in self.new_files():  # an aborted rank may leave what is clearly no result
            self.assertTrue(left == "y.h5" or left.endswith(".tessera-part"), what)
            os.remove(self.path(left))
        return result.rc != 0

    def test_each_call_fails_once(self):
        for name, command in self.commands():
            for ranks in RANKS:
                env = environment(LD_PRELOAD=SHIM, SHIM_RANK=str(ranks - 1), SHIM_REPORT="1")
                result = self.done(run(*command, ranks=ranks, env=env))
                for left in self.new_files():
                    os.remove(self.path(left))
                reads, allocations = map(int, LINE.search(result.err).groups())
                failed = sum(self.check(name, command, ranks, SHIM_FAIL_READ=n) for n in chosen(reads))
                self.assertGreater(failed, 0, name)
                failed = sum(self.check(name, command, ranks, SHIM_FAIL_NEW=n) for n in chosen(allocations))
                self.assertGreater(failed, 0, name)
                if name != "stats":
                    n = 1
                    while self.check(name, command, ranks, SHIM_FAIL_AT=n) and n < 100:
                        n += 1
                    self.assertFalse(self.check(name, command, ranks, SHIM_FAIL_AT=1000))
                    self.assertTrue(self.check(name, command, ranks, SHIM_FAIL_SYNC=1))


if __name__ == "__main__":
    sys.exit(unittest.main())

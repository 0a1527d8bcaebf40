"""A format that nothing outside of this folder names: the command reads and writes it as it does HDF5, and a target that is a folder is as safe as one that is a file."""
import os
import shutil
import signal
import stat
import sys
import time
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SHIM, Case, command_line, environment, finish, run, start

PART = ".y.toy.tessera-part"
RANKS = (1, 2, 3, 5) if MPIEXEC else (0,)


def tree(folder):
    """{name: bytes} of all files under a folder."""
    files = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            with open(path, "rb") as f:
                files[os.path.relpath(path, folder)] = f.read()
    return files


class Toy(Case):
    @classmethod
    def make_inputs(cls):
        cls.x = np.random.default_rng(1).random((30, 41))
        with h5py.File(cls.path("x.h5"), "w") as f:
            f.create_dataset("x", data=cls.x, chunks=(7, 10))
        cls.keep("x.h5")
        cls.source = cls.path("x.h5:/x")
        cls.target = cls.path("y.toy")
        cls.copy = ["copy", cls.source, cls.target + ":/y", "--chunks", "8,9"]

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            path = self.path(name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)

    def elements(self, source):
        out = self.path("out.npy")
        self.done(run("copy", source, out, "--force"))
        values = np.load(out)
        os.remove(out)
        return values

    def slow(self, *options, **shim):
        """A run that stands still while it writes."""
        env = environment(LD_PRELOAD=SHIM, **{k: str(v) for k, v in (shim or {"SHIM_DELAY_MS": 50}).items()})
        process = start(command_line([*self.copy, *options], 0), env)
        while not os.path.exists(os.path.join(self.path(PART), "new", "y")):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        return process

    def test_copy_and_eval_on_any_ranks(self):
        written = []
        for ranks in RANKS:
            self.done(run(*self.copy, "--force", ranks=ranks))
            self.done(run("eval", "y = mean(x, axis=0); z = x + 1; max(x)", "-i", f"x={self.target}:/y", "-o", "y=" + self.path("z.toy"),
                          "-o", "z=" + self.path("z.toy:/z"), "--force", ranks=ranks))
            written.append({**tree(self.target), **{"z/" + k: v for k, v in tree(self.path("z.toy")).items()}})
            self.assertEqual(self.new_files(), ["y.toy", "z.toy"])
        for other in written[1:]:
            self.assertEqual(other, written[0])
        self.assertEqual(len(tree(self.target)), 21)  # 4 x 5 chunks and the index
        self.assertTrue((self.elements(self.target + ":/y") == self.x).all())
        self.assertTrue((self.elements(self.path("z.toy:/z")) == self.x + 1).all())
        self.assertTrue(np.allclose(self.elements(self.path("z.toy:/y")), self.x.mean(axis=0)))
        self.done(run("copy", self.target, self.path("back.h5:/y")))
        with h5py.File(self.path("back.h5")) as f:
            self.assertTrue((f["y"][...] == self.x).all())

    def test_shapes_that_bite(self):
        for statement in ("y = full((), 3)", "y = zeros((0, 4))", "y = ones((1, 1, 5))", "y = arange(7)"):
            self.done(run("eval", statement, "-o", "y=" + self.target, "--force"))
            self.done(run("eval", statement, "-o", "y=" + self.path("y.h5"), "--force"))
            with h5py.File(self.path("y.h5")) as f:
                self.assertTrue(np.array_equal(self.elements(self.target), f["y"][...]), statement)

    def test_info(self):
        self.done(run("eval", "a = ones((3, 4)); b = arange(5)", "-o", f"a={self.target}", "-o", f"b={self.target}"))
        listed = self.done(run("info", self.target)).out
        self.assertIn(self.target + ":/a", listed)
        self.assertIn(self.target + ":/b", listed)
        one = self.done(run("info", self.target + ":/b")).out
        self.assertRegex(one, "format +toy")
        self.assertEqual(self.done(run("eval", "sum(b)", "-i", f"b={self.target}:/b")).out.split()[-1], "10")
        self.assertEqual(run("info", self.target + ":/none").rc, 2)
        self.assertEqual(run("eval", "x", "-i", f"x={self.target}").rc, 2)  # which of the two?

    def test_force(self):
        self.done(run(*self.copy))
        before = tree(self.target)
        os.chmod(self.target, 0o750)
        refused = run("eval", "y = zeros(3)", "-o", "y=" + self.target)
        self.assertEqual(refused.rc, 2, str(refused))
        self.assertIn("exists; --force", refused.err)
        self.assertEqual(tree(self.target), before)
        self.done(run("eval", "y = zeros(3)", "-o", "y=" + self.target, "--force"))
        self.assertEqual(sorted(tree(self.target)), ["index.toy", "y/0"])
        self.assertEqual(stat.S_IMODE(os.stat(self.target).st_mode), 0o750)
        self.assertEqual(self.new_files(), ["y.toy"])

    def test_what_is_not_replaced(self):
        def refused(word, *options, inputs=()):
            result = run("eval", "y = zeros(3)", "-o", "y=" + self.target, "--force", *options)
            self.assertEqual(result.rc, 2, str(result))
            self.assertIn(word, result.err)

        os.mkdir(self.target)
        with open(os.path.join(self.target, "thesis.tex"), "w") as f:
            f.write("years")
        refused("is a folder, not a toy")
        self.assertEqual(tree(self.target), {"thesis.tex": b"years"})
        shutil.rmtree(self.target)
        with open(self.target, "w") as f:
            f.write("a file")
        refused("is no folder")
        os.remove(self.target)
        self.done(run(*self.copy))
        before = tree(self.target)
        same = run("eval", "y = x + 1", "-i", f"x={self.target}:/y", "-o", "y=" + self.target, "--force")
        self.assertEqual(same.rc, 2, str(same))
        self.assertIn("is an input", same.err)
        np.save(os.path.join(self.target, "in.npy"), np.zeros(3))
        inside = run("eval", "y = x + 1", "-i", f"x={self.target}/in.npy", "-o", "y=" + self.target, "--force")
        self.assertEqual(inside.rc, 2, str(inside))
        self.assertIn("an input is in it", inside.err)
        os.remove(os.path.join(self.target, "in.npy"))
        appended = run("eval", "z = zeros(3)", "-o", f"z={self.target}:/z", "--append")
        self.assertEqual(appended.rc, 2, str(appended))
        self.assertIn("nothing is added to a toy", appended.err)
        self.assertEqual(tree(self.target), before)
        self.assertEqual(run("copy", self.source, self.target, "--force", "--compress", "gzip").rc, 2)
        self.assertEqual(self.new_files(), ["y.toy"])

    @unittest.skipUnless(SHIM, "no write shim")
    def test_each_write_and_flush_fails_once(self):
        for old in (False, True):
            for ranks in (0, 2) if MPIEXEC and not old else (0,):
                if old:
                    self.done(run("eval", "y = zeros(3)", "-o", "y=" + self.target, "--force"))
                kept = tree(self.target) if old else None
                for shim in [{"SHIM_FAIL_AT": n} for n in (1, 5, 22)] + [{"SHIM_FAIL_SYNC": 1}]:
                    env = environment(LD_PRELOAD=SHIM, SHIM_RANK=str(max(0, ranks - 1)), **{k: str(v) for k, v in shim.items()})
                    result = run(*self.copy, "--force", ranks=ranks, env=env)
                    if result.rc == 0:  # a later rank writes less
                        self.assertEqual(shim, {"SHIM_FAIL_AT": 22})
                        kept = tree(self.target)
                        continue
                    self.assertEqual(result.rc, 3, str(result))
                    self.assertEqual(len(result.errors()), 1, str(result))
                    self.assertRegex(result.err, "No space left|Input/output error")
                    self.assertEqual(self.new_files(), ["y.toy"] if kept else [])
                    if kept:
                        self.assertEqual(tree(self.target), kept)
                shutil.rmtree(self.target, ignore_errors=True)

    @unittest.skipUnless(SHIM, "no write shim")
    def test_interruption(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = self.slow("-q")
            process.send_signal(number)
            result = finish(process)
            self.assertEqual(result.rc, 128 + number, str(result))
            self.assertEqual(self.new_files(), [])

    @unittest.skipUnless(SHIM, "no write shim")
    def test_what_a_killed_run_left_goes_with_the_next(self):
        self.done(run("eval", "y = zeros(3)", "-o", "y=" + self.target))
        before = tree(self.target)
        process = self.slow("--force")
        process.kill()
        finish(process)
        self.assertEqual(self.new_files(), [PART, "y.toy"])
        self.assertEqual(tree(self.target), before)
        self.assertEqual(run(*self.copy).rc, 2)  # the old one is there
        self.done(run(*self.copy, "--force"))
        self.assertTrue((self.elements(self.target) == self.x).all())
        self.assertEqual(self.new_files(), ["y.toy"])

    @unittest.skipUnless(SHIM, "no write shim")
    def test_two_runs(self):
        for options in ([], ["--force"]):
            first = self.slow(*options)
            second = run("eval", "y = zeros(3)", "-o", "y=" + self.target, *options)
            self.assertEqual(second.rc, 3, str(second))
            self.assertIn("another run is writing it now", second.err)
            self.assertEqual(finish(first).rc, 0)
            self.assertTrue((self.elements(self.target) == self.x).all())
            shutil.rmtree(self.target)

    @unittest.skipUnless(SHIM, "no write shim")
    def test_a_source_that_changes(self):
        self.done(run(*self.copy))
        flag = self.path("flag")
        env = environment(LD_PRELOAD=SHIM, SHIM_HOLD=flag, SHIM_HOLD_FILE="big.toy")
        self.done(run("eval", "y = uniform((40, 100), chunks=(10, 100))", "-o", "y=" + self.path("big.toy")))
        process = start(command_line(["eval", "sum(x)", "-i", "x=" + self.path("big.toy")], 0), env)
        while not os.path.exists(flag + ".held"):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        self.done(run("eval", "y = zeros((40, 100), chunks=(10, 100))", "-o", "y=" + self.path("big.toy"), "--force"))
        with open(flag + ".go", "w"):
            pass
        result = finish(process)
        self.assertEqual(result.rc, 3, str(result))
        self.assertIn("changed since it was opened", result.err)

    def test_a_toy_that_is_damaged(self):
        self.done(run(*self.copy))
        index = os.path.join(self.target, "index.toy")
        with open(index) as f:
            text = f.read()
        with open(index, "w") as f:
            f.write(text[: text.index("complete")])
        result = run("stats", self.target)
        self.assertEqual(result.rc, 3, str(result))
        self.assertIn("not complete", result.err)
        with open(index, "w") as f:
            f.write(text)
        os.remove(os.path.join(self.target, "y", "7"))
        result = run("stats", self.target)
        self.assertEqual(result.rc, 3, str(result))
        self.assertIn("no such file", result.err)


if __name__ == "__main__":
    sys.exit(unittest.main())

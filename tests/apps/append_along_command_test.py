"""--append-along: targets grow in place, whatever happens to the process. At each call by which an append changes files the process is
killed, or its disk is full: NumPy and h5py read the file as it was or as it becomes, and so does the next run."""
import json
import os
import re
import signal
import time
import unittest

import h5py
import numpy as np

try:
    import netCDF4
except ImportError:
    netCDF4 = None

from command import MPIEXEC, SANITIZED, Case, environment, run, start, command_line, finish

KILL_SHIM = os.environ["TESSERA_KILL_SHIM"]
RANKS = (0, 3) if MPIEXEC else (0,)
CALLS = re.compile("shim: ([0-9]+) calls")


def read(path):
    """The elements by NumPy or h5py."""
    if path.endswith(".npy"):
        return np.load(path)
    with h5py.File(path) as f:
        return f["x"][:]


def contents(path):
    with open(path, "rb") as f:
        return f.read()


class AppendAlong(Case):
    """a.npy: 5 x 4, b.npy: 3 x 4, c.npy: 40 x 4."""

    @classmethod
    def make_inputs(cls):
        cls.arrays = {}
        for name, n in (("a", 5), ("b", 3), ("c", 40)):
            cls.arrays[name] = np.random.default_rng(n).random((n, 4))
            np.save(cls.path(name + ".npy"), cls.arrays[name])
            cls.keep(name + ".npy")

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def append(self, name, target, *options, ranks=0, env=None):
        return run("eval", "x", "-i", "x=" + self.path(name + ".npy"), "-o", "x=" + self.path(target), "--append-along", "0", "-q", *options, ranks=ranks, env=env)

    def made(self, target, *options):
        """The file after one append, as bytes, with its elements."""
        self.done(self.append("a", target, *options))
        return contents(self.path(target.split(":/")[0]))

    def targets(self):
        yield "y.npy", []
        yield "y.h5:/x", ["--chunks", "4,4"]  # the last chunk is not full
        yield "y.h5:/x", ["--chunks", "4,3", "--compress", "gzip:1"]
        yield "y.nc:/x", ["--chunks", "1,4"]

    def test_grows(self):
        for ranks in RANKS:
            for target, options in list(self.targets())[:3]:
                path = self.path(target.split(":/")[0])
                want = np.zeros((0, 4))
                for name in "abcab" if ranks == 0 else "abc":
                    self.done(self.append(name, target, *options, ranks=ranks))
                    want = np.concatenate([want, self.arrays[name]])
                    self.assertTrue(np.array_equal(read(path), want), (target, options, ranks))
                self.assertEqual(self.new_files(), [os.path.basename(path)])
                os.remove(path)

    def days(self, n, first, units="days since 2000-01-01"):
        """day.nc: t (time n, lat 3), with coordinates."""
        with h5py.File(self.path("day.nc"), "w") as f:
            f["time"] = np.arange(first, first + n, dtype="f8")
            f["time"].attrs["units"] = units
            f["lat"] = np.array([-10.0, 0.0, 10.0])
            f["t"] = np.arange(first * 3.0, (first + n) * 3.0).reshape(n, 3)
            for i, name in enumerate(("time", "lat")):
                f[name].make_scale(name)
                f["t"].dims[i].attach_scale(f[name])

    def test_coordinates_grow(self):
        for target in ("all.nc", "all.h5"):
            for ranks in RANKS:
                first = 0
                for n in (2, 1, 4):
                    self.days(n, first)
                    outputs = [word for name in ("y", "z") for word in ("-o", f"{name}={self.path(target)}")]
                    self.done(run("eval", "y = t * 2; z = mean(t, axis='lat')", "-i", "t=" + self.path("day.nc:/t"), *outputs, "--append-along", "time", "-q", ranks=ranks))
                    first += n
                    with h5py.File(self.path(target)) as f:
                        self.assertEqual(sorted(f), ["lat", "time", "y", "z"])
                        self.assertTrue(np.array_equal(f["time"][:], np.arange(float(first))))
                        self.assertTrue(np.array_equal(f["y"][:], 2 * np.arange(first * 3.0).reshape(-1, 3)))
                        self.assertTrue(np.array_equal(f["z"][:], np.arange(first) * 3.0 + 1))
                        self.assertIn("days since 2000-01-01", str(f["time"].attrs["units"]))
                        self.assertEqual([f["y"].dims[i][0].name for i in (0, 1)], ["/time", "/lat"])
                        self.assertEqual(f["z"].dims[0][0].name, "/time")
                if netCDF4 and target.endswith(".nc"):
                    with netCDF4.Dataset(self.path(target)) as f:
                        self.assertEqual((f["y"].shape, f["time"].shape, f.dimensions["time"].size, f.dimensions["time"].isunlimited()), ((7, 3), (7,), 7, True))
                before = contents(self.path(target))
                self.days(2, first, "hours since 2000-01-01")
                result = run("eval", "y = t * 2", "-i", "t=" + self.path("day.nc:/t"), "-o", "y=" + self.path(target), "--append-along", "time", ranks=ranks)
                self.assertEqual(result.rc, 2, str(result))
                self.assertIn("in 'days since 2000-01-01' and what is to be appended to it in 'hours since 2000-01-01'", result.err)
                result = run("eval", "y = t[:, 0]", "-i", "t=" + self.path("day.nc:/t"), "-o", "y=" + self.path(target), "--append-along", "0", ranks=ranks)
                self.assertEqual(result.rc, 2, str(result))
                self.assertEqual(contents(self.path(target)), before)
                os.remove(self.path(target))

    def test_refusals(self):
        self.done(self.append("a", "y.npy"))
        before = contents(self.path("y.npy"))
        for options, words in ((["--force"], ["--append-along", "--force"]), (["--append"], ["--append-along", "--append"])):
            result = self.append("a", "y.npy", *options)
            self.assertEqual(result.rc, 2, str(result))
            for word in words:
                self.assertIn(word, result.err)
        for axis, word in (("2", "has shape (5, 4)"), ("lon", "no dimension of that name")):
            result = run("eval", "x", "-i", "x=" + self.path("a.npy"), "-o", "x=" + self.path("y.npy"), "--append-along", axis)
            self.assertEqual(result.rc, 2, str(result))
            self.assertIn(word, result.err)
        # An input, a file that may not be written, a folder where the lock can't be, and one that another run has.
        result = self.append("a", "a.npy")
        self.assertEqual(result.rc, 2, str(result))
        self.assertIn("is an input", result.err)
        self.assertEqual(contents(self.path("y.npy")), before)
        self.assertEqual(self.new_files(), ["y.npy"])

    def test_dimensions_without_coordinates(self):
        """A variable that has fewer records than its dimension is as long as that; others may go on where we stop."""
        if not netCDF4:
            return
        for compressed in (False, True):
            with netCDF4.Dataset(self.path("r.nc"), "w") as f:
                f.createDimension("time", None)
                f.createDimension("x", 4)
                for name, n in (("a", 5), ("b", 3)):
                    f.createVariable(name, "f8", ("time", "x"), chunksizes=(2, 4), zlib=compressed)[:n] = self.arrays["a"][:n]
            for names in ("b", "a", "ab"):
                outputs = [word for name in names for word in ("-o", f"{name}={self.path('r.nc')}:/{name}")]
                self.done(run("eval", "a = c[:3]; b = c[:3]", "-i", "c=" + self.path("c.npy"), *outputs, "--append-along", "0", "-q"))
            with netCDF4.Dataset(self.path("r.nc")) as f:
                rows = self.arrays["c"][:3]
                self.assertEqual((f["a"].shape, f["b"].shape), ((14, 4), (14, 4)))
                nothing = np.ma.masked_all((3, 4))
                for name, want in (("a", [self.arrays["a"], nothing, rows, rows]), ("b", [self.arrays["a"][:3], nothing[:2], rows, nothing, rows])):
                    want = np.ma.concatenate(want)
                    self.assertTrue(np.array_equal(f[name][:].mask, want.mask), (name, compressed))
                    self.assertTrue((f[name][:] == want).all(), (name, compressed))
            os.remove(self.path("r.nc"))

    def test_other_programs(self):
        """Those that have the file open to read don't mind; those that have it open to write are not disturbed."""
        self.done(self.append("a", "y.h5:/x"))
        before = contents(self.path("y.h5"))
        with h5py.File(self.path("y.h5"), "r+"):
            result = self.append("b", "y.h5:/x")
            self.assertEqual(result.rc, 3, str(result))
            self.assertIn("another program has it open to write", result.err)
        self.assertEqual(contents(self.path("y.h5")), before)
        with h5py.File(self.path("y.h5")) as f:
            x = f["x"]
            self.done(self.append("b", "y.h5:/x"))
            self.assertTrue(np.array_equal(x[:], self.arrays["a"]))
        self.assertEqual(len(read(self.path("y.h5"))), 8)
        # A journal that is not of this file, as it is now, changes nothing.
        with open(self.path(".y.h5.tessera-append"), "wb") as f:
            f.write(b"tessera append 1")
        self.assertEqual(run("stats", self.path("y.h5")).rc, 3)
        os.remove(self.path(".y.h5.tessera-append"))
        self.done(run("copy", self.path("b.npy"), self.path("y.h5:/x"), "--append-along", "0"))
        self.assertEqual(len(read(self.path("y.h5"))), 11)

    def left_journal(self):
        """y.h5 and its journal, as a process that was killed over the changes left them."""
        path, journal = self.path("y.h5"), self.path(".y.h5.tessera-append")
        before = self.made("y.h5:/x", "--chunks", "1,4")
        for at in range(1, 100):
            with open(path, "wb") as f:
                f.write(before)
            self.append("b", "y.h5:/x", env=environment(LD_PRELOAD=KILL_SHIM, KILL_NAME="y.h5", KILL_AT=str(at)))
            if os.path.exists(journal):
                return path, journal, before
        self.fail("no journal")

    def test_journals_of_other_files(self):
        path, journal, before = self.left_journal()
        with open(path, "r+b") as f:  # by a program that knows nothing of it
            f.write(bytes(100))
        self.assertEqual(run("stats", path + ":/x").rc, 3)
        self.assertIn("was changed by another program", run("eval", "x", "-i", "x=" + self.path("b.npy"), "-o", "x=" + path, "--force").err)
        self.assertTrue(os.path.exists(journal))
        with h5py.File(self.path("other.h5"), "w") as f:
            f["x"] = np.arange(40.0)
        os.replace(self.path("other.h5"), path)
        other = contents(path)
        self.done(run("stats", path + ":/x"))
        self.assertEqual(contents(path), other)
        self.assertFalse(os.path.exists(journal))
        os.remove(path)  # a copy with its journal is completed as the file would be
        path, journal, before = self.left_journal()
        os.rename(path, self.path("z.h5"))
        os.rename(journal, self.path(".z.h5.tessera-append"))
        self.done(run("stats", self.path("z.h5")))
        self.assertEqual(len(read(self.path("z.h5"))), 8)

    def test_two_at_once(self):
        for target, options in list(self.targets())[:2]:
            path = self.path(target.split(":/")[0])
            self.done(self.append("a", target, *options))
            env = environment(LD_PRELOAD=os.environ["TESSERA_WRITE_SHIM"], SHIM_HOLD=self.path("hold"), SHIM_HOLD_FILE="big.npy")
            np.save(self.path("big.npy"), np.ones((300, 4)))
            line = command_line(["eval", "x", "-i", "x=" + self.path("big.npy"), "-o", "x=" + self.path(target), "--append-along", "0", "-q"], 0)
            first = start(line, env)
            while not os.path.exists(self.path("hold.held")):
                time.sleep(0.01)
            for options in (["--append-along", "0"], ["--force"]):
                second = run("eval", "x", "-i", "x=" + self.path("a.npy"), "-o", "x=" + self.path(target), *options)
                self.assertEqual(second.rc, 3, str(second))
                self.assertIn("another run is writing it now", second.err)
            self.assertEqual(len(read(path)), 5)
            self.done(run("stats", self.path(target)))
            open(self.path("hold.go"), "w").close()
            self.done(finish(first))
            self.assertEqual(len(read(path)), 305)
            for name in self.new_files():
                os.remove(self.path(name))

    def test_interrupted(self):
        """Ctrl-C removes what a run was making, never what it appends to."""
        self.done(self.append("a", "y.npy"))
        np.save(self.path("big.npy"), np.ones((300, 4)))
        env = environment(LD_PRELOAD=os.environ["TESSERA_WRITE_SHIM"], SHIM_HOLD=self.path("hold"), SHIM_HOLD_FILE="big.npy")
        process = start(command_line(["eval", "x", "-i", "x=" + self.path("big.npy"), "-o", "x=" + self.path("y.npy"), "--append-along", "0", "-q"], 0), env)
        while not os.path.exists(self.path("hold.held")):
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        self.assertEqual(finish(process).rc, 130)
        self.assertTrue(np.array_equal(np.load(self.path("y.npy")), self.arrays["a"]))
        self.done(run("stats", self.path("y.npy")))
        for options in ([], ["--force"]):  # that are refused, and leave what explains the bytes behind the end
            self.assertEqual(run("eval", "y = x[:, 0]", "-i", "x=" + self.path("a.npy"), "-o", "y=" + self.path("y.npy"), "--append-along", "0", *options).rc, 2)
        self.done(run("stats", self.path("y.npy")))
        self.done(self.append("b", "y.npy"))
        self.assertTrue(np.array_equal(np.load(self.path("y.npy")), np.concatenate([self.arrays["a"], self.arrays["b"]])))
        self.assertEqual([name for name in self.new_files() if "tessera" in name], [])

    def each_call(self, target, options, torn=False, **shim):
        """Appends b to what a made, once for each call that changes files, with the shim at that call. torn: a write is cut short."""
        path = self.path(target.split(":/")[0])
        journal = self.path("." + os.path.basename(path) + ".tessera-append")
        before = self.made(target, *options)
        old, new = self.arrays["a"], np.concatenate([self.arrays["a"], self.arrays["b"]])
        env = environment(LD_PRELOAD=KILL_SHIM, KILL_NAME=os.path.basename(path), KILL_REPORT="1")
        calls = int(CALLS.search(self.done(self.append("b", target, *options, env=env)).err).group(1))
        self.assertGreater(calls, 3)
        seen = set()
        # Where a run is damaged by being killed, it is so without sanitizers too: under them, ten times as slow, at an eighth of the calls,
        # always with the first (nothing has been appended) and the last (all has been).
        for at in sorted({1, *range(calls, 0, -8 if SANITIZED else -1)}):
            what = f"{target} {options} {shim} at {at} of {calls}"
            with open(path, "wb") as f:
                f.write(before)
            result = self.append("b", target, *options, env=dict(env, KILL_AT=str(at), **shim))
            if not (torn and os.path.exists(journal)):  # by another program, before anybody has looked after the file
                first = read(path)
                self.assertTrue(np.array_equal(first, old) or np.array_equal(first, new), what)
            check = self.done(run("stats", self.path(target), "--json"))
            now = read(path)
            self.assertTrue(np.array_equal(now, old) or np.array_equal(now, new), what)
            self.assertEqual(json.loads(check.out)["count"], now.size, what)
            self.assertFalse(os.path.exists(journal), what)
            seen.add((result.rc == 0, len(now)))
            if at % 3 == 0:
                self.done(self.append("c", target, *options))
                self.assertTrue(np.array_equal(read(path), np.concatenate([now, self.arrays["c"]])), what)
                self.assertEqual(self.new_files(), [os.path.basename(path)], what)
        for name in self.new_files():  # what a killed run leaves
            os.remove(self.path(name))
        return seen

    def test_killed_at_each_call(self):
        for target, options in self.targets():
            seen = self.each_call(target, options)
            self.assertEqual({n for done, n in seen}, {5, 8}, (target, options))

    def test_killed_within_a_write(self):
        for target, options in list(self.targets())[1:3]:
            self.each_call(target, options, torn=True, KILL_TORN="1")

    def test_a_full_disk(self):
        for target, options in list(self.targets())[:3]:
            seen = self.each_call(target, options, KILL_ERROR="28")
            self.assertIn((False, 5), seen)

    def test_several_ranks_are_killed(self):
        if not MPIEXEC:
            return
        for target, options in (("y.npy", []), ("y.h5:/x", ["--chunks", "4,3", "--compress", "gzip:1"])):
            path = self.path(target.split(":/")[0])
            before = self.made(target, *options)
            old, new = self.arrays["a"], np.concatenate([self.arrays["a"], self.arrays["c"]])
            for rank in (0, 2):
                for at in (2, 5):
                    with open(path, "wb") as f:
                        f.write(before)
                    env = environment(LD_PRELOAD=KILL_SHIM, KILL_NAME=os.path.basename(path), KILL_AT=str(at), KILL_RANK=str(rank))
                    self.append("c", target, *options, ranks=3, env=env)
                    first = read(path)
                    self.assertTrue(np.array_equal(first, old) or np.array_equal(first, new))
                    n = len(first)
                    self.done(self.append("b", target, *options))
                    now = read(path)
                    self.assertIn(len(now), (n + 3, 48))
                    self.assertTrue(np.array_equal(now[-3:], self.arrays["b"]))
            os.remove(path)


if __name__ == "__main__":
    unittest.main()

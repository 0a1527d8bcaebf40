"""Bad input: every kind gives one clear message and the documented exit code within seconds; no target appears, inputs stay as they are."""
import os
import struct
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SHIM, TESSERA, Case, environment, finish, run, start


class BadInput(Case):
    """Everything is tried alone; BadInputOnTwoRanks repeats some."""

    @classmethod
    def make_inputs(cls):
        rng = np.random.default_rng(2)
        np.save(cls.path("x.npy"), rng.random((400, 500)))
        with h5py.File(cls.path("x.h5"), "w") as f:
            f["x"] = rng.random((400, 500))
            f.create_dataset("g/packed", data=rng.random((100, 100)), chunks=(10, 100), compression="gzip")
            f["words"] = "text"
        with open(cls.path("text.h5"), "w") as f:
            f.write("this is not HDF5\n" * 100)
        for name in ("x.h5", "x.npy"):
            with open(cls.path(name), "rb") as f:
                data = f.read()
            with open(cls.path("cut_" + name), "wb") as f:
                f.write(data[: len(data) // 2])
        with open(cls.path("x.npy"), "rb") as f:
            data = f.read()
        with open(cls.path("lies.npy"), "wb") as f:
            f.write(data.replace(b"(400, 500)", b"(999, 500)", 1))
        huge = b"{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 16), }"
        with open(cls.path("overflow.npy"), "wb") as f:
            f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(huge)) + huge)
        with open(cls.path("empty.npy"), "wb"):
            pass
        for name in os.listdir(cls.folder):
            cls.keep(name)

    ranks = 0

    def eval(self, statements, *words, env=None):
        return run("eval", statements, *words, ranks=self.ranks, env=env)

    def source(self, name):
        return f"x={self.path(name)}"

    # Sources

    def test_missing_file(self):
        self.refused(self.eval("mean(x)", "-i", self.source("none.h5:/x")), 3, "none.h5", "no such file")

    def test_missing_dataset(self):
        self.refused(self.eval("mean(x)", "-i", self.source("x.h5:/y")), 3, "x.h5", "/y", "/x")

    def test_which_dataset(self):
        self.refused(self.eval("mean(x)", "-i", self.source("x.h5")), 2, "x.h5", "/x", "/g/packed")

    def test_not_numbers(self):
        self.refused(self.eval("mean(x)", "-i", self.source("x.h5:/words")), 2, "words")

    def test_not_hdf5(self):
        self.refused(self.eval("mean(x)", "-i", self.source("text.h5:/x")), 2, "text.h5", "HDF5")

    def test_truncated_hdf5(self):
        self.refused(self.eval("mean(x)", "-i", self.source("cut_x.h5:/x")), 3, "cut_x.h5", "truncated")

    def test_truncated_npy(self):
        self.refused(self.eval("mean(x)", "-i", self.source("cut_x.npy")), 3, "cut_x.npy")

    def test_npy_header_that_lies(self):
        self.refused(self.eval("mean(x)", "-i", self.source("lies.npy")), 3, "lies.npy", "(999, 500)")
        self.refused(self.eval("mean(x)", "-i", self.source("overflow.npy")), 3, "overflow.npy")
        self.refused(self.eval("mean(x)", "-i", self.source("empty.npy")), 3, "empty.npy")

    def test_directory(self):
        self.refused(self.eval("mean(x)", "-i", "x=" + self.folder), 2, "directory")

    # Expressions

    def test_shapes_that_do_not_broadcast(self):
        self.refused(self.eval("x + zeros(7)", "-i", self.source("x.npy")), 2, "(400, 500)", "(7,)", "\n  x + zeros(7)\n    ^")

    def test_axis_out_of_range(self):
        self.refused(self.eval("sum(x, axis=2)", "-i", self.source("x.npy")), 2, "axis 2", "\n  sum(x, axis=2)\n  ^")

    def test_unknown_function(self):
        self.refused(self.eval("y = mean(sqtr(x))", "-i", self.source("x.npy")), 2,
                     "tessera: error: unknown function 'sqtr'; did you mean 'sqrt'?\n  y = mean(sqtr(x))\n           ^\n")

    def test_unknown_name(self):
        self.refused(self.eval("mean(xx)", "-i", self.source("x.npy")), 2, "unknown name 'xx'; did you mean 'x'?\n  mean(xx)\n       ^\n")

    def test_syntax(self):
        self.refused(self.eval("mean(x) + * 2", "-i", self.source("x.npy")), 2, "expected an expression, not '*'\n  mean(x) + * 2\n            ^\n")

    def test_nesting(self):
        for text in ("(" * 10000 + "x" + ")" * 10000, "-" * 10000 + "x", "abs(" * 10000 + "x" + ")" * 10000, "x" + "**x" * 10000):
            self.refused(self.eval("0+" + text, "-i", self.source("x.npy")), 2, "nested deeper than 200", "...")

    def test_small_stacks(self):
        for text in ("(" * 190 + "x" + ")" * 190, "-" * 190 + "x", "abs(" * 190 + "x" + ")" * 190):
            for kib in (192, 256):
                result = self.limited(kib, "0+" + text)
                self.assertIn(result.rc, (0, 2), result)
                self.assertTrue(result.rc == 0 or "KiB holds" in result.err, result)

    def limited(self, kib, statements):
        line = ["bash", "-c", f'ulimit -s {kib}; exec "$@"', "-", TESSERA, "eval", f"sum({statements})", "-i", self.source("x.npy")]
        return finish(start(line))

    def test_nothing_to_do(self):
        self.refused(self.eval("y = mean(x)", "-i", self.source("x.npy")), 2, "nothing to print or write")

    # Options

    def test_options(self):
        out = "y=" + self.path("o.h5:/y")
        for words, message in [
            (["--memroy", "1G"], "unknown option '--memroy'; did you mean '--memory'?"), (["--memory", "lots"], "--memory"), (["--memory", "-5"], "--memory"), (["--threads", "0"], "--threads"),
            (["--device", "gpu"], "there is none of that name"), (["--device", "tpu"], "auto, cuda, cpu"), (["--ranks", "4"], "--explain"), (["-o", out], "no statement assigns 'y'"),
            (["-i", "x.npy"], "NAME=SOURCE"), (["-i", "3x=x.npy"], "'3x' is not a name"), (["-i", self.source("x.npy")], "twice"), (["--chunks", "3"], "there is no -o"),
            (["--chunks", "3,x", "-o", out], "--chunks wants"), (["--progress", "maybe"], "--progress"), (["extra"], "unexpected argument 'extra'"),
        ]:
            with self.subTest(words=words):
                self.refused(self.eval("mean(x)", "-i", self.source("x.npy"), *words), 2, message)
        self.refused(self.eval("y = x", "-i", self.source("x.npy"), "-o", out, "--chunks", "5"), 2, "--chunks has 1 lengths, y has 2 dimensions (400, 500)")
        self.refused(run("evel", "x", ranks=self.ranks), 2, "unknown command 'evel'; did you mean 'eval'?")
        self.refused(run(ranks=self.ranks), 2, "a command is missing")
        self.refused(run("eval", ranks=self.ranks), 2, "eval wants STATEMENTS")
        self.refused(self.eval("-x", "-i", self.source("x.npy")), 2, "in parentheses: '(-x)'")

    def test_budget_that_can_not_work(self):
        self.refused(self.eval("mean(x, axis=0)", "-i", self.source("x.npy"), "--memory", "1M"), 4, "memory")

    # Targets

    def test_target_exists(self):
        for name in ("there.h5:/y", "there.npy"):
            file = self.path(name.split(":")[0])
            with open(file, "w") as f:
                f.write("precious")
            self.before = set(os.listdir(self.folder))
            self.refused(self.eval("y = x", "-i", self.source("x.npy"), "-o", "y=" + self.path(name)), 2, "exists", "--force")
            with open(file) as f:
                self.assertEqual(f.read(), "precious")
            os.remove(file)

    def test_target_is_an_input(self):
        self.refused(self.eval("y = x + 1", "-i", self.source("x.h5:/x"), "-o", "y=" + self.path("x.h5:/y"), "--force"), 2, "is an input")
        os.symlink(self.path("x.npy"), self.path("link.npy"))
        self.before.add("link.npy")
        self.refused(self.eval("y = x + 1", "-i", self.source("x.npy"), "-o", "y=" + self.path("link.npy"), "--force"), 2, "is an input")
        os.remove(self.path("link.npy"))

    def test_folder_not_writable(self):
        # Below a regular file: also root can't write there.
        self.refused(self.eval("y = x", "-i", self.source("x.npy"), "-o", "y=" + self.path("x.npy/out.h5:/y")), 3, "x.npy")
        self.refused(self.eval("y = x", "-i", self.source("x.npy"), "-o", "y=" + self.path("no/such/out.npy")), 3, "no such folder")
        self.refused(self.eval("y = x", "-i", self.source("x.npy"), "-o", "y=/proc/out.npy"), 3, "/proc/")

    def test_two_targets_one_bad(self):
        self.refused(self.eval("y = x", "-i", self.source("x.npy"), "-o", "y=" + self.path("good.npy"), "-o", "y=" + self.path("no/bad.npy")), 3, "no/bad.npy")

    @unittest.skipUnless(SHIM, "no write shim")
    def test_disk_full(self):
        for target in ("full.h5:/y", "full.npy"):
            for rank in range(max(self.ranks, 1)):
                for at in (1, 2) if self.ranks == 0 else (2,):
                    with self.subTest(target=target, rank=rank, at=at):
                        env = environment(LD_PRELOAD=SHIM, SHIM_FAIL_AT=str(at), SHIM_RANK=str(rank))
                        result = self.eval("y = uniform((4000, 500), chunks=(500, 500))", "-o", "y=" + self.path(target), env=env)
                        self.refused(result, 3, target.split(":")[0], "No space left on device")

    @unittest.skipUnless(SHIM, "no write shim")
    def test_flush_fails(self):
        env = environment(LD_PRELOAD=SHIM, SHIM_FAIL_SYNC="1", SHIM_RANK=str(max(self.ranks - 1, 0)))
        for target in ("sync.h5:/y", "sync.npy"):
            self.refused(self.eval("y = uniform((400, 500))", "-o", "y=" + self.path(target), env=env), 3, target.split(":")[0])

    def test_output_closed(self):
        with open("/dev/full", "w") as full:
            import subprocess
            from command import TESSERA
            result = subprocess.run([TESSERA, "eval", "2*pi"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, env=environment())
        self.assertEqual(result.returncode, 3)
        self.assertIn("standard output", result.stderr)

    def test_damaged_chunk_is_found_while_reading(self):
        with h5py.File(self.path("damaged.h5"), "w") as f:
            d = f.create_dataset("x", data=np.random.default_rng(0).random((1000, 100)), chunks=(50, 100), compression="gzip", fletcher32=True)
            place = d.id.get_chunk_info(15)
        with open(self.path("damaged.h5"), "r+b") as f:
            f.seek(place.byte_offset + place.size // 2)
            f.write(b"\0" * 64)
        self.before = set(os.listdir(self.folder))
        self.refused(self.eval("y = x + 1", "-i", self.source("damaged.h5:/x"), "-o", "y=" + self.path("o.h5:/y")), 3, "damaged.h5")

    def test_info(self):
        self.refused(run("info", self.path("none.h5"), ranks=self.ranks), 3, "none.h5")
        self.refused(run("info", self.path("cut_x.npy"), ranks=self.ranks), 3, "cut_x.npy")


@unittest.skipUnless(MPIEXEC, "built without MPI")
class BadInputOnTwoRanks(BadInput):
    """What differs when another rank is waiting: one of each kind (mpirun takes 2 s to end a job that failed)."""

    ranks = 2


ON_RANKS = {"test_missing_file", "test_truncated_npy", "test_shapes_that_do_not_broadcast", "test_budget_that_can_not_work", "test_target_exists", "test_disk_full", "test_flush_fails",
            "test_damaged_chunk_is_found_while_reading"}
for name in dir(BadInput):
    if name.startswith("test_") and name not in ON_RANKS:
        setattr(BadInputOnTwoRanks, name, None)


if __name__ == "__main__":
    unittest.main()

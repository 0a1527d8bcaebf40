"""An input that is overwritten in place while it is read: an error that names it (3), and no target. Whatever its format is, and whatever becomes of the result."""
import os
import sys
import time
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SHIM, Case, command_line, environment, finish, start

SHAPE = (400, 1000)


@unittest.skipUnless(SHIM, "no write shim")
class ChangedInput(Case):
    def setUp(self):
        super().setUp()
        self.rows = np.arange(SHAPE[0] * SHAPE[1], dtype="f8").reshape(SHAPE)
        np.save(self.path("x.npy"), self.rows)
        self.rows.tofile(self.path("x.bin"))
        for name, how in (("plain.h5", {}), ("chunks.h5", {"chunks": (10, 1000)}), ("packed.h5", {"chunks": (10, 1000), "compression": "gzip"})):
            with h5py.File(self.path(name), "w") as f:
                f.create_dataset("x", data=self.rows, **how)
        for k in range(3):
            np.save(self.path(f"part_{k}.npy"), self.rows)
        time.sleep(0.05)  # the clock of files is a coarse one

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def overwrite(self, name):
        """Other bytes in the middle, where elements are; the same length."""
        with open(self.path(name), "r+b") as f:
            f.seek(os.path.getsize(self.path(name)) // 2)
            f.write(b"\1" * 4096)

    def meanwhile(self, name, change, words, ranks=0):
        """Runs `words`; after the first elements were read from the file `name`, `change` is done. The error names the file."""
        flag = self.path("flag")
        process = start(command_line(words, ranks), environment(LD_PRELOAD=SHIM, SHIM_HOLD=flag, SHIM_HOLD_FILE=name, TESSERA_THREADS="1"))
        deadline = time.monotonic() + 60
        while not os.path.exists(flag + ".held"):
            self.assertIsNone(process.poll(), "it ended before it read anything")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        change()
        open(flag + ".go", "w").close()
        result = finish(process, 60)
        os.remove(flag + ".held")
        os.remove(flag + ".go")
        self.assertEqual(result.rc, 3, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        self.assertRegex(result.errors()[0], name + ".*(changed|damaged|truncated)", str(result))
        self.assertEqual(result.out, "")
        self.assertEqual([n for n in self.new_files() if "y.h5" in n], [])

    def test_every_format(self):
        raw = ["--raw-dtype", "f8", "--raw-shape", "400,1000"]
        for name, options in (("x.npy", []), ("x.bin", raw), ("plain.h5", []), ("chunks.h5", []), ("packed.h5", [])):
            with self.subTest(name):
                self.meanwhile(name, lambda: self.overwrite(name), ["copy", self.path(name), self.path("y.h5:/y"), *options])

    def test_every_kind_of_result(self):
        x = self.path("x.npy")
        for words in (["stats", x], ["eval", "sum(x)", "-i", "x=" + x], ["diff", x, self.path("plain.h5")], ["eval", "sum(x, axis=1)", "-i", "x=" + x]):
            self.meanwhile("x.npy", lambda: self.overwrite("x.npy"), words)

    def test_every_kind_of_change(self):
        def touched_back():
            before = os.stat(self.path("x.npy"))
            self.overwrite("x.npy")
            os.utime(self.path("x.npy"), ns=(before.st_atime_ns, before.st_mtime_ns))

        def longer():
            with open(self.path("x.npy"), "ab") as f:
                f.write(b"more")

        def replaced():
            np.save(self.path("other.npy"), self.rows + 1)
            os.replace(self.path("other.npy"), self.path("x.npy"))

        for change in (touched_back, longer, replaced, lambda: os.truncate(self.path("x.npy"), 400000)):
            self.meanwhile("x.npy", change, ["eval", "y = x + 1", "-i", "x=" + self.path("x.npy"), "-o", "y=" + self.path("y.h5")])
            np.save(self.path("x.npy"), self.rows)
            time.sleep(0.05)

    def test_many_files_and_ranks(self):
        for ranks in (0, 3) if MPIEXEC else (0,):
            words = ["eval", "y = x + 1", "-i", "x=" + self.path("part_*.npy"), "--concat", "0", "-o", "y=" + self.path("y.h5")]
            self.meanwhile("part_0.npy", lambda: self.overwrite("part_0.npy"), words, ranks)


if __name__ == "__main__":
    sys.exit(unittest.main())

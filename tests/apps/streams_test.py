"""stdout and stderr that are full, closed, or pipes without readers; the limit of file sizes. The exit code is the documented one, what is complete stays, and nothing is ever written into a file that has a stream's number."""
import os
import resource
import shlex
import subprocess
import sys
import unittest

import h5py
import numpy as np

from command import MPIEXEC, TESSERA, Case, command_line, environment

SIGNALS = (-6, 134, -13, 141, -25, 153)  # as Python and as shells report SIGABRT, SIGPIPE, SIGXFSZ


class Streams(Case):
    @classmethod
    def make_inputs(cls):
        np.save(cls.path("x.npy"), np.arange(1000.0))
        np.save(cls.path("z.npy"), np.arange(1000.0) + 1)
        for name in ("x.npy", "z.npy"):
            cls.keep(name)

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def shell(self, words, streams, ranks=0):
        """The command with the redirections of a shell. returns: exit code, what it said (where it could)."""
        line = " ".join(shlex.quote(w) for w in command_line(words, ranks))
        done = subprocess.run(["bash", "-c", f"{line} {streams}"], env=environment(), capture_output=True, text=True, timeout=90)
        return done.returncode, done.stdout, done.stderr

    def commands(self):
        x, z = self.path("x.npy"), self.path("z.npy")
        yield 0, ["--help"]
        yield 0, ["--version"]
        yield 0, ["--completion", "bash"]
        yield 0, ["info", x, "--json"]
        yield 0, ["stats", x, "--json"]
        yield 0, ["stats", x, "--explain"]
        yield 0, ["stats", x, "--dry-run"]
        yield 0, ["eval", "mean(x)", "-i", "x=" + x, "--progress", "on"]
        yield 0, ["doctor"]
        yield 10, ["diff", x, z]
        yield 0, ["diff", x, x]
        yield 2, ["eval", "mean(", "-i", "x=" + x]
        yield 2, ["--nonsense"]
        yield 3, ["stats", self.path("none.npy")]
        yield 4, ["eval", "sum(x)", "-i", "x=" + x, "--memory", "100K"]

    def test_stderr(self):
        for code, words in self.commands():
            for stream in ("2>/dev/full", "2>&-"):
                rc, out, _ = self.shell(words, stream)
                self.assertEqual(rc, code, (words, stream))
                self.assertEqual(out != "", code in (0, 10), (words, stream))

    def test_stdout(self):
        for code, words in self.commands():
            for stream in (">/dev/full", ">&-"):
                rc, _, err = self.shell(words, stream)
                self.assertEqual(rc, code if code != 0 else 3, (words, stream, err))
                if code in (0, 10):
                    self.assertIn("can't be written to standard output", err, (words, stream))

    def test_both_and_all(self):
        for code, words in self.commands():
            streams = "<&- >&- 2>&-"
            self.assertEqual(self.shell(words, streams)[0], code if code != 0 else 3, (words, streams))

    def test_nobody_reads_the_pipe(self):
        for code, words in [c for c in self.commands() if c[1][0] in ("info", "stats", "diff", "--help")]:
            process = subprocess.Popen([TESSERA, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
            process.stdout.close()
            err = process.stderr.read().decode()
            process.stderr.close()
            self.assertIn(process.wait(60), (code, 3), err)

    def test_a_complete_target_stays(self):
        for ranks in (0, 2) if MPIEXEC else (0,):
            for streams in ("2>/dev/full", "2>&-", "<&- 2>&- >&-", ">/dev/full"):
                y = self.path("y.h5")
                words = ["eval", "y = x + 1; mean(y)", "-i", "x=" + self.path("x.npy"), "-o", f"y={y}:/y", "--force", "--progress", "on"]
                rc, out, err = self.shell(words, streams, ranks)
                if ranks == 0:
                    self.assertEqual(rc, 3 if ">/" in streams.replace("2>/", "") or " >&-" in streams else 0, (streams, err))
                self.assertNotIn(rc, SIGNALS)
                with h5py.File(y) as f:
                    self.assertTrue((f["y"][...] == np.arange(1000.0) + 1).all())
                self.assertEqual(self.new_files(), ["y.h5"])
                os.remove(y)

    def test_without_anything_to_print(self):
        rc, _, err = self.shell(["copy", self.path("x.npy"), self.path("y.h5:/y"), "-q"], ">&-")
        self.assertEqual(rc, 0, err)

    def test_the_limit_of_file_sizes(self):
        for target in ("y.npy", "y.h5:/y", "y.bin"):
            for compress in ([], ["--compress", "gzip:1", "--chunks", "1000"]) if ".h5" in target else ([],):
                words = ["eval", "y = uniform(1000000)", "-o", "y=" + self.path(target), *compress]
                limit = 1 << 20
                done = subprocess.run([TESSERA, *words], env=environment(), capture_output=True, text=True, timeout=90,
                                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                self.assertEqual(done.returncode, 3, (target, done.stderr))
                self.assertIn("File too large", done.stderr)
                self.assertEqual(self.new_files(), [])
        with open(self.path("out.txt"), "wb") as out:
            done = subprocess.run([TESSERA, "--help"], env=environment(), stdout=out, stderr=subprocess.PIPE, text=True, timeout=90,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("standard output: File too large", done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())

"""The memory promise, measured from outside: a fresh process per case, its own peak resident size (VmHWM) against --memory.

The kernel's figure (ru_maxrss of the ended process) is taken by a small parent, so that nothing the command says about itself
is believed. The file is larger than every budget, so the plans must stream; that they do is checked too.
"""
import os
import sys

# Before the large imports: the kernel counts what this process has when it starts the rank.
if len(sys.argv) > 2 and sys.argv[1] == "--watch":  # the small parent: runs a rank, writes its peak into a folder
    folder, line = sys.argv[2], sys.argv[3:]
    child = os.posix_spawn(line[0], line, os.environ)
    _, status, usage = os.wait4(child, 0)
    with open(os.path.join(folder, f"peak.{os.getpid()}"), "w") as f:
        f.write(str(usage.ru_maxrss * 1024))
    sys.exit(os.waitstatus_to_exitcode(status))

import re  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import unittest  # noqa: E402

import h5py  # noqa: E402
import numpy  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "apps"))
import command  # noqa: E402

MIB = 1 << 20
SHAPE, CHUNKS = (96, 512, 512), (8, 256, 256)  # 192 MiB in chunks of 4 MiB


class Budget(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.file = os.path.join(cls.folder.name, "x.h5")
        rng = numpy.random.default_rng(1)
        with h5py.File(cls.file, "w") as f:
            x = f.create_dataset("x", SHAPE, "f8", chunks=CHUNKS)
            z = f.create_dataset("z", SHAPE, "f8", chunks=CHUNKS, compression="gzip", compression_opts=1, shuffle=True)
            for i in range(0, SHAPE[0], 8):
                block = rng.integers(0, 1000, (8, *SHAPE[1:])) / 8
                x[i : i + 8] = block
                z[i : i + 8] = block

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_watched(self, ranks, budget_mib, statements, *more, dataset="x", file=None):
        """returns: (rc, stderr, peaks in bytes, one per rank)"""
        with tempfile.TemporaryDirectory() as peaks:
            watched = [sys.executable, os.path.abspath(__file__), "--watch", peaks, command.TESSERA]
            start = [command.MPIEXEC, "-n", str(ranks), "--bind-to", "none"] if ranks > 1 else []
            line = [*start, *watched, "eval", *([statements] if isinstance(statements, str) else statements), "-i", f"x={file or self.file}:/{dataset}", "--memory", f"{budget_mib}M", *more]
            done = subprocess.run(line, env=command.environment(), capture_output=True, text=True, timeout=100)
            found = []
            for name in os.listdir(peaks):
                with open(os.path.join(peaks, name)) as f:
                    found.append(int(f.read()))
        return done.returncode, done.stderr, found

    def check(self, statements, *more, budgets=(48,), dataset="x"):
        for ranks in (1, 2) if command.MPIEXEC else (1,):
            for budget in budgets:
                with self.subTest(statements=statements, ranks=ranks, budget=budget):
                    rc, err, peaks = self.run_watched(ranks, budget, statements, *more, dataset=dataset)
                    self.assertEqual(rc, 0, err)
                    self.assertEqual(len(peaks), ranks)
                    for peak in peaks:
                        self.assertLess(peak, budget * MIB, f"{peak / MIB:.1f} MiB of {budget} MiB")

    def target(self, name):
        return os.path.join(self.folder.name, name)

    def test_mean_over_the_first_axis(self):
        self.check("mean(sqrt(x) + x**2, axis=0)[0]")

    def test_reductions_over_every_axis(self):
        self.check("a = sum(x); b = std(x, axis=1)[0]; c = max(x, axis=(0, 2)); print_me = a + sum(b) + sum(c); print_me")

    def test_elementwise_to_hdf5(self):
        self.check("y = x * 2 + 1", "-o", f"y={self.target('y.h5')}:/y", "--force")

    def test_elementwise_to_npy(self):
        self.check("y = x * 2 + 1", "-o", f"y={self.target('y.npy')}", "--force")

    def test_anomaly_in_two_passes(self):
        self.check("y = x - mean(x, axis=0)", "-o", f"y={self.target('a.h5')}:/y", "--force")

    def test_transposed_result(self):
        self.check("y = x.T + 1", "-o", f"y={self.target('t.h5')}:/y", "--force")

    def test_what_changes_hands(self):
        places = "i = integers((3000000,), low=-96, high=96, seed=1)"
        for name, statements in {"rechunked": "y = rechunk(x, (96, 32, 512))", "reshaped": "y = reshape(x, (512, 96, 512)) + 1", "sorted": "y = sort(ravel(x[:24]))", "scanned": "y = cumulative_sum(x, axis=0)",
                                 "picked": f"{places}; y = x[i, 5, i]", "assigned": f"{places}; y = put_along_axis(ravel(x)[:500000], i + 96, 1.0, 0)"}.items():
            self.check(statements, "-o", f"y={self.target(name + '.h5')}:/y", "--force", "--quiet")
        self.check("median(x) + quantile(x, 0.9)")
        self.check("j = integers((3000000, 4), low=-96, high=96, seed=2); mean(x[j, 5, j])")  # 96 MiB are gathered

    def test_compressed_input(self):
        self.check("mean(x, axis=0)[0]", dataset="z", budgets=(64,))

    def test_the_smallest_budget_works_and_nothing_less(self):
        statements = "mean(sqrt(x) + x**2, axis=0)[0]"
        rc, err, _ = self.run_watched(1, 8, statements)
        self.assertEqual(rc, 4, err)
        smallest = int(re.search(r"needs at least (\d+) MiB", err).group(1))
        self.assertIn(f"--memory {smallest}M", err)
        rc, err, peaks = self.run_watched(1, smallest, statements)
        self.assertEqual(rc, 0, err)
        self.assertLess(peaks[0], smallest * MIB)
        rc, err, _ = self.run_watched(1, smallest - 3, statements)
        self.assertEqual(rc, 4, err)

    def check_smallest(self, statements, *more, dataset="x"):
        rc, err, _ = self.run_watched(1, 8, statements, *more, dataset=dataset)
        self.assertEqual(rc, 4, err)
        smallest = int(re.search(r"needs at least (\d+) MiB", err).group(1))
        rc, err, peaks = self.run_watched(1, smallest, statements, *more, dataset=dataset)
        self.assertEqual(rc, 0, err)
        self.assertLess(peaks[0], smallest * MIB, f"{peaks[0] / MIB:.1f} MiB of {smallest} MiB")

    def test_compressed_results_of_several_stages_at_the_smallest_budget(self):
        s = self.target("s.h5")
        more = [word for name in "acde" for word in ("-o", f"{name}={s}:/{name}")] + ["--force", "--compress", "gzip:1", "--threads", "2"]
        self.check_smallest("a = normal((4000, 500)); b = a[::-1]; c = a + b; d = stack((a, b, c)); e = d.T", *more)

    def test_what_one_stage_decodes_with_is_not_there_in_the_next(self):
        more = ("-o", f"y={self.target('n.h5')}:/y", "--force", "--compress", "gzip:1", "--threads", "4")
        self.check_smallest("m = mean(x); y = normal((1000, 1500)) + m", *more, dataset="z")

    def test_loops_in_one_expression(self):
        self.check("u = x[0, :, :]; " + 150 * "u = (u[1:-1, 2:] + u[1:-1, :-2] + u[2:, 1:-1] + u[:-2, 1:-1]) / 4; " + "sum(u)")
        self.check("y = x[0, :, :]; " + 1000 * "y = y - mean(y); " + "sum(y)", budgets=(64,))

    def check_statements(self, text, budget, expected, words=""):
        with tempfile.NamedTemporaryFile("w", suffix=".t") as f:
            f.write(text)
            f.flush()
            rc, err, peaks = self.run_watched(1, budget, ("-f", f.name), "--dry-run")
        self.assertEqual(rc, expected, err[:1000])
        self.assertLess(peaks[0], budget * MIB, f"{peaks[0] / MIB:.1f} MiB of {budget} MiB: {text[:40]}")
        self.assertIn(words, err)

    def test_statements_take_what_the_budget_has_or_are_refused(self):
        n = 300000
        self.check_statements("sum(array([" + n // 2 * "1," + "1]))", 96, 0)
        self.check_statements("1" + n // 2 * "+1", 96, 0)
        self.check_statements("y = x[0, 0, :8]; y" + 15000 * "+1", 128, 0)
        self.check_statements("1" + 5 * n * "+1", 128, 4, "of statements may take")
        for text in ("y" + n // 2 * "+1", "y" + n // 7 * "+abs(y)", "concat([" + n // 2 * "y," + "y])", "y[1:]" + n // 6 * "+y[1:]", n // 2 * "y;"):
            self.check_statements("y = x[0, 0, :8]; " + text, 128, 4, "are left")

    def test_what_data_make_many_is_in_the_budget(self):
        pairs = 40 * "a = (a, a); "
        for text in ("unstack(zeros((2**40,)))[0]", "unstack(zeros((2, 2**40)), axis=-1)", "stack(unstack(zeros((2**17,))))", "unstack(zeros((20000,)))",
                     "a = (1, 2); " + pairs + "array(a)", "a = x; " + pairs + "a", "".join(f"a{i} = unstack(zeros((300,))); " for i in range(600)) + "1"):
            self.check_statements(text, 96, 4, "are left")
        self.check_statements("stack(unstack(zeros((2000,))))", 96, 0)

    def test_many_large_attributes(self):
        path = self.target("attributes.h5")
        with h5py.File(path, "w", libver="latest") as f:
            x = f.create_dataset("x", data=numpy.arange(1000.0))
            for i in range(60):
                x.attrs[f"a{i}"] = "x" * (MIB - 8)
        for more in ((), ("-o", f"y={self.target('carried.h5')}:/y", "--force")):
            rc, err, peaks = self.run_watched(1, 200, "y = x + 1; mean(y)", *more, file=path)
            self.assertEqual(rc, 0, err)
            self.assertLess(peaks[0], 200 * MIB, f"{peaks[0] / MIB:.1f} MiB")

    def test_attributes_are_in_the_budget(self):
        for name, of_dataset, of_file, length in (("few large ones", 12, 0, MIB - 8), ("of the file, too", 6, 6, MIB - 8), ("many small ones", 12000, 0, 1000)):
            path = self.target("attributes.h5")
            with h5py.File(path, "w", libver="latest") as f:
                f["x"] = numpy.arange(1000.0)
                for attributes, count in ((f["x"].attrs, of_dataset), (f.attrs, of_file)):
                    for i in range(count):
                        attributes[f"a{i}"] = "x" * length
            codes = {}
            outputs = [word for y in "abc" for word in ("-o", f"{y}={self.target('carried.h5')}:/{y}")]
            for budget in (32, 48, 96, 400):
                rc, err, peaks = self.run_watched(1, budget, "a = x + 1; b = x[::2]; c = max(x)", *outputs, "--force", file=path)
                codes[budget] = rc
                self.assertLess(peaks[0], budget * MIB, f"{name}: {peaks[0] / MIB:.1f} MiB of {budget} MiB")
                self.assertIn(rc, (0, 4), err)
                if rc == 4:
                    self.assertRegex(err, "(attributes|needs at least).* MiB")
            self.assertEqual((codes[32], codes[400]), (4, 0), name)

    def test_attributes_of_other_datasets_are_not_held(self):
        path = self.target("others.h5")
        with h5py.File(path, "w", libver="latest") as f:
            x = f.create_dataset("x", data=numpy.arange(1000.0))
            x.dims[0].label = "t"  # looked for by its name
            for i in range(40):
                other = f.create_dataset(f"other{i}", data=numpy.arange(3.0))
                for k in range(2):
                    other.attrs[f"a{k}"] = "x" * (MIB - 8)
        rc, err, peaks = self.run_watched(1, 48, "y = x + 1", "-o", f"y={self.target('alone.h5')}:/y", "--force", file=path)
        self.assertEqual(rc, 0, err)
        self.assertLess(peaks[0], 48 * MIB, f"{peaks[0] / MIB:.1f} MiB")

    def test_a_refused_budget_reads_nothing(self):
        rc, err, _ = self.run_watched(1, 8, "y = x + 1", "-o", f"y={self.target('never.h5')}:/y")
        self.assertEqual(rc, 4, err)
        self.assertFalse(os.path.exists(self.target("never.h5")))
        self.assertEqual([n for n in os.listdir(self.folder.name) if "tessera-part" in n], [])


if __name__ == "__main__":
    unittest.main()

"""tessera eval, info and doctor: results against NumPy, what is printed against NumPy's print, files as h5py and NumPy read them."""
import json
import os
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, environment, run

# Each is computed by the command and by NumPy, over x (64, 50, 30) float64, i (7, 9) int64, f (40,) float32, z (6, 5) complex128, b (7, 9) bool.
EXPRESSIONS = [
    "x + 2", "sqrt(x) + x**2", "mean(sqrt(x) + x**2, axis=0)", "-x**2", "x // 0.25", "x % 0.3", "2**x", "x**-1", "1 / (x + 1)", "exp(x)", "log(x + 1)", "sin(x) * cos(x)", "tanh(x)",
    "floor(x * 10)", "isnan(x)", "minimum(x, 0.5)", "maximum(x, 1 - x)", "where(x > 0.5, x, -x)", "(x > 0.2) & (x < 0.6)", "~(x > 0.5) | (x == 0)", "x[10:20, ::2, -1]", "x[..., ::-1]",
    "x[None, 3, :, 4:9]", "x.T", "x[5].T + 1", "sum(x)", "sum(x, axis=(0, 2))", "sum(x, axis=1, keepdims=True)", "mean(x, axis=-1)", "var(x, axis=0)", "std(x, axis=(1, 2), ddof=1)",
    "min(x, axis=0)", "max(x)", "any(x > 0.999, axis=(0, 1))", "all(x >= 0)", "x - mean(x, axis=0, keepdims=True)", "sum(x * x, axis=0)[3:5]", "x * x.shape[0]",
    "i + 1", "i // 2", "i % 3", "i * i - i", "i / 2", "i & 3 | 4", "i ^ 5", "i << 2", "i >> 1", "~i", "i == 0", "sum(i)", "sum(i, axis=0)", "mean(i)", "abs(i)",
    "astype(i, 'float32') / 3", "astype(i, 'int8')", "astype(x, 'float32')", "i + 0.5", "min(i, axis=1)", "var(i, axis=0)", "sqrt(abs(i))",
    "f * 2", "f + 0.5", "sum(f)", "mean(f)", "f[::3]", "square(f)", "z * 2", "z + 1j", "real(z) + imag(z)", "abs(z)", "sum(z, axis=1)", "z * z", "~b", "b & (i > 0)", "sum(b)", "any(b, axis=0)",
    "logical_and(astype(i, 'uint8'), 256)", "transpose(x, (2, 0, 1))", "permute_dims(x, (1, 0, 2))", "swapaxes(x, 0, 2)", "moveaxis(x, 0, -1)", "flip(x, axis=1)", "expand_dims(f, 0)", "squeeze(x[:, :1])", "broadcast_to(f, (3, 40))",
    "zeros((3, 4))", "ones(5, 'int8')", "full((2, 2), 1.5)", "arange(10)", "arange(2, 3, 0.125)", "arange(10, 0, -3)", "x[0:0]", "sum(x[0:0])", "x[:1, :1, :1]",
    # Tuples as arrays, and arguments as NumPy has them.
    "sort((3, 1, 2))", "argsort((3, 1, 2), kind='stable')", "median(((3, 1), (2, 5)), axis=0)", "cumsum((1, 2, 3))", "sqrt((1, 4, 9))", "concatenate(((1, 2), (3, 4)))", "i[0] * (1, 2, 3, 4, 5, 6, 7, 8, 9)", "isin(i, ((2, 3), (4, 5)))",
    "sum(i, axis=0, initial=5, where=b)", "prod(f, where=f > 0.5)", "max(i, axis=1, initial=-3, where=b)", "mean(i, where=b)", "var(x, axis=0, ddof=1, where=x > 0.2)", "std(z, where=abs(z) > 0.5)", "all(b, axis=0, where=i > 0)", "nanmean(f, where=f > 0.5)",
    "take(f, (-1, 50), mode='clip')", "take(f, (-41, 50), mode='wrap')", "searchsorted((3, 1, 2), f * 4, sorter=(1, 2, 0))", "moveaxis(x, (0, 1), (2, 0))", "expand_dims(f, (0, 2))",
    "unique(i % 2, axis=0)", "unique(x[:3, :2, :1] > 0.5, axis=0)", "unique(i[:, :2] % 3, axis=0, return_counts=True)[1]", "unique(i[:3] % 2, axis=1, return_index=True)[1]", "unique(i[:, :3] % 2, axis=0, return_inverse=True)[1]",
]
SHIMS = {
    "astype": lambda x, t: x.astype(t), "permute_dims": np.transpose, "sum": np.sum, "any": np.any, "all": np.all, "min": np.min, "max": np.max, "abs": np.abs,
    "pi": np.pi, "mean": lambda x, **k: np.mean(x, **k),
}


def numpy_value(expression, arrays):
    names = {**{n: getattr(np, n) for n in dir(np) if not n.startswith("_")}, **SHIMS, **arrays}
    return np.asarray(eval(expression, {"__builtins__": {}}, names))


class Results(Case):
    @classmethod
    def make_inputs(cls):
        rng = np.random.default_rng(1)
        cls.arrays = {"x": rng.random((64, 50, 30)), "i": rng.integers(-9, 9, (7, 9)), "f": rng.random(40, dtype="f4"),
                      "z": rng.random((6, 5)) + 1j * rng.random((6, 5)), "b": rng.random((7, 9)) < 0.5}
        for name, a in cls.arrays.items():
            np.save(cls.path(name + ".npy"), a)
            cls.keep(name + ".npy")
        with h5py.File(cls.path("data.h5"), "w") as file:
            for name, a in cls.arrays.items():
                chunks = tuple(max(1, n // 3) for n in a.shape)
                d = file.create_dataset(name, data=a, chunks=chunks if name in "xi" else None, compression="gzip" if name == "x" else None)
                d.attrs["units"] = "K"
        cls.keep("data.h5")

    def inputs(self, kind):
        words = []
        for name in self.arrays:
            words += ["-i", f"{name}={self.path('data.h5')}:/{name}" if kind == "h5" else f"{name}={self.path(name + '.npy')}"]
        return words

    def compare(self, kind, ranks):
        statements = "\n".join(f"y{k} = {e}" for k, e in enumerate(EXPRESSIONS))
        target = self.path(f"out.{kind}")
        outputs = []
        for k in range(len(EXPRESSIONS)):
            outputs += ["-o", f"y{k}={target}:/y{k}" if kind == "h5" else f"y{k}={self.path(f'y{k}.npy')}"]
        self.done(run("eval", statements, *self.inputs(kind), *outputs, "--force", ranks=ranks, limit=60))
        file = h5py.File(target, "r") if kind == "h5" else None
        for k, expression in enumerate(EXPRESSIONS):
            got = file[f"y{k}"][()] if file else np.load(self.path(f"y{k}.npy"))
            want = numpy_value(expression, self.arrays)
            with self.subTest(expression=expression, kind=kind, ranks=ranks):
                self.assertEqual(got.shape, want.shape)
                self.assertEqual(got.dtype, want.dtype)
                np.testing.assert_allclose(got, want, rtol=1e-5 if want.dtype in ("f4", "c8") else 1e-12, atol=1e-14)
        if file:
            file.close()

    def test_one_rank_hdf5(self):
        self.compare("h5", 0)

    def test_one_rank_npy(self):
        self.compare("npy", 0)

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_three_ranks(self):
        self.compare("h5", 3)

    def test_tuple_prints_a_line_each(self):
        result = self.done(run("eval", "mean(x), max(i), x.shape", *self.inputs("npy")))
        x, i = self.arrays["x"], self.arrays["i"]
        mean, largest, shape = result.out.splitlines()
        self.assertAlmostEqual(float(mean), x.mean(), places=13)
        self.assertEqual((largest, shape), (str(i.max()), str(x.shape)))

    def test_statements_from_a_file(self):
        with open(self.path("s.txt"), "w") as f:
            f.write("# the mean\na = mean(x)\na * 2\n")
        result = self.done(run("eval", "-f", self.path("s.txt"), *self.inputs("h5")))
        self.assertAlmostEqual(float(result.out), 2 * self.arrays["x"].mean(), places=13)

    def test_chunks_on_disk(self):
        target = self.path("chunks.h5")
        self.done(run("eval", "y = x + 1; z = x * 2; w = x", *self.inputs("h5"), "-o", f"y={target}:/y", "-o", f"z={target}:/z", "-o", f"w={target}:/w",
                      "--chunks", "7,50,11", "--chunks", "z=64,5,30", "--chunks", "w=auto"))
        with h5py.File(target) as file:
            self.assertEqual(file["y"].chunks, (7, 50, 11))
            self.assertEqual(file["z"].chunks, (64, 5, 30))
            np.testing.assert_array_equal(file["y"], self.arrays["x"] + 1)
            np.testing.assert_array_equal(file["z"], self.arrays["x"] * 2)
            np.testing.assert_array_equal(file["w"], self.arrays["x"])

    def test_a_target_without_a_dataset_gets_the_name(self):
        self.done(run("eval", "total = sum(i)", *self.inputs("npy"), "-o", "total=" + self.path("named.h5")))
        with h5py.File(self.path("named.h5")) as file:
            self.assertEqual(file["total"][()], self.arrays["i"].sum())

    def test_whole_axes_as_chunks(self):
        target = self.path("whole.h5")
        self.done(run("eval", "y = x + 1", *self.inputs("h5"), "-o", f"y={target}:/y", "--chunks", "7,-1,11"))
        with h5py.File(target) as file:
            self.assertEqual(file["y"].chunks, (7, 50, 11))
        for wrong in ("7,0,11", "7,-2,11"):
            result = run("eval", "y = x + 1", *self.inputs("h5"), "-o", "y=" + self.path("none.h5"), "--chunks", wrong)
            self.assertEqual((result.rc, "-1: the whole axis" in result.err), (2, True), result)

    def test_every_bare_expression(self):
        result = self.done(run("eval", "sum(i); min(i); y = i[0, 0]; max(i)", *self.inputs("npy")))
        i = self.arrays["i"]
        self.assertEqual(result.out.split(), [str(i.sum()), str(i.min()), str(i.max())])
        results = json.loads(self.done(run("eval", "sum(i); (min(i), 2); max(i)", *self.inputs("npy"), "--json", "-q")).out)["results"]
        self.assertEqual([r["expression"] for r in results], ["sum(i)", "((min(i), 2))[0]", "((min(i), 2))[1]", "max(i)"])

    def test_json(self):
        result = self.done(run("eval", "(sum(i), i[:2, :3], i[0] / 0.0, z[0, 0], x)", *self.inputs("npy"), "--json", "-q"))
        results = json.loads(result.out)["results"]
        i = self.arrays["i"]
        self.assertEqual(results[0], {"expression": "((sum(i), i[:2, :3], i[0] / 0.0, z[0, 0], x))[0]", "shape": [], "dtype": "int64", "value": int(i.sum())})
        self.assertEqual(results[1]["value"], i[:2, :3].tolist())
        self.assertTrue(set(results[2]["value"]) <= {"nan", "inf", "-inf"})
        self.assertEqual(results[3]["value"], [self.arrays["z"][0, 0].real, self.arrays["z"][0, 0].imag])
        self.assertEqual(results[4]["shape"], [64, 50, 30])
        figures = json.loads(result.out)["figures"]
        self.assertGreater(figures["bytes_read"], 0)
        self.assertGreater(figures["peak_resident_bytes"], 1 << 20)
        self.assertGreater(figures["memory"], 0)
        self.assertEqual(result.err, "")

    def test_streams(self):
        result = self.done(run("eval", "mean(x)", *self.inputs("npy")))
        self.assertEqual(len(result.out.splitlines()), 1)
        self.assertRegex(result.err, r"^tessera: read .* in .* m?s .*; peak .* of .* per rank; 1 rank with \d+ threads?\n$")
        self.assertEqual(self.done(run("eval", "mean(x)", *self.inputs("npy"), "--quiet")).err, "")

    def test_explain_and_dry_run(self):
        result = self.done(run("eval", "y = mean(x, axis=0)", *self.inputs("h5"), "-o", f"y={self.path('never.h5')}:/y", "--dry-run"))
        self.assertGreater(len(result.out.splitlines()), 2)
        self.assertFalse(os.path.exists(self.path("never.h5")))
        result = self.done(run("eval", "mean(x)", *self.inputs("h5"), "--explain", "--ranks", "16"))
        self.assertEqual(len(result.out.splitlines()), 1)
        self.assertIn("16", result.err)

    def test_environment_and_command_line(self):
        env = environment(TESSERA_MEMORY="2000M", TESSERA_THREADS="1")
        figures = json.loads(self.done(run("eval", "mean(x)", *self.inputs("h5"), "--json", env=env)).out)["figures"]
        self.assertEqual((figures["memory"], figures["threads"]), (2000 << 20, 1))
        figures = json.loads(self.done(run("eval", "mean(x)", *self.inputs("h5"), "--json", "--memory", "2400M", "--threads", "2", env=env)).out)["figures"]
        self.assertEqual((figures["memory"], figures["threads"]), (2400 << 20, 2))

    def test_independent_random_arrays(self):
        same, = self.done(run("eval", "mean(uniform(1000) == uniform(1000))")).out.split()
        self.assertEqual(float(same), 0)
        again, = self.done(run("eval", "mean(uniform(1000, stream=4) == uniform(1000, stream=4))")).out.split()
        self.assertEqual(float(again), 1)

    def test_info(self):
        listing = self.done(run("info", self.path("data.h5"))).out
        for name in self.arrays:
            self.assertIn(f"data.h5:/{name} ", listing)
        details = json.loads(self.done(run("info", self.path("data.h5") + ":/x", self.path("f.npy"), "--json")).out)
        self.assertEqual(details[0]["shape"], [64, 50, 30])
        self.assertEqual(details[0]["chunks"], [21, 16, 10])
        self.assertIn("gzip", details[0]["filters"])
        self.assertEqual(details[0]["attributes"], {"units": "K"})
        self.assertEqual((details[1]["format"], details[1]["dtype"], details[1]["chunks"]), ("npy", "float32", None))

    def test_doctor(self):
        result = self.done(run("doctor"))
        for word in ("MPI", "HDF5", "memory", "kernels", "rank 0"):
            self.assertIn(word, result.out)
        report = json.loads(self.done(run("doctor", "--json")).out)
        self.assertEqual(len(report["ranks"]), 1)

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_doctor_on_ranks(self):
        report = json.loads(self.done(run("doctor", "--json", ranks=3)).out)
        self.assertEqual([r["rank"] for r in report["ranks"]], [0, 1, 2])
        self.assertEqual(report["ranks"][2]["node_size"], 3)

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_info_and_help_on_ranks_speak_once(self):
        self.assertEqual(self.done(run("info", self.path("f.npy"), ranks=2)).out.count("shape"), 1)
        self.assertEqual(self.done(run("--version", ranks=2)).out.count("tessera"), 1)


class Printing(Case):
    def shown(self, array, expression="x", ranks=0):
        np.save(self.path("a.npy"), array)
        return self.done(run("eval", expression, "-i", f"x={self.path('a.npy')}", "-q", ranks=ranks)).out

    def test_as_numpy(self):
        rng = np.random.default_rng(5)
        n = rng.normal
        for a in [np.arange(5), np.arange(5.0), np.array([1, 2.5, -3.25]), n(size=(3, 4)), n(size=20), n(size=(2, 3, 4)) * 1e6, rng.random((4, 4)) * 1e-7, np.array([1e300, -1e-300]),
                  np.array([np.nan, 1.5, -np.inf]), np.array([np.inf]), np.array([0.0, -0.0]), rng.random(7, dtype="f4"), (n(size=9) * 1e5).astype("f4"), n(size=6) + 1j * n(size=6),
                  np.array([1 + 2j, -0.5j, 3]), rng.integers(0, 2, 7).astype(bool), rng.integers(-128, 127, (3, 5), dtype="i1"), np.array([2**64 - 1, 0], "u8"), np.arange(1000), np.arange(1001),
                  np.arange(100000).reshape(100, 1000), n(size=(50, 40)), n(size=(11, 12, 13)), n(size=(2000, 2)), n(size=(2, 2000)), n(size=(4, 3, 1000)), np.zeros((3, 0)), np.zeros(0),
                  n(size=(1, 1, 1)), np.arange(1200).reshape(1200, 1), rng.integers(0, 2, (60, 60)).astype(bool), np.array(1 / 3), np.array(7), np.array(True), np.array(1e-10), np.array(0.1, "f4")]:
            with self.subTest(shape=a.shape, dtype=a.dtype):
                self.assertEqual(self.shown(a), str(a if a.shape else a[()]) + "\n")

    def test_only_the_corners_are_computed(self):
        out = self.done(run("eval", "arange(1000000000000) * 2", "-q", limit=60)).out
        self.assertEqual(out, "[            0             2             4 ... 1999999999994 1999999999996\n 1999999999998]\n")

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_on_ranks(self):
        a = np.random.default_rng(6).random((300, 40))
        self.assertEqual(self.shown(a, ranks=2), str(a) + "\n")
        mean = self.shown(a, "mean(x, axis=0)", ranks=3)
        np.testing.assert_allclose(np.array(mean.replace("[", "").replace("]", "").split(), float), a.mean(axis=0), atol=1e-8)


if __name__ == "__main__":
    unittest.main()

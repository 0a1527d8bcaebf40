"""tessera stats, histogram, copy and diff: figures against NumPy, files as h5py and NumPy read them, on one and several ranks."""
import json
import os
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SANITIZED, Case, budget, environment
from command import run as run_command


def run(*words, **options):
    """With a budget of its own: what the machine has left is not what is tested."""
    return run_command(*words, env=environment(TESSERA_MEMORY=budget(200)), **options)


RANKS = (0, 2, 3) if MPIEXEC else (0,)


def make_arrays():
    rng = np.random.default_rng(11)
    x = rng.normal(280, 20, (37, 26, 19))
    holes = x.copy()
    holes[5], holes[7, 3, 2] = np.nan, np.nan
    return {"x": x, "holes": holes, "f": holes.astype("f4"), "i": rng.integers(-1000, 1000, (70, 81)), "u": np.array([2**64 - 1, 0, 5, 2**63], "u8"), "small": rng.integers(-128, 127, 999, dtype="i1"),
            "z": rng.normal(size=(12, 7)) + 1j * rng.normal(size=(12, 7)), "b": x > 280, "none": np.zeros((3, 0)), "nan": np.full(5, np.nan), "one": np.array(2.5), "inf": np.array([1.0, np.inf, np.nan])}


def write_arrays(path):
    """All of them in one file; 3-d ones in chunks. returns: make_arrays()."""
    arrays = make_arrays()
    with h5py.File(path, "w") as f:
        for name, a in arrays.items():
            f.create_dataset(name, data=a, chunks=(10, 13, 19) if a.ndim == 3 else None)
    return arrays


class Stats(Case):
    @classmethod
    def make_inputs(cls):
        cls.arrays = write_arrays(cls.path("d.h5"))
        cls.keep("d.h5")

    def stats(self, name, *words, ranks=0):
        return json.loads(self.done(run("stats", self.path("d.h5") + ":/" + name, "--json", *words, ranks=ranks)).out)

    def check(self, got, a):
        real = a.ravel()
        valid = real[~np.isnan(real)] if a.dtype.kind in "fc" else real
        self.assertEqual((got["count"], got["nan"]), (valid.size, real.size - valid.size))
        if a.dtype.kind in "iu":
            self.assertEqual(int(got["sum"]), sum(int(v) for v in valid))  # beyond 64 bits, too
        if a.dtype.kind != "c":
            for name in ("min", "max"):
                want = getattr(valid, name)() if valid.size else np.nan
                np.testing.assert_array_equal(np.array(got[name], float if a.dtype.kind == "f" else a.dtype).astype(a.dtype), want)
        with np.errstate(all="ignore"):
            wide = valid.astype("c16" if a.dtype.kind == "c" else "f8")
            wants = {"mean": wide.mean() if valid.size else np.nan, "std": wide.std() if valid.size else np.nan, "sum": wide.sum()}
        for name, want in wants.items():
            value = complex(*got[name]) if isinstance(got[name], list) else float(got[name])
            np.testing.assert_allclose(value, want, rtol=1e-12, atol=1e-10, err_msg=name)

    def test_against_numpy(self):
        for name, a in self.arrays.items():
            for ranks in RANKS if name in ("x", "f") else (0,):
                with self.subTest(name=name, ranks=ranks):
                    self.check(self.stats(name, ranks=ranks), a)

    def test_a_slice(self):
        self.check(self.stats("holes", "--slice", "4:9, ::-2, 3"), self.arrays["holes"][4:9, ::-2, 3])
        self.check(self.stats("x", "--slice", "..., 0:0"), self.arrays["x"][..., 0:0])

    def test_text(self):
        result = self.done(run("stats", self.path("d.h5") + ":/i"))
        i = self.arrays["i"]
        self.assertEqual([line.split() for line in result.out.splitlines()][:4], [["count", str(i.size)], ["nan", "0"], ["min", str(i.min())], ["max", str(i.max())]])
        self.assertRegex(result.err, "^tessera: read ")

    def test_quantiles(self):
        q = [0.05, 0.5, 0.951, 1.0]
        for name in ("x", "holes", "f", "i", "u", "small", "b", "one", "inf"):
            a = self.arrays[name]
            a = a.astype("f8") if name == "b" else a.astype("i8") if name == "small" else a
            for ranks in RANKS if name == "holes" else (0,):
                with self.subTest(name=name, ranks=ranks):
                    got = self.stats(name, "--quantiles", "0.05,.5,9.51e-1,1", ranks=ranks)
                    self.assertEqual(list(got["quantiles"]), ["0.05", ".5", "9.51e-1", "1"])
                    np.testing.assert_array_equal([float(v) for v in got["quantiles"].values()], np.nanquantile(a, q))
        for name in ("nan", "none"):
            self.assertEqual(self.stats(name, "--quantiles", "0.5")["quantiles"], {"0.5": "nan"})
        lines = self.done(run("stats", self.path("d.h5") + ":/i", "--quantiles", "0.25,0.5")).out.splitlines()
        i = np.quantile(self.arrays["i"], [0.25, 0.5])
        self.assertEqual([line.split() for line in lines[-2:]], [["q0.25", str(i[0])], ["q0.5", str(i[1])]])

    def test_long_quantiles(self):
        rng = np.random.default_rng(3)
        a = rng.normal(size=(700, 300))
        a[rng.uniform(size=a.shape) < 0.01] = np.nan
        np.save(self.path("long.npy"), a)
        wants = np.nanquantile(a, [0.05, 0.5, 0.95])
        outs = set()
        for ranks in RANKS:
            result = self.done(run("stats", self.path("long.npy"), "--json", "--quantiles", "0.05,0.5,0.95", ranks=ranks))
            got = json.loads(result.out)
            np.testing.assert_array_equal(list(got["quantiles"].values()), wants)
            self.assertLessEqual(got["figures"]["bytes_read"], 3 * a.nbytes)  # one pass for the rest
            outs.add(str(got["quantiles"]))
        self.assertEqual(len(outs), 1)

    def test_one_pass(self):
        figures = self.stats("x")["figures"]
        self.assertEqual((figures["bytes_read"], figures["stages"]), (self.arrays["x"].nbytes, 1))
        self.assertEqual({figures[k] for k in ("linked_bytes", "inner_tiles", "peak_device_bytes", "projected_device_bytes")}, {0})

    def test_same_bits_on_any_ranks(self):
        self.assertEqual(len({run("stats", self.path("d.h5") + ":/holes", "-q", ranks=n).out for n in RANKS}), 1)

    def test_bad_words(self):
        x = self.path("d.h5") + ":/x"
        self.refused(run("stats"), 2, "SOURCE")
        self.refused(run("stats", x, "--slize", "1"), 2, "unknown option '--slize'; did you mean '--slice'?")
        self.refused(run("stats", x, "--slice", "0]; y = x[1"), 2, "--slice wants an index without brackets")
        self.refused(run("stats", x, "--slice", "0, 99"), 2, "index 99", "\n  x[0, 99]\n")
        self.refused(run("stats", x, "--ranks", "4"), 2, "--explain")
        for words in ("0.5,1.5", "half", "0.5,", "nan"):
            self.refused(run("stats", x, "--quantiles", words), 2, "--quantiles wants numbers from 0 to 1")
        self.refused(run("stats", x, "--quantiles", "0.5,0.50"), 2, "0.5 is given twice")
        self.refused(run("stats", self.path("d.h5") + ":/z", "--quantiles", "0.5"), 2, "complex numbers have no order")
        self.refused(run("stats", self.path("d.h5") + ":/xx"), 3, "/xx")


class Histogram(Case):
    @classmethod
    def make_inputs(cls):
        cls.arrays = write_arrays(cls.path("d.h5"))
        np.save(cls.path("long.npy"), np.random.default_rng(5).normal(size=3000000))
        cls.keep("d.h5")
        cls.keep("long.npy")

    def histogram(self, name, *words, ranks=0):
        return json.loads(self.done(run("histogram", self.path("d.h5") + ":/" + name, "--json", *words, ranks=ranks)).out)

    def check(self, got, a, bins, limits=None):
        a = a.astype("u1") if a.dtype == bool else a
        valid = a[~np.isnan(a)] if a.dtype.kind == "f" else a.ravel()
        counts, edges = np.histogram(valid, bins, limits)
        self.assertEqual(got["counts"], counts.tolist())
        np.testing.assert_array_equal(np.array(got["edges"], float), edges.astype(float))
        self.assertEqual((got["nan"], got["outside"]), (a.size - valid.size, valid.size - counts.sum()))

    def test_against_numpy(self):
        for name in ("x", "holes", "f", "i", "u", "small", "b", "none", "one"):
            for ranks in RANKS if name in ("holes", "f") else (0,):
                with self.subTest(name=name, ranks=ranks):
                    self.check(self.histogram(name, ranks=ranks), self.arrays[name], 10)
        holes = self.arrays["holes"]
        self.check(self.histogram("holes", "--bins", "33", "--range", "250,300.5"), holes, 33, (250, 300.5))
        self.check(self.histogram("holes", "--edges", "0,250,260,260,400"), holes, [0, 250, 260, 260, 400])
        self.check(self.histogram("x", "--slice", "4:9, ::-2, 3", "--bins", "3"), self.arrays["x"][4:9, ::-2, 3], 3)
        self.check(self.histogram("inf", "--range=-1,2"), self.arrays["inf"], 10, (-1, 2))
        density = self.histogram("x", "--density")["density"]
        np.testing.assert_allclose(density, np.histogram(self.arrays["x"], density=True)[0], rtol=1e-13)

    def test_estimated_bins(self):
        for name, estimator, ranks in [("x", "auto", 3), ("holes", "stone", 2), ("holes", "fd", 0), ("f", "doane", 0), ("none", "rice", 0)]:
            with self.subTest(name=name, estimator=estimator, ranks=ranks):
                self.check(self.histogram(name, "--bins", estimator, ranks=ranks), self.arrays[name], estimator)
        self.check(self.histogram("holes", "--bins", "auto", "--range", "250,280"), self.arrays["holes"], "auto", (250, 280))
        self.check(self.histogram("inf", "--bins=sqrt", "--range=-1,2"), self.arrays["inf"], "sqrt", (-1, 2))
        self.assertEqual(self.histogram("b", "--bins", "auto")["counts"], [self.arrays["b"].size])  # at least 1 wide, as in NumPy 2
        for ranks in RANKS[:2]:
            words = ("histogram(x, 'auto')[0]; histogram_bin_edges(x, bins='stone', range=(0, 5))", "-i", "x=" + self.path("d.h5") + ":/x")
            got = json.loads(self.done(run("eval", *words, "--json", ranks=ranks)).out)["results"]
            self.assertEqual(got[0]["shape"], list(np.histogram(self.arrays["x"], "auto")[0].shape))
            self.assertEqual(got[1]["shape"], list(np.histogram_bin_edges(self.arrays["x"], "stone", (0, 5)).shape))

    def test_text(self):
        text = self.done(run("histogram", self.path("d.h5") + ":/i", "--edges=-1000,0,500,2000", "-q")).out
        counts = np.histogram(self.arrays["i"], [-1000, 0, 500, 2000])[0]
        rows = [line.split() for line in text.splitlines()]
        self.assertEqual([row[:3] for row in rows[:3]], [["-1000.0", "0.0", str(counts[0])], ["0.0", "500.0", str(counts[1])], ["500.0", "2000.0", str(counts[2])]])
        self.assertEqual(rows[0][3], "#" * 40)
        self.assertEqual(rows[3:], [["outside", "0"], ["nan", "0"]])

    def test_more_than_the_budget(self):
        a = np.load(self.path("long.npy"))
        for ranks in RANKS:
            got = json.loads(self.done(run("histogram", self.path("long.npy"), "--bins", "300", "--json", ranks=ranks)).out)
            self.check(got, a, 300)
            self.assertEqual(got["figures"]["bytes_read"], 2 * a.nbytes)
            self.assertLess(got["figures"]["peak_bytes"], 200 << 20)

    def test_statements(self):
        x = self.path("d.h5") + ":/x"
        a = self.arrays["x"]
        words = "counts, edges = histogram(x, 5); group_sum(x, arange(x.shape[0]) % 4, axis=0)[3, 2, 1]; bincount(ravel(astype(x, 'int64')), minlength=400)[280]; rolling_max(x, 3, axis=1)[0, 2, 0]; group_reduce(x, arange(19) % 2, 'nanmax')[0, 0, 1]"
        for ranks in RANKS:
            out = self.done(run("eval", words, "-i", "x=" + x, "-o", "counts=" + self.path("c.npy"), "--force", "-q", ranks=ranks)).out.split()
            np.testing.assert_array_equal(np.load(self.path("c.npy")), np.histogram(a, 5)[0])
            np.testing.assert_allclose(float(out[0]), a[3::4, 2, 1].sum(), rtol=1e-14)
            self.assertEqual([float(v) for v in out[1:]], [np.bincount(a.astype("i8").ravel())[280], a[0, :3, 0].max(), a[0, 0, 1::2].max()])

    def test_bad_words(self):
        x = self.path("d.h5") + ":/x"
        self.refused(run("histogram"), 2, "SOURCE")
        self.refused(run("histogram", x, "--bins", "0"), 2, "--bins wants 1 or more, not 0")
        self.refused(run("histogram", x, "--bins", "sturgis"), 2, "--bins wants a number of bins, or one of auto, fd", "did you mean 'sturges'?")
        self.refused(run("histogram", x, "--bins", "auto", "--dry-run"), 2, "give a number of bins instead")
        self.refused(run("histogram", x, "--edges", "0,1", "--bins", "fd"), 2, "--edges are all edges")
        self.refused(run("histogram", self.path("d.h5") + ":/inf", "--bins", "auto"), 2, "no finite range")
        self.refused(run("eval", "histogram(x, 'auto', weights=x)", "-i", "x=" + x), 2, "not estimated with weights")
        self.refused(run("histogram", x, "--edges", "1,0"), 2, "--edges wants two rising numbers or more")
        self.refused(run("histogram", x, "--edges", "0,1", "--bins", "3"), 2, "--edges are all edges")
        self.refused(run("histogram", x, "--range", "1,0"), 2, "--range wants two numbers, the lower one first")
        self.refused(run("histogram", self.path("d.h5") + ":/z"), 2, "complex numbers have no order")
        self.refused(run("histogram", self.path("d.h5") + ":/inf"), 2, "bin edges must rise")
        self.refused(run("eval", "group_sum(x, arange(19), 9)", "-i", "x=" + x), 2, "label 9 at (9,) is not one of the 9 groups")
        self.refused(run("eval", "bincount(x)", "-i", "x=" + x), 2, "bincount")


class Copy(Case):
    @classmethod
    def make_inputs(cls):
        cls.arrays = make_arrays()
        with h5py.File(cls.path("d.h5"), "w") as f:
            for name in ("x", "i", "u", "none"):
                f.create_dataset(name, data=cls.arrays[name], chunks=(10, 13, 19) if name == "x" else None)
        np.save(cls.path("i.npy"), cls.arrays["i"])
        cls.keep("d.h5"), cls.keep("i.npy")

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def copy(self, source, target, *words, ranks=0):
        return self.done(run("copy", self.path(source), self.path(target), *words, ranks=ranks))

    def test_parts_casts_axes_and_chunks(self):
        for ranks in RANKS:
            self.copy("d.h5:/x", "o.h5:/g/y", "--slice", "1::3, ..., 4:-2", "--axes", "2,0,1", "--dtype", "float32", "--chunks", "5,4,9", "--force", ranks=ranks)
            with h5py.File(self.path("o.h5")) as f:
                np.testing.assert_array_equal(f["g/y"], self.arrays["x"][1::3, ..., 4:-2].transpose(2, 0, 1).astype("f4"))
                self.assertEqual((f["g/y"].dtype, f["g/y"].chunks), (np.float32, (5, 4, 9)))

    def test_formats_and_names(self):
        self.copy("i.npy", "a.h5")
        self.copy("d.h5:/i", "b.h5")
        for name in ("a.h5", "b.h5"):
            with h5py.File(self.path(name)) as f:
                np.testing.assert_array_equal(f["i"], self.arrays["i"])
        self.copy("d.h5:/x", "x.npy", ranks=RANKS[-1])
        np.testing.assert_array_equal(np.load(self.path("x.npy")), self.arrays["x"])
        self.copy("d.h5:/none", "none.npy")
        self.assertEqual(np.load(self.path("none.npy")).shape, (3, 0))

    @unittest.skipIf(SANITIZED, "sanitizers take their own memory")
    def test_within_a_small_budget(self):
        np.save(self.path("large.npy"), np.random.default_rng(1).random((4000, 1000)))  # 30 MiB
        result = self.copy("large.npy", "large.h5", "--chunks", "100,100", "--memory", "40M", "--threads", "1", "--json")
        self.assertLess(json.loads(result.out)["figures"]["peak_resident_bytes"], 40 << 20)
        with h5py.File(self.path("large.h5")) as f:
            np.testing.assert_array_equal(f["large"], np.load(self.path("large.npy")))

    def test_json_and_quiet(self):
        answer = json.loads(self.copy("i.npy", "q.h5", "--json", "--slice", "3").out)
        self.assertEqual((answer["target"], answer["shape"], answer["dtype"]), (self.path("q.h5") + ":/i", [81], "int64"))
        self.assertEqual(answer["figures"]["bytes_written"], 81 * 8)
        # Bytes of the file, in both directions: compressed chunks count as they are stored.
        written = json.loads(self.copy("d.h5:/x", "small.h5", "--compress", "gzip:9", "--chunks", "16,16,16", "--json").out)["figures"]["bytes_written"]
        with h5py.File(self.path("small.h5")) as f:
            self.assertEqual(written, f["x"].id.get_storage_size())
        read = json.loads(self.copy("small.h5:/x", "again.npy", "--json").out)["figures"]["bytes_read"]
        self.assertEqual(read, written)
        result = self.copy("i.npy", "r.h5", "-q")
        self.assertEqual((result.out, result.err), ("", ""))

    def test_compressed_added_and_without_a_header(self):
        for ranks in RANKS:
            self.copy("d.h5:/x", "z.h5", "--compress", "gzip:4", "--chunks", "10,10,19", "--force", ranks=ranks)
            self.copy("d.h5:/i", "z.h5", "--append", ranks=ranks)
            with h5py.File(self.path("z.h5")) as f:
                np.testing.assert_array_equal(f["x"], self.arrays["x"])
                np.testing.assert_array_equal(f["i"], self.arrays["i"])
                self.assertEqual((f["x"].compression, f["x"].chunks), ("gzip", (10, 10, 19)))
        self.copy("d.h5:/x", "x.bin")
        with open(self.path("x.bin"), "rb") as f:
            self.assertEqual(f.read(), self.arrays["x"].tobytes())
        self.copy("x.bin", "back.npy", "--raw-dtype", "float64", "--raw-shape", "37,26,19")
        np.testing.assert_array_equal(np.load(self.path("back.npy")), self.arrays["x"])
        self.before = set(os.listdir(self.folder))
        source, target = self.path("i.npy"), self.path("o.h5")
        self.refused(run("copy", source, self.path("z.h5"), "--append"), 2, "/i")
        self.refused(run("copy", source, target, "--append", "--force"), 2, "give one")
        self.refused(run("copy", source, target, "--compress", "bzip9"), 2, "bzip9")
        self.refused(run("copy", source, target, "--compress", "y=gzip"), 2, "leave the name out")
        self.refused(run("copy", source, target, "--raw-shape", "3"), 2, "--raw-dtype and --raw-shape go together")
        self.refused(run("copy", source, target, "--raw-dtype", "f8", "--raw-shape", "a"), 2, "--raw-shape wants lengths")
        self.refused(run("copy", source, ""), 2, "the target is empty")

    def test_history(self):
        for words in ([], ["--no-history"], ["--no-history"]):
            self.copy("i.npy", f"h{len(self.new_files())}.h5", "--slice", "3:, 1", *words)
        with h5py.File(self.path("h0.h5")) as f:
            self.assertRegex(f.attrs["history"] if isinstance(f.attrs["history"], str) else f.attrs["history"].decode(), r"^\w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}: tessera copy .*i.npy .*h0.h5 --slice '3:, 1'")
        with open(self.path("h1.h5"), "rb") as first, open(self.path("h2.h5"), "rb") as second:
            self.assertEqual(first.read(), second.read())

    def test_targets_are_safe(self):
        source = self.path("i.npy")
        self.refused(run("copy", source, source, "--force"), 2, "input")
        self.copy("i.npy", "there.h5")
        self.before = set(os.listdir(self.folder))
        self.refused(run("copy", source, self.path("there.h5")), 2, "exists")
        self.refused(run("copy", source, self.path("o.h5"), "--dtype", "flaot32"), 2, "unknown dtype 'flaot32'; did you mean 'float32'?")
        self.refused(run("copy", source, self.path("o.h5"), "--axes", "1,0,2"), 2, "--axes names 3 axes, the array has 2")
        self.refused(run("copy", source, self.path("o.h5"), "--axes", "1,x"), 2, "--axes wants")
        self.refused(run("copy", source, self.path("o.h5"), "--axes", "1,1"), 2, "axis 1 is given twice")
        self.refused(run("copy", source, self.path("o.h5"), "--chunks", "4"), 2, "--chunks has 1 lengths, i has 2 dimensions")
        self.refused(run("copy", source, self.path("o.h5"), "--chunks", "y=4"), 2, "leave the name out")
        self.refused(run("copy", source), 2, "TARGET")
        self.assertIn("stage 1", self.done(run("copy", source, self.path("o.h5"), "--dry-run")).out)
        self.assertEqual(self.new_files(), [])


class Diff(Case):
    @classmethod
    def make_inputs(cls):
        cls.arrays = make_arrays()
        rng = np.random.default_rng(3)
        changed = cls.arrays["holes"].copy()
        changed[20, 1, 2] += 0.5
        changed[11, 4, 18] = np.nan
        changed[30, 25, 0] *= 1 + 1e-9
        cls.arrays.update(changed=changed, near=cls.arrays["x"] * (1 + 1e-7 * rng.random(cls.arrays["x"].shape)), s=np.array([-1, 0, 5, 2**62]), zeros=np.zeros(4), z2=cls.arrays["z"] + 1e-3j,
                          inf2=np.array([1.0, 5.0, np.nan]), i2=cls.arrays["i"].clip(-999, 998), flat=cls.arrays["x"][0], b2=~cls.arrays["b"])
        with h5py.File(cls.path("d.h5"), "w") as f:
            for k, (name, a) in enumerate(cls.arrays.items()):
                f.create_dataset(name, data=a, chunks=(10, 13 - k % 3, 19) if a.ndim == 3 else None)
        cls.keep("d.h5")

    def diff(self, a, b, *words, ranks=0):
        result = run("diff", self.path("d.h5") + ":/" + a, self.path("d.h5") + ":/" + b, "--json", *words, ranks=ranks)
        self.assertIn(result.rc, (0, 10), str(result))
        answer = json.loads(result.out)
        self.assertEqual(answer["equal"], result.rc == 0)
        return answer

    def check(self, a, b, rtol=0.0, atol=0.0, ranks=0):
        x, y = self.arrays[a], self.arrays[b]
        got = self.diff(a, b, "--rtol", rtol, "--atol", atol, ranks=ranks)
        differs = ~np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=True)
        self.assertEqual(got["differing"], differs.sum())
        self.assertEqual(got["first_index"], np.argwhere(differs)[0].tolist() if differs.any() else None)
        with np.errstate(all="ignore"):
            wide = "c16" if "c" in (x.dtype.kind, y.dtype.kind) else "f8"
            difference = np.where(x == y, 0, abs(x.astype(wide) - y.astype(wide)))
            relative = np.where(y == 0, 0, difference / abs(y.astype(wide)))
            relative[np.isinf(difference)] = np.inf  # inf / inf is nan
        np.testing.assert_allclose(float(got["largest_absolute"]), np.nanmax(difference, initial=0), rtol=1e-14)
        np.testing.assert_allclose(float(got["largest_relative"]), np.nanmax(relative, initial=0), rtol=1e-14)
        self.assertEqual(got["nan_in_one"], (np.isnan(x) != np.isnan(y)).sum())

    def test_against_numpy(self):
        for a, b, rtol, atol in [("x", "x", 0, 0), ("holes", "changed", 0, 0), ("changed", "holes", 0, 0), ("holes", "changed", 1e-6, 0), ("holes", "changed", 0, 0.6), ("x", "near", 0, 0), ("x", "near", 1e-6, 0),
                                 ("x", "near", 5e-8, 1e-7), ("holes", "f", 0, 0), ("holes", "f", 1e-6, 0), ("i", "i2", 0, 0), ("i", "i2", 0, 1), ("z", "z2", 0, 0), ("z", "z2", 0, 2e-3), ("b", "b2", 0, 0),
                                 ("u", "zeros", 0, 0), ("inf", "inf", 0, 0), ("inf", "inf2", 1, 0), ("inf2", "inf", 1, 0), ("nan", "nan", 0, 0), ("one", "one", 0, 0)]:
            for ranks in RANKS if a == "holes" else (0,):
                with self.subTest(a=a, b=b, rtol=rtol, atol=atol, ranks=ranks):
                    self.check(a, b, rtol, atol, ranks)

    def test_compressed_chunks_of_both_are_decoded_once(self):
        x = np.random.default_rng(1).integers(0, 50, (64, 192, 256)).astype("f8")
        y = x.copy()
        y[63, 5, 200] += 1
        for name, a, chunks in (("first", x, (4, 96, 128)), ("second", y, (64, 16, 256))):
            with h5py.File(self.path(name + ".h5"), "w") as f:
                f.create_dataset("x", data=a, chunks=chunks, compression=1)
        both = sum(os.path.getsize(self.path(name + ".h5")) for name in ("first", "second"))
        for ranks in RANKS:
            result = run("diff", self.path("first.h5") + ":/x", self.path("second.h5") + ":/x", "--json", ranks=ranks)
            answer = json.loads(result.out)
            self.assertEqual((answer["differing"], answer["first_index"], float(answer["largest_absolute"])), (1, [63, 5, 200], 1))
            self.assertLess(answer["figures"]["bytes_read"], both)
            self.assertNotIn("decoded", result.err)

    def test_beyond_the_largest_number(self):
        for name, values in (("far1", [1e308, 1.0]), ("far2", [-1e308, 1.0]), ("wide1", [1.7e308 + 1.7e308j]), ("wide2", [1.7e308 + 1.6e308j])):
            np.save(self.path(name + ".npy"), np.array(values))
        def differing(a, b, *words):
            return json.loads(run("diff", self.path(a + ".npy"), self.path(b + ".npy"), "--json", *words).out)
        got = differing("far1", "far2")
        self.assertEqual((got["differing"], got["largest_absolute"], got["largest_relative"]), (1, "inf", 2))  # 2e308 is no float64
        self.assertEqual([differing("far1", "far2", "--rtol", rtol)["differing"] for rtol in ("1.9", "2.1", "4")], [1, 0, 0])
        got = differing("wide1", "wide2")
        self.assertAlmostEqual(got["largest_relative"], 0.1 / np.hypot(1.7, 1.6), places=15)

    def test_integers_exactly(self):
        np.save(self.path("u1.npy"), np.array([2**63, 7, 2**64 - 1], "u8")), np.save(self.path("s1.npy"), np.array([2**63 - 1, -3, -1]))
        got = json.loads(run("diff", self.path("u1.npy"), self.path("s1.npy"), "--json", "--atol", "0.5").out)
        self.assertEqual((got["differing"], got["largest_absolute"]), (3, 2**64 - 1))
        got = self.diff("u", "s")  # [2^64 - 1, 0, 5, 2^63] and [-1, 0, 5, 2^62]: equal bits are not equal numbers
        self.assertEqual((got["differing"], got["first_index"]), (2, [0]))
        for name in ("big1", "big2"):
            np.save(self.path(name + ".npy"), np.array([2**62 + int(name[-1]), -2**63 + 7 * int(name[-1])]))
        got = json.loads(run("diff", self.path("big1.npy"), self.path("big2.npy"), "--json").out)
        self.assertEqual((got["differing"], got["largest_absolute"]), (2, 7))

    def test_shapes_and_dtypes(self):
        got = self.diff("x", "flat")
        self.assertEqual((got["equal"], got["first"]["shape"], got["second"]["shape"]), (False, [37, 26, 19], [26, 19]))
        result = run("diff", self.path("d.h5") + ":/x", self.path("d.h5") + ":/flat")
        self.assertEqual(result.rc, 10)
        self.assertIn("shapes differ", result.out)
        self.assertIn("dtypes differ: float64 and float32", run("diff", self.path("d.h5") + ":/holes", self.path("d.h5") + ":/f").out)
        self.assertEqual(self.diff("none", "none")["elements"], 0)

    def test_one_pass(self):
        figures = self.diff("x", "near")["figures"]
        self.assertEqual(figures["stages"], 1)
        self.assertLess(figures["bytes_read"], 3 * self.arrays["x"].nbytes)  # some of the second's chunks twice: it is cut otherwise

    def test_text(self):
        result = run("diff", self.path("d.h5") + ":/holes", self.path("d.h5") + ":/changed", "-q")
        self.assertEqual(result.rc, 10, str(result))
        self.assertEqual(result.out.splitlines()[0], f"3 of {self.arrays['x'].size} elements differ")
        self.assertEqual(result.out.splitlines()[-1].split(None, 2), ["first", "at", "[11, 4, 18]"])
        self.assertEqual(result.err, "")

    def test_bad_words(self):
        self.refused(run("diff", self.path("d.h5")), 2, "SECOND")
        self.refused(run("diff", "a", "b", "c"), 2, "unexpected argument 'c'")
        self.refused(run("diff", "a", "b", "--rtol", "-1"), 2, "--rtol: wants a number from 0 on, not '-1'")
        self.refused(run("diff", self.path("d.h5") + ":/x", self.path("gone.npy")), 3, "gone.npy")


if __name__ == "__main__":
    unittest.main()

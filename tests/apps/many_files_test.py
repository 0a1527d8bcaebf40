"""Raw files, and many files as one array, through the command: against NumPy on one and more ranks."""
import json
import os
import resource
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, command_line, environment, finish, run, start

RANKS = (0, 2, 3) if MPIEXEC else (0,)


class RawFiles(Case):
    """steps.bin: big-endian float32 (7, 5, 3); tail.bin: the same behind 10 bytes; steps.npy: the same."""

    @classmethod
    def make_inputs(cls):
        cls.a = np.random.default_rng(1).normal(size=(7, 5, 3)).astype("f4")
        cls.a.astype(">f4").tofile(cls.path("steps.bin"))
        with open(cls.path("tail.bin"), "wb") as f:
            f.write(b"0123456789" + cls.a.tobytes() + b"behind")
        np.save(cls.path("steps.npy"), cls.a)
        cls.a[0].astype("<f8").tofile(cls.path("other.bin"))
        for name in ("steps.bin", "tail.bin", "steps.npy"):
            cls.keep(name)

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def test_layouts_by_name(self):
        sources = ("-i", "x=" + self.path("steps.bin"), "-i", "y=" + self.path("other.bin"), "-i", "z=" + self.path("tail.bin"), "-i", "n=" + self.path("steps.npy"))
        layouts = ("--raw-dtype", ">f4", "--raw-dtype", "y=f8", "--raw-dtype", "z=f4", "--raw-shape", "x=7,5,3", "--raw-shape", "y=5,-1", "--raw-shape", "z=7,5,3", "--raw-offset", "z=10")
        for ranks in RANKS:
            result = self.done(run("eval", "sum(abs(x - n)) + sum(abs(y - n[0])) + sum(abs(z - n))", *sources, *layouts, "-q", ranks=ranks))
            self.assertEqual(float(result.out), 0)
        x = ("stats", self.path("steps.bin"))
        self.refused(run("eval", "sum(x)", *sources[:4], "--raw-dtype", "x=>f4", "--raw-shape", "7,5,3"), 2, "other.bin", "--raw-dtype is missing for y")
        self.refused(run("eval", "sum(x)", *sources[:2], "--raw-dtype", "w=f4", "--raw-shape", "3"), 2, "--raw-dtype w=...: there is no -i w=SOURCE")
        self.refused(run("eval", "sum(n)", "-i", "n=" + self.path("steps.npy"), "--raw-dtype", "n=f4", "--raw-shape", "n=7,5,3"), 2, "--raw-dtype is for raw files; n")
        self.refused(run(*x, "--raw-dtype", "x=f4", "--raw-shape", "3"), 2, "sources have no names here")
        self.refused(run(*x, "--raw-dtype", "f4", "--raw-dtype", "f8", "--raw-shape", "3"), 2, "--raw-dtype is given twice")
        self.refused(run(*x, "--raw-dtype", "f4", "--raw-shape", "3", "--raw-offset", "-1"), 2, "--raw-offset wants a number of bytes")
        both = ("diff", self.path("steps.bin"), self.path("other.bin"), "--raw-shape", "FIRST=7,5,3", "--raw-shape", "SECOND=5,3")
        self.assertEqual(run(*both, "--raw-dtype", "FIRST=>f4", "--raw-dtype", "SECOND=f8").rc, 10)

    def test_info(self):
        shown = self.done(run("info", self.path("steps.bin"), "--raw-dtype", ">f4", "--raw-shape", "-1,5,3")).out
        self.assertIn("shape       (7, 5, 3)", shown)
        self.refused(run("info", self.path("steps.bin")), 2, "steps.bin")
        self.refused(run("info", self.path("steps.npy"), "--raw-dtype", "f4", "--raw-shape", "3"), 2, "steps.npy")

    def test_eval_and_diff_beside_a_known_format(self):
        how = ("--raw-dtype", ">f4", "--raw-shape", "7,5,3")
        for ranks in RANKS:
            self.done(run("eval", "y = x * 2 - z", "-i", f"x={self.path('steps.bin')}", "-i", f"z={self.path('steps.npy')}", "-o", f"y={self.path('y.bin')}", "--force", *how, ranks=ranks))
            np.testing.assert_array_equal(np.fromfile(self.path("y.bin"), "f4").reshape(7, 5, 3), self.a)
            self.done(run("diff", self.path("steps.bin"), self.path("steps.npy"), *how, ranks=ranks))

    def test_copy_and_stats_with_offset_and_open_length(self):
        how = ("--raw-dtype", "f4", "--raw-shape", "7,5,3", "--raw-offset", "10")
        self.done(run("copy", self.path("tail.bin"), self.path("y.h5:/y"), *how))
        with h5py.File(self.path("y.h5")) as f:
            np.testing.assert_array_equal(f["y"], self.a)
        figures = json.loads(self.done(run("stats", self.path("steps.bin"), "--raw-dtype", ">f4", "--raw-shape", "-1,5,3", "--json")).out)
        self.assertEqual((figures["shape"], np.float32(figures["min"])), ([7, 5, 3], self.a.min()))

    def test_what_does_not_fit(self):
        source = self.path("steps.bin")
        self.refused(run("stats", source), 2, "steps.bin", "--raw-dtype", "--raw-shape")
        self.refused(run("stats", source, "--raw-dtype", "f4"), 2, "--raw-shape")
        self.refused(run("stats", source, "--raw-dtype", "f5", "--raw-shape", "3"), 2, "f5")
        self.refused(run("stats", source, "--raw-dtype", "f4", "--raw-shape", "7,5,4"), 3, "steps.bin", "needs 560 bytes", "has 420")
        self.refused(run("stats", source, "--raw-dtype", "f4", "--raw-shape", "7,5"), 3, "steps.bin", "needs 140 bytes", "has 420")
        self.refused(run("stats", self.path("steps.npy"), "--raw-dtype", "f4", "--raw-shape", "7,5,3"), 2, "steps.npy", "npy")


class ManyFiles(Case):
    """run_1.nc, run_9.nc, run_10.nc: t (time, lat) of 4, 1 and 6 steps with a coordinate; empty.nc: of none."""

    @classmethod
    def make_file(cls, name, start, steps, dtype="f4", lats=5, units="K"):
        values = np.random.default_rng(start + 100).normal(280, 9, (steps, lats)).astype(dtype)
        with h5py.File(cls.path(name), "w") as f:
            for scale, numbers in {"time": np.arange(start, start + steps) * 6.0, "lat": np.linspace(-60, 60, lats)}.items():
                f[scale] = numbers
                f[scale].make_scale(scale)
            f["time"].attrs["units"] = "hours since 2000-01-01"
            t = f.create_dataset("t", data=values, chunks=(2, 3) if steps > 1 else None)
            t.attrs["units"] = units
            for i, scale in enumerate(("time", "lat")):
                t.dims[i].attach_scale(f[scale])
        return values

    @classmethod
    def make_inputs(cls):
        cls.parts = [cls.make_file(f"run_{n}.nc", start, steps) for n, start, steps in ((1, 0, 4), (9, 4, 1), (10, 5, 6))]
        cls.t = np.concatenate(cls.parts)
        cls.make_file("empty.nc", 4, 0)
        for name in ("run_1.nc", "run_9.nc", "run_10.nc"):
            cls.keep(name)

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def write_list(self, *lines):
        with open(self.path("list.txt"), "w") as f:
            f.write("\n".join(lines) + "\n")
        return "@" + self.path("list.txt")

    def test_a_glob_along_a_dimension(self):
        for ranks in RANKS:
            self.done(run("eval", "y = t * 2; z = t[3:6, 1:4]; m = max(t, axis='time')", "-i", f"t={self.path('run_*.nc')}:/t", "--concat", "time",
                          *(word for name in "yzm" for word in ("-o", f"{name}={self.path('out.nc')}")), "--force", ranks=ranks))
            with h5py.File(self.path("out.nc")) as f:
                np.testing.assert_array_equal(f["y"], self.t * 2)
                np.testing.assert_array_equal(f["z"], self.t[3:6, 1:4])
                np.testing.assert_array_equal(f["m"], self.t.max(axis=0))
                self.assertEqual([f["y"].dims[i][0].name for i in range(2)], ["/time", "/lat"])
                np.testing.assert_array_equal(f["y"].dims[0][0], np.arange(11) * 6.0)
                np.testing.assert_array_equal(f["z"].dims[0][0], np.arange(3, 6) * 6.0)
                self.assertEqual(np.bytes_(f["y"].dims[0][0].attrs["units"]), b"hours since 2000-01-01")

    def test_a_list_with_comments_and_an_empty_part(self):
        names = self.write_list("# in order", "", self.path("run_1.nc"), "  " + self.path("empty.nc") + "  # nothing in it", self.path("run_9.nc") + ":/t", self.path("run_10.nc"))
        for ranks in RANKS:
            self.done(run("copy", names + ":/t", self.path("out.npy"), "--concat", "0", "--force", ranks=ranks))
            np.testing.assert_array_equal(np.load(self.path("out.npy")), self.t)

    def test_side_by_side_along_a_new_axis(self):
        names = self.write_list(*[self.path("run_1.nc:/t")] * 3)
        self.done(run("copy", names, self.path("out.nc:/y"), "--concat", "member"))
        with h5py.File(self.path("out.nc")) as f:
            np.testing.assert_array_equal(f["y"], np.stack([self.parts[0]] * 3))
            self.assertEqual([f["y"].dims[i][0].name for i in range(3)], ["/member", "/time", "/lat"])

    def test_a_coordinate_of_several_dtypes(self):
        for name, start, dtype in (("a.nc", 0, "f8"), ("b.nc", 3, "i4"), ("c.nc", 6, "f4")):
            with h5py.File(self.path(name), "w") as f:
                f["time"], f["t"] = np.arange(start, start + 3, dtype=dtype), np.full((3, 2), start)
                f["time"].make_scale("time")
                f["t"].dims[0].attach_scale(f["time"])
        names = self.write_list(*[self.path(name) for name in ("a.nc", "b.nc", "c.nc")])
        for ranks in RANKS:
            self.done(run("eval", "y = t[1:8] * 2", "-i", f"t={names}:/t", "--concat", "time", "-o", f"y={self.path('out.nc')}", "--force", ranks=ranks))
            with h5py.File(self.path("out.nc")) as f:
                np.testing.assert_array_equal(f["y"].dims[0][0], np.arange(1.0, 8))
                np.testing.assert_array_equal(f["y"][:, 1], [0, 0, 6, 6, 6, 12, 12])

    def test_stats_and_diff(self):
        np.save(self.path("whole.npy"), self.t)
        self.done(run("diff", self.path("run_*.nc:/t"), self.path("whole.npy"), "--concat", "time"))
        figures = json.loads(self.done(run("stats", self.path("run_*.nc:/t"), "--concat", "time", "--json")).out)
        self.assertEqual((figures["count"], np.float32(figures["max"])), (55, self.t.max()))

    def test_what_differs_is_named(self):
        self.make_file("dtype.nc", 20, 2, dtype="f8")
        self.make_file("shape.nc", 20, 2, lats=4)
        self.make_file("units.nc", 20, 2, units="degC")
        self.make_file("early.nc", -9, 2)
        self.make_file("turned.nc", 4, 2)
        with h5py.File(self.path("turned.nc"), "r+") as f:
            f["lat"][...] = f["lat"][...][::-1]
        with open(self.path("run_1.nc"), "rb") as f, open(self.path("damaged.nc"), "wb") as g:
            g.write(f.read(900))
        self.before = set(os.listdir(self.folder)) | {"list.txt"}
        for name, rc, *words in (("dtype", 2, "float64", "float32"), ("shape", 2, "(2, 4)"), ("units", 2, "degC", "'K'"), ("early", 2, "does not follow"), ("turned", 2, "its coordinate lat is another one", "run_1.nc"), ("damaged", 3), ("missing", 3, "no such file")):
            names = self.write_list(self.path("run_1.nc:/t"), self.path(f"{name}.nc:/t"), self.path("run_9.nc:/t"))
            for ranks in RANKS[:2]:
                self.refused(run("stats", names, "--concat", "time", ranks=ranks), rc, f"{name}.nc", *words)
        for name in ("dtype", "shape", "units", "early", "turned", "damaged"):
            os.remove(self.path(f"{name}.nc"))

    def test_names_that_do_not_fit(self):
        self.refused(run("stats", self.path("none_*.nc:/t"), "--concat", "time"), 3, "none_*.nc", "no file matches")
        self.refused(run("stats", self.path("run_*.nc:/t")), 2, "run_*.nc", "--concat")
        self.refused(run("stats", self.path("run_*.nc:/t"), "--concat", "2"), 2, "no axis 2")
        self.refused(run("stats", self.path("run_1.nc:/t"), "--concat", "time"), 2, "--concat", "@list.txt")
        self.refused(run("copy", self.path("run_*.nc:/t"), self.path("run_9.nc:/y"), "--concat", "time", "--force"), 2, "run_9.nc", "is an input")


class ThousandFiles(Case):
    @classmethod
    def make_inputs(cls):
        for i in range(1000):
            with h5py.File(cls.path(f"f{i}.h5"), "w") as f:
                f["x"] = np.full((2, 3), i, "i4")

    def test_under_a_low_limit(self):
        def limited():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        for ranks in RANKS[:2]:
            line = command_line(["eval", "sum(x)", "-i", f"x={self.path('f*.h5')}:/x", "--concat", "0"], ranks)
            limit = f"ulimit -n 64; exec {' '.join(repr(word) for word in line[-7 if ranks == 0 else -7:])}"
            words = ["sh", "-c", limit] if ranks == 0 else [*line[:-7], "sh", "-c", limit]
            result = self.done(finish(start(words)))
            self.assertEqual(result.out.strip(), str(6 * sum(range(1000))), str(result))


if __name__ == "__main__":
    unittest.main()

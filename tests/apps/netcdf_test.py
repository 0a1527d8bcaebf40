"""What NetCDF's own programs and Tessera make of each other's files: names of variables and dimensions."""
import json
import os
import subprocess
import unittest

import h5py
import netCDF4
import numpy as np

from command import MPIEXEC, Case, run

RANKS = (0, 3) if MPIEXEC else (0,)


class NetCdf(Case):
    """names.nc: dimensions x (4), y (3), time (unlimited), unused (7); variables y(x), v(x, y), x(x, y), scalar time; in
    group g a dimension x (2) and variables y(x, y), x(y), time(time, y). All that has a dimension's name but other axes
    is stored under names of NetCDF's own."""

    @classmethod
    def make_inputs(cls):
        cls.names = {"y": np.array([1.0, 2, 3, 4]), "v": np.arange(12.0).reshape(4, 3), "x": np.arange(12.0).reshape(4, 3) * 10, "time": np.float64(7),
                     "g/y": np.arange(6, dtype="f4").reshape(2, 3), "g/x": np.array([5, 6, 7], "i4"), "g/time": np.arange(6, dtype="i4").reshape(2, 3)}
        axes = {"y": "x", "v": "xy", "x": "xy", "time": "", "g/y": "xy", "g/x": "y", "g/time": ("time", "y")}
        with netCDF4.Dataset(cls.path("names.nc"), "w") as f:
            for name, n in (("x", 4), ("y", 3), ("time", None), ("unused", 7), ("g/x", 2)):
                (f.createGroup("g") if "/" in name else f).createDimension(name.split("/")[-1], n)
            for name, values in cls.names.items():
                f.createVariable(name, values.dtype, tuple(axes[name]))[:] = values
        cls.keep("names.nc")
        # time is unlimited: 5 records of a, 3 of b, none of c and d, 4 of time itself.
        with netCDF4.Dataset(cls.path("records.nc"), "w") as f:
            f.createDimension("time", None), f.createDimension("x", 3)
            a, c = f.createVariable("a", "f4", ("time", "x")), f.createVariable("c", "f4", ("time", "x"))
            b, d = f.createVariable("b", "i2", ("time", "x"), fill_value=-9), f.createVariable("d", "i4", ("x", "time"), endian="big")
            e, time = f.createVariable("e", "i4", ("time",), zlib=True, chunksizes=(2,)), f.createVariable("time", "f8", ("time",))
            a[0:5], b[0:3], e[0:3], time[0:4] = np.arange(15).reshape(5, 3), np.arange(9).reshape(3, 3), [1, 2, 3], [0, 1, 2, 3]
            f.createGroup("g").createVariable("h", "u1", ("time",))[0:2] = 1
        cls.keep("records.nc")
        # A curvilinear grid with bounds, a scalar coordinate, a packed coordinate.
        with netCDF4.Dataset(cls.path("grid.nc"), "w") as f:
            for name, n in (("time", None), ("y", 3), ("x", 4), ("nv", 2), ("corner", 4)):
                f.createDimension(name, n)
            time, bounds = f.createVariable("time", "f8", ("time",)), f.createVariable("time_bnds", "f8", ("time", "nv"))
            time[:], bounds[:] = [15, 45, 75, 105], np.arange(5).repeat(2)[1:9].reshape(4, 2) * 30
            time.units, time.bounds = "days since 2000-01-01", "time_bnds"
            y = f.createVariable("y", "i2", ("y",))
            y.setncatts({"scale_factor": np.float32(0.5), "valid_range": np.array([-100, 100], "i2"), "units": "m"})
            y.set_auto_maskandscale(False)
            y[:] = [-10, 0, 10]
            for k, name in enumerate(("lat", "lon")):
                v = f.createVariable(name, "f4", ("y", "x"))
                v[:], v.units = np.arange(12).reshape(3, 4) + 100 * k, "degrees"
            height = f.createVariable("height", "f8", ())
            height[:], height.units = 2, "m"
            t = f.createVariable("t", "f4", ("time", "y", "x"))
            t[:], t.coordinates = np.arange(48).reshape(4, 3, 4), "lat lon height missing"
        cls.keep("grid.nc")

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def value(self, source):
        return json.loads(self.done(run("eval", "v", "-i", f"v={self.path(source)}", "--json", "-q")).out)["results"][0]["value"]

    def test_variables_have_their_own_names(self):
        for name, values in self.names.items():
            self.assertEqual(self.value(f"names.nc:/{name}"), values.tolist(), name)
        shown = self.done(run("info", self.path("names.nc"))).out
        self.assertNotIn("_nc4_non_coord", shown)
        for name in self.names:
            self.assertIn(f"names.nc:/{name} ", shown)
        self.assertNotIn("unused", shown)
        self.assertNotIn("_nc4_non_coord", self.done(run("info", self.path("names.nc:/g/x"), "--json")).out)

    def test_a_dimension_is_no_variable(self):
        for words in (("info", "names.nc:/unused"), ("stats", "names.nc:/unused"), ("info", "names.nc:/g/unused")):
            self.refused(run(words[0], self.path(words[1])), 3, "no dataset")
        self.refused(run("stats", self.path("names.nc:/unused")), 3, "/unused: it is a dimension without values; the datasets are /g/time, /g/x")

    def test_a_variable_is_no_coordinate_of_a_dimension_with_its_name(self):
        with netCDF4.Dataset(self.path("square.nc"), "w") as f:
            f.createDimension("x", 3), f.createDimension("y", 3)
            f.createVariable("y", "f8", ("x",))[:] = [9, 8, 7]
            f.createVariable("v", "f8", ("x", "y"))[:] = np.eye(3)
        self.assertEqual(json.loads(self.done(run("info", self.path("square.nc:/v"), "--json")).out)[0]["coordinates"], {})

    def test_missing_records_are_fill_values(self):
        for ranks in RANKS:
            for name in ("a", "b", "c", "d", "e", "time", "g/h") if ranks == 0 else ("b", "c", "d"):
                copied = self.done(run("copy", self.path(f"records.nc:/{name}"), self.path("raw.npy"), "--raw", "--force", "-q", ranks=ranks))
                self.assertEqual(copied.err, "")
                with netCDF4.Dataset(self.path("records.nc")) as f:
                    f.set_auto_maskandscale(False)
                    np.testing.assert_array_equal(np.load(self.path("raw.npy")), f[name][...], name)
        b = self.value("records.nc:/b")
        self.assertEqual(b[:3], np.arange(9).reshape(3, 3).tolist())
        self.assertEqual(b[3:], [["nan"] * 3] * 2)
        sources = [word for name in "abce" for word in ("-i", f"{name}={self.path('records.nc:/' + name)}")]
        result = self.done(run("eval", "nansum(a - b), nansum(a[4] + c[4]), sum(e[1:]), c.shape", *sources, ranks=RANKS[-1]))
        self.assertEqual(result.out.split("\n")[0], str(float(np.arange(9).sum() * 0)))
        described = json.loads(self.done(run("info", self.path("records.nc:/b"), "--json")).out)[0]
        self.assertEqual((described["shape"], described["unlimited"]), ([5, 3], ["time"]))
        for name in ("records.nc:/c", "records.nc:/time"):
            self.done(run("stats", self.path(name), "--default-fill"))
        with open(self.path("list"), "w") as f:
            f.write(2 * (self.path("records.nc:/e") + "\n"))
        joined = self.done(run("eval", "nansum(e), sum(isnan(e))", "-i", f"e=@{self.path('list')}", "--concat", "run", "--default-fill", "-q"))
        self.assertEqual(joined.out, "12.0\n4\n")

    def test_default_fills_are_warned_of(self):
        warning = "has elements that are NetCDF's default fill value, and no _FillValue"
        for ranks in RANKS:
            for name in ("a", "b", "c", "d", "e", "g/h") if ranks == 0 else ("b", "e"):
                result = self.done(run("stats", self.path(f"records.nc:/{name}"), ranks=ranks))
                self.assertEqual(f"records.nc:/{name} {warning}" in result.err, name in "cde", result.err)
                self.assertEqual(warning in self.done(run("stats", self.path(f"records.nc:/{name}"), "--slice", "0:1" if name != "d" else ":, 0:0", ranks=ranks)).err, name == "c")
        self.assertNotIn(warning, self.done(run("stats", self.path("records.nc:/c"), "--raw")).err)
        decoded = self.done(run("stats", self.path("records.nc:/e"), "--default-fill", "--json"))
        self.assertNotIn(warning, decoded.err)
        decoded = json.loads(decoded.out)
        self.assertEqual((decoded["dtype"], decoded["nan"], decoded["mean"]), ("float64", 2, 2))
        self.assertIn("int32, read as float64", self.done(run("info", self.path("records.nc:/e"), "--default-fill")).out)

    def test_packing_is_one_number(self):
        with netCDF4.Dataset(self.path("packed.nc"), "w") as f:
            f.createDimension("x", 3)
            for name, attributes in {"two": {"scale_factor": [0.5, 2.0]}, "offsets": {"add_offset": np.array([1, 2], "i4")}, "one": {"scale_factor": [0.5]}, "text": {"scale_factor": "half"}}.items():
                v = f.createVariable(name, "i2", ("x",))
                v.set_auto_maskandscale(False)
                v[:] = [1, 2, 3]
                v.setncatts(attributes)
        self.before.add("packed.nc")
        self.refused(run("stats", self.path("packed.nc:/two")), 2, "its scale_factor is 2 numbers, not one; --raw takes")
        self.refused(run("stats", self.path("packed.nc:/offsets")), 2, "its add_offset is 2 numbers")
        self.refused(run("stats", self.path("packed.nc:/text")), 2, "its scale_factor is the text 'half'")
        self.assertEqual(self.value("packed.nc:/one"), [0.5, 1, 1.5])
        self.done(run("stats", self.path("packed.nc:/two"), "--raw"))
        self.assertIn("int16, read with --raw only: ", self.done(run("info", self.path("packed.nc:/two"))).out)
        self.done(run("info", self.path("packed.nc"), "--json"))
        self.before.remove("packed.nc")

    def test_packed_dtypes(self):
        """As xarray 2026.9 decodes them: dtype of the data, scale_factor, add_offset, fill value: the dtype that is read."""
        cases = [("i2", "f4", "f4", None, "float32"), ("i2", "f8", "f8", None, "float64"), ("i2", "f4", "f8", None, "float64"), ("i2", "f4", None, None, "float32"),
                 ("i2", "f8", None, None, "float64"), ("i2", None, "f4", None, "float64"), ("i4", "f4", "f4", None, "float64"), ("i4", "f4", None, None, "float32"),
                 ("i8", "f4", "f4", None, "float32"), ("i1", "f8", "f8", -1, "float64"), ("i2", None, None, -1, "float32"), ("i4", None, None, -1, "float64"),
                 ("f4", None, None, -1, "float32"), ("f4", "f8", "f8", None, "float64"), ("f8", "f4", None, None, "float32"), ("i2", "f4", "f4", -1, "float32"), ("u2", "i4", None, None, "float64")]
        with netCDF4.Dataset(self.path("packed.nc"), "w") as f:
            f.createDimension("x", 3)
            for k, (dtype, scale, offset, fill, _) in enumerate(cases):
                v = f.createVariable(f"v{k}", dtype, ("x",), fill_value=fill)
                v.set_auto_maskandscale(False)
                v[:] = [1, 2, 3]
                if scale:
                    v.scale_factor = np.array(0.1 if scale[0] == "f" else 3, scale)[()]
                if offset:
                    v.add_offset = np.array(7, offset)[()]
        for k, case in enumerate(cases):
            shown = json.loads(self.done(run("info", self.path(f"packed.nc:/v{k}"), "--json")).out)[0]
            self.assertEqual(shown.get("read_as", shown["dtype"]), case[4], case)
            scale = np.array(0.1 if case[1][0] == "f" else 3, case[1])[()] if case[1] else 1
            expected = np.array([1, 2, 3], case[4]) * np.array(scale, case[4]) + np.array(7 if case[2] else 0, case[4])
            self.done(run("copy", self.path(f"packed.nc:/v{k}"), self.path("out.npy"), "--force", "-q"))
            np.testing.assert_array_equal(np.load(self.path("out.npy")), expected, str(case))

    def eval(self, statements, source, *outputs, target="out.nc", words=(), ranks=0):
        outputs = [word for name in outputs for word in ("-o", f"{name}={self.path(target)}")]
        return self.done(run("eval", statements, "-i", f"t={self.path(source)}", *outputs, "-q", *words, ranks=ranks))

    def program(self, *words):
        result = subprocess.run([self.path(w) if w.endswith(".nc") else w for w in words], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("ERROR", result.stderr)
        return result.stdout

    def test_bools_are_bytes(self):
        for ranks in RANKS:
            self.eval("b = t > 5; c = b & (t < 9)", "names.nc:/v", "b", "c", words=["--force"], ranks=ranks)
            header = self.program("ncdump", "out.nc")
            for part in ("byte b(x, y) ;", 'b:dtype = "bool" ;', "0, 0, 0,\n  0, 0, 0,\n  1, 1, 1,\n  1, 1, 1 ;"):
                self.assertIn(part, header)
            self.assertEqual(self.value("out.nc:/c"), ((self.names["v"] > 5) & (self.names["v"] < 9)).tolist())
        self.assertIn("int8, read as bool", self.done(run("info", self.path("out.nc:/b"))).out)
        self.done(run("copy", self.path("out.nc:/b"), self.path("again.nc"), "-q"))
        self.assertEqual(self.value("again.nc:/b"), (self.names["v"] > 5).tolist())
        self.done(run("copy", self.path("out.nc:/b"), self.path("raw.nc"), "--raw", "-q"))
        self.assertEqual(self.value("raw.nc:/b"), (self.names["v"] > 5).tolist())

    def test_complex_numbers_are_refused(self):
        source = f"t={self.path('names.nc:/v')}"
        self.refused(run("eval", "y = t * 1j", "-i", source, "-o", f"y={self.path('y.nc')}"), 2, "NetCDF has no complex numbers", "write real(x) and imag(x)")
        self.done(run("eval", "y = t * 1j", "-i", source, "-o", f"y={self.path('y.h5')}"))

    def test_the_classic_model(self):
        def make():
            with netCDF4.Dataset(self.path("classic.nc"), "w", format="NETCDF4_CLASSIC") as f:
                f.createDimension("x", 4), f.createDimension("y", 3)
                f.createVariable("old", "f4", ("x",))[:] = 1
        make()
        self.before.add("classic.nc")
        for statement in ("n = astype(t, uint8)", "n = astype(t, int64)", "n = astype(t, uint32)", "n = count(t, axis=0)", "n = argmax(t, axis=0)"):
            self.refused(run("eval", statement, "-i", f"t={self.path('names.nc:/v')}", "-o", f"n={self.path('classic.nc')}", "--append"), 2, "classic model, which has no ", "astype(x, int32)")
        self.refused(run("eval", "n = t", "-i", f"t={self.path('names.nc:/v')}", "-o", f"n={self.path('classic.nc:/g/n')}", "--append"), 2, "no groups")
        self.eval("a = astype(t, int32); b = t > 2; c = t / 2", "names.nc:/v", "a", "b", "c", target="classic.nc", words=["--append"])
        shown = self.program("ncdump", "classic.nc")
        for part in ("int a(x, y) ;", "byte b(x, y) ;", "double c(x, y) ;"):
            self.assertIn(part, shown)
        with h5py.File(self.path("times.h5"), "w") as f:  # int64 as xarray writes times
            f["time"], f["v"] = np.arange(4), np.arange(4.0)
            f["time"].make_scale("time")
            f["v"].dims[0].attach_scale(f["time"])
        added = self.done(run("eval", "w = t + 1", "-i", f"t={self.path('times.h5')}:/v", "-o", f"w={self.path('classic.nc')}", "--append"))
        self.assertIn("warning: time is written as float64: ", added.err)
        self.assertIn("classic model, which has no int64", added.err)
        with netCDF4.Dataset(self.path("classic.nc")) as f:
            self.assertEqual((f["w"].dimensions, f["time"].dtype, f["time"][:].tolist()), (("time",), np.float64, [0, 1, 2, 3]))
        with netCDF4.Dataset(self.path("heights.nc"), "w") as f:
            f.createDimension("x", 4)
            for name, dtype, values in (("height", "u2", 7), ("level", "u2", 9)):
                f.createVariable(name, dtype, ())[...] = values
            f.createVariable("v", "f8", ("x",))[:] = 1
            f["v"].coordinates = "height level"
        with netCDF4.Dataset(self.path("classic.nc"), "r+") as f:
            f.createVariable("height", "i4", ())[...] = 7
        added = self.done(run("eval", "h = t + 1", "-i", f"t={self.path('heights.nc')}:/v", "-o", f"h={self.path('classic.nc')}", "--append"))
        self.assertIn("warning: level is written as float64: ", added.err)
        self.assertNotIn("height is", added.err)  # it is there
        self.before.remove("classic.nc")

    def test_floats_say_that_missing_is_nan(self):
        statements = "a = t / t; b = where(t > 3, t, nan); c = astype(t, float32); n = t > 1; x = arange(4.0); m = mean(t, axis=0)"
        self.eval(statements, "names.nc:/v", *"abcnxm")
        with netCDF4.Dataset(self.path("out.nc")) as f:
            f.set_auto_maskandscale(False)
            for name in "abcm":
                self.assertTrue(np.isnan(f[name]._FillValue) and f[name]._FillValue.dtype == f[name].dtype, name)
            self.assertNotIn("_FillValue", f["n"].ncattrs())
        self.done(run("copy", self.path("names.nc:/v"), self.path("raw.nc"), "--raw"))
        self.done(run("copy", self.path("names.nc:/v"), self.path("copied.nc")))
        with netCDF4.Dataset(self.path("raw.nc")) as raw, netCDF4.Dataset(self.path("copied.nc")) as copied:
            self.assertNotIn("_FillValue", raw["v"].ncattrs())
            self.assertIn("_FillValue", copied["v"].ncattrs())

    def test_a_result_may_have_the_name_of_a_dimension(self):
        for ranks in RANKS:
            self.eval("y = t[:, 0] * 2; v = t", "names.nc:/v", "y", "v", words=["--force"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual((f["y"].dimensions, f["v"].dimensions), (("x",), ("x", "y")))
                np.testing.assert_array_equal(f["y"][:], self.names["v"][:, 0] * 2)
            self.assertEqual(self.value("out.nc:/y"), (self.names["v"][:, 0] * 2).tolist())
            self.eval("x = t[0]", "names.nc:/v", "x", words=["--append"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual(f["x"].dimensions, ("y",))
            self.assertIn("is there already", run("eval", "x = t[0]", "-i", f"t={self.path('names.nc:/v')}", "-o", f"x={self.path('out.nc')}", "--append").err)
        self.eval("y = t[:, 0]; v = t", "names.nc:/v", "y", "v", target="out.h5")
        self.assertEqual(self.value("out.h5:/y"), self.names["v"][:, 0].tolist())

    def test_results_can_be_changed(self):
        for words in ([], ["--compress", "gzip:4"]):
            self.eval("m = mean(t, axis=0); v = t * 2", "names.nc:/v", "m", "v", words=["--force", *words])
            self.program("ncatted", "-h", "-a", "units,v,o,c,kg", "out.nc")
            self.program("ncrename", "-h", "-v", "v,w", "out.nc")
            self.program("ncks", "-h", "-A", "-C", "-v", "v", "names.nc", "out.nc")
            with netCDF4.Dataset(self.path("out.nc"), "r+") as f:
                f["w"].note = "changed"
                f.createDimension("n", 2)
                f.createVariable("new", "f4", ("n", "x"))[:] = 5
                f["w"][0, 0] = 77
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual((f["w"].units, f["w"].note, f["w"][0, 0], f["new"][1, 3]), ("kg", "changed", 77, 5))
                np.testing.assert_array_equal(f["w"][1:], self.names["v"][1:] * 2)
                np.testing.assert_array_equal(f["v"][:], self.names["v"])

    def test_the_record_dimension_stays(self):
        for ranks, words in ((0, []), (0, ["--compress", "gzip:1"]), (RANKS[-1], ["--chunks", "2,3"])):
            with self.subTest(ranks=ranks, words=words):
                self.done(run("copy", self.path("records.nc:/a"), self.path("copied.nc"), "--force", "-q", *words, ranks=ranks))
                self.eval("y = t[1:4] * 2; z = (t + 1).T; m = mean(t, axis='x'); k = max(t, axis='time', keepdims=True); s = t[0]", "records.nc:/a", *"yzmks",
                          words=["--force"] + words[:1] + (["y=2,2"] if words[:1] == ["--chunks"] else words[1:]), ranks=ranks)
                with netCDF4.Dataset(self.path("copied.nc"), "r+") as f:
                    self.assertTrue(f.dimensions["time"].isunlimited() and not f.dimensions["x"].isunlimited())
                    np.testing.assert_array_equal(f["a"][:], np.arange(15).reshape(5, 3))
                    f["a"][5:8] = 4
                with netCDF4.Dataset(self.path("copied.nc")) as f:
                    np.testing.assert_array_equal(f["a"][:], np.vstack([np.arange(15).reshape(5, 3), np.full((3, 3), 4)]))
                    self.assertTrue(np.ma.getmaskarray(f["time"][4:]).all())
                with netCDF4.Dataset(self.path("out.nc"), "r+") as f:
                    for name in "yzmk":
                        at = f[name].dimensions.index(next(d for d in f[name].dimensions if d.startswith("time")))
                        self.assertTrue(f.dimensions[f[name].dimensions[at]].isunlimited(), name)
                    np.testing.assert_array_equal(f["y"][:], 2 * np.arange(3, 12).reshape(3, 3))
                    np.testing.assert_array_equal(f["z"][:], (np.arange(15).reshape(5, 3) + 1).T)
                    self.assertEqual(f["s"].dimensions, ("x",))
                    f["y"][3] = 9
                    self.assertTrue(np.ma.getmaskarray(f["y"][:])[:3].sum() == 0)
                    f["z"][0, 6] = 1
                with netCDF4.Dataset(self.path("out.nc")) as f:
                    self.assertTrue(np.isnan(np.ma.filled(f["z"][1:, 5:], np.nan)).all())
        self.program("ncra", "-O", "copied.nc", "mean.nc")
        self.program("ncrcat", "-O", "copied.nc", "copied.nc", "twice.nc")
        with netCDF4.Dataset(self.path("twice.nc")) as f:
            self.assertEqual(f["a"].shape, (16, 3))

    def test_the_record_dimension_of_a_file_that_is_added_to(self):
        self.done(run("copy", self.path("records.nc:/a"), self.path("out.nc"), "-q"))
        self.eval("y = t + 1", "records.nc:/a", "y", words=["--append"])
        with netCDF4.Dataset(self.path("fixed.nc"), "w") as f:
            f.createDimension("time", 5), f.createDimension("x", 3)
            f.createVariable("time", "f8", ("time",))[:] = [0, 1, 2, 3, netCDF4.default_fillvals["f8"]]
        self.eval("y = t + 1", "records.nc:/a", "y", target="fixed.nc", words=["--append"])
        for name, grows in (("out.nc", True), ("fixed.nc", False)):
            with netCDF4.Dataset(self.path(name)) as f:
                self.assertEqual((f["y"].dimensions, f.dimensions["time"].isunlimited()), (("time", "x"), grows))
                np.testing.assert_array_equal(f["y"][:], np.arange(15).reshape(5, 3) + 1)

    def test_what_attributes_name_follows(self):
        for ranks in RANKS:
            self.eval("a = t[::2, 1:] * 2; b = mean(t, axis=0); c = mean(t, axis='x'); d = t[::-1, 1:, ::3]", "grid.nc:/t", *"abcd", words=["--force"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual((f["a"].coordinates, f["b"].coordinates, f["c"].coordinates), ("lat lon height", "lat_2 lon_2 height", "height"))
                self.assertEqual((f["lat"].dimensions, f["lat_2"].dimensions), (("y", "x"), ("y_2", "x")))
                np.testing.assert_array_equal(f["lat"][:], np.arange(12).reshape(3, 4)[1:])
                np.testing.assert_array_equal(f["lon_2"][:], np.arange(12).reshape(3, 4) + 100)
                self.assertEqual((f["height"][...], f["height"].units, f["lat"].units), (2, "m", "degrees"))
                self.assertEqual((f["time"].bounds, f["time_bnds"].dimensions, f.dimensions["time"].isunlimited()), ("time_bnds", ("time", "nv"), True))
                np.testing.assert_array_equal(f["time_bnds"][:], [[0, 30], [60, 90]])
                back = f["d"].dimensions[0]
                np.testing.assert_array_equal(f[f[back].bounds][:, 0], [90, 60, 30, 0])
                self.assertEqual(f[f["d"].coordinates.split()[0]].dimensions, f["d"].dimensions[1:])
                np.testing.assert_array_equal(f[f["d"].coordinates.split()[0]][:], np.arange(12).reshape(3, 4)[1:, ::3])
                y = f[f["a"].dimensions[1]]
                self.assertEqual((y.scale_factor, y.valid_range.tolist(), y.dtype), (np.float32(0.5), [-100, 100], np.int16))
                np.testing.assert_array_equal(y[:], [0, 5])

    def test_bounds_of_joined_files(self):
        for k in range(2):
            self.program("ncks", "-O", "-h", "-d", f"time,{2 * k},{2 * k + 1}", "grid.nc", f"part{k}.nc")
        self.done(run("eval", "y = t[1:]", "-i", f"t={self.path('part*.nc')}:/t", "--concat", "time", "-o", f"y={self.path('out.nc')}", "-q"))
        with netCDF4.Dataset(self.path("out.nc")) as f:
            np.testing.assert_array_equal(f["time_bnds"][:], [[30, 60], [60, 90], [90, 120]])
            self.assertTrue(f.dimensions["time"].isunlimited())
            self.assertEqual((f["y"].coordinates, f["lat"].shape), ("lat lon height", (3, 4)))

    def test_no_records_yet(self):
        self.done(run("copy", self.path("records.nc:/a"), self.path("out.nc"), "--slice", "0:0", "-q"))
        with netCDF4.Dataset(self.path("out.nc"), "r+") as f:
            self.assertEqual((f["a"].shape, f.dimensions["time"].isunlimited()), ((0, 3), True))
            f["a"][0:2] = 3
        self.assertEqual(self.value("out.nc:/a"), [[3.0] * 3] * 2)

    def test_dimensions_of_a_variable_with_the_name_of_its_first_one(self):
        self.assertEqual(json.loads(self.done(run("info", self.path("names.nc:/x"), "--json")).out)[0]["dimensions"], ["x", "y"])


if __name__ == "__main__":
    unittest.main()

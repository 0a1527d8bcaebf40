"""Dimensions, coordinates and attributes follow results into HDF5 files, as h5py, ncdump and CDO see them."""
import json
import os
import shutil
import subprocess
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, run

try:
    import netCDF4  # noqa: F401: the engine
    import xarray
except ImportError:
    xarray = None


class Labels(Case):
    """climate.nc: t (time 12, lat 5, lon 8) in K, q (time, level) in a group; level has no coordinate."""

    @classmethod
    def make_inputs(cls):
        rng = np.random.default_rng(4)
        cls.t = rng.normal(280, 10, (12, 5, 8)).astype("f4")
        cls.coordinates = {"time": np.arange(12) * 30.0, "lat": np.linspace(-60, 60, 5, dtype="f4"), "lon": np.arange(8, dtype="f4") * 45}
        with h5py.File(cls.path("climate.nc"), "w") as f:
            for name, values in cls.coordinates.items():
                f[name] = values
                f[name].make_scale(name)
            f["time"].attrs["units"] = "days since 2000-01-01"
            f["lat"].attrs["units"], f["lon"].attrs["units"] = "degrees_north", "degrees_east"
            f["level"] = np.zeros(3, ">f4")
            f["level"].make_scale("This is a netCDF dimension but not a netCDF variable.         3")
            t = f.create_dataset("t", data=cls.t, chunks=(5, 5, 3))
            t.attrs["units"], t.attrs["long_name"], t.attrs["coordinates"] = "K", "temperature", "lat lon"
            q = f.create_dataset("g/q", data=np.arange(36.0).reshape(12, 3))
            for dataset, names in ((t, ("time", "lat", "lon")), (q, ("time", "level"))):
                for i, name in enumerate(names):
                    dataset.dims[i].attach_scale(f[name])
        cls.keep("climate.nc")

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def eval(self, statements, *outputs, ranks=0):
        words = [word for name in outputs for word in ("-o", f"{name}={self.path('out.nc')}")]
        return self.done(run("eval", statements, "-i", f"t={self.path('climate.nc')}:/t", "-i", f"q={self.path('climate.nc')}:/g/q", *words, "--force", ranks=ranks))

    @staticmethod
    def dimensions(dataset):
        return [dataset.dims[i][0].name.lstrip("/") if len(dataset.dims[i]) else None for i in range(dataset.ndim)]

    def test_slices_permutations_and_reductions(self):
        for ranks in (0, 3) if MPIEXEC else (0,):
            self.eval('y = mean(t, axis="time"); z = (t[::-2, 1:, 2:5] * 2 - 1).T; p = q + 1', "y", "z", "p", ranks=ranks)
            with h5py.File(self.path("out.nc")) as f:
                self.assertEqual(self.dimensions(f["y"]), ["lat", "lon"])
                np.testing.assert_allclose(f["y"], self.t.mean(axis=0), rtol=1e-5)
                self.assertEqual((f["y"].attrs["units"], f["y"].attrs["long_name"]), (b"K", b"temperature"))
                self.assertNotIn("coordinates", f["y"].attrs)
                lon, lat, time = [f[name] for name in self.dimensions(f["z"])]
                np.testing.assert_array_equal(f["z"], (self.t[::-2, 1:, 2:5] * np.float32(2) - 1).T)
                np.testing.assert_array_equal(time, self.coordinates["time"][::-2])
                np.testing.assert_array_equal(lat, self.coordinates["lat"][1:])
                np.testing.assert_array_equal(lon, self.coordinates["lon"][2:5])
                self.assertEqual((time.attrs["units"], lat.attrs["units"], lat.dtype), (b"days since 2000-01-01", b"degrees_north", np.float32))
                self.assertEqual(self.dimensions(f["p"])[1], "level")
                self.assertEqual(f["p"].dims[0][0].shape, (12,))
                # The same dimension is one; others of that name have a number.
                self.assertEqual(self.dimensions(f["y"]), ["lat", "lon"])
                np.testing.assert_array_equal(f["lat"], self.coordinates["lat"])
                self.assertTrue(lat.name.startswith("/lat_"))

    def test_names_as_coordinates(self):
        for k in (0, 1):
            with h5py.File(self.path(f"names{k}.nc"), "w") as f:
                f["time"], f["t"] = np.arange(2.0) + 2 * k, np.full((2, 3), k)
                f["station"] = np.array(["a", "b", "c"], h5py.string_dtype())
                for i, name in enumerate(("time", "station")):
                    f[name].make_scale(name)
                    f["t"].dims[i].attach_scale(f[name])
        source = "t=" + self.path("names*.nc:/t")
        for ranks in (0, 2) if MPIEXEC else (0,):
            self.done(run("eval", "y = t + 1", "-i", source, "--concat", "time", "-o", f"y={self.path('out.nc')}", "--force", ranks=ranks))
            with h5py.File(self.path("out.nc")) as f:
                self.assertEqual(self.dimensions(f["y"]), ["time", "station"])
                np.testing.assert_array_equal(f["time"], np.arange(4.0))
                np.testing.assert_array_equal(f["y"][:, 0], [1, 1, 2, 2])

    def test_an_ambiguous_coordinate_goes_the_name_stays(self):
        self.eval("steps = t[1:] - t[:-1]; kept = mean(t, axis=0, keepdims=True)", "steps", "kept")
        with h5py.File(self.path("out.nc")) as f:
            names = self.dimensions(f["steps"])
            self.assertTrue(names[0].startswith("time") and names[1:] == ["lat", "lon"], names)
            self.assertTrue(f[names[0]].attrs["NAME"].startswith(b"This is a netCDF dimension"))
            self.assertEqual(f["kept"].shape, (1, 5, 8))
            self.assertEqual(self.dimensions(f["kept"])[1:], ["lat", "lon"])

    def test_copy_carries_them(self):
        source = self.path("climate.nc")
        self.done(run("copy", source + ":/t", self.path("c.nc"), "--axes", "1,0,2", "--slice", "3:9", "--dtype", "f8", "--chunks", "5,2,8"))
        with h5py.File(self.path("c.nc")) as f:
            self.assertEqual(self.dimensions(f["t"]), ["lat", "time", "lon"])
            np.testing.assert_array_equal(f["time"], self.coordinates["time"][3:9])
            np.testing.assert_array_equal(f["t"], self.t[3:9].transpose(1, 0, 2))
        self.done(run("copy", source + ":/time", self.path("time.nc")))  # a coordinate is its own dimension
        self.done(run("copy", source + ":/t", self.path("c.npy")))
        np.testing.assert_array_equal(np.load(self.path("c.npy")), self.t)
        self.assertEqual(json.loads(self.done(run("info", self.path("c.nc") + ":/t", "--json")).out)[0]["dimensions"], ["lat", "time", "lon"])

    def test_axes_by_name(self):
        source = f"t={self.path('climate.nc')}:/t"
        by_name = run("eval", "mean(t, axis=('lat', 'lon')), sum(flip(t, axis='lon')[..., 0], axis='time')", "-i", source, "-q")
        by_number = run("eval", "mean(t, axis=(1, 2)), sum(flip(t, axis=2)[..., 0], axis=0)", "-i", source, "-q")
        self.assertEqual(self.done(by_name).out, self.done(by_number).out)
        self.refused(run("eval", "mean(t, axis='lom')", "-i", source), 2, "there is no dimension 'lom'; did you mean 'lon'?\n  mean(t, axis='lom')\n               ^\n")
        self.refused(run("eval", "mean(t, axis='depth')", "-i", source), 2, "there is no dimension 'depth'; there are time, lat, lon")
        self.refused(run("eval", "mean(arange(3), axis='x')"), 2, "the dimensions have no names here")

    def test_fill_values(self):
        with h5py.File(self.path("packed.nc"), "w") as f:
            f["p"] = np.array([0, 1, -999, 4], "i2")
            f["p"].attrs["_FillValue"], f["p"].attrs["scale_factor"] = np.int16(-999), np.float32(0.5)
        source = self.path("packed.nc") + ":/p"
        result = self.done(run("eval", "mean(p)", "-i", "p=" + source))
        self.assertEqual(result.out, "nan\n")
        warning = f"warning: mean over fill values of {source}, which are NaN here; nanmean leaves them out"
        self.assertIn(warning, result.err)
        for words in (["-q"], []):  # each kind once
            twice = self.done(run("eval", "mean(p); mean(p + 1); max(p); a = astype(p, int16); a", "-i", "p=" + source, *words))
            self.assertEqual([line for line in twice.err.splitlines() if "warning: " in line], ["tessera: " + warning, "tessera: " + warning.replace("mean", "max"), f"tessera: warning: fill values of {source}, which are NaN here, become int16, which has no NaN"])
        for statement in ("mean(p)", "astype(p, int64)", "mean(astype(p, int16))"):
            self.assertNotIn("warning", self.done(run("eval", statement, "-i", "p=" + source, "--raw")).err)
        self.assertAlmostEqual(float(self.done(run("eval", "nanmean(p)", "-i", "p=" + source, "-q")).out), 2.5 / 3, places=6)
        self.done(run("copy", source, self.path("decoded.nc")))
        self.done(run("copy", source, self.path("raw.nc"), "--raw"))
        whole = self.done(run("copy", source, self.path("whole.nc"), "--dtype", "i2"))
        self.assertIn(f"warning: {source} has fill values, which are NaN here and no int16; --raw", whole.err)
        self.assertIn("warning", self.done(run("copy", source, self.path("whole.nc"), "--dtype", "i2", "--force", "-q")).err)
        for words in (("--dtype", "f8"), ("--dtype", "i4", "--raw")):
            self.assertNotIn("warning", self.done(run("copy", source, self.path("whole.nc"), "--force", *words)).err)
        with h5py.File(self.path("decoded.nc")) as decoded, h5py.File(self.path("raw.nc")) as raw:
            np.testing.assert_array_equal(decoded["p"], [0, 0.5, np.nan, 2])
            self.assertNotIn("scale_factor", decoded["p"].attrs)
            self.assertTrue(np.isnan(decoded["p"].attrs["_FillValue"]) and decoded["p"].attrs["_FillValue"].dtype == np.float32)
            np.testing.assert_array_equal(raw["p"], [0, 1, -999, 4])
            self.assertEqual(raw["p"].attrs["scale_factor"], 0.5)

    def test_attributes_keep_their_types(self):
        top = 2**64 - 1
        with h5py.File(self.path("types.h5"), "w") as f:
            x = f.create_dataset("x", data=np.array([1, top, 3], "u8"))
            x.attrs["_FillValue"], x.attrs["most"] = np.uint64(top), np.uint64(top - 1)
            x.attrs["step"], x.attrs["flags"] = np.float32(0.1), np.array([1, 2, 4], "i1")
        result = self.done(run("eval", "nansum(x)", "-i", f"x={self.path('types.h5')}:/x", "-q"))
        self.assertEqual(result.out.strip(), "4.0")
        self.done(run("copy", self.path("types.h5:/x"), self.path("out.nc:/x"), "-q"))
        with h5py.File(self.path("out.nc")) as f:
            attributes = dict(f["x"].attrs)
        self.assertTrue(np.isnan(attributes["_FillValue"]) and attributes["_FillValue"].dtype == np.float64)  # decoded
        self.assertEqual((attributes["most"], attributes["most"].dtype), (top - 1, np.dtype("u8")))
        self.assertEqual((attributes["step"], attributes["step"].dtype), (np.float32(0.1), np.dtype("f4")))
        self.assertEqual((attributes["flags"].tolist(), attributes["flags"].dtype), ([1, 2, 4], np.dtype("i1")))

    def test_attributes_that_are_no_longer_true(self):
        with h5py.File(self.path("cells.h5"), "w") as f:
            f["t"] = np.arange(6.0).reshape(2, 3)
            f["t"].attrs.update({"cell_methods": "time: point", "units": "K", "standard_name": "air_temperature"})
        words = [word for name in "abc" for word in ("-o", f"{name}={self.path('out.h5')}")]
        self.done(run("eval", "a = t + 1; b = mean(t, axis=0); c = t > 2", "-i", f"t={self.path('cells.h5')}:/t", *words))
        with h5py.File(self.path("out.h5")) as f:
            self.assertEqual([sorted(f[name].attrs) for name in "abc"], [["cell_methods", "standard_name", "units"], ["standard_name", "units"], []])

    def test_attributes_of_any_shape(self):
        with h5py.File(self.path("shapes.h5"), "w") as f:
            a = f.create_dataset("x", data=np.arange(3.0)).attrs
            a["texts"], a["fixed"], a["one"] = ["a", "µ, b"], np.array([b"one", b"three"]), np.array(["x"], h5py.string_dtype())
            a["table"], a["turn"] = np.arange(6, dtype="i2").reshape(2, 3), np.array([1 - 2j, 3j], "c8")
            a["none"], a["nothing"], a["empty"] = np.zeros(0, "f4"), h5py.Empty("f8"), ""
            f.attrs["texts"] = ["c", "d"]
        source = self.path("shapes.h5") + ":/x"
        for ranks in (0, 2) if MPIEXEC else (0,):
            self.done(run("eval", "y = x + 1", "-i", "x=" + source, "-o", f"y={self.path('out.h5')}", "--force", ranks=ranks))
            with h5py.File(self.path("out.h5")) as f:
                a = dict(f["y"].attrs)
                self.assertEqual((list(a["texts"]), list(a["fixed"]), list(a["one"])), (["a", "µ, b"], ["one", "three"], ["x"]))
                self.assertEqual((a["table"].tolist(), a["table"].dtype), ([[0, 1, 2], [3, 4, 5]], np.dtype("i2")))
                self.assertEqual((a["turn"].tolist(), a["turn"].dtype), ([1 - 2j, 3j], np.dtype("c8")))
                self.assertEqual((a["none"].shape, a["nothing"], a["empty"]), ((0,), h5py.Empty("f8"), b""))
                self.assertEqual(list(f.attrs["texts"]), ["c", "d"])
        self.done(run("copy", source, self.path("out.nc"), "--force"))
        with h5py.File(self.path("out.nc")) as f:
            self.assertEqual(f["x"].attrs["table"].tolist(), [0, 1, 2, 3, 4, 5])  # NetCDF has no tables
        if shutil.which("ncdump"):
            header = subprocess.run(["ncdump", "-h", self.path("out.nc")], capture_output=True, text=True)
            self.assertIn('string x:texts = "a", "µ, b" ;', header.stdout, header.stderr)
        shown = self.done(run("info", source)).out
        for line in ("texts = ['a', 'µ, b']", "table = [0, 1, 2, 3, 4, 5] of shape (2, 3)", "turn = [(1-2j), (0+3j)]", "none = []", "one = 'x'"):
            self.assertIn("    " + line + "\n", shown)
        attributes = json.loads(self.done(run("info", source, "--json")).out)[0]["attributes"]
        self.assertEqual((attributes["texts"], attributes["turn"]), (["a", "µ, b"], [[1, -2], [0, 3]]))

    def test_what_is_too_large_is_said(self):
        with h5py.File(self.path("large.h5"), "w", libver="latest") as f:
            x, y = f.create_dataset("x", data=np.arange(3.0)), f.create_dataset("y", data=np.arange(3.0))
            for k in range(20):
                x.attrs[f"note{k:02}"] = np.zeros(60000)
            x.attrs["units"], f.attrs["title"], f.attrs["table"] = "K", "large", np.zeros(70000)
        for ranks in (0, 2) if MPIEXEC else (0,):
            words = [w for n in "abc" for w in ("-o", f"{n}={self.path('out.nc')}")]
            result = self.done(run("eval", "a = x + 1; b = a[1:]; c = x * x", "-i", f"x={self.path('large.h5')}:/x", *words, "--force", ranks=ranks))
            self.assertEqual(result.err.count("too large to be carried"), 1)
            self.assertIn("large.h5:/x:note17, 468 KiB, and all together at most 8 MiB; ", result.err)
            self.assertIn("large.h5:table, 70000 elements", result.err)
        with h5py.File(self.path("out.nc")) as f:
            self.assertEqual((f["a"].attrs["units"], len(f["a"].attrs)), (b"K", 20))  # with DIMENSION_LIST
        self.assertNotIn("too large", self.done(run("copy", self.path("large.h5:/y"), self.path("out.npy"))).err)
        self.assertIn("table: not read; 70000 elements", self.done(run("info", self.path("large.h5"))).out)

    def test_info_shows_coordinates(self):
        shown = self.done(run("info", self.path("climate.nc") + ":/t")).out
        self.assertIn("  dimensions  time, lat, lon\n", shown)
        self.assertIn("  coordinates\n    time  12  0 ... 330  days since 2000-01-01\n    lat    5  -60 ... 60  degrees_north\n"
                      "    lon    8  0 ... 315  degrees_east\n", shown.replace(".0 ", " "))
        q = json.loads(self.done(run("info", self.path("climate.nc") + ":/g/q", "--json")).out)[0]
        self.assertEqual((q["dimensions"], q["unlimited"]), (["time", "level"], []))
        self.assertEqual(q["coordinates"], {"time": {"length": 12, "first": 0, "last": 330, "units": "days since 2000-01-01"}})
        listing = self.done(run("info", self.path("climate.nc"))).out
        self.assertIn("time, lat, lon", listing)

    def test_info_says_how_packed_data_are_read(self):
        with h5py.File(self.path("p.h5"), "w") as f:
            f.create_dataset("p", data=np.zeros((2, 3), "i2"), chunks=(1, 3), maxshape=(None, 3)).attrs["scale_factor"] = np.float32(0.5)
            f.attrs["title"] = "packed"
        shown = self.done(run("info", self.path("p.h5"))).out
        self.assertIn("dtype       int16, read as float32\n", shown)
        self.assertIn("attributes of the file\n    title = 'packed'\n", shown)
        self.assertIn("dtype       int16\n", self.done(run("info", self.path("p.h5"), "--raw")).out)
        described = json.loads(self.done(run("info", self.path("p.h5"), "--json")).out)[0]
        self.assertEqual((described["dtype"], described["read_as"], described["unlimited"]), ("int16", "float32", [0]))

    def test_a_result_may_have_the_name_of_a_dimension(self):
        self.eval("lat = t[:, 0, 0]; y = t + 1", "lat", "y")
        with h5py.File(self.path("out.nc")) as f:
            self.assertEqual(self.dimensions(f["y"]), ["time", "lat_2", "lon"])
            np.testing.assert_array_equal(f["lat_2"], self.coordinates["lat"])

    @unittest.skipIf(xarray is None, "no xarray: Debian's python3-xarray and python3-netcdf4")
    def test_xarray(self):
        self.eval('y = mean(t[::-2, 1:], axis="lon"); q = q + 1', "y", "q")
        with xarray.open_dataset(self.path("out.nc")) as d:
            self.assertEqual((d.y.dims, d.q.dims[1]), (("time", "lat"), "level"))
            np.testing.assert_allclose(d.y, self.t[::-2, 1:].mean(axis=2), rtol=1e-5)
            np.testing.assert_array_equal(d.time, np.datetime64("2000-01-01") + self.coordinates["time"][::-2].astype("m8[D]"))
            np.testing.assert_array_equal(d.y.lat, self.coordinates["lat"][1:])
            self.assertEqual((d.y.attrs, d.lat.attrs), ({"units": "K", "long_name": "temperature"}, {"units": "degrees_north"}))
            self.assertEqual(float(d.y.sel(lat=60, time="2000-11-26").item()), float(d.y[0, -1]))
            self.assertIn("tessera eval", d.attrs["history"])
            np.testing.assert_array_equal(d.q, np.arange(36.0).reshape(12, 3) + 1)

    @unittest.skipIf(xarray is None, "no xarray: Debian's python3-xarray and python3-netcdf4")
    def test_xarray_reads_packed_data_alike(self):
        packed = xarray.Dataset({"p": (("x", "y"), np.array([[1.5, np.nan, 2], [0, -3, 4.25]])), "u": ("x", np.array([3.0, 250.0]))}, {"y": [10, 20, 30]})
        packed.to_netcdf(self.path("packed.nc"), engine="netcdf4", encoding={
            "p": {"dtype": "i2", "scale_factor": 0.25, "add_offset": 1.0, "_FillValue": -999}, "u": {"dtype": "i1", "_Unsigned": "true", "_FillValue": -1}})
        for ranks in (0, 3) if MPIEXEC else (0,):
            for name in "pu":
                source = self.path(f"packed.nc:/{name}")
                self.done(run("copy", source, self.path("decoded.nc"), "--force", ranks=ranks))
                self.done(run("copy", source, self.path("kept.nc"), "--raw", "--force", ranks=ranks))
                for file in ("decoded.nc", "kept.nc"):
                    with xarray.open_dataset(self.path(file)) as d, xarray.open_dataset(self.path("packed.nc")) as original:
                        np.testing.assert_array_equal(d[name], original[name], err_msg=f"{file} {name}")
                        self.assertEqual(d[name].dims, original[name].dims)
                        if name == "p":
                            np.testing.assert_array_equal(d.y, [10, 20, 30])

    def test_programs_that_read_netcdf(self):
        self.eval("y = t * 2", "y")
        if shutil.which("ncdump"):
            header = subprocess.run(["ncdump", "-h", self.path("out.nc")], capture_output=True, text=True)
            self.assertIn("float y(time, lat, lon) ;", header.stdout, header.stderr)
        if shutil.which("cdo"):
            shown = subprocess.run(["cdo", "-s", "ntime", self.path("out.nc")], capture_output=True, text=True)
            self.assertEqual(shown.stdout.split(), ["12"], shown.stderr)
            top = subprocess.run(["cdo", "-s", "output", "-fldmax", "-timmax", self.path("out.nc")], capture_output=True, text=True)
            self.assertAlmostEqual(float(top.stdout.split()[0]), 2 * self.t.max(), delta=1e-3, msg=top.stderr)


if __name__ == "__main__":
    unittest.main()

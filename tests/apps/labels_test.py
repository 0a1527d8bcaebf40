"""Dimensions, coordinates and attributes follow results into HDF5 files, as h5py, ncdump and CDO see them."""
import json
import os
import shutil
import subprocess
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, run


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
        self.assertIn("warning: mean over data with fill values, which are NaN here; nanmean leaves them out", result.err)
        self.assertAlmostEqual(float(self.done(run("eval", "nanmean(p)", "-i", "p=" + source, "-q")).out), 2.5 / 3, places=6)
        self.done(run("copy", source, self.path("decoded.nc")))
        self.done(run("copy", source, self.path("raw.nc"), "--raw"))
        with h5py.File(self.path("decoded.nc")) as decoded, h5py.File(self.path("raw.nc")) as raw:
            np.testing.assert_array_equal(decoded["p"], [0, 0.5, np.nan, 2])
            self.assertNotIn("scale_factor", decoded["p"].attrs)
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
        self.assertNotIn("_FillValue", attributes)
        self.assertEqual((attributes["most"], attributes["most"].dtype), (top - 1, np.dtype("u8")))
        self.assertEqual((attributes["step"], attributes["step"].dtype), (np.float32(0.1), np.dtype("f4")))
        self.assertEqual((attributes["flags"].tolist(), attributes["flags"].dtype), ([1, 2, 4], np.dtype("i1")))

    def test_a_result_may_have_the_name_of_a_dimension(self):
        self.eval("lat = t[:, 0, 0]; y = t + 1", "lat", "y")
        with h5py.File(self.path("out.nc")) as f:
            self.assertEqual(self.dimensions(f["y"]), ["time", "lat_2", "lon"])
            np.testing.assert_array_equal(f["lat_2"], self.coordinates["lat"])

    def test_programs_that_read_netcdf(self):
        self.eval("y = t * 2", "y")
        if shutil.which("ncdump"):
            header = subprocess.run(["ncdump", "-h", self.path("out.nc")], capture_output=True, text=True)
            self.assertIn("float y(time, lat, lon) ;", header.stdout, header.stderr)
        if shutil.which("cdo"):
            shown = subprocess.run(["cdo", "-s", "ntime", self.path("out.nc")], capture_output=True, text=True)
            self.assertEqual(shown.stdout.split(), ["12"], shown.stderr)


if __name__ == "__main__":
    unittest.main()

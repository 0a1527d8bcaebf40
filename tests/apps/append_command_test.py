"""--append: results join files that have dimensions already, made by Tessera, by h5py, and by the NetCDF library."""
import os
import subprocess
import shutil
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, run

try:
    import netCDF4
except ImportError:
    netCDF4 = None

RANKS = (0, 3) if MPIEXEC else (0,)


class Append(Case):
    """s.nc: t (time 6, lat 5, x 3); time and lat have coordinates, x is a bare dimension. r.nc: the same, lat southward."""

    @classmethod
    def make_inputs(cls):
        cls.t = np.random.default_rng(7).normal(280, 9, (6, 5, 3)).astype("f4")
        cls.lat, cls.time = np.linspace(-60, 60, 5, dtype="f4"), np.arange(6) * 6.0
        for name, lat in (("s.nc", cls.lat), ("r.nc", cls.lat[::-1])):
            with h5py.File(cls.path(name), "w") as f:
                for scale, values in {"time": cls.time, "lat": lat, "x": np.zeros(3, ">f4")}.items():
                    f[scale] = values
                    f[scale].make_scale("This is a netCDF dimension but not a netCDF variable.         3" if scale == "x" else scale)
                f["time"].attrs["units"] = "hours since 2000-01-01"
                f["t"] = cls.t
                for i, scale in enumerate(("time", "lat", "x")):
                    f["t"].dims[i].attach_scale(f[scale])
            cls.keep(name)

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def add(self, statement, source="s.nc", ranks=0, target="o.nc"):
        name = statement.split()[0]
        return self.done(run("eval", statement, "-i", f"t={self.path(source)}:/t", "-o", f"{name}={self.path(target)}:/{name}", "--append", "-q", ranks=ranks))

    @staticmethod
    def dimensions(dataset):
        return [dataset.dims[i][0].name.lstrip("/") for i in range(dataset.ndim)]

    def test_dimensions_that_are_there_are_shared(self):
        for ranks in RANKS:
            self.add("a = t - 1", ranks=ranks)
            self.add("b = t * 2", ranks=ranks)
            self.add("c = max(t, axis='x')[1:, ::-1]", ranks=ranks)
            self.add("d = max(t, axis='x')[:, ::-1]", ranks=ranks)
            self.add("e = t + 1", "r.nc", ranks=ranks)
            self.add("g = max(t[1:] - t[:-1], axis='x')", ranks=ranks)
            with h5py.File(self.path("o.nc")) as f:
                self.assertEqual(sorted(f), ["a", "b", "c", "d", "e", "g", "lat", "lat_2", "time", "time_2", "time_3", "x"])
                self.assertEqual((self.dimensions(f["a"]), self.dimensions(f["b"])), (["time", "lat", "x"],) * 2)
                self.assertEqual((self.dimensions(f["c"]), self.dimensions(f["d"])), (["time_2", "lat_2"], ["time", "lat_2"]))
                self.assertEqual((self.dimensions(f["e"]), self.dimensions(f["g"])), (["time", "lat_2", "x"], ["time_3", "lat"]))
                self.assertEqual([line.split("eval ")[1][1] for line in f.attrs["history"].decode().splitlines()], list("gedcba"))
                np.testing.assert_array_equal(f["b"], self.t * 2)
                np.testing.assert_array_equal(f["lat_2"], self.lat[::-1])
                np.testing.assert_array_equal(f["time_2"], self.time[1:])
                self.assertEqual({f[r[0]].name for r in f["lat_2"].attrs["REFERENCE_LIST"]}, {"/c", "/d", "/e"})
            os.remove(self.path("o.nc"))

    def test_other_units_and_other_things_of_that_name(self):
        with h5py.File(self.path("o.nc"), "w") as f:
            f["time"] = self.time
            f["time"].make_scale("time")
            f["time"].attrs["units"] = "days since 2000-01-01"
            f.create_group("lat")
            f["x"] = np.zeros(4)
        self.add("a = t - 1")
        with h5py.File(self.path("o.nc")) as f:
            self.assertEqual(self.dimensions(f["a"]), ["time_2", "lat_2", "x_2"])
            np.testing.assert_array_equal(f["lat_2"], self.lat)

    def test_a_dataset_that_is_there_is_refused(self):
        self.add("a = t - 1")
        self.before.add("o.nc")
        self.refused(run("eval", "a = t", "-i", f"t={self.path('s.nc')}:/t", "-o", f"a={self.path('o.nc')}", "--append"), 2, "/a is there already")
        self.before.remove("o.nc")

    @unittest.skipIf(netCDF4 is None, "no netCDF4: Debian's python3-netcdf4")
    def test_a_file_of_the_netcdf_library(self):
        with netCDF4.Dataset(self.path("o.nc"), "w") as f:
            for name, n in (("lat", 5), ("time", None), ("x", 3), ("z", 2)):
                f.createDimension(name, n)
            f.createVariable("z_of", "i4", ("z", "x"))[:] = np.arange(6).reshape(2, 3)
            f.createVariable("lat", "f4", ("lat",))[:] = self.lat[::-1]
            time = f.createVariable("time", "f8", ("time",))
            time[:], time.units = self.time, "hours since 2000-01-01"
        self.add("a = t * 2")
        self.add("b = t[:, ::-1] * 3")
        with netCDF4.Dataset(self.path("o.nc")) as f:
            self.assertEqual(sorted(f.dimensions), ["lat", "lat_2", "time", "x", "z"])
            self.assertEqual((f["a"].dimensions, f["b"].dimensions), (("time", "lat_2", "x"), ("time", "lat", "x")))
            self.assertEqual((f["z_of"].dimensions, f["z_of"][1, 2]), (("z", "x"), 5))
            np.testing.assert_array_equal(f["a"][:], self.t * np.float32(2))
            np.testing.assert_array_equal(f["lat_2"][:], self.lat)
            np.testing.assert_array_equal(f["b"][:], self.t[:, ::-1] * np.float32(3))
        if shutil.which("ncdump"):
            header = subprocess.run(["ncdump", "-h", self.path("o.nc")], capture_output=True, text=True)
            self.assertIn("float a(time, lat_2, x) ;", header.stdout, header.stderr)

    @unittest.skipIf(netCDF4 is None, "no netCDF4: Debian's python3-netcdf4")
    def test_a_dimension_gets_its_values(self):
        """y(y) is added where y is a dimension alone: fixed, unlimited, and in a group; what lies along it stays along it."""
        for ranks in RANKS:
            with netCDF4.Dataset(self.path("o.nc"), "w") as f:
                for name, n in (("lat", 5), ("time", None), ("x", 3), ("z", 4)):
                    f.createDimension(name, n)
                f.createVariable("v", "f4", ("time", "lat", "x"))[:] = self.t
                f.createVariable("w", "f4", ("lat", "z"))[:] = np.arange(20).reshape(5, 4)
                group = f.createGroup("g")
                group.createDimension("k", 5)
                group.createVariable("v", "f4", ("k",))[:] = np.arange(5)
            for name in ("lat", "time"):
                self.done(run("copy", f"{self.path('s.nc')}:/{name}", f"{self.path('o.nc')}:/{name}", "--append", "-q", ranks=ranks))
            for statement, target in (("z = arange(4) * 10", "z"), ("k = arange(5) + 0.5", "g/k"), ("x = arange(4)", "x")):  # x has another length
                self.done(run("eval", statement, "-o", f"{statement[0]}={self.path('o.nc')}:/{target}", "--append", "-q", ranks=ranks))
            self.add("a = t * 2", ranks=ranks)
            with netCDF4.Dataset(self.path("o.nc"), "r+") as f:
                self.assertEqual((f["v"].dimensions, f["w"].dimensions, f["a"].dimensions, f["g/v"].dimensions), (("time", "lat", "x"), ("lat", "z"), ("time", "lat", "x"), ("k",)))
                self.assertEqual((f["lat"].dimensions, f["time"].dimensions, f["g/k"].dimensions, f.dimensions["time"].isunlimited()), (("lat",), ("time",), ("k",), True))
                np.testing.assert_array_equal(f["v"][:], self.t)
                np.testing.assert_array_equal(f["lat"][:], self.lat)
                self.assertEqual((f["z"][:].tolist(), f["g/k"][:].tolist(), f["time"].units), ([0, 10, 20, 30], [0.5, 1.5, 2.5, 3.5, 4.5], "hours since 2000-01-01"))
                self.assertEqual((f["x"].shape, len(f.dimensions["x"])), ((4,), 3))
                f["time"][6], f["v"][6] = 99, 1
            with h5py.File(self.path("o.nc")) as f:
                self.assertEqual({f[r[0]].name for r in f["lat"].attrs["REFERENCE_LIST"]}, {"/v", "/w", "/a"})
                self.assertEqual(self.dimensions(f["v"]), ["time", "lat", "x"])
                self.assertFalse([name for name in f if "tessera" in name])
            if shutil.which("ncdump"):
                shown = subprocess.run(["ncdump", "-v", "lat,w", self.path("o.nc")], capture_output=True, text=True)
                self.assertIn("float w(lat, z) ;", shown.stdout, shown.stderr)
            self.before.add("o.nc")
            self.refused(run("copy", self.path("s.nc:/lat"), self.path("o.nc:/lat"), "--append"), 2, "/lat is there already")
            self.before.remove("o.nc")
            os.remove(self.path("o.nc"))

    def test_the_same_times_in_other_units_are_shared(self):
        self.add("a = t * 2")
        with h5py.File(self.path("s.nc")) as s, h5py.File(self.path("days.nc"), "w") as f:
            for name in ("time", "lat", "x", "t"):
                s.copy(name, f, expand_refs=False)
                for attribute in ("REFERENCE_LIST", "DIMENSION_LIST"):
                    if attribute in f[name].attrs:
                        del f[name].attrs[attribute]
            f["time"][...] = self.time / 24
            f["time"].attrs["units"] = "days since 2000-01-01"
            for i, scale in enumerate(("time", "lat", "x")):
                f["t"].dims[i].attach_scale(f[scale])
        self.add("b = t * 2", "days.nc")
        with h5py.File(self.path("o.nc")) as f:
            self.assertEqual(self.dimensions(f["b"]), ["time", "lat", "x"])

    @unittest.skipIf(netCDF4 is None, "no netCDF4: Debian's python3-netcdf4")
    def test_axes_without_names_have_dimensions_of_their_own(self):
        shutil.copy(self.path("s.nc"), self.path("o.nc"))
        for name, shape in (("a", "(3,)"), ("b", "(4,)"), ("c", "(3, 3)")):  # x has length 3
            self.add(f"{name} = zeros({shape})")
        with netCDF4.Dataset(self.path("o.nc")) as f:
            self.assertEqual([f[name].dimensions for name in "abc"], [("dim_0",), ("dim_0_2",), ("dim_0", "dim_1")])

    def test_new_dimensions_are_numbered_where_others_are(self):
        """In the order of names lat_2 comes before x: without a number the NetCDF library gives it that of x."""
        with h5py.File(self.path("s.nc")) as s, h5py.File(self.path("o.nc"), "w") as f:
            for k, name in enumerate(("lat", "x", "time")):
                s.copy(name, f)
                del f[name].attrs["REFERENCE_LIST"]
                f[name].attrs["_Netcdf4Dimid"] = np.int32(k)
        self.add("a = t * 2")
        self.add("b = t[:, ::-1] * 3")
        with netCDF4.Dataset(self.path("o.nc")) as f:
            self.assertEqual((f["a"].dimensions, f["b"].dimensions), (("time", "lat", "x"), ("time", "lat_2", "x")))
            np.testing.assert_array_equal(f["lat_2"][:], self.lat[::-1])


if __name__ == "__main__":
    unittest.main()

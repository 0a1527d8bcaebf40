"""Attributes of results are true: kept where the quantity is, else left out; --units and --attribute give them."""
import os
import subprocess
import shutil
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, run


class Quantities(Case):
    """d.nc: airt, sst (time 4, lat 3) in K, lat in degrees_north; other.nc: airt on other latitudes, same.nc on the same."""

    @classmethod
    def make_file(cls, name, lat):
        with h5py.File(cls.path(name), "w") as f:
            for scale, numbers, units in (("time", np.arange(4.0), "days since 2000-01-01"), ("lat", np.array(lat), "degrees_north")):
                f[scale] = numbers
                f[scale].make_scale(scale)
                f[scale].attrs.update({"units": units, "standard_name": {"time": "time", "lat": "latitude"}[scale]})
            for variable, names in (("airt", ("air_temperature", "air temperature")), ("sst", ("sea_surface_temperature", "SST"))):
                x = f.create_dataset(variable, data=np.arange(12.0).reshape(4, 3) + 280)
                x.attrs.update({"units": "K", "standard_name": names[0], "long_name": names[1]})
                for i, scale in enumerate(("time", "lat")):
                    x.dims[i].attach_scale(f[scale])
            w = f.create_dataset("w", data=np.ones(3))
            w.attrs["units"] = "m2"
            w.dims[0].attach_scale(f["lat"])

    @classmethod
    def make_inputs(cls):
        cls.make_file("d.nc", [10.0, 20, 30])
        cls.make_file("other.nc", [10.0, 20, 31])
        cls.make_file("same.nc", np.array([10.0, 20, 30], "f4"))
        for name in ("d.nc", "other.nc", "same.nc"):
            cls.keep(name)

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def eval(self, statements, *words, ranks=0):
        names = [part.split("=")[0].strip() for part in statements.split(";")]
        outputs = [word for name in names for word in ("-o", f"{name}={self.path('out.nc')}")]
        inputs = [word for name, source in (("airt", "d.nc:/airt"), ("sst", "d.nc:/sst"), ("lat", "d.nc:/lat"), ("w", "d.nc:/w"), ("other", "other.nc:/airt"), ("same", "same.nc:/airt"))
                  for word in ("-i", f"{name}={self.path(source)}")]
        return self.done(run("eval", statements, *inputs, *outputs, "--force", "-q", *words, ranks=ranks))

    def attributes(self, name):
        with h5py.File(self.path("out.nc")) as f:
            return {k: v.decode() if isinstance(v, bytes) else v for k, v in f[name].attrs.items()
                    if k not in ("DIMENSION_LIST", "_FillValue", "dtype", "REFERENCE_LIST", "CLASS", "NAME") and not k.startswith("_Netcdf4")}

    def dimensions(self, name):
        with h5py.File(self.path("out.nc")) as f:
            return [f[name].dims[i][0].name for i in range(f[name].ndim)]

    def test_what_is_kept(self):
        air = {"units": "K", "standard_name": "air_temperature", "long_name": "air temperature"}
        for ranks in (0, 3) if MPIEXEC else (0,):
            self.eval("a = where(isnan(sst), nan, airt); b = cos(deg2rad(lat))[None, :] * airt; c = count(airt, axis=0); d = argmax(airt, axis=0); e = var(airt, axis=0);"
                      "f = airt * sst; g = airt / sst; h = max(airt, axis=0); i = average(airt, axis=1, weights=w); j = airt - mean(airt, axis=0); k = where(sst > 0, airt, sst);"
                      "l = airt[::2] + 1; m = airt > 281; n = exp(airt); o = airt * 2; p = std(airt); r = astype(airt, 'f4'); s = sum(airt, axis=0); u = clip(airt, 281, 285)", ranks=ranks)
            for name in "ahilru":
                self.assertEqual(self.attributes(name), air, name)
            for name in "bcdefgmnos":
                self.assertEqual(self.attributes(name), {}, name)
            for name in "jkp":
                self.assertEqual(self.attributes(name), {"units": "K"}, name)
            self.assertEqual(self.dimensions("b"), ["/time", "/lat"])
            self.assertEqual(self.attributes("lat"), {"units": "degrees_north", "standard_name": "latitude"})

    def test_coordinates_are_those_of_all_operands(self):
        self.eval("y = airt + same; z = airt - sst")
        self.assertEqual((self.dimensions("y"), self.dimensions("z")), (["/time", "/lat"],) * 2)
        for ranks in (0, 2) if MPIEXEC else (0,):
            result = self.eval("y = airt + other; x = other + airt[:, :1]", "--json", ranks=ranks)
            with h5py.File(self.path("out.nc")) as f:
                self.assertTrue(f["y"].dims[1][0].attrs["NAME"].startswith(b"This is a netCDF dimension but not"))
                np.testing.assert_array_equal(f["y"].dims[0][0], np.arange(4.0))
                np.testing.assert_array_equal(f["x"].dims[1][0], [10, 20, 31])  # one column spans no axis
            self.assertEqual(result.err.count("warning: lat has no coordinate in the result: "), 1)  # also with -q

    def test_parts_keep_their_coordinates(self):
        for ranks in (0, 2) if MPIEXEC else (0,):
            self.eval("y = concat((airt[0:2], airt[3:])); z = concat((airt[3:2:-1], airt[:2]))[::2]; u = concat((airt, same[1:3]))", ranks=ranks)
            with h5py.File(self.path("out.nc")) as f:
                for name, times in (("y", [0, 1, 3]), ("z", [3, 1]), ("u", [0, 1, 2, 3, 1, 2])):
                    time = f[name].dims[0][0]
                    np.testing.assert_array_equal(time, times)
                    self.assertEqual(time.attrs["units"], b"days since 2000-01-01")
                    self.assertEqual(f[name].dims[1][0].name, "/lat")

    def test_given_attributes(self):
        for ranks in (0, 2) if MPIEXEC else (0,):
            self.eval("y = airt * 2; z = max(airt, axis=0)", "--units", "y=K2", "--attribute", "y:long_name=twice, as hot", "--attribute", "levels=1,2,3",
                      "--attribute", "y:n=5", "--attribute", "y:scale=1.5", "--attribute", 'y:text="5"', "--attribute", "z:standard_name=", "--units", "z=degC", ranks=ranks)
            y, z = self.attributes("y"), self.attributes("z")
            self.assertEqual((y["units"], y["long_name"], y["levels"].tolist(), y["n"], y["scale"], y["text"]), ("K2", "twice, as hot", [1, 2, 3], 5, 1.5, "5"))
            self.assertEqual((y["n"].dtype, y["levels"].dtype, y["scale"].dtype), (np.int32, np.int32, np.float64))
            self.assertEqual((z["units"], z["long_name"], z["levels"].tolist()), ("degC", "air temperature", [1, 2, 3]))
            self.assertNotIn("standard_name", z)
        if shutil.which("ncdump"):
            header = subprocess.run(["ncdump", "-h", self.path("out.nc")], capture_output=True, text=True).stdout
            for line in ('y:units = "K2" ;', "y:n = 5 ;", "y:levels = 1, 2, 3 ;", "y:scale = 1.5 ;"):
                self.assertIn(line, header)

    def test_given_attributes_of_a_copy(self):
        source = self.path("d.nc:/airt")
        for target, words in (("out.nc", ("--units", "kelvin", "--attribute", "airt:note=copied")), ("out.nc:/warm", ("--units", "warm=kelvin", "--attribute", "note=copied"))):
            self.done(run("copy", source, self.path(target), "--force", *words))
            name = "warm" if "warm" in target else "airt"
            self.assertEqual(self.attributes(name), {"units": "kelvin", "note": "copied", "standard_name": "air_temperature", "long_name": "air temperature"})

    def test_given_attributes_that_are_refused(self):
        words = ("eval", "y = airt + 1", "-i", f"airt={self.path('d.nc')}:/airt", "-o", f"y={self.path('no.nc')}")
        self.refused(run(*words, "--units", "z=K"), 2, "--units z=...: there is no -o z=TARGET")
        self.refused(run(*words, "--attribute", "z:a=K"), 2, "there is no -o z=TARGET")
        self.refused(run(*words, "--attribute", "a"), 2, "--attribute wants [NAME:]KEY=VALUE, not 'a'")
        self.refused(run(*words, "--attribute", "y:=1"), 2, "KEY is empty")
        self.refused(run(*words, "--attribute", "y:_FillValue=1"), 2, "says how the elements are stored")
        self.refused(run(*words, "--attribute", "y:a/b=1"), 2, "has no '/'")
        self.refused(run("eval", "mean(airt)", *words[2:4], "--units", "K"), 2, "there is no -o")
        self.refused(run("copy", self.path("d.nc:/airt"), self.path("no.nc"), "--units", "sst=K"), 2, "copy writes airt")
        self.refused(run(*words[:4], "-o", f"y={self.path('no.npy')}", "--units", "y=K"), 2, "no.npy has no attributes")


if __name__ == "__main__":
    unittest.main()

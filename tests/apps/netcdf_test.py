"""What NetCDF's own programs and Tessera make of each other's files: names of variables and dimensions."""
import json
import os
import unittest

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


if __name__ == "__main__":
    unittest.main()

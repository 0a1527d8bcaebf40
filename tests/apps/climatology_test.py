"""apps/climatology against NumPy: means of months and anomalies of many NetCDF files, with their dimensions and units."""
import os
import unittest
import warnings

import h5py
import netCDF4
import numpy as np

from command import MPIEXEC, Case, environment, finish, start

CLIMATOLOGY = os.environ["TESSERA_CLIMATOLOGY"]


class Climatology(Case):
    @classmethod
    def make_inputs(cls):
        cls.t = np.random.default_rng(4).normal(288, 10, (31, 5, 7)).astype("f4")
        cls.t[3:31:12, 2, 3] = np.nan  # no April there
        for k, (lo, hi) in enumerate(((0, 10), (10, 24), (24, 31))):
            with netCDF4.Dataset(cls.path(f"t_{k}.nc"), "w") as f:
                for name, n in (("time", None), ("lat", 5), ("lon", 7)):
                    f.createDimension(name, n)
                time, lat, t = f.createVariable("time", "f8", ("time",)), f.createVariable("lat", "f8", ("lat",)), f.createVariable("t2m", "f4", ("time", "lat", "lon"), fill_value=-999)
                time[:], lat[:], time.units, lat.units, t.units, t.long_name = np.arange(lo, hi) * 30.0, np.arange(5) * 10, "days since 2000-01-01", "degrees_north", "K", "temperature"
                t[:] = np.where(np.isnan(cls.t[lo:hi]), -999, cls.t[lo:hi])
            cls.keep(f"t_{k}.nc")

    def climatology(self, *words, ranks=0):
        line = [CLIMATOLOGY, self.path("means.nc"), self.path("anomalies.nc"), "t2m", *(self.path(f"t_{k}.nc") for k in range(3)), *map(str, words)]
        return finish(start([MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line] if ranks else line, environment(OMP_WAIT_POLICY="passive")))

    def test_means_and_anomalies_are_numpys(self):
        months = (np.arange(31) + 2) % 12
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            means = np.array([np.nanmean(self.t[months == k].astype("f8"), 0) for k in range(12)])
        for ranks in (0, 1, 2, 3, 5) if MPIEXEC else (0,):
            result = self.climatology("--first", 2, "--force", ranks=ranks)
            self.assertEqual(result.rc, 0, result)
            with h5py.File(self.path("means.nc")) as f:
                found = f["t2m"][...]
                self.assertEqual(f["month"][...].tolist(), list(range(1, 13)))
            np.testing.assert_allclose(found, means, rtol=1e-6)
            with netCDF4.Dataset(self.path("anomalies.nc")) as f:
                t = f["t2m"]
                self.assertEqual((t.dimensions, t.units, t.long_name), (("time", "lat", "lon"), "K", "temperature"))
                self.assertEqual((f["time"].units, f["lat"].units), ("days since 2000-01-01", "degrees_north"))
                np.testing.assert_array_equal(f["time"][:], np.arange(31) * 30.0)
                np.testing.assert_array_equal(np.ma.filled(t[:], np.nan), self.t - found[months])
            if ranks == 0:
                alone = found.tobytes()
            self.assertEqual(found.tobytes(), alone, f"{ranks} ranks have other bits")

    def test_bad_input(self):
        self.assertEqual(self.climatology("--force").rc, 0)
        again = self.climatology()
        self.assertEqual(again.rc, 2, again)
        self.assertIn("means.nc", again.err)
        missing = finish(start([CLIMATOLOGY, self.path("a.nc"), self.path("b.nc"), "nothing", self.path("t_0.nc")]))
        self.assertNotEqual(missing.rc, 0)
        self.assertIn("nothing", missing.err)


if __name__ == "__main__":
    unittest.main()

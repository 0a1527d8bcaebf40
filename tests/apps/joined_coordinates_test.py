"""Coordinates beside those of dimensions, of files that are joined: they are joined, too, as xarray's are."""
import os
import unittest

import netCDF4
import numpy as np

from command import MPIEXEC, Case, run

RANKS = (0, 2) if MPIEXEC else (0,)


class JoinedCoordinates(Case):
    """p0.nc, p1.nc, p2.nc: t (time 2, y 2, x 3), with month(time), lat(y, x), the same in all, track(time, x), and the scalars height, the same in
    all, and reftime. Packed alike."""

    @classmethod
    def make_file(cls, name, k, scale=None, dimension="time", lat=0, shape=(2, 2, 3)):
        with netCDF4.Dataset(cls.path(name), "w") as f:
            for d, n in zip(("time", "y", "x"), shape):
                f.createDimension(d, n)
            time = f.createVariable("time", "f8", ("time",))
            time[:], time.units = np.arange(shape[0]) + (2 * k if dimension == "time" else 0), "days since 2000-01-01"
            f.createVariable("month", "i4", ("time",))[:] = [k + 1] * shape[0]
            f.createVariable("lat", "f8", ("y", "x"))[:] = np.arange(shape[1] * 3).reshape(shape[1], 3) + lat
            f.createVariable("track", "f4", ("time", "x"))[:] = np.arange(shape[0] * 3).reshape(shape[0], 3) + 10 * k
            f.createVariable("height", "f8", ())[...] = 2
            reftime = f.createVariable("reftime", "f8", ())
            reftime[...], reftime.units = 7 * k, "hours since 1999-01-01"
            t = f.createVariable("t", "i2", ("time", "y", "x"))
            t.set_auto_maskandscale(False)
            t[:], t.coordinates, t.units = np.arange(np.prod(shape)).reshape(shape) + 12 * k, "month lat track height reftime", "K"
            if scale:
                t.scale_factor = scale
            f.createVariable("crs", "i4", ()).grid_mapping_name = "latitude_longitude"
            t.grid_mapping = "crs"

    @classmethod
    def make_inputs(cls):
        for k in range(3):
            cls.make_file(f"p{k}.nc", k)
            cls.make_file(f"d{k}.nc", k, scale=0.5 + k)

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def joined(self, statement, source, dimension="time", ranks=0, words=()):
        result = self.done(run("eval", statement, "-i", f"t={self.path(source)}:/t", "--concat", dimension, "-o", f"y={self.path('out.nc')}", "--force", *words, ranks=ranks))
        return result, netCDF4.Dataset(self.path("out.nc"))

    def test_along_a_dimension(self):
        for ranks in RANKS:
            for source in ("p*.nc", "d*.nc"):  # of one Store, and of parts that are decoded alone
                _, f = self.joined("y = t[1:5, :, ::-1] + 0", source, ranks=ranks)
                with f:
                    self.assertEqual((f["y"].coordinates, f["y"].grid_mapping, f["y"].units), ("month lat track height reftime", "crs", "K"), source)
                    self.assertEqual((f["month"][:].tolist(), f["month"].dimensions), ([1, 2, 2, 3], ("time",)))
                    self.assertEqual((f["lat"][:].tolist(), f["lat"].dimensions), ([[2, 1, 0], [5, 4, 3]], ("y", "x")))
                    self.assertEqual((f["track"][:].tolist(), f["track"].dimensions), ([[5, 4, 3], [12, 11, 10], [15, 14, 13], [22, 21, 20]], ("time", "x")))
                    self.assertEqual((f["reftime"][:].tolist(), f["reftime"].dimensions, f["reftime"].units), ([0, 7, 7, 14], ("time",), "hours since 1999-01-01"))
                    self.assertEqual((f["height"].shape, f["time"][:].tolist()), ((), [1, 2, 3, 4]))

    def test_along_a_new_axis(self):
        for source, scales in (("p*.nc", [1, 1, 1]), ("d*.nc", [0.5, 1.5, 2.5])):
            for k in range(3):
                self.make_file(source.replace("*", str(k)), k, scale=scales[k] if source[0] == "d" else None, dimension="member")
            for ranks in RANKS:
                _, f = self.joined("y = t[::-1]", source, "member", ranks=ranks)
                with f:
                    self.assertEqual((f["y"].dimensions, f["y"].coordinates), (("member", "time", "y", "x"), "month lat track height reftime"), source)
                    np.testing.assert_array_equal(f["y"][:], np.stack([(np.arange(12).reshape(2, 2, 3) + 12 * k) * scales[k] for k in (2, 1, 0)]))
                    self.assertEqual((f["month"].dimensions, f["month"][:].tolist()), (("member", "time"), [[3, 3], [2, 2], [1, 1]]))
                    self.assertEqual((f["reftime"].dimensions, f["reftime"][:].tolist()), (("member",), [14, 7, 0]))
                    self.assertEqual((f["lat"].dimensions, f["time"][:].tolist()), (("y", "x"), [0, 1]))
        self.make_inputs()

    def test_tiles_of_a_curvilinear_grid(self):
        for k, n in enumerate((2, 3)):
            self.make_file(f"tile{k}.nc", 0, dimension="y", lat=100 * k, shape=(2, n, 3))
        _, f = self.joined("y = t[:, 1:4]", "tile*.nc", "y")
        with f:
            np.testing.assert_array_equal(f["lat"][:], np.vstack([np.arange(6).reshape(2, 3), np.arange(9).reshape(3, 3) + 100])[1:4])
            self.assertEqual((f["track"].dimensions, f["month"].dimensions), (("time", "x"), ("time",)))

    def test_a_grid_that_moves(self):
        for k, n in enumerate((2, 1)):
            self.make_file(f"moving{k}.nc", k, lat=100 * k, shape=(n, 2, 3))
        for ranks in RANKS:
            _, f = self.joined("y = t + 1", "moving*.nc", ranks=ranks)
            with f:
                self.assertEqual(f["lat"].dimensions, ("time", "y", "x"))
                np.testing.assert_array_equal(f["lat"][:], [np.arange(6).reshape(2, 3) + k for k in (0, 0, 100)])

    def test_files_that_an_expression_joins(self):
        sources = [w for k in range(3) for w in ("-i", f"p{k}={self.path(f'p{k}.nc')}:/t")]
        for ranks in RANKS:
            self.done(run("eval", "y = concat((p0, p2[1:], p1[:1]))", *sources, "-o", f"y={self.path('out.nc')}", "--force", "-q", ranks=ranks))
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual((f["month"][:].tolist(), f["reftime"][:].tolist(), f["time"][:].tolist()), ([1, 1, 3, 2], [0, 0, 14, 7], [0, 1, 5, 2]))
                self.assertEqual((f["track"][:, 0].tolist(), f["lat"].shape), ([0, 3, 23, 10], (2, 3)))

    def test_one_file_with_records_among_files_without(self):
        for source, n in (("d*.nc", 1), ("d[02].nc", 0)):
            for k in range(3):
                self.make_file(f"d{k}.nc", k, scale=0.5 + k, shape=(2 if n and k == 1 else 0, 2, 3))
            _, f = self.joined("y = t[:]", source)
            with f:
                self.assertEqual((f["y"].shape, f["y"].units, f["y"].coordinates), ((2 * n, 2, 3), "K", "month lat track height reftime"))
                if n:
                    self.assertEqual((f["y"][0, 0].tolist(), f["time"][:].tolist(), f["month"][:].tolist()), ([18, 19.5, 21], [2, 3], [2, 2]))
        self.make_inputs()

    def test_what_some_file_lacks_stays_behind(self):
        with netCDF4.Dataset(self.path("p2.nc"), "r+") as f:
            f.renameVariable("month", "months")
        _, f = self.joined("y = t + 1", "p*.nc")
        with f:
            self.assertEqual(f["y"].coordinates, "lat track height reftime")
        self.make_inputs()


if __name__ == "__main__":
    unittest.main()

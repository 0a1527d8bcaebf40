"""What attributes of NetCDF variables name goes along with results: grid mappings, coordinates of any rank, cell measures, bounds, terms."""
import os
import re
import unittest

import netCDF4
import numpy as np

from command import MPIEXEC, Case, run

RANKS = (0, 3) if MPIEXEC else (0,)
PLAIN = ("coordinates", "bounds", "climatology", "ancillary_variables", "geometry", "nodes", "node_coordinates", "node_count", "part_node_count", "interior_ring", "mesh", "face_node_connectivity")
KEYED = ("cell_measures", "formula_terms")


def names_in(kind, text):
    words = text.split()
    if kind in KEYED:
        return [w for w in words if not w.endswith(":")]
    return [w.rstrip(":") for w in words]


class References(Case):
    """grid.nc: t (time 4, y 3, x 5) on a Lambert grid, with all that CF lets its attributes name."""

    @classmethod
    def make_inputs(cls):
        with netCDF4.Dataset(cls.path("grid.nc"), "w") as f:
            for name, n in (("time", None), ("y", 3), ("x", 5), ("nv", 2), ("corner", 4), ("lev", 2)):
                f.createDimension(name, n)

            def add(name, dtype, dimensions, values, **attributes):
                v = f.createVariable(name, dtype, dimensions, fill_value=np.nan if name in ("lat", "lon") else None)  # as xarray writes them
                if values is not None:
                    v[...] = values
                v.setncatts(attributes)

            add("time", "f8", ("time",), [0, 10, 20, 30], units="days since 2000-01-01", bounds="time_bnds")
            add("time_bnds", "f8", ("time", "nv"), np.arange(8).reshape(4, 2))
            add("y", "f8", ("y",), [1, 2, 3], standard_name="projection_y_coordinate")
            add("x", "f8", ("x",), [1, 2, 3, 4, 5], standard_name="projection_x_coordinate")
            add("lat", "f8", ("y", "x"), np.arange(15).reshape(3, 5), units="degrees_north", bounds="lat_bnds")
            add("lon", "f8", ("y", "x"), np.arange(15).reshape(3, 5) + 50, units="degrees_east")
            add("lat_bnds", "f8", ("y", "x", "corner"), np.arange(60).reshape(3, 5, 4))
            add("month", "i4", ("time",), [1, 1, 1, 2])
            add("height", "f8", (), 2, units="m")
            add("crs", "S1", (), None, grid_mapping_name="lambert_conformal_conic", standard_parallel=[30.0, 60.0])
            add("geoid", "i4", (), 0, grid_mapping_name="latitude_longitude", earth_radius=6371000.0)
            add("area", "f4", ("y", "x"), np.arange(15).reshape(3, 5) * 2, units="m2")
            add("flag", "i1", ("time", "y", "x"), np.arange(60).reshape(4, 3, 5), flag_meanings="a b")
            add("t", "f4", ("time", "y", "x"), np.arange(60).reshape(4, 3, 5), units="K", coordinates="lat lon month height", grid_mapping="crs: x y geoid: lat lon",
                cell_measures="area: area volume: not_there", ancillary_variables="flag not_there")
            add("simple", "f4", ("y", "x"), np.arange(15).reshape(3, 5), grid_mapping="crs", cell_measures="area: not_there")
            add("lev", "f8", ("lev",), [0.9, 0.5], standard_name="atmosphere_hybrid_sigma_pressure_coordinate", formula_terms="a: hyam b: hybm ps: ps p0: p0", bounds="lev_bnds")
            add("lev_bnds", "f8", ("lev", "nv"), np.arange(4).reshape(2, 2), formula_terms="a: hyai b: missing")
            for name in ("hyam", "hybm"):
                add(name, "f8", ("lev",), [1, 2])
            add("hyai", "f8", ("lev", "nv"), np.arange(4).reshape(2, 2))
            add("ps", "f4", ("time", "y", "x"), np.arange(60).reshape(4, 3, 5) + 1000, coordinates="lat lon")
            add("p0", "f8", (), 1000)
            add("q", "f4", ("time", "lev", "y", "x"), np.arange(120).reshape(4, 2, 3, 5))
            f.coordinates, f.external_variables, f.title = "month", "volcello", "a grid"
            f.createGroup("g").createVariable("w", "f4", ("time", "y", "x"))[:] = 1
            f["g/w"].coordinates, f["g/w"].grid_mapping = "lat /lon", "crs"
        cls.keep("grid.nc")

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def eval(self, statements, source, *outputs, target="out.nc", words=(), ranks=0, quiet=True):
        outputs = [word for name in outputs for word in ("-o", f"{name}={self.path(target)}")]
        result = self.done(run("eval", statements, "-i", f"t={self.path(source)}", *outputs, *(["-q"] if quiet else []), *words, ranks=ranks))
        self.all_there(target)
        return result

    def all_there(self, target):
        """No attribute names what the file has not."""
        with netCDF4.Dataset(self.path(target)) as f:
            for variable in f.variables.values():
                for kind in (*PLAIN, *KEYED, "grid_mapping"):
                    for name in names_in(kind, getattr(variable, kind, "")):
                        self.assertIn(name, f.variables, f"{variable.name}:{kind}")

    def test_all_that_is_named_follows(self):
        for ranks in RANKS:
            self.eval("a = t[::2, 1:] * 2; b = t[:, :, ::-2]", "grid.nc:/t", "a", "b", words=["--force"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                a, b = f["a"], f["b"]
                self.assertEqual((a.coordinates, a.grid_mapping, a.cell_measures), ("lat lon month height", "crs: x y geoid: lat lon", "area: area"))
                self.assertNotIn("ancillary_variables", a.ncattrs())  # twice t is not what the flags are of
                self.assertEqual((f["crs"].grid_mapping_name, f["crs"].standard_parallel.tolist(), f["geoid"].earth_radius), ("lambert_conformal_conic", [30, 60], 6371000))
                np.testing.assert_array_equal(f["lat"][:], np.arange(15).reshape(3, 5)[1:])
                np.testing.assert_array_equal(f[f["lat"].bounds][:], np.arange(60).reshape(3, 5, 4)[1:])
                np.testing.assert_array_equal(f["area"][:], np.arange(15).reshape(3, 5)[1:] * 2)
                self.assertEqual((f["month"][:].tolist(), f["month"].dimensions), ([1, 1], ("time",)))
                x = b.dimensions[2]
                self.assertEqual(b.grid_mapping, f"crs: {x} {b.dimensions[1]} geoid: lat_2 lon_2")
                self.assertEqual((b.coordinates, b.ancillary_variables), ("lat_2 lon_2 month_2 height", "flag"))
                np.testing.assert_array_equal(f["flag"][:], np.arange(60).reshape(4, 3, 5)[:, :, ::-2])
                self.assertEqual((f.title, "coordinates" in f.ncattrs(), "external_variables" in f.ncattrs()), ("a grid", False, False))

    def test_what_lost_its_dimensions_stays_behind(self):
        self.eval("zonal = mean(t, axis='x'); all_t = mean(t); steps = t[1:] - t[:-1]", "grid.nc:/t", "zonal", "all_t", "steps")
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertEqual((f["zonal"].coordinates, f["zonal"].grid_mapping), ("month height", f"crs: {f['zonal'].dimensions[1]}"))
            self.assertNotIn("cell_measures", f["zonal"].ncattrs())
            self.assertEqual([(k, f["all_t"].getncattr(k)) for k in f["all_t"].ncattrs() if k in (*PLAIN, *KEYED)], [("coordinates", "height")])
            self.assertEqual(f["steps"].coordinates, "lat lon height")
        self.eval("s = t + 1", "grid.nc:/simple", "s", words=["--force"])
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertEqual((f["s"].grid_mapping, "cell_measures" in f["s"].ncattrs()), ("crs", False))

    def test_coordinates_are_those_of_all_that_give_elements(self):
        with netCDF4.Dataset(self.path("cv.nc"), "w") as f:  # no coordinates of y and x
            f.createDimension("y", 3), f.createDimension("x", 4)
            for name in ("lat", "lon", "t", "mask", "w"):
                f.createVariable(name, "f8", ("y", "x"))[:] = 1
            f.createVariable("crs", "i4", ())[...] = 0
            f["crs"].grid_mapping_name = "latitude_longitude"
            f["t"].setncatts({"coordinates": "lat lon", "grid_mapping": "crs"})
        for name, height in (("low", 2), ("high", 10), ("sea", None)):
            with netCDF4.Dataset(self.path(name + ".nc"), "w") as f:
                f.createDimension("y", 3), f.createDimension("x", 4)
                f.createVariable("v", "f8", ("y", "x"))[:] = 1
                if height is not None:
                    f.createVariable("height", "f8", ())[...] = height
                    f["v"].coordinates = "height"
        sources = [w for n, s in (("m", "cv.nc:/mask"), ("w", "cv.nc:/w"), ("low", "low.nc:/v"), ("high", "high.nc:/v"), ("sea", "sea.nc:/v")) for w in ("-i", f"{n}={self.path(s)}")]
        both = ("where(m == 1, t, nan)", "t * m", "m * t", "where(w > 0, t, nan)", "select([w > 0], [t], default=0)", "maximum(w, t)", "clip(w, 0, t)", "where(t > 0, 1, 0)",
                "average(t, axis=0, weights=w)[None] * t")
        one = {"sea - low": "height", "low - sea": "height", "where(isnan(sea), nan, low)": "height", "where(isnan(low), nan, sea)": None, "low - high": None, "high - low": None, "low * m": "height",
               "mean(low)": "height", "where(low > high, low, sea)": "height"}
        statements = "; ".join(f"r{k} = {e}" for k, e in enumerate((*both, *one)))
        for ranks in RANKS:
            result = self.eval(statements, "cv.nc:/t", *(f"r{k}" for k in range(len(both) + len(one))), words=[*sources, "--force"], ranks=ranks, quiet=False)
            self.assertIn("height is left out: those of", result.err)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                for k, e in enumerate(both):
                    self.assertEqual((getattr(f[f"r{k}"], "coordinates", None), getattr(f[f"r{k}"], "grid_mapping", None)), ("lat lon", "crs"), e)
                for k, (e, expected) in enumerate(one.items(), len(both)):
                    self.assertEqual(getattr(f[f"r{k}"], "coordinates", None), expected, e)
                self.assertEqual(f["height"][...], 2)

    def make_grid(self, name, ny=3, first=0, coordinates="lat lon", there=("lat", "lon"), mapping=None, crs="crs"):
        with netCDF4.Dataset(self.path(name), "w") as f:
            f.createDimension("time", 2), f.createDimension("y", ny), f.createDimension("x", 4)
            f.createVariable("t", "f4", ("time", "y", "x"))[:] = 1
            if coordinates:
                f["t"].coordinates = coordinates
            for v in there:
                f.createVariable(v, "f8", ("y", "x"))[:] = np.arange(ny * 4).reshape(ny, 4) + first
            if mapping:
                f.createVariable(crs, "i4", ()).setncatts({"grid_mapping_name": "latitude_longitude", "earth_radius": mapping})
                f["t"].grid_mapping = crs

    def test_joined_arrays_have_the_coordinates_of_all_in_any_order(self):
        self.make_grid("a.nc")
        self.make_grid("b.nc", 2, 100)
        self.make_grid("unnamed.nc", 2, 200, coordinates=None)
        self.make_grid("no_lat.nc", 2, 300, coordinates="lon", there=("lon",))
        self.make_grid("bare.nc", 2, coordinates=None, there=())
        grid = {"a": np.arange(12).reshape(3, 4), **{n: np.arange(8).reshape(2, 4) + k for n, k in (("b", 100), ("unnamed", 200), ("no_lat", 300))}}

        def joined(statement, *names):
            words = [w for n in names for w in ("-i", f"{n}={self.path(n)}.nc:/t")]
            result = self.done(run("eval", "y = " + statement, *words, "-o", f"y={self.path('out.nc')}:/y", "--force"))
            with netCDF4.Dataset(self.path("out.nc")) as f:
                named = sorted(getattr(f["y"], "coordinates", "").split())
                self.assertEqual(set(f.variables), {"y", *named})
                return result, {n: f[n][:].data for n in named}

        for first, second, expected in (("a", "b", "lat lon"), ("a", "unnamed", "lat lon"), ("b", "a", "lat lon"), ("a", "no_lat", "lon"), ("a", "bare", "")):
            for names in ((first, second), (second, first)):
                result, found = joined(f"concat(({names[0]}, {names[1]}), axis='y')", *names)
                self.assertEqual(" ".join(found), expected, (names, result.err))
                for values in found.values():
                    np.testing.assert_array_equal(values, np.concatenate([grid[n] for n in names]))
                for lost in {"lat", "lon"} - set(found):
                    self.assertIn(f"warning: {lost} is left out: there is no ", result.err)
                self.assertEqual("warning" in result.err, len(found) < 2, result.err)
        for statement in ("concat((a[:, 1:], b, a[:, :1]), axis='y')", "concat((b, a), axis='y')[0, ::2, 1:]", "concat((b[..., :2], b[..., 3:]), axis='x')"):
            _, found = joined(statement, *(n for n in "ab" if n in statement.replace("concat", "").replace("axis", "")))
            expected = {0: np.concatenate((grid["a"][1:], grid["b"], grid["a"][:1])), 1: np.concatenate((grid["b"], grid["a"]))[::2, 1:], 2: np.concatenate((grid["b"][:, :2], grid["b"][:, 3:]), axis=1)}
            wanted = expected[0 if statement.startswith("concat((a[") else 1 if "0, ::2" in statement else 2]
            np.testing.assert_array_equal(found["lat"], wanted)

    def test_grid_mappings_that_differ_are_named(self):
        self.make_grid("a.nc", mapping=6371000.0)
        self.make_grid("b.nc", mapping=6370000.0)
        self.make_grid("c.nc", mapping=6371000.0, crs="other")
        self.make_grid("d.nc", mapping=6371000.0)
        for statement in ("a + {}", "{} + a", "concat((a, {}))", "concat(({}, a), axis='y')"):
            for other, said in (("b", "crs is left out: those of"), ("c", "grid_mapping is left out: "), ("d", None)):
                result = self.done(run("eval", "y = " + statement.format(other), "-i", f"a={self.path('a.nc')}:/t", "-i", f"{other}={self.path(other)}.nc:/t", "-o", f"y={self.path('out.nc')}:/y", "--force", "-q"))
                with netCDF4.Dataset(self.path("out.nc")) as f:
                    self.assertEqual(getattr(f["y"], "grid_mapping", None), None if said else "crs", (statement, other, result.err))
                self.assertIn(said or "", result.err)
                self.assertEqual(result.err.count("warning"), 1 if said else 0, result.err)

    def test_terms_of_a_vertical_coordinate(self):
        for ranks in RANKS:
            self.eval("a = t[1:, ::-1, :2]", "grid.nc:/q", "a", words=["--force"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual((f["lev"].formula_terms, f["lev"].bounds), ("a: hyam b: hybm ps: ps p0: p0", "lev_bnds"))
                self.assertNotIn("formula_terms", f["lev_bnds"].ncattrs())  # a term is missing
                self.assertEqual((f["hyam"][:].tolist(), f["ps"].dimensions, f["ps"].coordinates), ([2, 1], ("time", "y", "x"), "lat lon"))
                np.testing.assert_array_equal(f["ps"][:], np.arange(60).reshape(4, 3, 5)[1:, :2] + 1000)

    def test_variables_of_groups_above(self):
        self.eval("a = t[0:2]", "grid.nc:/g/w", "a")
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertEqual((f["a"].coordinates, f["a"].grid_mapping), ("lat lon", "crs"))

    def test_a_copied_coordinate_keeps_its_bounds(self):
        self.done(run("copy", self.path("grid.nc:/time"), self.path("out.nc"), "--slice", "1:3", "-q"))
        self.all_there("out.nc")
        with netCDF4.Dataset(self.path("out.nc")) as f:
            np.testing.assert_array_equal(f[f["time"].bounds][:], np.arange(8).reshape(4, 2)[1:3])
        self.eval("time = t + 1", "grid.nc:/time", "time", words=["--force"])
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertNotIn("bounds", f["time"].ncattrs())  # its bounds are not moved

    def test_geometries_follow_whole(self):
        with netCDF4.Dataset(self.path("lines.nc"), "w") as f:
            for name, n in (("time", 2), ("instance", 2), ("node", 5)):
                f.createDimension(name, n)
            for name, dimension, values in (("node_count", "instance", [3, 2]), ("xn", "node", np.arange(5)), ("yn", "node", np.arange(5) + 10)):
                f.createVariable(name, "i4", (dimension,))[:] = values
            geometry = f.createVariable("lines", "i4", ())
            geometry.setncatts({"geometry_type": "line", "node_count": "node_count", "node_coordinates": "xn yn"})
            v = f.createVariable("v", "f8", ("time", "instance"))
            v[:], v.geometry = [[1, 2], [3, 4]], "lines"
        self.eval("a = t[1:]; b = t[:, 1:]", "lines.nc:/v", "a", "b")
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertEqual((f["a"].geometry, f["lines"].node_coordinates, f["xn"][:].tolist()), ("lines", "xn yn", [0, 1, 2, 3, 4]))
            self.assertNotIn("geometry", f["b"].ncattrs())

    def test_integers_as_indices_leave_scalar_coordinates(self):
        for ranks in RANKS:
            self.eval("a = t[2]; b = t[2, 1] - t[0, 1]; c = mean(t[2] - t[0:2], axis='time'); d = t[3, -1, 1:]; e = mean(t[1])", "grid.nc:/t", *"abcde", words=["--force"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                self.assertEqual((f["a"].coordinates, f["a"].dimensions), ("lat lon month height time", ("y", "x")))
                self.assertEqual((f["time"].shape, f["time"][...], f["time"].units, f["month"][...]), ((), 20, "days since 2000-01-01", 1))
                self.assertEqual(f[f["time"].bounds][:].tolist(), [4, 5])
                self.assertIn("y", f["b"].coordinates.split()[-1])
                self.assertNotIn("time", re.sub(r"\bmonth\w*", "", f["b"].coordinates))  # two times
                self.assertNotIn("time", f["c"].coordinates)
                names = {re.sub(r"_\d$", "", n): n for n in f["d"].coordinates.split()}
                self.assertEqual((f[names["time"]][...], f[names["y"]][...], f[names["lat"]][:].tolist(), f[names["month"]][...]), (30, 3, [11, 12, 13, 14], 2))
                self.assertEqual(f[[n for n in f["e"].coordinates.split() if n.startswith("time")][0]][...], 10)
        self.done(run("copy", self.path("grid.nc:/time"), self.path("one.nc"), "--slice", "2", "-q"))
        with netCDF4.Dataset(self.path("one.nc")) as f:
            self.assertEqual((f["time"][...], "coordinates" in f["time"].ncattrs()), (20, False))

    def test_append_uses_what_is_there(self):
        for ranks in RANKS:
            for k, statement in enumerate(("a = t[0:2]", "b = t[0:2] + 1", "c = t[0:2, ::-1]", "d = t[2]", "e = t[2] * 2", "f = t[1]")):
                self.eval(statement, "grid.nc:/t", statement[0], words=["--append"], ranks=ranks)
            with netCDF4.Dataset(self.path("out.nc")) as f:
                aux = {n: f[n].coordinates.split() for n in "abcdef"}
                self.assertEqual((aux["a"], aux["b"], aux["c"]), (["lat", "lon", "month", "height"], ["lat", "lon", "month", "height"], ["lat_2", "lon_2", "month", "height"]))
                self.assertEqual(aux["d"], aux["e"])
                self.assertEqual((aux["d"][:2], aux["d"][3]), (["lat", "lon"], "height"))
                self.assertNotEqual(aux["d"][4], aux["f"][4])
                self.assertEqual(sorted(n for n in f.variables if n.startswith(("crs", "geoid", "area", "height"))), ["area", "area_2", "crs", "geoid", "height"])
            os.remove(self.path("out.nc"))

    def test_a_result_may_be_what_another_names(self):
        self.eval("a = t[:, 1:] + 1; lon = lon[1:]; lat = lat[1:] * 2", "grid.nc:/t", "a", "lat", "lon", words=[w for n in ("lat", "lon") for w in ("-i", f"{n}={self.path('grid.nc')}:/{n}")])
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertEqual((f["a"].coordinates, f["lat"][0, 0], f["lat_2"][0, 0]), ("lat_2 lon month height", 10, 5))

    def test_equal_coordinates_of_two_files_are_one(self):
        for name, shift in (("other.nc", 0), ("moved.nc", 1)):
            with netCDF4.Dataset(self.path(name), "w") as f:
                f.createDimension("y", 3), f.createDimension("x", 5)
                f.createVariable("y", "f4", ("y",))[:] = np.arange(1, 4) + shift
                lat = f.createVariable("lat", "f8", ("y", "x"))
                lat[:], lat.units = np.arange(15).reshape(3, 5) + shift, "degrees_north"
                f.createVariable("v", "f8", ("y", "x"))[:] = 1
                f["v"].coordinates = "lat"
        sources = [w for n in ("other", "moved") for w in ("-i", f"{n}={self.path(n + '.nc')}:/v")]
        self.eval("a = t[0] + 1; b = other + 1; c = moved * 2", "grid.nc:/t", "a", "b", "c", words=sources)
        with netCDF4.Dataset(self.path("out.nc")) as f:
            self.assertEqual((f["b"].dimensions[0], f["c"].dimensions[0]), ("y", "y_2"))
            self.assertEqual(sorted(n for n in f.variables if n.startswith(("y", "lat")) and n != "lat_bnds"), ["lat", "lat_2", "lat_3", "y", "y_2"])


if __name__ == "__main__":
    unittest.main()

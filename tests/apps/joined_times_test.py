"""Many files as one array whose times count from different dates, and that are packed differently; how often files are opened."""
import collections
import os
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SANITIZED, Case, environment, run

RANKS = (0, 2, 3) if MPIEXEC else (0,)
OPEN_SHIM = os.environ.get("TESSERA_OPEN_SHIM", "")


class JoinedTimes(Case):
    @classmethod
    def make_file(cls, name, times, units=None, calendar=None, dtype="f8", values=None, packing=None):
        with h5py.File(cls.path(name), "w") as f:
            f["time"] = np.array(times, dtype)
            f["time"].make_scale("time")
            f["lat"] = np.array([10.0, 20])
            f["lat"].make_scale("lat")
            if units:
                f["time"].attrs["units"] = units
            if calendar:
                f["time"].attrs["calendar"] = calendar
            t = f.create_dataset("t", data=np.arange(len(times) * 2, dtype="f4").reshape(-1, 2) if values is None else values)
            t.attrs["units"] = "K"
            t.attrs.update(packing or {})
            for i, scale in enumerate(("time", "lat")):
                t.dims[i].attach_scale(f[scale])

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def joined(self, ranks=0, statement="y = t + 1", words=()):
        result = self.done(run("eval", statement, "-i", f"t={self.path('p*.nc')}:/t", "--concat", "time", "-o", f"y={self.path('out.nc')}", "--force", *words, ranks=ranks))
        with h5py.File(self.path("out.nc")) as f:
            time = f["y"].dims[0][0]
            bare = time.attrs["NAME"].startswith(b"This is a netCDF dimension but")
            return result, None if bare else np.array(time), dict(time.attrs), np.array(f["y"])

    def test_dates_that_differ(self):
        self.make_file("p1.nc", [0, 1, 2], "days since 2000-01-01")
        self.make_file("p2.nc", [0, 12, 36], "hours since 2000-02-01 06:00")
        self.make_file("p3.nc", [0], "days since 2000-03-01T00:00:00Z", "gregorian")
        for ranks in RANKS:
            _, time, attributes, y = self.joined(ranks)
            np.testing.assert_array_equal(time, [0, 1, 2, 31.25, 31.75, 32.75, 60])
            self.assertEqual(attributes["units"], b"days since 2000-01-01")
            self.assertEqual(y.shape, (7, 2))

    def test_whole_numbers_stay_whole_numbers(self):
        self.make_file("p1.nc", [0, 24], "hours since 1900-01-01", "noleap", "i4")
        self.make_file("p2.nc", [0, 1], "days since 3000-01-01", "365_day", "i4")
        _, time, attributes, _ = self.joined(statement="y = t[1:]")
        self.assertEqual((time.dtype, time.tolist()), (np.int64, [24, 1100 * 365 * 24, 1100 * 365 * 24 + 24]))
        self.make_file("p2.nc", [0, 1], "days since 3000-01-01 00:30", "noleap", "i4")
        _, time, _, _ = self.joined()
        self.assertEqual((time.dtype, time.tolist()), (np.float64, [0, 24, 1100 * 365 * 24 + 0.5, 1100 * 365 * 24 + 24.5]))

    def test_times_of_several_dtypes(self):
        for first, second, expected in (("i8", "f8", "f8"), ("f8", "i4", "f8"), ("i8", "i4", "i8"), ("u1", "i1", "i8"), ("f4", "f8", "f8"), ("u8", "i8", "f8")):
            self.make_file("p1.nc", [0, 1], "days since 2000-01-01", dtype=first)
            self.make_file("p2.nc", [0, 1], "days since 2000-02-01", dtype=second)
            for ranks in RANKS[:2]:
                _, time, attributes, _ = self.joined(ranks)
                self.assertEqual((time.dtype, time.tolist(), attributes["units"]), (np.dtype(expected), [0, 1, 31, 32], b"days since 2000-01-01"), (first, second))
        self.make_file("p2.nc", [0, -9, 1], "days since 2000-02-01", dtype="i4")
        with h5py.File(self.path("p2.nc"), "a") as f:
            f["time"].attrs["_FillValue"] = np.int32(-9)
        np.testing.assert_array_equal(self.joined(statement="y = concat((t, t))")[1], 2 * [0, 1, 31, np.nan, 32])

    def test_calendars(self):
        for calendar, days in (("360_day", 60), ("365_day", 59), ("366_day", 60), ("standard", 59), ("proleptic_gregorian", 59), ("julian", 59)):
            self.make_file("p1.nc", [0], "days since 2001-01-01", calendar)
            self.make_file("p2.nc", [0], "days since 2001-03-01", calendar)
            self.assertEqual(self.joined()[1].tolist(), [0, days], calendar)

    def test_two_calendars_that_are_one_today(self):
        for first, second in (("standard", "proleptic_gregorian"), ("proleptic_gregorian", None)):
            self.make_file("p1.nc", [0, 1], "days since 2001-01-01", first)
            for units, days in (("days since 2001-03-01", [59, 60]), ("days since 2001-01-01", None), ("days since 1582-10-15", None)):
                self.make_file("p2.nc", [0, 1] if days else [200000, 200001], units, second)
                result, time, _, _ = self.joined()
                self.assertEqual(time.size, 4, result.err)
                if days:
                    self.assertEqual(time.tolist(), [0, 1] + days)
            self.make_file("p1.nc", [0], "days since 2001-01-01", first)
            for time, units in ((-2, "days since 1582-10-16"), (0, "days since 0001-01-01")):
                self.make_file("p2.nc", [time], units, second)
                result, time, _, _ = self.joined()
                self.assertIsNone(time)
                self.assertIn("not all of its times are after 1582-10-15", result.err)

    def test_packed_times(self):
        def make(name, raw, units, scale, offset, dtype="i2", fill=None):
            self.make_file(name, raw, units, dtype=dtype)
            with h5py.File(self.path(name), "a") as f:
                for key, value in (("scale_factor", scale), ("add_offset", offset)):
                    if value is not None:
                        f["time"].attrs[key] = value
                if fill is not None:
                    f["time"].attrs["_FillValue"] = np.array(fill, dtype)

        make("p1.nc", [0, 2], "days since 2000-01-01", 0.5, None)
        make("p2.nc", [0, 2], "days since 2000-02-01", 0.5, 1.0)
        for ranks in RANKS[:2]:
            _, time, attributes, _ = self.joined(ranks)
            self.assertEqual((time.dtype, time.tolist()), (np.float64, [0, 1, 32, 33]))
            self.assertFalse({"scale_factor", "add_offset"} & set(attributes))
        make("p2.nc", [0, -1], "hours since 2000-02-01", None, None, "f8", -1)
        np.testing.assert_array_equal(self.joined()[1], [0, 1, 31, np.nan])
        np.testing.assert_array_equal(self.joined(statement="y = concat((t[2:], t[:2]))")[1], [31, np.nan, 0, 1])

    def test_bounds_are_told_in_the_units_of_their_coordinate(self):
        def make(name, times, bounds, units, own=None, dtype="f8"):
            self.make_file(name, times, units, dtype=dtype)
            with h5py.File(self.path(name), "a") as f:
                f["nv"] = np.zeros(2)
                f["nv"].make_scale("This is a netCDF dimension but not a netCDF variable.         2")
                b = f.create_dataset("time_bnds", data=np.array(bounds, dtype))
                b.dims[0].attach_scale(f["time"])
                b.dims[1].attach_scale(f["nv"])
                f["time"].attrs["bounds"] = "time_bnds"
                if own:
                    b.attrs["units"] = own

        for own in (None, "days since 2000-02-01"):
            for dtype in ("f8", "i4"):
                make("p1.nc", [15], [[0, 31]], "days since 2000-01-01", own and "days since 2000-01-01")
                make("p2.nc", [14], [[0, 29]], "days since 2000-02-01", own, dtype)
                for ranks in RANKS[:2]:
                    for statement, expected in (("y = t + 1", [[0, 31], [31, 60]]), ("y = t[::-1]", [[31, 60], [0, 31]]), ("y = t[1:]", [[31, 60]])):
                        result, time, attributes, _ = self.joined(ranks, statement)
                        self.assertEqual(attributes["bounds"], b"time_bnds", result.err)
                        with h5py.File(self.path("out.nc")) as f:
                            self.assertEqual(f["time_bnds"][()].tolist(), expected)
        a, b = (self.path(f"p{k}.nc:/t") for k in (1, 2))
        self.done(run("eval", "y = concat((b, a))", "-i", f"a={a}", "-i", f"b={b}", "-o", f"y={self.path('out.nc')}", "--force"))
        with h5py.File(self.path("out.nc")) as f:
            self.assertEqual((f["time"][()].tolist(), f["time_bnds"][()].tolist()), ([14, -16], [[0, 29], [-31, 0]]))

    def test_months_of_a_model_that_begins_anew(self):
        for k in range(3):
            self.make_file(f"p{k}.nc", [0], f"seconds since 2000-{k + 1:02}-16 12:00:00", "noleap")
        for ranks in RANKS:
            self.assertEqual(self.joined(ranks)[1].tolist(), [0, 31 * 86400, 59 * 86400])
        for k in range(3):  # no date at all: as they are
            self.make_file(f"p{k}.nc", [0], "seconds")
        self.assertEqual(self.joined()[1].tolist(), [0, 0, 0])
        for k in range(2):
            self.make_file(f"p{k}.nc", [1, 2, 3], None)
        self.make_file("p2.nc", [1, 2, 3], None)
        self.assertEqual(self.joined()[1].tolist(), [1, 2, 3] * 3)

    def test_what_cannot_be_told_in_one_unit_is_said(self):
        for second, reason in ((("months since 2000-02-01", None), "months are not all of one length"), (("days since 2000-02-01", "360_day"), "its calendar is 360_day, there standard"),
                               (("days", None), "units is 'days', there 'days since 2000-01-01'"), (("days since 2000-02-30", None), "does not have this date")):
            self.make_file("p1.nc", [0], "days since 2000-01-01")
            self.make_file("p2.nc", [0], *second)
            for ranks in RANKS[:2]:
                result, time, _, y = self.joined(ranks)
                self.assertIsNone(time)
                self.assertEqual(y.shape, (2, 2))
                self.assertIn("warning: time has no coordinate in the result: ", result.err)
                self.assertIn(reason, result.err)

    def test_order_is_that_of_the_dates(self):
        self.make_file("p1.nc", [5], "days since 2000-02-01")
        self.make_file("p2.nc", [6], "days since 2000-01-01")
        self.make_file("p3.nc", [7], "days since 1999-01-01")
        self.assertEqual(self.joined()[1].tolist(), [5, -25, -389])
        self.make_file("p3.nc", [7], "days since 2001-01-01")
        self.before |= set(self.new_files())
        self.refused(run("stats", self.path("p*.nc:/t"), "--concat", "time"), 2, "p3.nc", "does not follow", "@list.txt")
        with open(self.path("list.txt"), "w") as f:
            f.write("\n".join(self.path(f"p{k}.nc:/t") for k in (2, 1, 3)))
        self.done(run("stats", "@" + self.path("list.txt"), "--concat", "time"))
        self.before = set()

    def test_times_as_data(self):
        self.make_file("p1.nc", [0, 1], "days since 2000-01-01")
        self.make_file("p2.nc", [0], "hours since 2000-01-03")
        result = self.done(run("eval", "t", "-i", f"t={self.path('p*.nc')}:/time", "--concat", "time", "-q"))
        self.assertEqual(result.out, "[0. 1. 2.]\n")
        self.make_file("p2.nc", [0], "months since 2000-01-03")
        self.before |= set(self.new_files())
        self.refused(run("stats", self.path("p*.nc:/time"), "--concat", "time"), 2, "p2.nc", "months are not all of one length")
        self.before = set()

    def test_info_tells_the_times_of_all(self):
        self.make_file("p1.nc", [0, 1], "days since 2000-01-01")
        self.make_file("p2.nc", [0], "hours since 2000-01-03")
        shown = self.done(run("info", self.path("p*.nc:/t"), "--concat", "time")).out
        self.assertIn("time  3  0 ... 2  days since 2000-01-01", shown.replace(".0 ", " "))

    def test_packing_of_each_file(self):
        packed = np.array([[1, -9], [3, 4]], "i2")
        self.make_file("p1.nc", [0, 1], values=packed, packing={"scale_factor": 0.5, "add_offset": 10.0, "_FillValue": np.int16(-9)})
        self.make_file("p2.nc", [2, 3], values=packed, packing={"scale_factor": 2.0, "add_offset": 0.0, "_FillValue": np.int16(4)})
        self.make_file("p3.nc", [4], values=np.array([[7.0, 8]]), packing={})
        expected = np.array([[10.5, np.nan], [11.5, 12], [2, -18], [6, np.nan], [7, 8]])
        for ranks in RANKS:
            _, time, _, y = self.joined(ranks, "y = t[:]")
            np.testing.assert_array_equal(y, expected)
            self.assertEqual(time.tolist(), [0, 1, 2, 3, 4])
            _, time, _, y = self.joined(ranks, "y = t[1:4:2, ::-1] * 2")
            np.testing.assert_array_equal(y, expected[1:4:2, ::-1] * 2)
            self.assertEqual(time.tolist(), [1, 3])
        with h5py.File(self.path("out.nc")) as f:
            self.assertTrue(np.isnan(f["y"].attrs["_FillValue"]))
        self.joined(0, "y = t + 0")
        with h5py.File(self.path("out.nc")) as f:
            self.assertEqual(f["y"].attrs["units"], b"K")
        shown = self.done(run("info", self.path("p*.nc:/t"), "--concat", "time")).out
        self.assertIn("shape       (5, 2)\n", shown)
        self.before |= set(self.new_files())
        self.refused(run("stats", self.path("p*.nc:/t"), "--concat", "time", "--raw"), 2, "p2.nc", "scale_factor")
        self.before = set()

    @unittest.skipIf(not OPEN_SHIM or SANITIZED, "no shim under a sanitizer")
    def test_how_often_files_are_opened(self):
        for k in range(65):
            self.make_file(f"p{k}.nc", [0, 1], f"days since {2000 + k}-01-01")
        for ranks in (0, 2) if MPIEXEC else (0,):
            env = environment(LD_PRELOAD=OPEN_SHIM, SHIM_OPENS=self.path("opens"))
            self.done(run("eval", "y = t + 1; mean(y)", "-i", f"t={self.path('p*.nc')}:/t", "--concat", "time", "-o", f"y={self.path('out.nc')}", "--force", ranks=ranks, env=env))
            with open(self.path("opens")) as f:
                opens = collections.Counter(line.strip() for line in f)
            os.remove(self.path("opens"))
            most = 2 + max(0, ranks - 1)  # each rank opens what it reads
            for k in range(65):
                self.assertLessEqual(1, opens[self.path(f"p{k}.nc")])
                self.assertLessEqual(opens[self.path(f"p{k}.nc")], most, f"p{k}.nc")


if __name__ == "__main__":
    unittest.main()

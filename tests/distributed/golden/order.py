"""Sorted arrays, along every axis: ties keep their order, NaN is last, -0 is equal to 0."""
import numpy as np

from values import ALL
from views import index_of


def complement(x, axis):
    """Stable from the largest on: NumPy's stable order of what is reversed, reversed."""
    n = x.shape[axis]
    return n - 1 - np.flip(np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)


def orders(g, name, x, axis):
    at = np.argsort(x, axis=axis, kind="stable")
    back = complement(x, axis)
    n = x.shape[axis]
    g.case(f"(sort {name} axis={axis})", np.take_along_axis(x, at, axis))
    g.case(f"(argsort {name} axis={axis - x.ndim} descending)", back.astype("int64"))
    for k in (3, -400000):
        first = np.take(at if k < 0 else back, range(min(abs(k), n)), axis)
        g.case(f"(topk {name} k={k} axis={axis})", np.take_along_axis(x, first, axis))
        g.case(f"(argtopk {name} k={k} axis={axis})", first.astype("int64"))


def among_others(g):
    x = g.inputs["x_int32"]
    for axis in range(3):
        y = np.sort(x, axis)
        name = f"(sort x_int32 axis={axis})"
        for s in ("2:6", "::2,1:8:3", "...,3", "-1", ":,4", "::-1,::-1,::-2", "3,n,2:5,::-4"):
            g.case(f"(index {name} {s})", y[index_of(s)])
        g.case(f"(transpose {name})", y.T)
        g.case(f"(sort (index x_int32 ::2,:,::-1) axis={axis})", np.sort(x[::2, :, ::-1], axis))
        g.case(f"(add (multiply {name} 3) x_int32)", y * 3 + x)
        g.case(f"(sum {name} axis=1)", y.sum(1, dtype="int64"))
        g.case(f"(sort (sum x_int32 axis=0) axis=1)", np.sort(x.sum(0, dtype="int64"), 1))
        g.case(f"(sort (argsort {name} axis=0 descending) axis=2)", np.sort(complement(y, 0), 2))
        g.case(f"(concat {axis} {name} x_int32)", np.concatenate([y, x], axis))
    line, plane = g.inputs["line"], g.inputs["plane"]
    g.case("(sort (sort line) descending)", np.sort(line)[::-1])
    g.case("(argsort (multiply (sort line) 0))", np.arange(line.size))
    g.case("(sort (flip (sort line)))", np.sort(line))
    g.case("(topk (transpose plane) k=-5 axis=1)", np.sort(plane, 0)[:5].T)
    g.case("(sort (broadcast_to w_int32 5,3,4) axis=1)", np.sort(np.broadcast_to(g.inputs["w_int32"], (5, 3, 4)), 1))
    g.case("(argsort (full 1000 3 chunks=7) descending)", np.arange(1000))
    g.case("(sort (full 5 nan chunks=2))", np.full(5, np.nan))
    g.case("(argsort (full 1 3))", np.zeros(1, "int64"))


def places(g):
    for t in ALL:
        a, b, x = g.inputs["a_" + t], g.inputs["b_" + t], g.inputs["x_" + t]
        s = np.sort(a, kind="stable")
        for side in ("left", "right"):
            right = " right" if side == "right" else ""
            g.case(f"(searchsorted (sort a_{t}) b_{t}{right})", np.searchsorted(s, b, side))
            g.case(f"(searchsorted (sort a_{t}) (index x_{t} ::2,3:,::-3){right})", np.searchsorted(s, x[::2, 3:, ::-3], side))
    line, plane, x = g.inputs["line"], g.inputs["plane"], g.inputs["x_int32"]
    g.case("(index (searchsorted (sort line) plane) ::-3,5:9)", np.searchsorted(np.sort(line), plane)[::-3, 5:9])
    g.case("(searchsorted (sort line) x_int32 right)", np.searchsorted(np.sort(line), x, "right"))
    g.case("(searchsorted (index (sort line) ::7) (sum x_int32))", np.asarray(np.searchsorted(np.sort(line)[::7], x.sum())))
    g.case("(searchsorted (arange 0 50 2 chunks=7) x_int32)", np.searchsorted(np.arange(0, 50, 2), x))
    g.case("(searchsorted z_bins plane)".replace("z_bins", "(index (sort line) :0)"), np.zeros(plane.shape, "int64"))
    g.case("(digitize plane (index (sort line) ::1000))", np.digitize(plane, np.sort(line)[::1000]))
    g.case("(digitize x_int32 (index (sort line) ::1000) right)", np.digitize(x, np.sort(line)[::1000], right=True))


def nearest(c, v):
    """Of two coordinates that are as near the larger one."""
    c, v = np.asarray(c), np.asarray(v)
    apart = np.abs(v[..., None].astype(object) - c.astype(object)) if v.dtype.kind in "iu" and c.dtype.kind in "iu" else np.abs(v[..., None] - c)
    best = [max(np.flatnonzero(row == row.min()), key=lambda k: c[k]) for row in apart.reshape(-1, len(c))]
    return np.array(best, "int64").reshape(v.shape)


def coordinates(g):
    x, line, plane = g.inputs["x_float64"], g.inputs["line"], g.inputs["plane"]
    few = np.sort(line)[::2000]
    g.case("(nearest_index (index (sort line) ::2000) plane)", nearest(few, plane))
    g.case("(nearest_index (index (sort line) ::-2000) plane)", nearest(np.sort(line)[::-2000], plane))
    g.case("(nearest_index (arange -20 21 2 chunks=5) x_int32)", nearest(np.arange(-20, 21, 2), g.inputs["x_int32"]))  # ties
    g.case("(nearest_index (arange 20 -21 -2 chunks=5) x_int32)", nearest(np.arange(20, -21, -2), g.inputs["x_int32"]))
    g.case("(nearest_index (full 1 3) plane)", np.zeros(plane.shape, "int64"))
    g.case("(nearest_index (arange 0 5 1) (full 3 nan))", np.full(3, 4))
    latitudes, wanted = np.arange(90, -91, -20), np.array([-88.0, 0, 10, 91])
    g.input("wanted", wanted)
    g.case("(sel x_float64 (arange 90 -91 -20) wanted axis=1 nearest)", np.take(x, nearest(latitudes, wanted), 1))
    g.case("(sel x_float64 (arange 90 -91 -20) (full 10.0) axis=1)".replace("(full 10.0)", "(sum (full 2 5.0))"), x[:, 4])
    g.case("(sel x_float64 (arange 0 13 1) (arange 12 5 -2) axis=2)", x[:, :, 12:5:-2])
    g.case("(sel x_float64 (arange 0 13 1) (multiply wanted 0.1) axis=-1 nearest)", np.take(x, nearest(np.arange(13), wanted * 0.1), 2))


def make(g):
    coordinates(g)
    places(g)
    for t in ALL:
        orders(g, "a_" + t, g.inputs["a_" + t], 0)
        g.case(f"(sort x_{t} axis=0)", np.sort(g.inputs["x_" + t], axis=0))
    for axis in range(3):
        for name in ("x_uint8", "z_complex64", "holes"):
            orders(g, name, g.inputs[name], axis)
    for name in ("line", "line32", "plane", "w_int32"):
        orders(g, name, g.inputs[name], 0)
    among_others(g)

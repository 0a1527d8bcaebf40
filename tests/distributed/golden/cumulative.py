"""Cumulative functions along every axis; error bounds for floating sums, equality for the rest."""
import numpy as np

from reductions import EPS, WIDER
from values import ALL, BOOL, COMPLEX, INTEGERS, SIGNED
from views import index_of


def wide(t):
    return "int64" if t in BOOL + SIGNED else "uint64" if t in INTEGERS else WIDER[t]


def result(t):
    return wide(t) if t in BOOL + INTEGERS else t


def tolerance(x, axis):
    """As of sums: n eps sum|x|."""
    if x.dtype.name in BOOL + INTEGERS or x.size == 0:
        return "exact"
    total = float(np.max(np.sum(np.abs(x).astype("float64"), axis=axis)))
    return f"ulp:1,abs:{x.shape[axis] * EPS * total:.3g}"


def sums(g):
    for t in ALL:
        for name in ("x_" + t, "z_" + t):
            x = g.inputs[name]
            for axis in range(3):
                y = np.cumsum(x.astype(wide(t)), axis=axis).astype(result(t))
                g.case(f"(cumulative_sum {name} axis={axis})", y, tolerance(x, axis))
        x = g.inputs["x_" + t]
        p = np.cumprod(x.astype(wide(t)), axis=1).astype(result(t))
        g.case(f"(cumulative_prod x_{t} axis=-2)", p, "exact" if t in BOOL + INTEGERS else "ulp:12")
        zero = np.zeros((7, 1, 13), result(t))
        g.case(f"(cumulative_sum x_{t} axis=1 initial)",
               np.concatenate([zero, np.cumsum(x.astype(wide(t)), axis=1).astype(result(t))], 1), tolerance(x, 1))
        s = np.cumsum(g.inputs["s_" + t].astype(wide(t))).astype(result(t))
        g.case(f"(cumsum s_{t})", s)
        if t not in COMPLEX:
            g.case(f"(cumulative_max x_{t} axis=0)", np.maximum.accumulate(x, 0))
            g.case(f"(cumulative_min x_{t} axis=2)", np.minimum.accumulate(x, 2))
            a = g.inputs["a_" + t]
            g.case(f"(cumulative_max a_{t})", np.maximum.accumulate(a), "unsigned")
            g.case(f"(cumulative_min a_{t})", np.minimum.accumulate(a), "unsigned")
    x = g.inputs["x_float64"]
    g.case("(cumulative_sum x_float64 axis=2 dtype=int8)", np.cumsum(x.astype("int8"), axis=2, dtype="int8"))
    g.case("(cumulative_prod x_uint8 axis=0 dtype=uint16)", np.cumprod(g.inputs["x_uint8"], axis=0, dtype="uint16"))
    g.case("(cumulative_sum x_int64 axis=0 dtype=complex64)", np.cumsum(g.inputs["x_int64"].astype("complex128"), 0).astype("complex64"), "ulp:4")


def holes(g):
    for t in ("float32", "float64", "complex128"):
        x = g.inputs["x_" + t]
        h = np.where(g.inputs["mask"], x, np.asarray(np.nan, t))
        name = f"(where mask x_{t} nan)"
        for axis in range(3):
            n = np.where(np.isnan(h), 0, h).astype(WIDER[t])
            g.case(f"(nancumsum {name} axis={axis})", np.cumsum(n, axis).astype(t), tolerance(np.where(np.isnan(h), 0, h), axis))
            at = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(3)])
            last = np.maximum.accumulate(np.where(np.isnan(h), -1, at), axis)
            filled = np.where(last < 0, np.asarray(np.nan, t), np.take_along_axis(h, np.maximum(last, 0), axis))
            g.case(f"(push {name} axis={axis})", filled)
            for n in (1, 2):
                g.case(f"(push {name} axis={axis} n={n})", np.where(at - last <= n, filled, np.asarray(np.nan, t)))
    h = np.where(g.inputs["mask"], g.inputs["x_float64"], np.nan)
    g.case("(nancumprod (where mask x_float64 nan) axis=1)", np.nancumprod(h, 1), "ulp:12")
    g.case("(push x_int16 axis=0)", g.inputs["x_int16"])


def among_others(g):
    x, line, plane = g.inputs["x_int32"], g.inputs["line"], g.inputs["plane"]
    g.case("(cumulative_sum line)", np.cumsum(line.astype("longdouble")).astype("float64"), tolerance(line, 0))
    g.case("(cumulative_sum (flip line))", np.cumsum(line[::-1].astype("longdouble")).astype("float64"), tolerance(line, 0))
    for axis in (0, 1):
        y = np.cumsum(plane.astype("longdouble"), axis).astype("float64")
        g.case(f"(cumulative_sum plane axis={axis})", y, tolerance(plane, axis))
        g.case(f"(cumulative_sum (transpose plane) axis={1 - axis})", y.T, tolerance(plane, axis))
    for axis in range(3):
        y = np.cumsum(x, axis, dtype="int64")
        name = f"(cumulative_sum x_int32 axis={axis})"
        for s in ("2:6", "::2,1:8:3", "...,3", "-1", ":,4", "::-1,::-1,::-2", "3,n,2:5,::-4"):
            g.case(f"(index {name} {s})", y[index_of(s)])
        g.case(f"(transpose {name})", y.T)
        g.case(f"(cumulative_sum (index x_int32 ::2,:,::-1) axis={axis})", np.cumsum(x[::2, :, ::-1], axis, dtype="int64"))
        g.case(f"(add (multiply {name} 3) x_int32)", y * 3 + x)
        g.case(f"(sum {name} axis=1)", y.sum(1))
        g.case(f"(cumulative_max {name} axis=1)", np.maximum.accumulate(y, 1))
        g.case(f"(cumulative_sum (sum {name} axis=0) axis=1)", np.cumsum(y.sum(0), 1))
        g.case(f"(concat {axis} {name} x_int32)", np.concatenate([y, x], axis))
        g.case(f"(subtract (index {name} 1:) (index {name} :-1))", y[1:] - y[:-1])
    g.case("(cumulative_sum (broadcast_to w_int32 5,3,4) axis=0)", np.cumsum(np.broadcast_to(g.inputs["w_int32"], (5, 3, 4)), 0, dtype="int64"))
    g.case("(cumulative_sum (full 1000 3 chunks=7))", np.arange(3, 3001, 3))


def differences(g):
    for t in ("bool", "int16", "uint8", "float32", "float64", "complex128"):
        x, z = g.inputs["x_" + t], g.inputs["z_" + t]
        for axis in range(3):
            g.case(f"(diff x_{t} axis={axis})", np.diff(x, axis=axis))
            g.case(f"(diff z_{t} axis={axis})", np.diff(z, axis=axis))
        g.case(f"(diff x_{t} n=3 axis=1)", np.diff(x, 3, axis=1))
        g.case(f"(diff x_{t} n=9 axis=0)", np.diff(x, 9, axis=0))
        g.case(f"(diff x_{t} axis=2 prepend=x_{t} append=x_{t})", np.diff(x, axis=2, prepend=x, append=x))
    g.case("(diff x_int16 n=2 prepend=5 append=7)", np.diff(g.inputs["x_int16"], 2, prepend=np.int16(5), append=np.int16(7)))


def make(g):
    differences(g)
    sums(g)
    holes(g)
    among_others(g)

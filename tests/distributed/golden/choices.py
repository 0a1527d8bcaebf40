"""Functions that are made of operations: parts of numbers, and choices between values."""
import numpy as np

from elementwise import inexact, promote, weak, wide
from values import ALL, BOOL, COMPLEX, INTEGERS, REAL, SIGNED


def parts(g):
    for t in ALL:
        a, b, m, n = (g.inputs[k + t] for k in ("a_", "b_", "m_", "n_"))
        e = inexact(t)
        g.case(f"(angle m_{t})", wide(np.angle, m.astype(e)), "ulp:2")
        g.case(f"(angle part=1 m_{t})", wide(lambda z: np.angle(z, deg=True), m.astype(e)), "ulp:4")
        if t not in INTEGERS:
            f = "complex128" if t in COMPLEX else "float64"
            g.case(f"(float_power m_{t} n_{t})", np.float_power(m.astype(f), n.astype(f)), "ulp:64" if t in COMPLEX else "ulp:2")
        g.case(f"(nan_to_num a_{t})", np.nan_to_num(a))
        g.case(f"(nan_to_num nan=1.5 posinf=7 neginf=-8 a_{t})", np.nan_to_num(a, nan=1.5, posinf=7, neginf=-8))
        for d in (0, 2, -1):
            if t == "bool" or t in INTEGERS and d >= 0:
                g.case(f"(round decimals={d} x_{t})", g.inputs["x_" + t])
            else:
                g.case(f"(round decimals={d} x_{t})", np.round(g.inputs["x_" + t], d))
        if t in COMPLEX:
            continue
        g.case(f"(fabs a_{t})", np.fabs(a.astype(e)))  # of the lowest integer, too
        for k, value in enumerate(np.frexp(a.astype(e))):
            g.case(f"(frexp part={k} a_{t})", value)
        for k, value in enumerate(np.modf(a.astype(e))):
            g.case(f"(modf part={k} a_{t})", value)
        c = "int8" if t == "bool" else t
        for k, value in enumerate(np.divmod(a.astype(c), b.astype(c))):
            g.case(f"(divmod part={k} a_{t} b_{t})", value)


def bounds(g):
    for t in INTEGERS + REAL:
        a, b, x = g.inputs["a_" + t], g.inputs["b_" + t], g.inputs["x_" + t]
        low = np.minimum(b, 3)
        g.case(f"(clip a_{t} b_{t} 100)", np.minimum(np.maximum(a, b), np.array(100, t)), "unsigned")
        g.case(f"(clip x_{t} 2 5)", np.clip(x, np.array(2, t), np.array(5, t)))
        g.case(f"(clip_lo x_{t} 4)", np.maximum(x, np.array(4, t)))
    x = g.inputs["x_int16"].astype("float64")
    g.case("(clip x_int16 2.5 5.5)", np.clip(x, 2.5, 5.5))
    # Numbers beyond the dtype, on the side that they bound.
    u, s, low = g.inputs["edge_uint64"], g.inputs["edge_int64"], g.inputs["x_int8"]
    g.case("(clip edge_uint64 -1 9223372036854775807)", np.minimum(u, np.uint64(2 ** 63 - 1)))
    g.case("(clip edge_int64 5 9223372036854775808)", np.maximum(s, 5))
    g.case("(clip x_int8 -1000 1000)", low)
    g.case("(clip_lo edge_uint64 -9223372036854775808)", u)


def closeness(g):
    for t in ALL:
        a, b = g.inputs["a_" + t], g.inputs["b_" + t]
        if t == "bool":
            continue  # NumPy subtracts bools here
        e = inexact(t)
        y = b.astype(e)
        x = a.astype(e)
        with np.errstate(all="ignore"):
            near = (np.abs(x - y) <= np.abs(y) * y.real.dtype.type(1e-5) + y.real.dtype.type(1e-8)) & np.isfinite(y) | (x == y)
        g.case(f"(isclose a_{t} b_{t})", near)
        g.case(f"(isclose equal_nan=1 a_{t} b_{t})", near | np.isnan(x) & np.isnan(y))
        g.case(f"(isclose rtol=0.5 atol=3 x_{t} 4)", np.isclose(g.inputs["x_" + t].astype(e), 4, rtol=0.5, atol=3))


def membership(g):
    for t in ALL:
        x = g.inputs["x_" + t]
        g.case(f"(isin x_{t} 1 7 0)", np.isin(x, [1, 7, 0]))
        g.case(f"(isin invert=1 x_{t} 3)", np.isin(x, [3], invert=True))
        g.case(f"(isin u_{t} m_{t})", np.isin(g.inputs["u_" + t], g.inputs["m_" + t]))
    edge, signed = g.inputs["edge_uint64"], g.inputs["edge_int64"]
    for a, b, x, y in [("edge_int64", "edge_uint64", signed, edge), ("edge_uint64", "(index edge_int64 :,0)", edge, signed[:, 0])]:
        members = {int(v) for v in y}
        g.case(f"(isin {a} {b})", np.array([int(v) in members for v in x.ravel()]).reshape(x.shape))
    for n in (-1, 7 * 10 ** 17, 2 ** 63, 2 ** 64 - 1):
        g.case(f"(isin edge_int64 {n})", np.array([int(v) == n for v in signed.ravel()]).reshape(signed.shape))
        g.case(f"(isin edge_uint64 {n})", np.array([int(v) == n for v in edge]))
    g.case("(isin x_int8 1000 7)", np.isin(g.inputs["x_int8"], [7]))
    g.case("(isin x_float64)", np.zeros(g.inputs["x_float64"].shape, bool))
    g.case("(isin invert=1 x_float64)", np.ones(g.inputs["x_float64"].shape, bool))


def choices(g):
    x, y, k = g.inputs["x_float64"], g.inputs["x_float32"], g.inputs["x_int16"]
    positive, big = x > 0, np.abs(x) > 10
    c = "(greater x_float64 0) (greater (abs x_float64) 10)"
    g.case(f"(select count=2 {c} x_float32 7 -1)", np.select([positive, big], [y, np.float32(7)], np.float32(-1)))
    g.case(f"(select count=2 {c} x_int16 x_float32 0)", np.select([positive, big], [k.astype("float32"), y], np.float32(0)))
    g.case(f"(select count=2 {c} 1 2.5 0)", np.select([positive, big], [1.0, 2.5], 0.0))
    g.case(f"(select count=2 {c} 1 2 x_int16)", np.select([positive, big], [np.int16(1), np.int16(2)], k))
    g.case(f"(piecewise count=2 x_float64 {c} -1 99)", np.piecewise(x, [positive, big], [-1, lambda v: v * v]))
    g.case("(piecewise count=1 x_int16 (greater x_float64 0) 2.75 99)", np.piecewise(k, [positive], [2.75, lambda v: v * v]))
    g.case(f"(piecewise count=2 x_int16 {c} 1 2)", np.piecewise(k, [positive, big], [1, 2]))
    for t in SIGNED:
        i = g.inputs["x_" + t]
        for mode in ("clip", "wrap"):
            g.case(f"(choose mode={mode} x_{t} x_float64 x_float32 5 x_int8)",
                   np.choose(i, [x, y.astype("float64"), np.full(x.shape, 5.0), g.inputs["x_int8"].astype("float64")], mode=mode))
    g.case("(choose mode=wrap edge_uint64 5 6 7)", np.array([5 + int(v) % 3 for v in g.inputs["edge_uint64"]]))
    g.case("(choose mode=clip edge_uint64 5 6 7)", np.array([5 + min(int(v), 2) for v in g.inputs["edge_uint64"]]))
    g.case("(choose mode=clip x_bool 3 4)", np.choose(g.inputs["x_bool"], [3, 4]))
    g.case("(choose mode=wrap x_int8 3)", np.full(x.shape, 3))


def make(g):
    parts(g)
    bounds(g)
    closeness(g)
    membership(g)
    choices(g)

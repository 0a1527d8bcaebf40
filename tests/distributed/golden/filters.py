"""Filters after scipy.ndimage, which this reference follows in NumPy alone: float64 sums of shifted arrays, tap by tap, cut or
rounded once; and NumPy's convolve. Exact but for weights of exp."""
import itertools

import numpy as np

from values import ALL, BOOL, COMPLEX, INTEGERS
from views import index_of

PADS = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": None, "constant": "constant"}


def each(value, n):
    return list(value) if isinstance(value, (tuple, list)) else [value] * n


def shifted(x, size, mode, cval, origin):
    """The windows of every element, a tap after another: arrays of x's shape."""
    n = x.ndim
    size, mode, origin = each(size, n), each(mode, n), each(origin, n)
    for axis in range(n):
        before, after = size[axis] // 2 + origin[axis], size[axis] - 1 - size[axis] // 2 - origin[axis]
        if mode[axis] == "wrap":  # NumPy 1.24's is another one where it goes around more than once
            x = np.take(x, np.arange(-before, x.shape[axis] + after) % max(1, x.shape[axis]), axis)
            continue
        more = {"constant_values": cval} if mode[axis] == "constant" else {}
        x = np.pad(x, [(before, after) if i == axis else (0, 0) for i in range(n)], PADS[mode[axis]], **more)
    shape = [e - s + 1 for e, s in zip(x.shape, size)]
    return [x[tuple(slice(a, a + e) for a, e in zip(at, shape))] for at in itertools.product(*map(range, size))]


def cast(total, dtype):
    """As C does: towards zero, modulo the range."""
    return total.astype("int64").astype(dtype) if dtype in INTEGERS else total.astype(dtype)


def correlate(x, weights, mode="reflect", cval=0, origin=0, sum_dtype="float64"):
    if x.dtype == bool:
        return correlate(x.astype("uint8"), weights, mode, cval, origin) != 0
    total = np.zeros(x.shape, sum_dtype)
    for tap, w in zip(shifted(x, weights.shape, mode, cval, origin), weights.ravel()):
        if abs(w) > np.finfo(float).eps:
            total = total + total.dtype.type(w) * tap.astype(sum_dtype)
    return cast(total, x.dtype.name)


def axis_by_axis(x, size, mode, origin, f):
    n = x.ndim
    for axis, (s, m, o) in enumerate(zip(each(size, n), each(mode, n), each(origin, n))):
        if s > 1:
            at = [0] * n
            at[axis] = o
            x = f(x, [s if i == axis else 1 for i in range(n)], m, at)
    return x


def uniform(x, size, mode="reflect", cval=0, origin=0):
    def one(x, size, mode, at):
        return cast(sum((t.astype("float64") for t in shifted(x, size, mode, cval, at)), np.zeros(x.shape)) / max(size), x.dtype.name)
    if x.dtype == bool:
        return uniform(x.astype("uint8"), size, mode, cval, origin) != 0
    return axis_by_axis(x, size, mode, origin, one)


def extreme(f):
    def filtered(x, size, mode="reflect", cval=0, origin=0):
        return axis_by_axis(x, size, mode, origin, lambda x, size, mode, at: f.reduce(shifted(x, size, mode, cval, at)))
    return filtered


def ranked(x, rank, size, mode="reflect", cval=0, origin=0):
    return np.sort(np.stack(shifted(x, size, mode, cval, origin)), axis=0, kind="stable")[rank]


def gaussian(x, sigma, order=0, mode="reflect", cval=0, truncate=4.0):
    n = x.ndim
    for axis, (s, m, o) in enumerate(zip(each(sigma, n), each(mode, n), each(order, n))):
        radius = int(truncate * s + 0.5)
        at = np.arange(-radius, radius + 1)
        w = np.exp(-0.5 / s ** 2 * at ** 2)
        w /= w.sum()
        if o == 1:
            w = w * at / s ** 2
        elif o == 2:
            w = w * (at ** 2 / s ** 4 - 1 / s ** 2)
        elif o:
            raise ValueError(o)
        taps = shifted(x, [len(at) if i == axis else 1 for i in range(n)], m, cval, 0)
        x = cast(sum(v * t.astype("float64") for v, t in zip(w, taps)), x.dtype.name)
    return x


def text(v):
    return ",".join(map(str, v)) if isinstance(v, (tuple, list)) else str(v)


def options(**kw):
    return "".join(f" {k}={text(v)}" for k, v in kw.items())


def weighted(g, name, x, w, **kw):
    values = ",".join(repr(float(v)) for v in w.ravel())
    g.case(f"(correlate {name} {text(list(w.shape))} {values}{options(**kw)})", correlate(x, w, **kw), "unsigned")


def dtypes(g):
    r = np.random.RandomState(5)
    w = np.round(r.uniform(-0.3, 0.5, (3, 2, 4)), 3)
    for t in ALL:
        x, z = g.inputs["x_" + t], g.inputs["z_" + t]
        if t in COMPLEX:
            continue
        weighted(g, "x_" + t, x, np.abs(w) if t in BOOL else w)
        g.case(f"(uniform_filter x_{t} 3,1,2)", uniform(x, (3, 1, 2)), "unsigned")
        g.case(f"(minimum_filter x_{t} 2,3,5)", extreme(np.minimum)(x, (2, 3, 5)))
        g.case(f"(maximum_filter x_{t} 3,4,1 mode=mirror)", extreme(np.maximum)(x, (3, 4, 1), "mirror"))
        g.case(f"(median_filter x_{t} 3,3,2 mode=nearest)", ranked(x, 9, (3, 3, 2), "nearest"))
        g.case(f"(rank_filter x_{t} 2,3,3 rank=3 mode=wrap)", ranked(x, 3, (2, 3, 3), "wrap"))
        g.case(f"(uniform_filter z_{t} 3)", z)
        if t in ("float32", "float64"):
            a = g.inputs["a_" + t]
            g.case(f"(minimum_filter a_{t} 3)", extreme(np.minimum)(a, 3), "unsigned")
            g.case(f"(maximum_filter a_{t} 4)", extreme(np.maximum)(a, 4), "unsigned")
            g.case(f"(median_filter a_{t} 5)", ranked(a, 2, 5), "unsigned")
            g.case(f"(gaussian_filter x_{t} 1.5,0.7,2.2)", gaussian(x, (1.5, 0.7, 2.2)), "ulp:20,abs:1e-5" if t == "float32" else "ulp:40,abs:1e-12")


def narrow_sums(g):
    x, r = g.inputs["x_float32"], np.random.RandomState(8)
    for mode, shape in (("reflect", (3, 2, 4)), ("wrap", (9, 1, 1)), ("constant", (11, 1, 3)), ("mirror", (1, 1, 40))):
        weighted(g, "x_float32", x, np.round(r.uniform(-0.3, 0.5, shape), 3), mode=mode, sum_dtype="float32")
    g.case("(gaussian_filter x_float32 1.5,0.7,2.2 sum_dtype=float32)", gaussian(x, (1.5, 0.7, 2.2)), "ulp:200,abs:1e-4")
    g.case("(uniform_filter x_float32 3,5,12 sum_dtype=float32)", uniform(x, (3, 5, 12)), "ulp:200,abs:1e-4")


def boundaries(g):
    x = g.inputs["x_float64"]
    r = np.random.RandomState(6)
    for mode in PADS:
        kw = {"mode": mode} if mode != "constant" else {"mode": mode, "cval": 2.5}
        for shape, origin in (((3, 3, 3), 0), ((2, 4, 1), (0, -2, 0)), ((5, 1, 30), (2, 0, -3)), ((16, 2, 3), (0, -1, 1))):
            weighted(g, "x_float64", x, np.round(r.uniform(-1, 1, shape), 2), origin=origin, **kw)
        g.case(f"(uniform_filter x_float64 3,1,40{options(**kw)})", uniform(x, (3, 1, 40), **kw))
        g.case(f"(maximum_filter x_int32 50,2,3{options(mode=mode)})", extreme(np.maximum)(g.inputs["x_int32"], (50, 2, 3), mode))
        g.case(f"(gaussian_filter x_float64 2 order=1,0,2{options(**kw)})", gaussian(x, 2.0, (1, 0, 2), **kw), "ulp:100,abs:1e-12")
    mixed = ["wrap", "reflect", "constant"]
    weighted(g, "x_float64", x, np.round(r.uniform(-1, 1, (4, 5, 6)), 2), mode=mixed, origin=(1, -1, 2))
    weighted(g, "x_float64", x, np.array([[[2.0]]]))
    weighted(g, "(index x_float64 :,3:4,:1)", x[:, 3:4, :1], np.round(r.uniform(-1, 1, (3, 5, 4)), 2), mode="mirror")


def among_others(g):
    x, p = g.inputs["x_float64"], g.inputs["plane"]
    w = np.array([[[0.25, 0.5, 0.25]], [[1.0, -2.0, 1.0]]])
    values = ",".join(repr(float(v)) for v in w.ravel())

    def filtered(name):
        return f"(correlate {name} 2,1,3 {values})"
    y = correlate(x, w)
    for s in ("2:6", "::2,1:8:3", "...,3", "-1", ":,4", "::-1,::-1,::-2", "3,n,2:5,::-4", "6:,:,4:5", "5:5"):
        g.case(f"(index {filtered('x_float64')} {s})", y[index_of(s)])
    g.case(f"(transpose {filtered('x_float64')})", y.T)
    g.case(filtered("(transpose (transpose x_float64))"), y)
    g.case(filtered("(index x_float64 ::-1,:,::3)"), correlate(x[::-1, :, ::3], w))
    g.case(filtered("(index x_float64 2:6,:,3:9)"), correlate(x[2:6, :, 3:9], w))
    g.case(filtered("(add (multiply x_float64 3) 1)"), correlate(x * 3 + 1, w))
    g.case(f"(subtract x_float64 {filtered('x_float64')})", x - y)
    g.case(f"(subtract (index {filtered('x_float64')} 1:) (index {filtered('x_float64')} :-1))", y[1:] - y[:-1])
    g.case(filtered(filtered(filtered("x_float64"))), correlate(correlate(y, w), w))
    g.case(f"(sum {filtered('x_float64')} axis=0,2)", y.sum((0, 2)), "ulp:100,abs:1e-10")
    g.case(f"(max {filtered('x_float64')})", y.max())
    g.case(filtered("(concat 0 x_float64 (multiply x_float64 2) x_float64)"), correlate(np.concatenate([x, x * 2, x]), w))
    g.case(f"(index {filtered('(concat 2 x_float64 (multiply x_float64 2))')} 1:3,:,9:17)", correlate(np.concatenate([x, x * 2], 2), w)[1:3, :, 9:17])
    g.case(f"(concat 1 {filtered('x_float64')} x_float64)", np.concatenate([y, x], 1))
    g.case(filtered("(full 5,4,3 2.0 chunks=2,1,2)"), correlate(np.full((5, 4, 3), 2.0), w))
    g.case(filtered("(broadcast_to (index x_float64 0,:,:1) 6,10,4)"), correlate(np.broadcast_to(x[0, :, :1], (6, 10, 4)), w))
    g.case(filtered("(sort x_float64 axis=0)"), correlate(np.sort(x, 0), w))
    g.case(f"(sort {filtered('x_float64')} axis=0)", np.sort(y, 0))
    g.case("(uniform_filter plane 5,3)", uniform(p, (5, 3)), "unsigned")
    g.case("(uniform_filter (transpose plane) 3 mode=wrap)", uniform(p.T, 3, "wrap"), "unsigned")
    # One index of an axis along which what lies below is joined, or another stencil.
    g.case("(index (uniform_filter plane 5,3) 1)", uniform(p, (5, 3))[1], "unsigned")
    g.case("(index (multiply (uniform_filter x_float64 3) 2) 2,:,3)", (uniform(x, 3) * 2)[2, :, 3], "unsigned")
    g.case("(index (uniform_filter plane 5 mode=wrap) 1)", uniform(p, 5, "wrap")[1], "unsigned")
    seam = len(p) - 1
    g.case(f"(index (uniform_filter (concat 0 plane plane) 3) {seam})", uniform(np.concatenate([p, p]), 3)[seam], "unsigned")


def overlaps(g):
    line, plane = g.inputs["line"][:500], g.inputs["plane"].astype("float64")
    v, long = np.array([1.0, -2.0, 0.5, 3.0]), np.linspace(-1, 2, len(line) + 9)
    for mode in ("full", "same", "valid"):
        for weights in (v, v[:1], v[:3], long):
            values = ",".join(repr(float(w)) for w in weights)
            tolerance = "ulp:100,abs:1e-9"
            g.case(f"(convolve (index line :500) {len(weights)} {values} overlap={mode})", np.convolve(line.astype("float64"), weights, mode), tolerance)
            if len(weights) <= len(line):
                g.case(f"(correlate (index line :500) {len(weights)} {values} overlap={mode})", np.correlate(line.astype("float64"), weights, mode), tolerance)
    a = g.inputs["a_float64"]
    for weights in ("3,0", "0,3", "0,0,2,0"):  # 0 times NaN is NaN
        w, n = np.array([float(e) for e in weights.split(",")]), len(weights.split(","))
        for mode in ("full", "same", "valid"):
            g.case(f"(convolve (index line :1) {n} {weights} overlap={mode})", np.convolve(line[:1].astype("float64"), w, mode))
            g.case(f"(convolve a_float64 {n} {weights} overlap={mode})", np.convolve(a, w, mode), "unsigned")
    w = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, 3.0]])
    full = np.zeros((plane.shape[0] + 2, plane.shape[1] + 1))
    for i, j in itertools.product(range(3), range(2)):
        full[i:i + plane.shape[0], j:j + plane.shape[1]] += w[i, j] * plane
    values = ",".join(repr(float(e)) for e in w.ravel())
    g.case(f"(convolve plane 3,2 {values} overlap=full)", full, "ulp:100,abs:1e-9")
    g.case(f"(index (convolve plane 3,2 {values} overlap=valid) 2:5,::3)", full[2:-2, 1:-1][2:5, ::3], "ulp:100,abs:1e-9")


def weights_of(n, m, method, antialias):
    """A row of weights for each of m elements, from the corners' places."""
    at, here = np.arange(n), (np.arange(m)[:, None] + 0.5) * n / m - 0.5
    if method == "nearest":
        return (at == ((2 * np.arange(m)[:, None] + 1) * n // (2 * m))).astype(float)
    if method == "area":
        w = np.minimum((np.arange(m)[:, None] + 1) * n, (at + 1) * m) - np.maximum(np.arange(m)[:, None] * n, at * m)
    else:
        wide = n / m if antialias and m < n else 1
        w = 1 - np.abs(at - (here if wide > 1 else np.clip(here, 0, n - 1))) / wide  # beyond the ends stands the last element
    w = np.maximum(w, 0)
    w[w < 1e-12] = 0
    return w / w.sum(axis=1, keepdims=True)


def resize(x, shape, method="linear", antialias=False):
    y = x if method == "nearest" else x.astype("float64")
    for axis, m in enumerate(shape):
        if m == x.shape[axis]:
            continue
        w = weights_of(x.shape[axis], m, method, antialias)
        if method == "nearest":
            y = np.take(y, w.argmax(axis=1), axis)
        else:
            y = np.moveaxis(np.tensordot(w, y, (1, axis)), 0, axis)
    if x.dtype.name in INTEGERS and method != "nearest":
        info = np.iinfo(x.dtype)
        return np.where(y >= info.max, info.max, np.where(y <= info.min, info.min, np.clip(np.rint(y), -2.0**63, 2.0**63).astype(x.dtype)))
    return y.astype(x.dtype)


def resizes(g):
    plane, cube = g.inputs["plane"].astype("float64"), g.inputs["x_float64"]
    for method, antialias in (("nearest", False), ("linear", False), ("linear", True), ("area", False)):
        how = f" method={method}" + (" antialias=1" if antialias else "")
        for shape in ((40, 31), (3, 100), (1, 1), (plane.shape[0], 7), (2 * plane.shape[0], 3 * plane.shape[1])):
            g.case(f"(resize (astype plane float64) {text(shape)}{how})", resize(plane, shape, method, antialias), "exact" if method == "nearest" else "ulp:200,abs:1e-9")
        g.case(f"(resize (multiply x_float64 2) 3,{cube.shape[1]},9{how})", resize(cube * 2, (3, cube.shape[1], 9), method, antialias), "ulp:200,abs:1e-9")
        g.case(f"(sum (resize x_float64 5,4,3{how}) axis=0)", resize(cube, (5, 4, 3), method, antialias).sum(0), "ulp:200,abs:1e-9")
        g.case(f"(index (resize x_float64 5,14,30{how}) 1:4,::-3,2)", resize(cube, (5, 14, 30), method, antialias)[1:4, ::-3, 2], "ulp:200,abs:1e-9")
        g.case(f"(resize (resize x_float64 5,14,30{how}) 7,7,7{how})", resize(resize(cube, (5, 14, 30), method, antialias), (7, 7, 7), method, antialias), "ulp:400,abs:1e-9")
        g.case(f"(add (resize (index x_float64 :,2,:) 9,9{how}) 1)", resize(cube[:, 2, :], (9, 9), method, antialias) + 1, "ulp:200,abs:1e-9")
    for t in ALL:
        x = g.inputs["x_" + t]
        g.case(f"(resize x_{t} 3,17,5 method=nearest)", resize(x, (3, 17, 5), "nearest"))
        if t == "float32":
            g.case(f"(resize x_{t} 3,17,5)", resize(x, (3, 17, 5)), "ulp:10,abs:1e-5")
    for t in ("uint8", "int16", "int32"):  # halves are exact
        x = g.inputs["x_" + t][:8, :8, :8]
        to = [max(1, n // 2) for n in x.shape]
        g.case(f"(resize (index x_{t} :8,:8,:8) {text(to)} method=area)", resize(x, to, "area"))
    nan = g.inputs["a_float64"]
    g.case(f"(resize a_float64 {2 * len(nan)} method=nearest)", resize(nan, (2 * len(nan),), "nearest"), "unsigned")


def make(g):
    resizes(g)
    dtypes(g)
    boundaries(g)
    narrow_sums(g)
    among_others(g)
    overlaps(g)

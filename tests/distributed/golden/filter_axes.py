"""Filters along some axes, of footprints, of percentiles, along one axis, and those that differentiate; after scipy.ndimage, in NumPy
alone (filters.py). What lies along other axes than a filter's is filtered by itself: here one after another."""
import numpy as np

from filters import cast, each, extreme, gaussian, options, PADS, ranked, shifted, text, uniform
from values import ALL, COMPLEX, INTEGERS

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
EVEN = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
TOLERANCE = "ulp:100,abs:1e-12"


def along(x, axes, f):
    first = x.ndim - len(axes)
    moved = np.moveaxis(x, axes, range(first, x.ndim))
    y = np.empty(moved.shape, x.dtype)
    for at in np.ndindex(moved.shape[:first]):
        y[at] = f(moved[at])
    return np.moveaxis(y, range(first, x.ndim), axes)


def chosen(x, footprint, mode="reflect", cval=0, origin=0):
    return np.stack([t for t, there in zip(shifted(x, footprint.shape, mode, cval, origin), footprint.ravel()) if there])


def least(x, footprint, **kw):
    return chosen(x, footprint, **kw).min(axis=0)


def most(x, footprint, **kw):
    return chosen(x, footprint, **kw).max(axis=0)


def at_place(x, place, footprint, **kw):
    return np.sort(chosen(x, footprint, **kw), axis=0, kind="stable")[place]


def place_of(n, percentile):
    percentile = percentile + 100.0 if percentile < 0 else percentile
    return n - 1 if percentile == 100.0 else int(float(n) * percentile / 100.0)


def some_axes(g):
    x = g.inputs["x_float64"]
    for mode in PADS:
        kw = {"mode": mode} if mode != "constant" else {"mode": mode, "cval": 2.5}
        how = options(**kw)
        for axes in ((1,), (2, 0), (0, 1), (2, 1, 0)):
            size, origin = (4, 3, 25)[:len(axes)], (-2, 1, 3)[:len(axes)]
            there = f" axes={text(axes)}"
            g.case(f"(uniform_filter x_float64 {text(size)} origin={text(origin)}{how}{there})", along(x, axes, lambda p: uniform(p, size, origin=origin, **kw)), "unsigned")
            g.case(f"(maximum_filter x_float64 {text(size)} origin={text(origin)}{how}{there})", along(x, axes, lambda p: extreme(np.maximum)(p, size, origin=origin, **kw)))
            g.case(f"(minimum_filter x_float64 2{how}{there})", along(x, axes, lambda p: extreme(np.minimum)(p, 2, **kw)))
            g.case(f"(median_filter x_float64 3{how}{there})", along(x, axes, lambda p: ranked(p, 3 ** p.ndim // 2, 3, **kw)))
            g.case(f"(gaussian_filter x_float64 {text((1.5, 0.6, 2.0)[:len(axes)])} order={text((0, 1, 2)[:len(axes)])}{how}{there})", along(x, axes, lambda p: gaussian(p, (1.5, 0.6, 2.0)[:p.ndim], (0, 1, 2)[:p.ndim], **kw)), TOLERANCE)
    modes = ("wrap", "mirror")
    g.case(f"(rank_filter x_int16 2,5 rank=-3 axes=-1,0 mode={text(modes)} origin=0,-2)", along(g.inputs["x_int16"], (2, 0), lambda p: ranked(p, -3, (2, 5), modes, origin=(0, -2))))
    i = g.inputs["x_int32"]  # cut after each axis, in the order of axes
    g.case("(uniform_filter x_int32 3,4 axes=2,0)", along(i, (2, 0), lambda p: uniform(p, (3, 4))))
    g.case("(uniform_filter x_int32 4,3 axes=0,2)", along(i, (0, 2), lambda p: uniform(p, (4, 3))))
    g.case("(index (uniform_filter plane 5 axes=0) ::7,3:)", along(g.inputs["plane"], (0,), lambda p: uniform(p, 5))[::7, 3:], "unsigned")
    g.case("(sum (median_filter plane 9 axes=1) axis=0)", along(g.inputs["plane"], (1,), lambda p: ranked(p, 4, 9)).sum(0), "ulp:1000,abs:1e-9")
    g.case("(median_filter z_float32 3 axes=0)", g.inputs["z_float32"])


def footprints(g):
    p = g.inputs["plane"][:40]
    names = {"median_filter": lambda f: at_place(p, f.sum() // 2, f, **kw), "minimum_filter": lambda f: least(p, f, **kw), "maximum_filter": lambda f: most(p, f, **kw)}
    wide = np.arange(3 * 90).reshape(3, 90) % 7 == 0
    for mode in PADS:
        kw = {"mode": mode} if mode != "constant" else {"mode": mode, "cval": 2.5}
        for f, origin in ((CROSS, (0, 0)), (EVEN, (0, -1)), (np.ones((2, 3), int), (0, 1)), (np.array([[0, 0, 1]]), (0, 0)), (wide.astype(int), (1, 4))):
            kw["origin"] = origin
            words = f"{text(list(f.shape))} footprint={text(f.ravel().tolist())}{options(**kw)}"
            for name, of in names.items():
                g.case(f"({name} (index plane :40) {words})", of(f))
            g.case(f"(rank_filter (index plane :40) {words} rank=-1)", at_place(p, -1, f, **kw))
            g.case(f"(percentile_filter (index plane :40) {words} percentile=30)", at_place(p, place_of(f.sum(), 30), f, **kw))
    for t in ALL:
        if t in COMPLEX:
            continue
        x, words = g.inputs["x_" + t], "2,4 footprint=" + text(EVEN.ravel().tolist())
        g.case(f"(median_filter x_{t} {words} axes=0,2)", along(x, (0, 2), lambda q: at_place(q, 2, EVEN)))
        g.case(f"(minimum_filter x_{t} {words} axes=2,1)", along(x, (2, 1), lambda q: least(q, EVEN)))
        g.case(f"(maximum_filter x_{t} {words} axes=1,2 mode=wrap)", along(x, (1, 2), lambda q: most(q, EVEN, mode="wrap")))
    a = g.inputs["a_float64"]
    g.case("(maximum_filter a_float64 4 footprint=1,0,1,1)", most(a, np.array([1, 0, 1, 1])), "unsigned")
    g.case("(median_filter a_float64 4 footprint=1,0,1,1)", at_place(a, 1, np.array([1, 0, 1, 1])), "unsigned")


def percentiles(g):
    x, a = g.inputs["x_int16"], g.inputs["a_float32"]
    for percentile in (0, 1, 24.9, 25, 33.3, 50, 75, 99.99, 100, -0.5, -30, -100, 29 / 30 * 100):
        g.case(f"(percentile_filter x_int16 3,2,5 percentile={percentile!r})", ranked(x, place_of(30, percentile), (3, 2, 5)))
        g.case(f"(percentile_filter a_float32 9 percentile={percentile!r})", ranked(a, place_of(9, percentile), 9), "unsigned")
    g.case("(percentile_filter x_int16 40,3 percentile=80 axes=1,2 mode=nearest)", along(x, (1, 2), lambda p: ranked(p, place_of(120, 80), (40, 3), "nearest")))


def one_axis(g):
    for t in ("int16", "float32", "bool"):
        x = g.inputs["x_" + t]
        for axis in (-1, 0, 1):
            for mode in PADS:
                words = f"axis={axis} mode={mode}"
                g.case(f"(uniform_filter1d x_{t} 4 origin=-1 {words})", along(x, (axis,), lambda p: uniform(p, 4, mode, origin=-1)), "unsigned")
                g.case(f"(minimum_filter1d x_{t} 5 origin=2 {words})", along(x, (axis,), lambda p: extreme(np.minimum)(p, 5, mode, origin=2)))
                g.case(f"(maximum_filter1d x_{t} 31 {words})", along(x, (axis,), lambda p: extreme(np.maximum)(p, 31, mode)))
    x = g.inputs["x_float64"]
    for order in (0, 1, 2):
        g.case(f"(gaussian_filter1d x_float64 1.3 order={order} axis=1)", along(x, (1,), lambda p: gaussian(p, 1.3, order)), TOLERANCE)
        for radius in (0, 2, 30):  # as a truncation after so many elements
            near = (radius + 0.1) / 1.3
            g.case(f"(gaussian_filter1d x_float64 1.3 order={order} radius={radius} mode=mirror)", along(x, (2,), lambda p: gaussian(p, 1.3, order, "mirror", truncate=near)), TOLERANCE)
    near = along(along(x, (0,), lambda p: gaussian(p, 2.0, truncate=0.5)), (2,), lambda p: gaussian(p, 2.0, truncate=2))
    g.case("(gaussian_filter x_float64 2 radius=1,4 axes=0,2)", near, TOLERANCE)


def line(x, weights, axis, mode, cval):
    """A correlation, whose sums of small whole weights are exact in any order, or nearly."""
    size = [len(weights) if i == axis else 1 for i in range(x.ndim)]
    taps = shifted(x.astype("uint8") if x.dtype == bool else x, size, mode, cval, 0)
    y = cast(sum(w * t.astype("float64") for w, t in zip(weights, taps)), "uint8" if x.dtype == bool else x.dtype.name)
    return y != 0 if x.dtype == bool else y


def slope(x, axis, smooth, mode, cval=0):
    modes = each(mode, x.ndim)
    y = line(x, (-1, 0, 1), axis, modes[axis], cval)
    for i in range(x.ndim):
        if i != axis:
            y = line(y, smooth, i, modes[i], cval)
    return y


def derivatives(g):
    for t in ("uint8", "int64", "float32", "float64"):
        x, exact = g.inputs["x_" + t], "exact" if t in INTEGERS else "ulp:20,abs:1e-4" if t == "float32" else "ulp:100,abs:1e-10"
        for mode in (*PADS, ["wrap", "reflect", "mirror"]):
            for axis in (0, 2):
                g.case(f"(sobel x_{t} axis={axis} mode={text(mode)})", slope(x, axis, (1, 2, 1), mode), exact)
                g.case(f"(prewitt x_{t} axis={axis} mode={text(mode)})", slope(x, axis, (1, 1, 1), mode), exact)
    x = g.inputs["x_float64"]
    for mode in PADS:
        second = [gaussian(x, (1.5, 1, 0.7), order, mode) for order in ((2, 0, 0), (0, 2, 0), (0, 0, 2))]
        first = [gaussian(x, 1.2, order, mode) for order in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
        g.case(f"(gaussian_laplace x_float64 1.5,1,0.7 mode={mode})", sum(second), "ulp:100,abs:1e-10")
        g.case(f"(gaussian_gradient_magnitude x_float64 1.2 mode={mode})", np.sqrt(sum(f * f for f in first)), "ulp:100,abs:1e-10")
    both = [along(x, (2, 0), lambda p: gaussian(p, (1.5, 0.7), order)) for order in ((2, 0), (0, 2))]
    g.case("(gaussian_laplace x_float64 1.5,0.7 axes=2,0)", sum(both), "ulp:100,abs:1e-10")


def make(g):
    some_axes(g)
    footprints(g)
    percentiles(g)
    one_axis(g)
    derivatives(g)

"""Histograms and bincount as NumPy has them; reductions by groups, a group after another; rolling windows, window after window."""
import itertools

import numpy as np

from values import INTEGERS, REAL, SIGNED, UNSIGNED


def histograms(g):
    for t in ["bool"] + INTEGERS + REAL:
        x = g.inputs["x_" + t]
        if t == "bool":
            x = x.astype("uint8")  # NumPy 1.24 refuses to subtract bools
        for bins in (1, 7, 10, 301):
            counts, edges = np.histogram(x, bins)
            g.case(f"(histogram x_{t} bins={bins})", counts.astype("int64"))
            g.case(f"(histogram x_{t} bins={bins} edges)", edges)
        counts, edges = np.histogram(x, 13, (-3, 11.5))
        g.case(f"(histogram x_{t} bins=13 range=-3,11.5)", counts.astype("int64"))
        g.case(f"(histogram x_{t} bins=13 range=-3,11.5 edges)", edges)
        at = [-40, -3, -3, 0.5, 2, 7, 60]
        g.case(f"(histogram x_{t} at=-40,-3,-3,0.5,2,7,60)", np.histogram(x, np.array(at, float))[0].astype("int64"))
    line, holes, plane = g.inputs["line"], g.inputs["holes"], g.inputs["plane"]
    for name in ("line", "line32", "plane", "far", "m_float64"):
        x = g.inputs[name]
        for bins in (5, 256, 5000):
            counts, edges = np.histogram(x, bins)
            g.case(f"(histogram {name} bins={bins})", counts.astype("int64"))
            g.case(f"(histogram {name} bins={bins} edges)", edges)
    g.case("(histogram line bins=20 density)", np.histogram(line, 20, density=True)[0], "ulp:4,abs:0")
    g.case("(histogram line at=-3,-1,0,0.25,4 density)", np.histogram(line, [-3, -1, 0, 0.25, 4], density=True)[0], "ulp:4,abs:0")
    for name in ("holes", "some_nan"):
        x = g.inputs[name]
        g.case(f"(histogram {name} bins=16 range=-1,2)", np.histogram(x, 16, (-1, 2))[0].astype("int64"))
        g.case(f"(histogram {name} bins=16 range=9990,10010)", np.histogram(x, 16, (9990, 10010))[0].astype("int64"))
    steps = np.floor(line * 8) / 8  # many on edges
    g.case("(histogram (divide (floor (multiply line 8)) 8) bins=32 range=-2,2)", np.histogram(steps, 32, (-2, 2))[0].astype("int64"))
    g.case("(histogram z_float64 bins=4)", np.zeros(4, "int64"))
    g.case("(histogram z_float64 bins=4 edges)", np.linspace(0, 1, 5))
    g.case("(histogram (full 100 3.5 chunks=7) bins=4)", np.histogram(np.full(100, 3.5), 4)[0].astype("int64"))
    g.case("(histogram (full 100 3.5 chunks=7) bins=4 edges)", np.linspace(3, 4, 5))
    g.case("(histogram s_int32 bins=3)", np.histogram(g.inputs["s_int32"], 3)[0].astype("int64"))
    w = np.abs(plane)
    for t in ("float32", "int32", "complex128"):
        weights = g.inputs["x_" + t]
        x = g.inputs["x_float64"]
        expected = np.histogram(x, 9, weights=weights)[0].astype(t)
        g.case(f"(weighted_histogram x_float64 x_{t} bins=9)", expected, "ulp:40,abs:1e-5" if t != "int32" else "exact")
    g.case("(weighted_histogram plane (abs plane) at=-40,-1,0,5,30)", np.histogram(plane, [-40, -1, 0, 5, 30], weights=w)[0], "ulp:2000,abs:0")


def several(g):
    line, plane = g.inputs["line"], g.inputs["plane"]
    a, b, c = g.inputs["x_float64"].ravel(), g.inputs["x_int32"].ravel(), g.inputs["x_float32"].ravel()
    counts, x_edges, y_edges = np.histogram2d(a, b, [5, 6])
    g.case("(histogram2d x_float64 x_int32 bins=5,6)", counts)
    g.case("(histogram2d x_float64 x_int32 bins=5,6 edges=0)", x_edges)
    g.case("(histogram2d x_float64 x_int32 bins=5,6 edges=1)", y_edges)
    g.case("(histogram2d x_float64 x_int32 bins=8 density)", np.histogram2d(a, b, 8, density=True)[0], "ulp:8,abs:0")
    g.case("(histogramdd x_float64 x_int32 x_float32 bins=3,4,5)", np.histogramdd([a, b, c.astype(float)], [3, 4, 5])[0])
    g.case("(histogram2d line (multiply line line) bins=31)", np.histogram2d(line, line * line, 31)[0])
    g.case("(sum (histogram2d (index plane :,0) (index plane :,1) bins=7) axis=1)", np.histogram2d(plane[:, 0], plane[:, 1], 7)[0].sum(1))


def counts(g):
    for t in UNSIGNED + SIGNED:
        x = np.abs(g.inputs["m_" + t].astype("int64"))
        w = g.inputs["m_float64"]
        g.case(f"(bincount (abs m_{t}))", np.bincount(x))
        g.case(f"(bincount (abs m_{t}) minlength=90)", np.bincount(x, minlength=90))
        g.case(f"(weighted_bincount (abs m_{t}) m_float64 minlength=3)", np.bincount(x, w, 3), "ulp:40,abs:1e-12")
    many = np.arange(20011) * 7919 % 20011
    g.case("(bincount (remainder (multiply (arange 0 20011 1) 7919) 20011))", np.bincount(many))
    g.case("(bincount (index m_int32 0:0) minlength=4)", np.zeros(4, "int64"))


def reduced(x, labels, groups, axes, how):
    """Group by group, of the slices along the labels' axes as one."""
    axes = tuple(a % x.ndim for a in axes)
    kept = [i for i in range(x.ndim) if i not in axes]
    at = axes[0]
    flat = np.transpose(x, list(axes) + kept).reshape((-1,) + tuple(x.shape[i] for i in kept))
    rows, skip = [], how.startswith("nan")
    name = how[3:] if skip else how
    real = x.dtype.kind in "fc"
    for k in range(groups):
        v = flat[labels.ravel() == k]
        n = len(v)
        if name == "count":
            rows.append((~np.isnan(v)).sum(0))
        elif name in ("sum", "prod"):
            wide = v.astype("f8") if v.dtype == "f4" else v
            rows.append(getattr(np, how if real else name)(wide, 0))
        elif name in ("mean", "var", "std"):
            rows.append(getattr(np, how if real else name)(v.astype("f8"), 0) if n else np.full(v.shape[1:], np.nan))
        elif n == 0:
            rows.append(np.full(v.shape[1:], np.nan if real else 0))
        elif name in ("min", "max"):
            rows.append(getattr(np, how if real else name)(v, 0))
        elif skip:
            there = ~np.isnan(v)
            place = there.argmax(0) if name == "first" else n - 1 - there[::-1].argmax(0)
            rows.append(np.where(there.any(0), np.take_along_axis(v, place[None], 0)[0], np.nan))
        else:
            rows.append(v[0 if name == "first" else -1])
    y = np.array(rows).reshape((groups,) + tuple(x.shape[i] for i in kept))
    if name == "count":
        y = y.astype("int64")
    elif name in ("sum", "prod"):
        y = y.astype(x.dtype if real else np.sum(x[:0]).dtype)
    elif name in ("mean", "var", "std"):
        y = y.astype(x.dtype if real else "f8")
    else:
        y = y.astype(x.dtype)
    return np.moveaxis(y, 0, at)


def groups(g):
    r = np.random.RandomState(5)
    labels = {n: g.input(f"labels_{n}", r.randint(-1, 5, n)) for n in (7, 10, 13)}  # of six groups, the last one empty
    planes = g.input("labels_plane", r.randint(-1, 9, (10, 13)).astype("int32"))
    whole = g.input("labels_whole", r.randint(0, 40, (7, 10, 13)).astype("uint8"))
    long = g.input("labels_long", r.randint(0, 2500, 20011))
    near = "ulp:60,abs:1e-9"
    for t in ["bool", "int8", "int64", "uint16"] + REAL:
        x = g.inputs["x_" + t]
        hows = ["count", "sum", "mean", "var", "std", "min", "max", "first", "last"]
        if t in REAL:
            hows += ["nansum", "nanmean", "nanvar", "nanstd", "nanmin", "nanmax", "nanfirst", "nanlast"]
        for how, axis in itertools.product(hows, range(3)):
            n = x.shape[axis]
            exact = how in ("count", "min", "max", "first", "last", "nanmin", "nanmax", "nanfirst", "nanlast") or (how == "sum" and t not in REAL)
            g.case(f"(group_reduce x_{t} labels_{n} {how} groups=6 axis={axis})", reduced(x, labels[n], 6, (axis,), how), "exact" if exact else near)
        g.case(f"(group_reduce x_{t} labels_plane sum groups=9)", reduced(x, planes, 9, (1, 2), "sum"), "exact" if t not in REAL else near)
        g.case(f"(group_reduce x_{t} labels_whole mean)", reduced(x, whole, whole.max() + 1, (0, 1, 2), "mean"), near)
        g.case(f"(group_reduce x_{t} labels_plane last groups=10)", reduced(x, planes, 10, (1, 2), "last"))
    x = g.inputs["some_nan"]
    some = g.input("labels_9", np.array([0, 0, 2, 2, 1, 1, 2, 0, 4]))
    for how in ("count", "mean", "nanmean", "nansum", "nanmin", "min", "max", "nanstd", "first", "nanfirst", "nanlast"):
        exact = how in ("count", "min", "max", "nanmin", "first", "nanfirst", "nanlast")
        g.case(f"(group_reduce some_nan labels_9 {how} groups=5 axis=0)", reduced(x, some, 5, (0,), how), "exact" if exact else "ulp:60,abs:1e-7")
    line = g.inputs["line"]
    for how in ("count", "sum", "mean", "var", "max", "last"):
        exact = how in ("count", "max", "last")
        g.case(f"(group_reduce line labels_long {how} groups=2600)", reduced(line, long, 2600, (0,), how), "exact" if exact else near)
    y = reduced(g.inputs["x_float64"], labels[10], 6, (1,), "max")
    g.case("(add (index (group_reduce x_float64 labels_10 max groups=6 axis=1) ::-1,2:5,3) 1)", y[::-1, 2:5, 3] + 1)
    g.case("(group_reduce z_float64 labels_9 sum groups=2 axis=0)".replace("labels_9", "(index labels_9 0:3)"), np.zeros((2, 0, 5)))
    g.case("(group_reduce z_float64 (index labels_9 0:0) sum groups=2 axis=1)", np.zeros((3, 2, 5)))
    g.case("(group_reduce z_float64 (index labels_9 0:0) mean groups=2 axis=1)", np.full((3, 2, 5), np.nan))
    g.case("(group_reduce z_float64 (index labels_9 0:0) first groups=2 axis=1)", np.full((3, 2, 5), np.nan))


def rolled(x, window, axis, how, min_count, center):
    wide = "f4" if x.dtype == "f4" else "f8"
    after = window - 1 - window // 2 if center else 0
    v = np.moveaxis(x.astype("f8"), axis, -1)
    v = np.pad(v, [(0, 0)] * (v.ndim - 1) + [(window - 1 - after, after)], constant_values=np.nan)
    w = np.lib.stride_tricks.sliding_window_view(v, window, -1)
    there = (~np.isnan(w)).sum(-1)
    filled = np.where(np.isnan(w), {"sum": 0, "mean": 0, "min": np.inf, "max": -np.inf}[how], w)
    y = getattr(np, "sum" if how == "mean" else how)(filled, -1)
    if how == "mean":
        y = y / there
    y = np.where(there >= min_count, y, np.nan)
    return np.moveaxis(y, -1, axis).astype(wide)


def windows(g):
    for name, axis in [("x_float32", 0), ("x_float64", 1), ("x_int16", 2), ("x_bool", 1), ("some_nan", 0), ("some_nan", 2), ("holes", 1), ("tall", 0), ("line32", 0)]:
        x = g.inputs[name]
        n = x.shape[axis]
        for how, window in itertools.product(("sum", "mean", "min", "max"), (1, 2, 3, 5, 30)):
            for min_count, center in [(window, False), (1, True), ((window + 1) // 2, False)]:
                if name == "holes" and how in ("sum", "mean"):
                    continue  # infinities of both signs: NumPy's sum of a window warns, and is NaN as ours
                g.case(f"(rolling_{how} {name} {window} axis={axis} min_count={min_count}{' center' if center else ''})",
                       rolled(x, window, axis, how, min_count, center), "ulp:4,abs:1e-9" if how in ("sum", "mean") else "unsigned")
        if n > 50:
            g.case(f"(rolling_mean {name} 700 axis={axis} min_count=300)", rolled(x, 700, axis, "mean", 300, False), "ulp:40,abs:1e-9")
    x = g.inputs["x_float64"]
    y = rolled(x, 4, 1, "max", 2, False)
    g.case("(index (rolling_max x_float64 4 axis=1 min_count=2) ::2,2:9,::-3)", y[::2, 2:9, ::-3])
    g.case("(index (rolling_max x_float64 4 axis=1 min_count=2) :,::3,1)", y[:, ::3, 1])
    g.case("(rolling_sum z_float64 3 axis=0)", np.zeros((3, 0, 5)))
    for center in (False, True):  # longer than any memory: as one that reaches beyond both ends from everywhere
        g.case(f"(rolling_sum x_float64 {2**62} axis=1 min_count=2{' center' if center else ''})", rolled(x, 2 * x.shape[1] + 5, 1, "sum", 2, center), "ulp:4,abs:1e-9")


def make(g):
    histograms(g)
    several(g)
    counts(g)
    groups(g)
    windows(g)

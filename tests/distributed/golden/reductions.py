"""Reductions over every set of axes, with keepdims and correction; error bounds for floating sums, equality for the rest."""
import itertools
import warnings

import numpy as np

from values import ALL, BOOL, COMPLEX, INTEGERS, REAL, SIGNED

EPS = 2.0 ** -53
WIDER = {"float32": np.longdouble, "float64": np.longdouble, "complex64": np.clongdouble, "complex128": np.clongdouble}


def finite_max(a):
    a = np.asarray(a)
    a = a[np.isfinite(a)]
    return float(a.max()) if a.size else 0.0


def sum_tolerance(x, axis, divide=1):
    """The bound of a sum of n rounded additions: n eps sum|x| (Higham, Accuracy and Stability, section 4.2)."""
    n = max(1, x.size // max(1, np.sum(np.zeros(x.shape), axis=axis).size))
    total = finite_max(np.sum(np.abs(x).astype("float64"), axis=axis))
    return f"ulp:1,abs:{n * EPS * total / max(1, divide):.3g}"


def options(axis, keepdims=False, more=""):
    text = "" if axis is None else " axis=" + ",".join(map(str, axis if isinstance(axis, tuple) else (axis,)))
    return text + (" keepdims" if keepdims else "") + more


def add_sum(g, name, x, axis, keepdims=False):
    t = x.dtype.name
    at = options(axis, keepdims)
    if t in BOOL + INTEGERS:
        wide = "int64" if t in BOOL + SIGNED else "uint64"
        g.case(f"(sum {name}{at})", np.sum(x, axis=axis, dtype=wide, keepdims=keepdims))
        n = x.size / max(1, np.sum(np.zeros(x.shape), axis=axis).size)
        exact = np.sum(x.astype(np.longdouble), axis=axis, keepdims=keepdims)
        g.case(f"(mean {name}{at})", np.asarray(exact / n, "float64"), "ulp:1" if x.dtype.itemsize < 8 else sum_tolerance(x, axis, n))
        return
    s = np.asarray(np.sum(x.astype(WIDER[t]), axis=axis, keepdims=keepdims))
    n = x.size / max(1, s.size)
    g.case(f"(sum {name}{at})", s.astype(t), sum_tolerance(x, axis))
    g.case(f"(mean {name}{at})", (s / n).astype(t) if n else np.full(s.shape, complex(np.nan, np.nan) if t in COMPLEX else np.nan, t), sum_tolerance(x, axis, max(n, 1)))


def add_var(g, name, x, axis, keepdims=False, correction=0):
    t = x.dtype.name
    result = {"float32": "float32", "complex64": "float32"}.get(t, "float64")
    w = x.astype(WIDER.get(t, np.longdouble))
    v = np.asarray(np.var(w, axis=axis, ddof=correction, keepdims=keepdims))
    more = f" correction={correction}" if correction else ""
    finite = x[np.isfinite(x)]
    spread = float(np.max(np.abs(finite - np.mean(finite)))) if finite.size else 1.0
    kappa = float(np.mean(np.abs(finite))) / spread if spread else 1.0
    relative = 64 * EPS * x.size ** 0.5 * max(1.0, kappa)  # Chan, Golub, LeVeque 1983: n eps kappa is the worst case
    unit = np.finfo(result).eps
    ulps = f"ulp:{1 + relative / unit:.3g}"
    g.case(f"(var {name}{options(axis, keepdims, more)})", v.real.astype(result), ulps)
    g.case(f"(std {name}{options(axis, keepdims, more)})", np.sqrt(v.real).astype(result), ulps)


def add_order(g, name, x, axis, keepdims=False):
    at = options(axis, keepdims)
    g.case(f"(any {name}{at})", np.any(x.astype(bool), axis=axis, keepdims=keepdims))
    g.case(f"(all {name}{at})", np.all(x.astype(bool), axis=axis, keepdims=keepdims))
    if x.dtype.name in COMPLEX:
        return
    g.case(f"(min {name}{at})", np.min(x, axis=axis, keepdims=keepdims), "unsigned")
    g.case(f"(max {name}{at})", np.max(x, axis=axis, keepdims=keepdims), "unsigned")


def add_prod(g, name, x, axis, keepdims=False):
    t = x.dtype.name
    at = options(axis, keepdims)
    if t in BOOL + INTEGERS:
        wide = "int64" if t in BOOL + SIGNED else "uint64"
        g.case(f"(prod {name}{at})", np.prod(x, axis=axis, dtype=wide, keepdims=keepdims))
    else:
        p = np.asarray(np.prod(x.astype(WIDER[t]), axis=axis, keepdims=keepdims)).astype(t)
        g.case(f"(prod {name}{at})", p, f"ulp:{1 + 2 * x.size * EPS / np.finfo(t).eps:.3g},abs:{np.finfo(t).tiny:.3g}")


def add_positions(g, name, x, axis, keepdims=False):
    """NumPy takes one axis or none; several are positions among their elements in row-major order."""
    at = options(axis, keepdims)
    for f in ("argmin", "argmax"):
        g.case(f"({f} {name}{at})", getattr(np, f)(x, axis=axis, keepdims=keepdims).astype("int64"))


def add_nan(g, name, x, axis, keepdims=False, correction=0):
    """The nan forms, with NaN slices and without."""
    t, at = x.dtype.name, options(axis, keepdims)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        valid = np.sum(~np.isnan(x), axis=axis, keepdims=keepdims)
        g.case(f"(count {name}{at})", np.asarray(valid, "int64"))
        total = np.asarray(np.nansum(x.astype(WIDER[t]), axis=axis, keepdims=keepdims))
        g.case(f"(nansum {name}{at})", total.astype(t), sum_tolerance(np.nan_to_num(x, posinf=0, neginf=0), axis))
        mean = np.asarray(np.where(valid == 0, np.nan, total / np.where(valid == 0, 1, valid))).astype(t)
        if t in COMPLEX:  # 0 / 0 is NaN in both parts
            mean = np.where(valid == 0, complex(np.nan, np.nan), mean).astype(t)
        g.case(f"(nanmean {name}{at})", mean, sum_tolerance(np.nan_to_num(x, posinf=0, neginf=0), axis))
        v = np.asarray(np.nanvar(x.astype(WIDER[t]), axis=axis, keepdims=keepdims, ddof=correction)).real
        more = f" correction={correction}" if correction else ""
        result = np.float32 if t in ("float32", "complex64") else np.float64
        finite = x[np.isfinite(x)]
        kappa = max(1.0, float(np.mean(np.abs(finite)) / np.std(finite)))  # as in add_var
        ulps = f"ulp:{1 + 64 * EPS * x.size ** 0.5 * kappa / np.finfo(result).eps:.3g}"
        g.case(f"(nanvar {name}{options(axis, keepdims, more)})", v.astype(result), ulps)
        g.case(f"(nanstd {name}{options(axis, keepdims, more)})", np.sqrt(v).astype(result), ulps)
        p = np.asarray(np.nanprod(x.astype(WIDER[t]), axis=axis, keepdims=keepdims)).astype(t)
        if np.all(np.isfinite(np.nan_to_num(x, nan=1.0, posinf=np.inf))):
            g.case(f"(nanprod {name}{at})", p, f"ulp:{1 + 2 * x.size * EPS / np.finfo(t).eps:.3g},abs:{np.finfo(t).tiny:.3g}")
        if t in COMPLEX:
            return
        g.case(f"(nanmin {name}{at})", np.asarray(np.nanmin(x, axis=axis, keepdims=keepdims)), "unsigned")
        g.case(f"(nanmax {name}{at})", np.asarray(np.nanmax(x, axis=axis, keepdims=keepdims)), "unsigned")
        if np.all(valid > 0) and (axis is None or isinstance(axis, int)):
            g.case(f"(nanargmin {name}{at})", np.asarray(np.nanargmin(x, axis=axis, keepdims=keepdims), "int64"))
            g.case(f"(nanargmax {name}{at})", np.asarray(np.nanargmax(x, axis=axis, keepdims=keepdims), "int64"))


def add_derived(g, t, x):
    """Reductions made of others: ptp, average, moment, vector_norm, count_nonzero."""
    name, wide = "x_" + t, x.astype(WIDER.get(t, np.longdouble))
    result = t if t in REAL + COMPLEX else "float64"
    part = {"complex64": "float32", "complex128": "float64"}.get(result, result)
    loose = 1e-5 if part == "float32" else 1e-12
    def close(a):
        return f"ulp:4,abs:{loose * max(1.0, finite_max(np.abs(a).astype('float64'))):.3g}"
    for axis in (None, 1, (0, 2)):
        g.case(f"(count_nonzero {name}{options(axis, True)})", np.asarray(np.count_nonzero(x, axis=axis, keepdims=True), "int64"))
        norm = np.asarray(np.sqrt(np.sum(np.abs(wide) ** 2, axis=axis)))
        g.case(f"(vector_norm {name}{options(axis)} ord=2)", norm.astype(part), close(norm))
        for order, v in (("1", np.sum(np.abs(wide), axis=axis)), ("3", np.sum(np.abs(wide) ** 3, axis=axis) ** (1 / np.longdouble(3))),
                         ("inf", np.max(np.abs(wide), axis=axis)), ("-inf", np.min(np.abs(wide), axis=axis)),
                         ("0", np.sum(wide != 0, axis=axis))):
            g.case(f"(vector_norm {name}{options(axis)} ord={order})", np.asarray(v).astype(part), close(v))
        if t in BOOL:
            continue
        if t not in COMPLEX:
            g.case(f"(ptp {name}{options(axis)})", np.asarray(np.ptp(x, axis=axis)))
        d = wide - np.mean(wide, axis=axis, keepdims=True)
        for order in (1, 2, 3, 5):
            m = np.asarray(np.mean(d ** order, axis=axis, keepdims=True)) * (order > 1)
            g.case(f"(moment {name}{options(axis, True)} order={order})", m.astype(result), close(np.mean(np.abs(d) ** order)))
    w = np.abs(g.inputs["weights"]).astype(np.longdouble)
    full = np.broadcast_to(w[None, :, None], x.shape)
    inexact = "float64" if t != "complex128" else t  # the weights are float64
    inexact = "complex128" if t == "complex64" else inexact
    for more, axis, weights in (("axis=1 weights=weights", 1, full), ("axis=0,2 weights=pairs", (0, 2), g.inputs["pairs"].astype(np.longdouble)[:, None, :]),
                                ("weights=each", None, g.inputs["each"].astype(np.longdouble)), ("axis=-1 weights=each keepdims", 2, g.inputs["each"].astype(np.longdouble))):
        weights = np.broadcast_to(weights, x.shape)
        v = np.asarray(np.sum(wide * weights, axis=axis, keepdims="keepdims" in more) / np.sum(weights, axis=axis, keepdims="keepdims" in more))
        g.case(f"(average {name} {more})", v.astype(inexact), close(v))
    narrow = g.inputs["weights32"]
    v = np.average(wide, axis=1, weights=narrow.astype(np.longdouble))
    g.case(f"(average {name} axis=1 weights=weights32)", v.astype(np.average(x, axis=1, weights=narrow).dtype), close(v))
    v = np.mean(wide, axis=0)
    g.case(f"(average {name} axis=0)", v.astype(result), close(v))


def subsets(rank):
    yield None
    for n in range(1, rank + 1):
        yield from itertools.combinations(range(rank), n)


def make(g):
    for t in ALL:
        name, x = "x_" + t, g.inputs["x_" + t]
        for k, axis in enumerate(subsets(3)):
            keep = k % 2 == 1
            add_sum(g, name, x, axis, keep)
            add_order(g, name, x, axis, keep)
            if k < 5:
                add_prod(g, name, x, axis, keep)
            if t not in COMPLEX and (axis is None or len(axis) == 1):
                add_positions(g, name, x, axis[0] if axis else None, keep)
            if t not in BOOL:
                add_var(g, name, x, axis, keep, correction=k % 3)
        add_derived(g, t, x)
        add_sum(g, "s_" + t, g.inputs["s_" + t], None)
        add_prod(g, "s_" + t, g.inputs["s_" + t], None)
        add_order(g, "s_" + t, g.inputs["s_" + t], None)
        z = g.inputs["z_" + t]
        for axis in (None, 0, 1, (0, 2)):  # empty: 0, NaN, False, True
            g.case(f"(any z_{t}{options(axis)})", np.any(z, axis=axis))
            g.case(f"(all z_{t}{options(axis)})", np.all(z, axis=axis))
            add_sum(g, "z_" + t, z, axis)
            add_prod(g, "z_" + t, z, axis)
            g.case(f"(count_nonzero z_{t}{options(axis)})", np.asarray(np.count_nonzero(z, axis=axis), "int64"))
        if t in REAL:
            g.case(f"(var z_{t} axis=1)", np.full((3, 5), np.nan, t))
        if t not in COMPLEX:
            g.case(f"(max z_{t} axis=0)", np.zeros((0, 5), t))
            g.case(f"(min a_{t})", np.array(g.inputs["a_" + t].min()))
            g.case(f"(max (index a_{t} ::-2))", np.array(g.inputs["a_" + t][::-2].max()))

    big = g.inputs
    for name in ("some_nan", "some_nan32", "all_nan", "complex_nan"):
        for k, axis in enumerate((None, 0, 1, 2, (0, 1), (1, 2), (0, 2))):
            add_nan(g, name, big[name], axis, k % 2 == 1, correction=k % 3)
    for name in ("some_nan", "ties", "line", "line32", "zeros"):
        for axis in (None, 0, -1):
            add_positions(g, name, big[name], axis)
            add_positions(g, f"(flip {name})", np.flip(big[name]), axis)
    x = big["ties"]  # several axes: among their elements, in row-major order
    g.case("(argmax ties axis=1,2)", np.argmax(x.reshape(x.shape[0], -1), axis=1))
    g.case("(argmin ties axis=0,1)", np.argmin(x.reshape(-1, x.shape[2]), axis=0))
    g.case("(argmax (transpose ties) axis=0)", np.argmax(x.T, axis=0))
    g.case("(argmin (index ties 1:,::-2,3:) axis=1)", np.argmin(x[1:, ::-2, 3:], axis=1))
    g.case("(argmax (multiply some_nan -1) axis=1)", np.argmax(-big["some_nan"], axis=1))
    for name in ("line", "line32"):
        add_sum(g, name, big[name], None)
        add_order(g, name, big[name], None)
        add_var(g, name, big[name], None, correction=1)
        add_sum(g, f"(index {name} ::-3)", big[name][::-3], None)
    for name in ("plane", "tall"):
        for axis in subsets(2):
            add_sum(g, name, big[name], axis)
            add_var(g, name, big[name], axis)
            add_order(g, name, big[name], axis, True)
        add_sum(g, f"(transpose {name})", big[name].T, 0)
    add_var(g, "far", big["far"], None, correction=1)
    for axis in subsets(3):  # NaN and infinities stay where they belong
        add_sum(g, "holes", big["holes"], axis)
        add_order(g, "holes", big["holes"], axis)
        g.case(f"(any (isnan holes){options(axis)})", np.any(np.isnan(big["holes"]), axis=axis))
    add_order(g, "zeros", big["zeros"], None)
    for axis in (None, 0, 1):
        add_sum(g, "counts", big["counts"], axis)
        add_order(g, "counts", big["counts"], axis)
    add_sum(g, "six", big["six"], (0, 3, 5))
    add_sum(g, "six", big["six"], (2, 4))

    # dtype first, negative axes, reductions of fused chains, reductions that feed Maps and other reductions
    x = big["x_float64"]
    g.case("(sum x_float32 dtype=float64)", np.sum(big["x_float32"].astype("float64")), sum_tolerance(big["x_float32"], None))
    g.case("(sum x_int32 dtype=int8)", np.array(np.sum(big["x_int32"].astype("int8"), dtype="int8")))
    g.case("(mean x_int8 dtype=float32 axis=-1)", np.mean(big["x_int8"].astype("float64"), axis=-1).astype("float32"), "ulp:1,abs:1e-12")
    g.case("(sum x_int16 axis=-1,-3)", np.sum(big["x_int16"], axis=(-1, -3), dtype="int64"))
    chain = np.sqrt(np.abs(x)) + x * x
    g.case("(sum (add (sqrt (abs x_float64)) (multiply x_float64 x_float64)) axis=0)", np.sum(chain, axis=0), sum_tolerance(chain, 0))
    centred = x - np.mean(x, axis=0, keepdims=True)
    g.case("(subtract x_float64 (mean x_float64 axis=0 keepdims))", centred, "ulp:1,abs:1e-13")
    g.case("(max (abs (subtract x_float64 (mean x_float64 axis=0 keepdims))))", np.array(np.max(np.abs(centred))), "ulp:1,abs:1e-13")
    g.case("(sum (sum (sum x_int32 axis=0) axis=1) axis=0)", np.array(np.sum(big["x_int32"], dtype="int64")))
    g.case("(sum (multiply (sum x_int32 axis=1) (max x_int32 axis=1)) axis=0)",
           np.sum(np.sum(big["x_int32"], axis=1, dtype="int64") * np.max(big["x_int32"], axis=1), axis=0))
    g.case("(divide (subtract plane (mean plane axis=0)) (std plane axis=0))",
           (big["plane"] - big["plane"].mean(axis=0)) / big["plane"].std(axis=0), "ulp:4,abs:1e-12")
    g.case("(add (sum x_int8) (sum x_int16))", np.sum(big["x_int8"], dtype="int64") + np.sum(big["x_int16"], dtype="int64"))
    g.case("(equal (max x_int8 axis=0 keepdims) x_int8)", np.max(big["x_int8"], axis=0, keepdims=True) == big["x_int8"])

"""Medians, quantiles and percentiles: every method, dtype and awkward value, to the last bit; of whole columns, and counted."""
import warnings

import numpy as np

from reductions import options
from values import BOOL, INTEGERS, REAL

METHODS = ["inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear",
           "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"]
DISCRETE = ["inverted_cdf", "closest_observation", "lower", "higher", "nearest"]
Q = [0, 0.05, 0.25, 1 / 3, 0.5, 0.77, 0.999, 1]


def quantile(x, q, axis=None, method="linear", nan=False, keepdims=False):
    """NumPy's; of integers without the overflows of its differences, and one NaN in the dtype that others have, too."""
    if x.dtype.name in INTEGERS and x.dtype.itemsize < 8 and method not in DISCRETE:
        x = x.astype("int64")
    y = (np.nanquantile if nan else np.quantile)(x, q, axis=axis, method=method, keepdims=keepdims)
    return y if method in DISCRETE else y.astype("float64")


def listed(q):
    return ",".join(repr(float(v)) for v in np.atleast_1d(q)) + ("," if np.ndim(q) else "")


def case(g, name, x, q, axis=None, method="linear", nan=False):
    function = "nanquantile" if nan else "quantile"
    expression = f"({function} {name} q={listed(q)}{options(axis)} method={method})"
    expected = quantile(x, q, axis, method, nan)
    g.case(expression, expected, "unsigned")
    g.case(f"(counted {expression})", expected, "unsigned")


def every_method(g):
    for t in BOOL + INTEGERS + REAL:
        for method in METHODS if t in ["int8", "uint64"] + REAL else ["nearest"] if t in BOOL else ["hazen", "lower"]:
            x = g.inputs["x_" + t]
            case(g, "x_" + t, x, Q[1:6], 1, method)
            case(g, "s_" + t, g.inputs["s_" + t], 0.5, None, method)
            a = g.inputs["a_" + t]
            if t in REAL or method in DISCRETE:
                case(g, "a_" + t, a, Q, None, method, nan=t in REAL)
    for method in METHODS:
        case(g, "ties", g.inputs["ties"], Q, (0, 2), method)
        case(g, "line", g.inputs["line"], Q, None, method)
        case(g, "line32", g.inputs["line32"], Q[4], None, method)


def medians(g):
    for t in BOOL + INTEGERS + REAL:
        for name in ("x_" + t, "s_" + t, "m_" + t):
            x = g.inputs[name]
            for axis in [None, 0] if x.ndim == 1 else [None] if x.ndim == 0 else [None, 0, (0, 1)]:
                m = np.median(x, axis=axis)
                g.case(f"(median {name}{options(axis)})", m, "unsigned")
                g.case(f"(counted (median {name}{options(axis)}))", m, "unsigned")
        if t not in BOOL:
            g.case(f"(median x_{t} axis=1 keepdims)", np.median(g.inputs["x_" + t], axis=1, keepdims=True), "unsigned")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for axis in (None, 0, 1, 2):
                z = np.median(g.inputs["z_" + t], axis=axis)
                g.case(f"(median z_{t}{options(axis)})", z)
    x = g.inputs["tall"]
    g.case("(median (transpose tall) axis=1)", np.median(x, 0), "unsigned")
    g.case("(counted (median (add tall tall) axis=0))", np.median(x + x, 0), "unsigned")
    g.case("(subtract plane (median plane axis=0 keepdims))", g.inputs["plane"] - np.median(g.inputs["plane"], 0, keepdims=True))
    g.case("(sum (index (quantile ties q=0.25,0.5, axis=1 method=lower) 1,2:4))", np.quantile(g.inputs["ties"], [0.25, 0.5], 1, method="lower")[1, 2:4].sum(), "exact")
    g.case("(percentile plane q=1,50,99, axis=1 method=hazen)", np.percentile(g.inputs["plane"], [1, 50, 99], 1, method="hazen"))
    g.case("(percentile plane q=12.5 method=linear)", np.percentile(g.inputs["plane"], 12.5))
    g.case("(quantile plane q=0.1,0.9, axis=0 keepdims method=linear)", np.quantile(g.inputs["plane"], [0.1, 0.9], 0, keepdims=True))


def with_nan(g):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("holes", "some_nan", "some_nan32", "all_nan", "zeros"):
            x = g.inputs[name]
            for axis in range(x.ndim):
                for f in ("median", "nanmedian"):
                    m = getattr(np, f)(x, axis=axis)
                    g.case(f"({f} {name}{options(axis)})", m, "unsigned")
                    g.case(f"(counted ({f} {name}{options(axis)}))", m, "unsigned")
                if x.shape[axis] < 10:  # NumPy takes columns one by one, in Python
                    case(g, name, x, [0.1, 0.5, 1], axis, "hazen", nan=True)
                case(g, name, x, [0.1, 0.5, 1], axis, "linear")
            case(g, name, x, Q, None, "linear", nan=True)
            case(g, name, x, Q, None, "nearest", nan=True)
            case(g, name, x, 0.5, None, "midpoint")
        for t in REAL:
            case(g, "a_" + t, g.inputs["a_" + t], Q)
            case(g, "z_" + t, g.inputs["z_" + t], 0.5, 1, nan=True)


def make(g):
    every_method(g)
    medians(g)
    with_nan(g)

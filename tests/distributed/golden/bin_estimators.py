"""Histograms whose number of bins NumPy estimates. Of integers bins are at least 1 wide, as in NumPy 2: where 1.24 makes narrower
ones, as many bins as the range is long."""
import numpy as np

from values import REAL

ESTIMATORS = ["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"]


def bins_of(x, estimator, limits):
    n = len(np.histogram_bin_edges(x, estimator, limits)) - 1
    if x.dtype.kind not in "iu" or x.size == 0:
        return n
    first, last = limits or (int(x.min()), int(x.max()))
    return max(1, min(n, int(np.ceil(last - first))))


def case(g, text, x, estimator, limits=None, counted=False):
    """The edges say how many bins there are; what lies in them is as of any number of bins, so few cases look at it."""
    words = f"{text} bins={estimator}" + (" range=%r,%r" % limits if limits else "")
    counts, edges = np.histogram(x, bins_of(x, estimator, limits), limits)
    g.case(f"(histogram {words} edges)", edges)
    if counted:
        g.case(f"(histogram {words})", counts.astype("int64"))


def make(g):
    for estimator in ESTIMATORS:
        for t in ["bool", "int8", "int64", "uint16", "uint64"] + REAL:
            x = g.inputs["x_" + t]
            x = x.astype("uint8") if t == "bool" else x
            case(g, "x_" + t, x, estimator)
            case(g, "x_" + t, x, estimator, (-3, 11.5))
        for name in ("line", "line32", "plane", "far", "m_float64", "tall"):
            case(g, name, g.inputs[name], estimator, counted=name == "line")
            case(g, name, g.inputs[name], estimator, (-0.75, 2.5), counted=name == "plane")
        for name in ("holes", "some_nan"):  # NaN and infinities lie in no range
            for limits in ((-1, 2), (9990, 10010), (3, 3)):
                case(g, name, g.inputs[name], estimator, limits)
        line, z = g.inputs["line"], np.zeros(0)
        case(g, "(multiply line line)", line * line, estimator)  # skewed
        case(g, "(divide (floor (multiply line 2)) 2)", np.floor(line * 2) / 2, estimator)  # quartiles on steps
        case(g, "(maximum line 1)", np.maximum(line, 1), estimator)  # both quartiles are 1
        case(g, "(full 100 3.5 chunks=7)", np.full(100, 3.5), estimator)
        case(g, "(full 100 3.5 chunks=7)", np.full(100, 3.5), estimator, (3, 5))
        case(g, "z_float64", z, estimator)
        case(g, "z_float64", z, estimator, (2, 4))
        case(g, "line", line, estimator, (100, 101))  # nothing in it
        for n in (1, 2, 3, 8, 27, 100, 1024):  # the width divides the range, or nearly
            case(g, f"(index line 0:{n})", line[:n], estimator)
            case(g, f"(arange 0 {n} 1)", np.arange(n), estimator)

"""Covariances, correlations and polynomials as NumPy has them; trends as scipy.signal.detrend takes them away."""
import warnings

import numpy as np


def detrend(x, axis=-1, type="linear", bp=()):
    """scipy.signal.detrend, whose lines are numpy.polyfit's."""
    y = np.moveaxis(x.astype(np.result_type(x, "float32") if x.dtype.kind in "fc" else float), axis, 0)
    wide = y.astype(np.result_type(y, "float64"))
    if type == "constant":
        left = wide - wide.mean(0)
    else:
        left, ends = np.empty_like(wide), sorted({0, *bp, len(y)})
        for a, b in zip(ends, ends[1:]):
            t = np.arange(b - a) - (b - a - 1) / 2
            flat = wide[a:b].reshape(b - a, -1)
            slope = (t @ flat) / (t @ t) if b - a > 1 else np.zeros(flat.shape[1])
            left[a:b] = (flat - flat.mean(0) - np.outer(t, slope)).reshape(wide[a:b].shape)
    return np.moveaxis(left, 0, axis).astype(y.dtype)


def inputs(g):
    r = np.random.RandomState(7)
    g.input("cov_rows", r.randn(5, 40) * [[1], [10], [0.1], [3], [1e-3]] + [[0], [1e3], [5], [-2], [0.1]])
    g.input("cov_more", r.randn(3, 40))
    g.input("cov_long", r.randn(5000, 6) @ r.randn(6, 6) + 100)
    g.input("cov_complex", (r.randn(4, 23) + 1j * r.randn(4, 23)).astype("complex64"))
    g.input("cov_times", r.randint(0, 5, 40))
    g.input("cov_weights", r.rand(40))
    g.input("fit_x", np.sort(r.uniform(1950, 2020, 200)))
    g.input("fit_y", np.sin(np.linspace(0, 5, 200)) + 0.1 * r.randn(200))
    g.input("fit_columns", r.randn(200, 3))
    g.input("fit_w", r.uniform(0.5, 2, 200))
    g.input("fit_whole", r.randint(-50, 50, 90).astype("int16"))
    g.input("fit_steps", np.arange(90))
    g.input("trend1", r.randn(9, 1, 4))
    g.input("trend", (r.randn(9, 50, 4).cumsum(1) + 3).astype("float64"))
    g.input("trend32", (r.randn(33, 7).cumsum(0)).astype("float32"))


def covariances(g):
    rows, more, long, z = (g.inputs[n] for n in ("cov_rows", "cov_more", "cov_long", "cov_complex"))
    f, a = g.inputs["cov_times"], g.inputs["cov_weights"]
    near = "ulp:60,abs:1e-10"  # of values up to 100, whose means are taken away
    g.case("(cov cov_rows)", np.cov(rows), near)
    g.case("(cov cov_rows bias)", np.cov(rows, bias=True), near)
    g.case("(cov cov_rows ddof=3)", np.cov(rows, ddof=3), near)
    g.case("(cov cov_rows y=cov_more)", np.cov(rows, more), near)
    g.case("(cov cov_long by_columns)", np.cov(long, rowvar=False), near)
    g.case("(cov cov_complex)", np.cov(z), near)
    g.case("(cov trend32 by_columns)", np.cov(g.inputs["trend32"], rowvar=False), near)
    g.case("(cov fit_whole)", np.cov(g.inputs["fit_whole"]), near)
    g.case("(cov fit_x y=fit_y)", np.cov(g.inputs["fit_x"], g.inputs["fit_y"]), near)
    g.case("(cov cov_rows fweights=cov_times)", np.cov(rows, fweights=f), near)
    g.case("(cov cov_rows aweights=cov_weights)", np.cov(rows, aweights=a), near)
    g.case("(cov cov_rows aweights=cov_weights fweights=cov_times ddof=2)", np.cov(rows, aweights=a, fweights=f, ddof=2), near)
    g.case("(cov cov_rows aweights=cov_weights bias)", np.cov(rows, aweights=a, bias=True), near)
    g.case("(cov (index cov_rows :,:1))", np.full((5, 5), np.nan))
    g.case("(corrcoef cov_rows)", np.corrcoef(rows), "ulp:40,abs:1e-14")
    g.case("(corrcoef cov_rows y=cov_more)", np.corrcoef(rows, more), "ulp:40,abs:1e-14")
    g.case("(corrcoef cov_long by_columns)", np.corrcoef(long, rowvar=False), "ulp:40,abs:1e-14")
    g.case("(corrcoef cov_complex)", np.corrcoef(z.astype("complex128")), "ulp:40,abs:1e-14")
    g.case("(corrcoef fit_y)", np.corrcoef(g.inputs["fit_y"]), "ulp:4,abs:0")


def polynomials(g):
    x, y, columns, w = (g.inputs[n] for n in ("fit_x", "fit_y", "fit_columns", "fit_w"))
    t = (x - 1985) / 35
    for deg in (0, 1, 2, 3, 5, 8):
        # Coefficients of years are ill-conditioned, of scaled ones not.
        g.case(f"(polyfit (divide (subtract fit_x 1985) 35) fit_y {deg})", np.polyfit(t, y, deg), "ulp:1000,abs:1e-12")
    g.case("(polyfit fit_x fit_y 1)", np.polyfit(x, y, 1), "ulp:100000,abs:0")
    g.case("(polyfit (divide (subtract fit_x 1985) 35) fit_columns 3)", np.polyfit(t, columns, 3), "ulp:1000,abs:1e-12")
    g.case("(polyfit fit_y fit_columns 2 w=fit_w)", np.polyfit(y, columns, 2, w=w), "ulp:1000,abs:1e-12")
    whole = g.inputs["fit_whole"]
    g.case("(polyfit fit_steps fit_whole 2)", np.polyfit(np.arange(90), whole, 2), "ulp:10000,abs:1e-12")
    g.case("(polyfit (index fit_y :3) (index fit_y 3:6) 2)", np.polyfit(y[:3], y[3:6], 2), "ulp:1000000,abs:1e-9")
    g.case("(polyfit (full 5 2.0) (index fit_y :5) 0)", np.polyfit(np.full(5, 2.0), y[:5], 0), "ulp:10,abs:0")
    g.case("(polyfit (full 5 2.0) (index fit_y :5) 1)", np.full(2, np.nan))


def trends(g):
    x, small = g.inputs["trend"], g.inputs["trend32"]
    for axis in (0, 1, 2):
        g.case(f"(detrend trend axis={axis})", detrend(x, axis), "ulp:0,abs:1e-12")
        g.case(f"(detrend trend axis={axis} constant)", detrend(x, axis, "constant"), "ulp:0,abs:1e-12")
    g.case("(detrend trend axis=1 bp=10,30)", detrend(x, 1, bp=(10, 30)), "ulp:0,abs:1e-12")
    g.case("(detrend trend axis=1 bp=0,49,50)", detrend(x, 1, bp=(49,)), "ulp:0,abs:1e-12")
    g.case("(detrend trend32 axis=0)", detrend(small, 0), "ulp:0,abs:1e-6")
    g.case("(detrend trend32)", detrend(small), "ulp:0,abs:1e-6")
    g.case("(detrend fit_whole)", detrend(g.inputs["fit_whole"]), "ulp:0,abs:1e-11")
    g.case("(detrend cov_complex axis=0)", detrend(g.inputs["cov_complex"], 0), "ulp:0,abs:1e-6")
    g.case("(detrend trend1 axis=1)", np.zeros((9, 1, 4)))


def make(g):
    inputs(g)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        covariances(g)
        polynomials(g)
        trends(g)

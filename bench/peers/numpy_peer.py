"""NumPy: `x + 2`, `x.T` into a new array, `cumsum`, `sort`, `median`, `x[indices]`, scipy.ndimage's filters, `a @ b`, and Black and Scholes' prices, as everybody writes them (with SciPy's erf)."""

import argparse

import numpy
from timing import report, timed


def black_scholes(spot, strike, years):
    from scipy.special import erf

    spread = 0.3 * numpy.sqrt(years)
    d1 = (numpy.log(spot / strike) + (0.02 + 0.3**2 / 2) * years) / spread
    d2 = d1 - spread
    discounted = strike * numpy.exp(-0.02 * years)
    call = spot * (0.5 + 0.5 * erf(d1 * 0.5**0.5)) - discounted * (0.5 + 0.5 * erf(d2 * 0.5**0.5))
    return call, call - spot + discounted


parser = argparse.ArgumentParser()
parser.add_argument("case", nargs="?", choices=["add", "transpose", "cumulative", "sort", "median", "take", "correlate", "uniform", "gaussian", "product", "black_scholes"], default="add")
parser.add_argument("--shape", default="1024")
parser.add_argument("--options", type=int, default=1000)
parser.add_argument("--rounds", type=int, default=3)
arguments = parser.parse_args()

if arguments.case == "add":
    x = numpy.full(tuple(map(int, arguments.shape.split(","))), 0.5)
    seconds, y = timed(lambda: x + 2, arguments.rounds)
    assert y[0, 0, 0] == 2.5
elif arguments.case == "transpose":
    x = numpy.full(tuple(map(int, arguments.shape.split(","))), 0.5)
    seconds, y = timed(lambda: numpy.ascontiguousarray(x.T), arguments.rounds)
    assert y.flags.c_contiguous
elif arguments.case == "cumulative":
    x = numpy.full(int(arguments.shape), 0.5)
    seconds, y = timed(lambda: numpy.cumsum(x), arguments.rounds)
    assert y[-1] == len(x) / 2
elif arguments.case in ("sort", "median"):
    x = numpy.random.default_rng(1).random(int(arguments.shape))
    seconds, y = timed(lambda: getattr(numpy, arguments.case)(x), arguments.rounds)
    assert abs(numpy.median(y) - 0.5) < 0.01
elif arguments.case == "take":
    x = numpy.arange(int(arguments.shape), dtype="f8")
    indices = numpy.random.default_rng(1).integers(0, len(x), len(x) // 10)
    seconds, y = timed(lambda: x[indices], arguments.rounds)
    assert (y == indices).all()
elif arguments.case == "product":
    m, k, n = map(int, arguments.shape.split(","))
    a, b = numpy.random.default_rng(1).random((m, k)), numpy.random.default_rng(2).random((k, n))
    seconds, y = timed(lambda: a @ b, arguments.rounds)
    assert abs(y.mean() / k - 0.25) < 0.01
elif arguments.case in ("correlate", "uniform", "gaussian"):
    from scipy import ndimage

    shape = tuple(map(int, arguments.shape.split(",")))
    x = numpy.random.default_rng(1).random(shape, "f4" if arguments.case == "gaussian" else "f8")
    weights = numpy.array([[0.05, 0.1, 0.05], [0.1, 0.4, 0.1], [0.05, 0.1, 0.05]])
    filters = {"correlate": lambda: ndimage.correlate(x, weights, mode="nearest"), "uniform": lambda: ndimage.uniform_filter(x, 3),
               "gaussian": lambda: ndimage.gaussian_filter(x, 3)}
    seconds, y = timed(filters[arguments.case], arguments.rounds)
    assert abs(y.mean() - 0.5) < 0.01
else:
    random = numpy.random.default_rng(1)
    spot, strike, years = (random.uniform(a, b, arguments.options) for a, b in ((10, 50), (10, 50), (1, 2)))
    seconds, prices = timed(lambda: black_scholes(spot, strike, years), arguments.rounds)
report("NumPy", seconds)

"""NumPy's histogram and bincount, flox's groupby_reduce, xarray's rolling mean (with bottleneck)."""

import argparse

import numpy
from timing import report, timed

parser = argparse.ArgumentParser()
parser.add_argument("case", choices=["histogram", "group_mean", "flox", "rolling"])
parser.add_argument("--shape", default="1024")
parser.add_argument("--rounds", type=int, default=2)
arguments = parser.parse_args()
shape = tuple(map(int, arguments.shape.split(",")))
random = numpy.random.default_rng(1)

if arguments.case == "histogram":
    x = random.random(shape)
    seconds, (counts, _) = timed(lambda: numpy.histogram(x, 256), arguments.rounds)
    assert counts.sum() == x.size
    report("NumPy", seconds)
elif arguments.case == "group_mean":
    x, labels = random.random(shape), random.integers(0, 10**4, shape)
    seconds, means = timed(lambda: numpy.bincount(labels, x, 10**4) / numpy.bincount(labels, minlength=10**4), arguments.rounds)
    assert abs(means.mean() - 0.5) < 0.01
    report("NumPy", seconds)
elif arguments.case == "flox":
    from flox import groupby_reduce

    x, labels = random.random(shape), random.integers(0, 10**4, shape)
    seconds, (means, _) = timed(lambda: groupby_reduce(x, labels, func="mean", expected_groups=numpy.arange(10**4)), arguments.rounds)
    assert abs(means.mean() - 0.5) < 0.01
    report("flox", seconds)
else:
    import bottleneck  # noqa: F401: xarray uses it where it is there
    import xarray

    x = xarray.DataArray(numpy.full(shape, 0.5, "f4"), dims=("time", "y", "x"))
    seconds, means = timed(lambda: x.rolling(time=30).mean(), arguments.rounds)
    assert float(means[-1, 0, 0]) == 0.5
    report("xarray with bottleneck", seconds)

"""Dask on threads: a reduction of an array in memory, rows to columns, elements at random places, the mean over a file's first axis, statistics of a file together, and very
many chunks.

Only `compute` is timed: neither imports nor building the graph. Chunks of the arrays are Dask's own choice ("auto"),
or with --small what suits it best here: those of the file; in memory one index of the first axis each (4 MiB of 4 GiB)."""

import argparse
import importlib

import dask
import h5py
import numpy
from timing import report, timed

parser = argparse.ArgumentParser()
parser.add_argument("case", choices=["sum", "rechunk", "take", "product", "file", "stats", "chunks"])
parser.add_argument("--shape", default="1024")
parser.add_argument("--file")
parser.add_argument("--small", action="store_true")
parser.add_argument("--compare", help="a file with the result of the same by Tessera")
parser.add_argument("--chunks", type=int, default=10000)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--array", default="dask.array", help="the module: dask_array is the one with query optimization")
arguments = parser.parse_args()
dask.config.set(scheduler="threads", num_workers=arguments.threads)
array = importlib.import_module(arguments.array)

if arguments.case == "sum":
    memory = numpy.full(tuple(map(int, arguments.shape.split(","))), 0.5)
    x = array.from_array(memory, name=False, chunks=(1, *memory.shape[1:]) if arguments.small else "auto")
    expression = (array.sqrt(x) + x**2).sum()
    seconds, _ = timed(expression.compute, arguments.rounds)
elif arguments.case == "rechunk":
    rows, columns = map(int, arguments.shape.split(","))
    memory = numpy.full((rows, columns), 0.5)
    x = array.from_array(memory, name=False, chunks=(rows // 2, columns)).persist()
    expression = x.rechunk((rows, columns // 2))
    seconds, _ = timed(expression.persist, arguments.rounds)
elif arguments.case == "take":
    n = int(arguments.shape)
    x = array.from_array(numpy.arange(n, dtype="f8"), name=False).persist()
    indices = numpy.random.default_rng(1).integers(0, n, n // 10)
    seconds, y = timed(lambda: x[indices].compute(), arguments.rounds)
    assert (y == indices).all()
elif arguments.case == "product":
    m, k, n = map(int, arguments.shape.split(","))
    a, b = (array.random.random(shape).persist() for shape in ((m, k), (k, n)))
    expression = a @ b
    seconds, y = timed(expression.persist, arguments.rounds)
    assert abs(y.mean().compute() / k - 0.25) < 0.01
elif arguments.case == "file":
    with h5py.File(arguments.file) as file:
        x = array.from_array(file["x"], chunks=file["x"].chunks if arguments.small else "auto")
        expression = (array.sqrt(x) + x**2).mean(axis=0)
        seconds, y = timed(expression.compute, arguments.rounds, warm=0)
    if arguments.compare:
        with h5py.File(arguments.compare) as result:
            numpy.testing.assert_allclose(result["y"][...], y, rtol=1e-12)
elif arguments.case == "stats":
    with h5py.File(arguments.file) as file:
        x = array.from_array(file["x"], chunks=file["x"].chunks if arguments.small else "auto")
        figures = (array.isnan(x).sum(), array.nanmin(x), array.nanmax(x), array.nanmean(x), array.nanstd(x), array.nansum(x))
        seconds, _ = timed(lambda: dask.compute(*figures), arguments.rounds, warm=0)
else:
    z = array.zeros(10 * arguments.chunks, chunks=10)
    expression = (z + 1).sum()
    seconds, total = timed(expression.compute, arguments.rounds, warm=0)
    assert total == 10 * arguments.chunks
who = "Dask" if arguments.array == "dask.array" else "dask-array"
report(f"{who}, small chunks" if arguments.small else who, seconds)

"""The files that the benchmarks read, made by h5py.

  make_files.py field FILE --shape 256,1024,1024 --chunks 8,512,512 [--gzip 4] [--bare]
      "x", float64, positive: a smooth field with noise, in steps of 1/1024, as measured data has; dimensions time, lat, lon
      with coordinates, so that NCO and CDO take it for a NetCDF-4 file (--bare: without). gzip: about 5:1.
  make_files.py plain FILE --shape 3000,16384 --chunks 1,16384
      "x", float64: the numbers from 0 on.
  make_files.py line FILE --shape 100000000
      "x", float64: uniform in [0, 1), in chunks of 8 MiB.
  make_files.py images FILE --shape 2000,1024,1024
      npy of uint8: noise.
  make_files.py points FILE --shape 10000000,16
      "points", float64: eight clouds; "starts": the first 32 of them.
  make_files.py tiny FILE --count 1000000
      "z", float64: so many chunks of ten elements."""

import argparse
import concurrent.futures
import itertools
import zlib

import h5py
import numpy

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["field", "plain", "line", "images", "points", "tiny"])
parser.add_argument("file")
parser.add_argument("--shape", default="256,1024,1024")
parser.add_argument("--chunks", default="8,512,512")
parser.add_argument("--gzip", type=int)
parser.add_argument("--bare", action="store_true")
parser.add_argument("--count", type=int, default=1000000)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()


def axis(file, name, values, units):
    file[name] = values
    file[name].attrs["units"] = units
    file[name].make_scale(name)
    return file[name]


def name_axes(file, x):
    times, lats, lons = x.shape
    scales = (
        axis(file, "time", numpy.arange(times, dtype="f8"), "days since 2000-01-01"),
        axis(file, "lat", numpy.linspace(-90, 90, lats), "degrees_north"),
        axis(file, "lon", numpy.linspace(0, 360, lons, endpoint=False), "degrees_east"),
    )
    for dimension, scale in zip(x.dims, scales):
        dimension.attach_scale(scale)


def field(file):
    shape = tuple(map(int, arguments.shape.split(",")))
    chunks = tuple(map(int, arguments.chunks.split(",")))
    filters = {} if arguments.gzip is None else {"compression": "gzip", "compression_opts": arguments.gzip}
    x = file.create_dataset("x", shape, "<f8", chunks=chunks, **filters)
    if not arguments.bare:
        name_axes(file, x)

    def chunk(at):
        t, y, z = (numpy.arange(a, min(a + c, s)) for a, c, s in zip(at, chunks, shape))
        smooth = 2 + numpy.sin(y / 100)[:, None] * numpy.cos(z / 70) + 0.5 * numpy.sin(t / 9)[:, None, None]
        noise = numpy.random.default_rng(at).random(smooth.shape) * 0.01
        whole = numpy.zeros(chunks)
        whole[: len(t), : len(y), : len(z)] = numpy.floor((smooth + noise) * 1024) / 1024
        return at, whole.tobytes() if arguments.gzip is None else zlib.compress(whole.tobytes(), arguments.gzip)

    corners = itertools.product(*(range(0, s, c) for s, c in zip(shape, chunks)))
    with concurrent.futures.ThreadPoolExecutor(arguments.threads) as pool:
        for some in iter(lambda: list(itertools.islice(corners, 16)), []):
            for at, stored in pool.map(chunk, some):
                x.id.write_direct_chunk(at, stored)


def images(path, shape):
    stack = numpy.lib.format.open_memmap(path, "w+", numpy.uint8, shape)
    for i in range(shape[0]):
        stack[i] = numpy.random.default_rng(i).integers(0, 256, shape[1:], "uint8")


if arguments.what == "images":
    images(arguments.file, tuple(map(int, arguments.shape.split(","))))
    raise SystemExit
with h5py.File(arguments.file, "w") as file:
    if arguments.what == "field":
        field(file)
    elif arguments.what == "plain":
        shape, chunks = (tuple(map(int, text.split(","))) for text in (arguments.shape, arguments.chunks))
        file.create_dataset("x", data=numpy.arange(numpy.prod(shape), dtype="f8").reshape(shape), chunks=chunks)
    elif arguments.what == "line":
        random, n, piece = numpy.random.default_rng(1), int(arguments.shape), 1 << 20
        x = file.create_dataset("x", (n,), "f8", chunks=(min(n, piece),))
        for at in range(0, n, piece):
            x[at : at + piece] = random.random(min(piece, n - at))
    elif arguments.what == "points":
        (n, coordinates), piece = map(int, arguments.shape.split(",")), 1 << 18
        x = file.create_dataset("points", (n, coordinates), "f8")
        for at in range(0, n, piece):
            random, some = numpy.random.default_rng(at), min(piece, n - at)
            x[at : at + some] = random.standard_normal((some, coordinates)) + 3 * random.integers(0, 8, (some, 1))
        file["starts"] = x[:32]
    else:
        file.create_dataset("z", data=numpy.ones(10 * arguments.count), chunks=(10,))

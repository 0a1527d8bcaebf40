"""One HDF5 dataset into another file with other chunks, until it is on the disk: by Dask on threads, or by h5py with the whole of it in
memory. Timed from outside."""

import argparse
import importlib
import os

import h5py

parser = argparse.ArgumentParser()
parser.add_argument("who", choices=["dask", "h5py"])
parser.add_argument("source")
parser.add_argument("target")
parser.add_argument("--chunks", required=True)
parser.add_argument("--gzip", type=int)
parser.add_argument("--array", default="dask.array")
arguments = parser.parse_args()
chunks = tuple(map(int, arguments.chunks.split(",")))
filters = {} if arguments.gzip is None else {"compression": "gzip", "compression_opts": arguments.gzip}

with h5py.File(arguments.source) as source, h5py.File(arguments.target, "w") as target:
    x = source["x"]
    y = target.create_dataset("x", x.shape, x.dtype, chunks=chunks, **filters)
    if arguments.who == "h5py":
        y[...] = x[...]
    else:
        import dask

        array = importlib.import_module(arguments.array)
        with dask.config.set(scheduler="threads", num_workers=int(os.environ["OMP_NUM_THREADS"])):
            array.store(array.from_array(x, chunks=x.chunks).rechunk(chunks), y)
with open(arguments.target, "rb") as file:
    os.fsync(file.fileno())

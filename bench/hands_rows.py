"""The rows of arrays that change hands: other chunks, owners, axes, sums along an axis; in memory, and from file to file."""

from competitors import Competitor, largest


def changing_hands(setup, Row, Target):
    yield from in_memory(setup, Row, Target)
    yield from from_file_to_file(setup, Row, Target)


def in_memory(setup, Row, Target):
    n = "512" if setup.quick else "8192"
    inner = ["--n", n, "--rounds", "1" if setup.quick else "5"]
    peer_inner = ["--shape", f"{n},{n}", "--rounds", "1" if setup.quick else "3"]
    yield Row("rechunk", f"`rechunk(x, columns)`, {n}² f64 in chunks of rows, resident, 2 ranks",
              [setup.measure("rechunk", *inner, ranks=2, threads=1), *setup.dask("rechunk", *peer_inner)],
              [Target("MPI_Alltoall", 0.7), *(Target(*t) for t in setup.against_dask(3).items())])
    yield Row("transpose", f"`x.T` into a new array, {n}² f64, resident",
              [setup.measure("transpose", *inner), setup.peer("numpy_peer.py", "transpose", *peer_inner)],
              [Target("NumPy", 4), Target("limit", 0.6)])
    elements = "1000000" if setup.quick else "500000000"
    inner = ["--rounds", "1" if setup.quick else "3"]
    yield Row("cumulative", f"`cumulative_sum(x)`, {float(elements):.0e} f64, resident".replace("e+0", "e"),
              [setup.measure("cumulative", "--n", elements, *inner), setup.peer("numpy_peer.py", "cumulative", "--shape", elements, *inner)],
              [Target("NumPy", 2)])
    elements = "1000000" if setup.quick else "100000000"
    much = f"{float(elements):.0e} f64".replace("e+0", "e")
    yield Row("sort", f"`sort(x)`, {much}, resident, 2 ranks",
              [setup.measure("sort", "--n", elements, *inner, ranks=2, threads=1), setup.peer("numpy_peer.py", "sort", "--shape", elements, *inner)],
              [Target("NumPy", 3)])
    yield Row("take", f"`x[indices]`, a tenth of {much} at random, resident, 2 ranks",
              [setup.measure("take", "--n", elements, *inner, ranks=2, threads=1),
               *setup.dask("take", "--shape", elements, *inner), setup.peer("numpy_peer.py", "take", "--shape", elements, *inner)],
              [*(Target(*t) for t in setup.against_dask(3).items()), Target("NumPy")])
    file = f"{setup.folder}/line.h5"
    yield Row("median", f"`median(x)` of {much} in HDF5, 2 ranks of 256 MiB, process start included; NumPy has all in memory",
              [Competitor(["mpirun", "-n", "2", "--bind-to", "none", f"{setup.build}/bin/tessera", "eval", "median(x)", "-i", f"x={file}:/x",
                           "--memory", "256M", "--threads", "1", "--json"], who="tessera"),
               setup.peer("numpy_peer.py", "median", "--shape", elements, *inner)],
              [Target("NumPy", 2), Target("peak resident size", most=256, unit="MiB",
                                          figure=lambda results: largest(results["tessera"], "peak_resident_bytes") / 2**20)],
              [(file, setup.make("line", file, "--shape", elements))])


def from_file_to_file(setup, Row, Target):
    """Whole processes, from their start until the result is on the disk."""
    shape, chunks, target = ("16,256,256", "8,128,128", "16,32,256") if setup.quick else ("256,1024,1024", "8,512,512", "256,32,1024")
    size = "small" if setup.quick else "2 GiB"
    result, made = f"{setup.folder}/result.h5", f"{setup.folder}/peer.nc"
    for name, gzip, least in (("repack", [], (3, 8)), ("repack_gzip", ["--gzip", "4"], (2, 4))):
        file = f"{setup.folder}/{'packed' if gzip else 'field'}.h5"
        ours = Competitor([f"{setup.build}/bin/tessera", "copy", f"{file}:/x", f"{result}:/x", "--chunks", target, "--force",
                           "--threads", str(setup.threads), "--json", *(["--compress", "gzip:4"] if gzip else [])], who="tessera")
        words = [file, made, "--chunks", target, *gzip]
        peers = [setup.process(who, "repack_peer.py", "dask", *words, *array) for who, array in setup.dasks.items()]
        h5repack = ["h5repack", "-l", f"x:CHUNK={target.replace(',', 'x')}", *(["-f", "x:GZIP=4"] if gzip else []), file, made]
        peers.append(Competitor(["sh", "-c", '"$@" && sync "$0"', made, *h5repack], who="h5repack", rounds=1 if gzip else 3))
        yield Row(name, f"`tessera copy --chunks {target}` of {size} HDF5 in chunks of {chunks}{', gzip-4 in and out' if gzip else ''}",
                  [ours, *peers], [*(Target(*t) for t in setup.against_dask(least[0]).items()), Target("h5repack", least[1])],
                  [(file, setup.make("field", file, "--shape", shape, "--chunks", chunks, *gzip))])
    shape = (30, 1024) if setup.quick else (3000, 16384)
    for name, source, chunks in (("to_columns", "rows", (shape[0], 1)), ("to_rows", "columns", (1, shape[1]))):
        file, target = f"{setup.folder}/{source}.h5", ",".join(map(str, chunks))
        ours = Competitor([f"{setup.build}/bin/tessera", "copy", f"{file}:/x", f"{result}:/x", "--chunks", target, "--force",
                           "--threads", str(setup.threads), "--json"], who="tessera")
        length = ["--chunks", ",".join(map(str, (1, shape[1]) if source == "rows" else (shape[0], 1)))]
        yield Row(name, f"`tessera copy --chunks {target}` of {shape[0]}×{shape[1]} f64 HDF5 in {source}",
                  [ours, setup.process("h5py", "repack_peer.py", "h5py", file, made, "--chunks", target)], [Target("h5py", 2)],
                  [(file, setup.make("plain", file, "--shape", ",".join(map(str, shape)), *length))])

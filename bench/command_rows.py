"""The rows of the commands that people run every day: whole processes, from their start to their end."""

from competitors import Competitor, largest


def commands(setup, Row, Target):
    shape, chunks = ("16,256,256", "8,128,128") if setup.quick else ("256,1024,1024", "8,512,512")
    field = f"{setup.folder}/field.h5"
    size = "small" if setup.quick else "2 GiB"

    def tessera(who, ranks, rank_threads, *words, mpirun=False):
        mpirun = ["mpirun", "-n", str(ranks), "--bind-to", "none"] if ranks > 1 or mpirun else []
        return Competitor([*mpirun, f"{setup.build}/bin/tessera", *words, "--threads", str(rank_threads), "--json"], who=who)

    yield Row("stats", f"`tessera stats`, {size} HDF5, warm, one process",
              [tessera("tessera", 1, setup.threads, "stats", f"{field}:/x", "--memory", "256M"),
               *setup.dask("stats", "--file", field, "--rounds", "1"),
               setup.measure("read", "--file", field, "--rounds", "3")],
              [Target("limit", 0.75), *(Target(*t) for t in setup.against_dask(10, small=True).items()),
               Target("peak resident size", most=256, unit="MiB",
                      figure=lambda results: largest(results["tessera"], "peak_resident_bytes") / 2**20)],
              [(field, setup.make("field", field, "--shape", shape, "--chunks", chunks))])

    copied, repacked = f"{setup.folder}/result.h5", f"{setup.folder}/peer.nc"
    words = ["copy", f"{field}:/x", f"{copied}:/x", "--dtype", "float32", "--compress", "gzip:4", "--force", "--memory", "256M"]
    yield Row("copy", f"`tessera copy` of {size} float64 to float32 gzip-4, 2 ranks of one thread",
              [tessera("tessera", 2, 1, *words), tessera("1 rank", 1, 1, *words, mpirun=True),
               Competitor(["h5repack", "-f", "x:SHUF", "-f", "x:GZIP=4", field, repacked], who="h5repack, float64", rounds=1)],
              [Target("1 rank", 1.8), Target("h5repack, float64", 2)],
              [(field, setup.make("field", field, "--shape", shape, "--chunks", chunks))])

"""The rows of products of matrices: in memory, beside OpenBLAS on the whole product (NumPy's, with as many threads), ScaLAPACK where it is
installed, and Dask; from files into a file, within a quarter of what these take, beside the same in memory."""

import os

from competitors import Competitor, largest


def products(setup, Row, Target):
    inner = ["--rounds", "1" if setup.quick else "3"]
    n = "512" if setup.quick else "8192"
    square = ["--m", n, "--k", n, "--n", n]
    resident = setup.measure("product", *square, *inner, ranks=2, threads=1)
    pdgemm = f"{setup.build}/bench/pdgemm"
    with_scalapack = os.path.exists(pdgemm)
    yield Row("product", f"`a @ b`, {n}\u00b2 f64, resident, 2 ranks",
              [resident, setup.peer("numpy_peer.py", "product", "--shape", f"{n},{n},{n}", *inner),
               *([Competitor(["mpirun", "-n", "2", "--bind-to", "none", pdgemm, n, inner[1]], environment={"OPENBLAS_NUM_THREADS": "1"})] if with_scalapack else [])],
              [Target("NumPy", 0.95), *([Target("ScaLAPACK", 1)] if with_scalapack else [])])
    long, short = ("10000", "20") if setup.quick else ("1000000", "100")
    piece = "1000" if setup.quick else "100000"
    # Of both, chunks along the long axis, as Dask's are.
    for name, m, k, chunks in (("product_tall", long, short, []), ("product_wide", short, long, ["--chunks_a", f"{short},{piece}", "--chunks_b", f"{piece},{short}"])):
        yield Row(name, f"`a @ b`, {m} \u00d7 {k} by {k} \u00d7 {short} f64, resident, 2 ranks",
                  [setup.measure("product", "--m", m, "--k", k, "--n", short, *chunks, *inner, ranks=2, threads=1),
                   *setup.dask("product", "--shape", f"{m},{k},{short}", *inner)],
                  [Target(*t) for t in setup.against_dask(2).items()])
    a, b, result = (f"{setup.folder}/product_{name}.h5" for name in "abc")
    memory = 64 if setup.quick else 192
    chunks = "128,128" if setup.quick else "1024,1024"
    ours = Competitor(["mpirun", "-n", "2", "--bind-to", "none", f"{setup.build}/bin/tessera", "eval", "c = matmul(a, b)", "-i", f"a={a}:/x", "-i", f"b={b}:/x",
                       "-o", f"c={result}:/c", "--force", "--memory", f"{memory}M", "--threads", "1", "--json"], who="from files")
    yield Row("product_files", f"`a @ b`, {n}\u00b2 f64, HDF5 to HDF5, 2 ranks of {memory} MiB, start to end", [ours, resident],
              [Target("tessera", 0.7, ours="from files"),
               Target("peak resident size", most=memory, unit="MiB", ours="from files",
                      figure=lambda results: largest(results["from files"], "peak_resident_bytes") / 2**20)],
              [(file, setup.make("plain", file, "--shape", f"{n},{n}", "--chunks", chunks)) for file in (a, b)])

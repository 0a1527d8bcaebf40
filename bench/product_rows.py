"""The rows of products of matrices in memory: beside OpenBLAS on the whole product (NumPy's, with as many threads), and Dask."""


def products(setup, Row, Target):
    inner = ["--rounds", "1" if setup.quick else "3"]
    n = "512" if setup.quick else "8192"
    square = ["--m", n, "--k", n, "--n", n]
    yield Row("product", f"`a @ b`, {n}\u00b2 f64, resident, 2 ranks",
              [setup.measure("product", *square, *inner, ranks=2, threads=1), setup.peer("numpy_peer.py", "product", "--shape", f"{n},{n},{n}", *inner)],
              [Target("NumPy", 0.95)])
    long, short = ("10000", "20") if setup.quick else ("1000000", "100")
    for name, m, k in (("product_tall", long, short), ("product_wide", short, long)):
        yield Row(name, f"`a @ b`, {m} \u00d7 {k} by {k} \u00d7 {short} f64, resident, 2 ranks",
                  [setup.measure("product", "--m", m, "--k", k, "--n", short, *inner, ranks=2, threads=1),
                   *setup.dask("product", "--shape", f"{m},{k},{short}", *inner)],
                  [Target(*t) for t in setup.against_dask(2).items()])

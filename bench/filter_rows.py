"""The rows of filters: of an array in memory into another, beside scipy.ndimage and a loop by hand; steps of a stencil."""


def filters(setup, Row, Target):
    n = "512" if setup.quick else "8192"
    inner = ["--n", n, "--rounds", "1" if setup.quick else "5"]
    peer_inner = ["--shape", f"{n},{n}", "--rounds", "1" if setup.quick else "3"]
    for filter, what, dtype, least in (("correlate", "correlate(x, weights)`, 3 x 3", "f64", 8),
                                       ("uniform", "uniform_filter(x, 3)`", "f64", 8),
                                       ("gaussian", "gaussian_filter(x, 3)`", "f32", 6)):
        by_hand = [Target("by hand", 0.7)] if dtype == "f64" else []
        yield Row(f"filter_{filter}", f"`{what}, {n}\u00b2 {dtype}, resident",
                  [setup.measure("filter", "--filter", filter, *inner), setup.peer("numpy_peer.py", filter, *peer_inner)],
                  [Target("NumPy", least), *by_hand])
    n, steps = ("256", "16") if setup.quick else ("4096", "96")
    yield Row("heat", f"heat equation, {n}\u00b2 f64, {steps} steps, 2 ranks, 16 steps at once in a tile",
              [setup.measure("heat", "--n", n, "--steps", steps, "--rounds", "1" if setup.quick else "3", ranks=2, threads=1)],
              [Target("by hand", 1.2), Target("by hand", 0.8, ours="one by one")],
              variants={"one by one": "the same, step by step"})

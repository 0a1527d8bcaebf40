"""The rows of filters: of an array in memory into another, beside scipy.ndimage and a loop by hand."""


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

"""The rows of groups and rolling windows: beside NumPy, flox, and xarray with bottleneck."""


def groups(setup, Row, Target):
    inner = ["--rounds", "1" if setup.quick else "5"]
    n = "1000000" if setup.quick else "100000000"
    much = f"{float(n):.0e} f64".replace("e+0", "e")
    yield Row("histogram", f"`histogram(x, 256)`, {much}, resident",
              [setup.measure("histogram", "--n", n, *inner), setup.peer("groups_peer.py", "histogram", "--shape", n)], [Target("NumPy", 10)])
    yield Row("group_mean", f"mean of {much} by 10\u2074 labels, resident",
              [setup.measure("group_mean", "--n", n, *inner), setup.peer("groups_peer.py", "group_mean", "--shape", n), setup.peer("groups_peer.py", "flox", "--shape", n)],
              [Target("NumPy", 5), Target("flox", 3)])
    shape = "64,128,128" if setup.quick else "512,1024,1024"
    yield Row("rolling", f"rolling mean, window 30, along the first axis of {shape.replace(',', '×')} f32, resident",
              [setup.measure("rolling", "--shape", shape, *inner), setup.peer("groups_peer.py", "rolling", "--shape", shape)],
              [Target("xarray with bottleneck", 5)])

"""The rows of groups, rolling windows and k-means: beside NumPy, flox, xarray with bottleneck, and scikit-learn."""

import subprocess

from competitors import Competitor


def has(setup, module):
    return subprocess.run([setup.python, "-c", f"import {module}"], capture_output=True).returncode == 0


def kmeans(setup, Row, Target):
    """From the start of the process to its end, with reading, beside the seconds of scikit-learn's `fit` of points in memory."""
    points, iterations = ("20000", "3") if setup.quick else ("10000000", "10")
    file = f"{setup.folder}/points.h5"

    def ours(who, memory):
        return Competitor([f"{setup.build}/bin/kmeans", f"{file}:/points", "--starts", f"{file}:/starts", "--clusters", "32", "--iterations", iterations,
                           "--memory", memory], who=who, environment={"TESSERA_THREADS": str(setup.threads)})

    yield Row("kmeans", f"k-means of {points} points of 16 coordinates, 32 clusters, {iterations} iterations, from the start of the process",
              [ours("tessera", "4G"), ours("from a file", "512M"), setup.peer("kmeans_peer.py", file, "--iterations", iterations)],
              [Target("scikit-learn", 1), Target("scikit-learn", 1, ours="from a file"), Target("tessera", 0.77, ours="from a file")],
              [(file, setup.make("points", file, "--shape", f"{points},16"))],
              variants={"from a file": "the same in 512 MiB, read in each iteration"})


def groups(setup, Row, Target):
    inner = ["--rounds", "1" if setup.quick else "5"]
    n = "1000000" if setup.quick else "100000000"
    much = f"{float(n):.0e} f64".replace("e+0", "e")
    yield Row("histogram", f"`histogram(x, 256)`, {much}, resident",
              [setup.measure("histogram", "--n", n, *inner), setup.peer("groups_peer.py", "histogram", "--shape", n)], [Target("NumPy", 10)])
    yield Row("group_mean", f"mean of {much} by 10\u2074 labels, resident",
              [setup.measure("group_mean", "--n", n, *inner), setup.peer("groups_peer.py", "group_mean", "--shape", n)], [Target("NumPy", 5)])
    if has(setup, "flox"):
        yield Row("group_mean_flox", f"mean of {much} by 10\u2074 labels, resident, beside flox",
                  [setup.measure("group_mean", "--n", n, *inner), setup.peer("groups_peer.py", "flox", "--shape", n)], [Target("flox", 3)])
    if has(setup, "sklearn"):
        yield from kmeans(setup, Row, Target)
    if not has(setup, "xarray, bottleneck"):
        return
    shape = "64,128,128" if setup.quick else "512,1024,1024"
    yield Row("rolling", f"rolling mean, window 30, along the first axis of {shape.replace(',', '×')} f32, resident",
              [setup.measure("rolling", "--shape", shape, *inner), setup.peer("groups_peer.py", "rolling", "--shape", shape)],
              [Target("xarray with bottleneck", 5)])

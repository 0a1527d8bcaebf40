"""The rows of filters: of an array in memory into another, beside scipy.ndimage and a loop by hand; steps of a stencil; images."""

import subprocess

from competitors import Competitor


def has_opencv(setup):
    """OpenCV is Debian's python3-opencv or PyPI's opencv-python-headless, for those who want to compare."""
    return subprocess.run([setup.python, "-c", "import cv2"], capture_output=True).returncode == 0


def images(setup, Row, Target):
    count, side = ("20", "128") if setup.quick else ("2000", "1024")
    source, ours, theirs = (f"{setup.folder}/{name}.npy" for name in ("images", "images_ours", "images_theirs"))
    threads = {"TESSERA_THREADS": str(setup.threads)}
    yield Row("imageproc", f"{count} images of {side}\u00b2 blurred, sharpened and normalised, npy to npy",
              [Competitor([f"{setup.build}/bin/imageproc", source, "-o", ours, "--force"], who="tessera", environment=threads),
               setup.process("OpenCV", "opencv_peer.py", "images", source, theirs)],
              [Target("OpenCV", 3)],
              [(source, setup.make("images", source, "--shape", f"{count},{side},{side}"))])


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
    if has_opencv(setup):
        yield Row("filter_gaussian_opencv", f"`gaussian_filter(x, 3)`, {n}\u00b2 f32, resident, beside OpenCV",
                  [setup.measure("filter", "--filter", "gaussian", *inner), setup.peer("opencv_peer.py", "gaussian", *peer_inner)],
                  [Target("OpenCV", 1)])
        yield Row("filter_gaussian_f32_opencv", f"`gaussian_filter(x, 3, sum_dtype=float32)`, {n}\u00b2 f32, resident, beside OpenCV",
                  [setup.measure("filter", "--filter", "gaussian_f32", *inner), setup.peer("opencv_peer.py", "gaussian", *peer_inner)],
                  [Target("OpenCV", 1)])
        yield from images(setup, Row, Target)
    n, steps = ("256", "16") if setup.quick else ("4096", "96")
    yield Row("heat", f"heat equation, {n}\u00b2 f64, {steps} steps, 2 ranks, 16 steps at once in a tile",
              [setup.measure("heat", "--n", n, "--steps", steps, "--rounds", "1" if setup.quick else "3", ranks=2, threads=1)],
              [Target("by hand", 1.2), Target("by hand", 0.8, ours="one by one")],
              variants={"one by one": "the same, step by step"})

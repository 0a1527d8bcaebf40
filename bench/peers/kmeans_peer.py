"""scikit-learn's KMeans (Lloyd) of points in memory, the seconds of `fit` alone.

    kmeans_peer.py POINTS.h5 --iterations 10        /points and the first centres, /starts"""

import argparse
import warnings

import h5py
from sklearn.cluster import KMeans
from timing import report, timed

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--iterations", type=int, default=10)
arguments = parser.parse_args()
with h5py.File(arguments.file) as file:
    points, starts = file["points"][...], file["starts"][...]
lloyd = KMeans(len(starts), init=starts, n_init=1, max_iter=arguments.iterations, tol=0, algorithm="lloyd")
warnings.filterwarnings("ignore")  # that it has not converged
seconds, _ = timed(lambda: lloyd.fit(points), rounds=1, warm=0)
report("scikit-learn", seconds, iterations=lloyd.n_iter_, inertia=lloyd.inertia_)

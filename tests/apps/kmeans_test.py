"""apps/kmeans against NumPy: centres, labels and inertia; the same bits on any ranks and threads; files larger than the memory."""
import os
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, environment, finish, start

KMEANS = os.environ["TESSERA_KMEANS"]


def lloyd(points, centres, iterations):
    inertia = []
    for _ in range(iterations):
        apart = ((points[:, None] - centres[None]) ** 2).sum(2)
        labels = apart.argmin(1)
        inertia.append(apart.min(1).sum())
        centres = np.array([points[labels == k].mean(0) if (labels == k).any() else centres[k] for k in range(len(centres))])
    return centres, ((points[:, None] - centres[None]) ** 2).sum(2).argmin(1), inertia


class KMeans(Case):
    @classmethod
    def make_inputs(cls):
        r = np.random.default_rng(3)
        middles = r.normal(size=(5, 4)) * 3
        cls.points = middles[r.integers(0, 5, 20011)] + r.normal(size=(20011, 4))
        cls.starts = np.r_[cls.points[:4], [[1e6] * 4]]  # the last one has no points
        with h5py.File(cls.path("points.h5"), "w") as f:
            f.create_dataset("x", data=cls.points, chunks=(3000, 4))
            f["starts"], f["line"] = cls.starts, np.arange(9.0)
        cls.keep("points.h5")

    def kmeans(self, name, *words, ranks=0):
        line = [KMEANS, self.path("points.h5") + ":" + name, *map(str, words)]
        return finish(start([MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line] if ranks else line, environment(OMP_WAIT_POLICY="passive")))

    def clusters(self, *words, ranks=0):
        result = self.kmeans("/x", "--clusters", 5, "-o", self.path("clusters.h5"), "--force", *words, ranks=ranks)
        self.assertEqual(result.rc, 0, result)
        with h5py.File(self.path("clusters.h5")) as f:
            return f["centres"][...], f["labels"][...], [float(line.split()[-1]) for line in result.out.splitlines() if "inertia" in line]

    def test_centres_labels_and_inertia_are_numpys(self):
        expected = lloyd(self.points, self.starts, 4)
        for ranks in (0, 1, 2, 3, 5) if MPIEXEC else (0,):
            centres, labels, inertia = self.clusters("--starts", self.path("points.h5") + ":/starts", "--iterations", 4, "--batch", 7000, "--threads", 2, ranks=ranks)
            np.testing.assert_allclose(centres, expected[0], rtol=1e-10)
            self.assertTrue((centres[4] == 1e6).all())
            self.assertEqual(labels.dtype, "int32")
            self.assertTrue((labels == expected[1]).all())
            np.testing.assert_allclose(inertia, expected[2], rtol=1e-8)
            if ranks == 0:
                alone = centres.tobytes()
            self.assertEqual(centres.tobytes(), alone, f"{ranks} ranks have other bits")

    def test_starts_are_points(self):
        for init in "random", "k-means++":
            _, labels, inertia = self.clusters("--iterations", 30, "--seed", 1, "--init", init)
            self.assertTrue(all(a >= b * (1 - 1e-9) for a, b in zip(inertia, inertia[1:])), inertia)
            self.assertEqual(len(labels), len(self.points))

    def test_kmeans_plus_plus_finds_every_heap(self):
        # Of far heaps one without a centre costs a thousand times as much; points at random miss one as a rule.
        r = np.random.default_rng(7)
        heaps = r.permutation(64).reshape(16, 4)[:12] * 1000.0
        points = heaps[r.integers(0, 12, 5003)] + r.normal(size=(5003, 4))
        with h5py.File(self.path("heaps.h5"), "w") as f:
            f["x"] = points
        least = 4 * 5003.0
        def inertia(*words, ranks=0):
            line = [KMEANS, self.path("heaps.h5") + ":/x", "--clusters", "12", "--iterations", "1", *words]
            result = finish(start([MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line] if ranks else line, environment()))
            self.assertEqual(result.rc, 0, result)
            return float(result.out.splitlines()[0].split()[-1])
        for seed in "012":
            spread = inertia("--seed", seed)
            self.assertLess(spread, 10 * least)
            if MPIEXEC:
                self.assertEqual(inertia("--seed", seed, ranks=3), spread)
        self.assertGreater(max(inertia("--seed", seed, "--init", "random") for seed in "012"), 100 * least)

    def test_bad_input(self):
        for name, words, says in (("/x", ("--clusters", 30000), "30000 clusters"), ("/line", (), "points of shape (9,)"),
                                  ("/x", ("--starts", self.path("points.h5") + ":/x"), "first centres of shape (20011, 4)"),
                                  ("/x", ("-o", self.path("points.h5")), "points.h5 is there already; --force replaces it")):
            refused = self.kmeans(name, *words)
            self.assertEqual(refused.rc, 2, refused)
            self.assertIn(says, refused.err)


if __name__ == "__main__":
    unittest.main()

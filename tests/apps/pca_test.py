"""apps/pca against NumPy: means, components, variances and scores; the same bits on any ranks; a table larger than the budget; bad input."""
import os
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, budget, environment, finish, start

PCA = os.environ["TESSERA_PCA"]
NAMES = ("mean", "components", "variance", "ratio", "scores")


def components(x, count, scale=False):
    """By NumPy, in the order of NAMES; the entry of the largest modulus of each component is positive."""
    mean = x.mean(0)
    centred = (x - mean) / (x.std(0, ddof=1) if scale else 1)
    values, vectors = np.linalg.eigh(np.cov(centred, rowvar=False).reshape(x.shape[1], x.shape[1]))
    values, vectors = values[::-1], vectors.T[::-1]
    vectors = vectors * np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(1)])[:, None]
    return mean, vectors[:count], values[:count], values[:count] / values.sum(), centred @ vectors[:count].T


class Pca(Case):
    def pca(self, *words, ranks=0):
        line = [PCA, *map(str, words)]
        return finish(start([MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line] if ranks else line, environment(TESSERA_THREADS="2")))

    def table(self, rows, columns, dtype="f8", chunks=None):
        r = np.random.default_rng(1)
        x = (r.standard_normal((rows, columns)) * (1 + np.arange(columns)) @ r.standard_normal((columns, columns)) + 100).astype(dtype)
        with h5py.File(self.path("x.h5"), "w") as f:
            f.create_dataset("x", data=x, chunks=chunks)
        return x

    def results(self, name, *words, ranks=0):
        result = self.pca(self.path("x.h5") + ":/x", "-o", self.path(name), *words, ranks=ranks)
        self.assertEqual(result.rc, 0, result)
        with h5py.File(self.path(name)) as f:
            return [f[n][...] for n in NAMES], result.out

    def check(self, x, count, *words):
        found, out = self.results("y.h5", "--components", count, "--force", *words)
        for name, got, expected in zip(NAMES, found, components(x.astype(float), count, "--scale" in words)):
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max(), err_msg=name)
        self.assertEqual(len(out.splitlines()), len(found[2]))
        for ranks in (2, 3, 5) if MPIEXEC else ():
            again, _ = self.results(f"{ranks}.h5", "--components", count, "--force", *words, ranks=ranks)
            for name, got, same in zip(NAMES, again, found):
                self.assertEqual(got.tobytes(), same.tobytes(), (name, ranks))

    def test_tables(self):
        self.check(self.table(501, 7), 3)
        self.check(self.table(40, 5, "f4"), 9, "--scale")  # of 9 there are 5
        self.check(self.table(30, 1, "i4"), 1)

    def test_more_than_the_budget(self):
        x = self.table(150000, 40, chunks=(1000, 40))  # 48 MB
        self.check(x, 2, "--memory", budget(24))

    def test_bad_input(self):
        self.table(20, 4)
        at = self.path("x.h5") + ":/x"
        self.assertEqual(self.pca(at, "-o", self.path("y.h5")).rc, 0)
        for words, rc, text in (((at, "-o", self.path("y.h5")), 2, "y.h5"), ((at, "-o", self.path("z.h5"), "--components", 0), 2, "--components"),
                                ((self.path("no.h5") + ":/x", "-o", self.path("z.h5")), 3, "no.h5"), ((at, "-o", self.path("z.h5"), "--memory", "much"), 2, "--memory"),
                                ((self.path("y.h5") + ":/mean", "-o", self.path("z.h5")), 2, "two axes")):
            refused = self.pca(*words)
            self.assertEqual(refused.rc, rc, refused)
            self.assertIn(text, refused.err)
        self.assertFalse(os.path.exists(self.path("z.h5")))


if __name__ == "__main__":
    unittest.main()

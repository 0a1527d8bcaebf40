"""apps/matmul against NumPy: the product of the matrices that it writes, the same bits on any ranks and threads, bad input."""
import os
import re
import unittest

import h5py
import numpy as np

from command import MPIEXEC, Case, environment, finish, start

MATMUL = os.environ["TESSERA_MATMUL"]


class Matmul(Case):
    def matmul(self, *words, ranks=0, threads=2):
        line = [MATMUL, *map(str, words)]
        if ranks:
            line = [MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line]
        return finish(start(line, environment(TESSERA_THREADS=str(threads))))

    def matrices(self, n, dtype, **how):
        """a, b, c, and the trace that is printed."""
        path = self.path(f"{n}-{dtype}-{how}.h5")
        result = self.matmul(n, dtype, path, **how)
        self.assertEqual(result.rc, 0, result)
        line = re.fullmatch(rf"{n} x {n}, {dtype}, {max(1, how.get('ranks', 0))} ranks: .* s, .* GFLOP/s; trace (\S+), rows off by (\S+) at most\n", result.out)
        self.assertTrue(line, result)
        with h5py.File(path) as f:
            return f["a"][...], f["b"][...], f["c"][...], float(line[1]), float(line[2])

    def test_products(self):
        # Of 300 in one block of k; of 1100 in two, and on several ranks.
        for n, dtype, tolerance in ((300, "float64", 1e-13), (1100, "float64", 1e-12), (300, "float32", 1e-4), (300, "complex64", 1e-4), (200, "int32", 0), (77, "int8", 0)):
            with self.subTest(n=n, dtype=dtype):
                a, b, c, trace, off = self.matrices(n, dtype)
                self.assertEqual([x.dtype for x in (a, b, c)], [np.dtype(dtype)] * 3)
                self.assertGreater(len(np.unique(a)), 8)
                np.testing.assert_allclose(c, a @ b, rtol=0, atol=tolerance)
                self.assertAlmostEqual(trace, float(np.trace(c.real)), delta=1e-3 if tolerance > 1e-5 else 1e-9)
                self.assertLessEqual(off, 100 * tolerance)
                for ranks in (2, 3, 5) if MPIEXEC else ():
                    again = self.matrices(n, dtype, ranks=ranks, threads=1)
                    self.assertEqual([x.tobytes() for x in again[:3]], [x.tobytes() for x in (a, b, c)], ranks)
                    self.assertEqual(again[3], trace)

    def test_bad_input(self):
        for words, rc, text in (((10, "bool"), 2, "bools"), ((10, "float128"), 2, "float128"), (("ten",), 2, "ten"), ((-3,), 2, "-3"),
                                ((10, "float64", self.path("no/such/x.h5")), 3, "no/such")):
            refused = self.matmul(*words)
            self.assertEqual(refused.rc, rc, refused)
            self.assertIn(text, refused.err)


if __name__ == "__main__":
    unittest.main()

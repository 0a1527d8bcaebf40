"""The identity of an evaluation (Statistics::identity) is the same in another process, on any ranks, threads and memory, and
another one as soon as anything else is computed or a source has changed. Arguments: the program, mpiexec (where there is MPI)."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

PROGRAM, MPIEXEC = sys.argv[1], sys.argv[2:]
del sys.argv[1:]
HOST = ("host", "host_persisted")  # of a host's memory: known in its own process alone


class Identity(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tessera-identity-")
        os.mkdir(self.path("data"))
        self.x = np.random.default_rng(1).random((400, 30))
        np.save(self.path("data/x.npy"), self.x)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def identities(self, ranks=1, source=None, cwd=None, **variables):
        line = [*MPIEXEC, "-n", str(ranks), "--bind-to", "none"] if MPIEXEC else []
        line += [PROGRAM, source or self.path("data/x.npy"), "y.h5:/y"]
        result = subprocess.run(["timeout", "-k", "5", "60", *line], capture_output=True, text=True, cwd=cwd or self.folder, env={**os.environ, **variables})
        self.assertEqual(result.returncode, 0, result.stderr)
        return dict(line.split() for line in result.stdout.splitlines())

    def same(self, a, b):
        self.assertEqual({k: v for k, v in a.items() if k not in HOST}, {k: v for k, v in b.items() if k not in HOST})
        for name in HOST:
            self.assertNotEqual(a[name], b[name], name)

    def test_in_another_process(self):
        first = self.identities()
        self.assertEqual(first["again"], first["written"])
        different = [v for k, v in first.items() if k != "again"]
        self.assertEqual(len(set(different)), len(different), first)
        self.same(first, self.identities())
        self.same(first, self.identities(TESSERA_THREADS="2", TESSERA_MEMORY="64M"))
        for ranks in (2, 3, 5) if MPIEXEC else ():
            self.same(first, self.identities(ranks))

    def test_by_another_name_of_the_file(self):
        first = self.identities()
        self.same(first, self.identities(source="data/../data/x.npy"))
        os.symlink("data", self.path("link"))
        self.same(first, self.identities(source=self.path("link/x.npy")))
        os.mkdir(self.path("elsewhere"))
        self.same(first, self.identities(source="../data/x.npy", cwd=self.path("elsewhere")))

    def test_of_another_file(self):
        def differs(a, b):
            for name in a:
                self.assertEqual(a[name] == b[name], name in ("random", "another_seed"), name)

        first = self.identities()
        shutil.copy2(self.path("data/x.npy"), self.path("copy.npy"))
        differs(first, self.identities(source=self.path("copy.npy")))
        os.utime(self.path("data/x.npy"), (1e9, 1e9))
        touched = self.identities()
        differs(first, touched)
        np.save(self.path("x.npy"), self.x + 1)
        os.utime(self.path("x.npy"), (1e9, 1e9))
        os.rename(self.path("x.npy"), self.path("data/x.npy"))
        differs(touched, self.identities())


if __name__ == "__main__":
    unittest.main()

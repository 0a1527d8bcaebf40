"""The small SLURM of slurm_here.sh, as the tests use it: tasks, jobs, nodes that die. Each test has a folder of its own."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "apps"))
from command import TESSERA, finish, start  # noqa: E402

SRUN = ["srun", "--mpi=pmix", "--kill-on-bad-exit=1"]
MIB = 2**20
# What one thread needs minutes for.
LONG = "y = sin(uniform((2000, 1000, 1000)))**0.3"


def variables(**more):
    """This SLURM's, and none of a job that the tests themselves may run in."""
    env = {k: v for k, v in os.environ.items() if k in ("SLURM_CONF", "SLURM_HERE") or not k.startswith(("SLURM_", "PMIX_", "OMPI_COMM"))}
    env["PATH"] = env["PATH"] + ":" + os.path.dirname(TESSERA)
    return {**env, **more}


class Cluster(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tessera-slurm-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def begin(self, *words, **env):
        return start([str(w) for w in words], variables(**env), cwd=self.folder)

    def run_all(self, *words, limit=60, **env):
        return finish(self.begin(*words, **env), limit)

    def srun(self, *words, **more):
        """Tasks of a job of their own: srun's words, then tessera's."""
        return self.run_all(*SRUN, *words, **more)

    def done(self, result):
        self.assertEqual(result.rc, 0, str(result))
        return result

    def files(self):
        return sorted(os.listdir(self.folder))

    def node(self, verb, node):
        subprocess.run([os.path.join(HERE, "slurm_here.sh"), verb, os.environ["SLURM_HERE"], node], check=True)

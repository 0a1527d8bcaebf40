"""docs/cluster.md: its commands, as they stand there, and the batch scripts that it speaks of."""
import glob
import os
import re
import shutil
import unittest

from cluster import HERE, TESSERA, Cluster, finish

TREE = os.path.join(HERE, "..", "..")
SCRIPT = os.path.join(TREE, "cmake", "packaging", "tessera.sbatch")


# sbatch --wait looks every ten seconds.
QUICK_SBATCH = """#!/bin/bash
real=$(type -ap sbatch | sed -n 2p)
[ "$1" = --wait ] || exec "$real" "$@"
job=$("$real" --parsable "${@:2}") || exit
while squeue -h -j "$job" | grep -q .; do sleep 0.2; done
! scontrol -o show job "$job" | grep -v JobState=COMPLETED >&2
"""


def blocks(page):
    """The indented blocks that begin with a `$`: shell scripts, without the `$`s."""
    for block in re.findall(r"(?:^    .*\n)+", page, re.MULTILINE):
        if block.startswith("    $ "):
            yield re.sub(r"^    (\$ )?", "", block, flags=re.MULTILINE)


class Page(Cluster):
    def setUp(self):
        super().setUp()
        share = self.path("tessera/share/tessera")
        os.makedirs(share)
        shutil.copy(SCRIPT, share)
        self.program("quick/sbatch", QUICK_SBATCH)
        self.done(self.run_all(TESSERA, "eval", "x = uniform((8, 60, 50)); y = x * 2", "-o", "x=big.h5:/x", "-q"))

    def program(self, name, text):
        """returns: PATH with its folder first."""
        os.makedirs(os.path.dirname(self.path(name)))
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), 0o755)
        return os.path.dirname(self.path(name)) + ":" + os.environ["PATH"]

    def shell(self, script):
        # Root must tell mpirun that this is meant, and that two ranks a node are fine on any machine.
        return self.run_all("bash", "-ec", f"PATH={self.path('quick')}:$PATH\n{script}", HOME=self.folder, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                            OMPI_MCA_rmaps_base_oversubscribe="1", limit=120)

    def test_its_commands_run_as_written(self):
        with open(os.path.join(TREE, "docs", "cluster.md")) as f:
            scripts = list(blocks(f.read()))
        self.assertGreater(len(scripts), 5)
        for script in scripts:
            self.done(self.shell(script))
        self.assertEqual(sorted(os.path.basename(f) for f in glob.glob(self.path("mean*.h5"))),
                         ["mean.h5", "mean_1990.h5", "mean_1991.h5", "mean_1992.h5"])
        self.compare()
        with open(self.path("node.sbatch")) as f:
            script = f.read()
        for line in ("--cpus-per-task=2", "--mem=2048M", "--ntasks-per-node=1"):
            self.assertIn(line, script)
        with open(self.path("job.sbatch")) as f:
            self.assertIn("--mem=4000M", f.read(), "of the partition's nodes, not of this machine")

    def test_the_scripts(self):
        """The one of the installation with a tessera that fails once as a cut network does, while the one that doctor writes runs."""
        path = self.program("bin/tessera", f'#!/bin/bash\n[ "${{SLURM_RESTART_COUNT:-0}}" -gt 0 ] || exit 5\nexec {TESSERA} "$@"\n')
        again = self.begin(self.path("quick/sbatch"), "--wait", SCRIPT, PATH=self.path("quick") + ":" + path)
        written = "srun --ntasks=1 --cpus-per-task=2 --mem=1G tessera doctor --sbatch >job; sed -i s/mean.h5/other.h5/ job; sbatch --wait job"
        self.done(self.shell(written))
        self.compare("other.h5")
        self.done(finish(again, 120))
        self.compare()
        with open(glob.glob(self.path("mean-*.log"))[0]) as f:
            self.assertIn("DUE TO JOB REQUEUE", f.read())

    def compare(self, name="mean.h5"):
        result = self.done(self.run_all(TESSERA, "eval", "max(abs(y - mean(x, axis=0)))", "-i", "x=big.h5:/x", "-i", f"y={name}:/y", "-q"))
        self.assertEqual(result.out.strip(), "0.0")


if __name__ == "__main__":
    unittest.main()

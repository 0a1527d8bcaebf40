"""Running the command from outside: alone or under mpirun, never longer than a limit, with what it left behind checked."""
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

TESSERA = os.environ["TESSERA_COMMAND"]
MPIEXEC = os.environ.get("TESSERA_MPIEXEC", "")
SHIM = os.environ.get("TESSERA_WRITE_SHIM", "")
SANITIZED = os.environ.get("TESSERA_SANITIZED", "") not in ("", "OFF")


class Run:
    """What one run gave: rc, out, err (text), seconds."""

    def __init__(self, rc, out, err, seconds):
        self.rc, self.out, self.err, self.seconds = rc, out, err, seconds

    def errors(self):
        """The command's own error lines."""
        return [line for line in self.err.splitlines() if line.startswith("tessera: error: ")]

    def __str__(self):
        return f"rc {self.rc} after {self.seconds:.1f} s\nstdout:\n{self.out}\nstderr:\n{self.err}"


def environment(**extra):
    env = dict(os.environ)
    for name in list(env):
        if name.startswith(("TESSERA_", "OMPI_COMM", "PMIX_", "SLURM_")) and name not in ("TESSERA_SIMD",):
            del env[name]
    env.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1")
    env.update(extra)
    return env


def budget(mebibytes):
    """For TESSERA_MEMORY and --memory: enough, whatever the machine has left. What a sanitizer takes for itself (200 MiB at the start) comes on top."""
    return f"{mebibytes + (1000 if SANITIZED else 0)}M"


def command_line(arguments, ranks):
    if ranks == 0:
        return [TESSERA, *arguments]
    return [MPIEXEC, "-n", str(ranks), "--bind-to", "none", TESSERA, *arguments]


def start(line, env=None, cwd=None):
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env or environment(), cwd=cwd, start_new_session=True)


def finish(process, limit=90):
    """Waits; a process that takes longer is a hang, and fails the test after its whole session was ended."""
    begin = time.monotonic()
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(2)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        out, err = process.communicate()
        raise AssertionError(f"no end within {limit} s\nstdout:\n{out}\nstderr:\n{err}")
    return Run(process.returncode, out, err, time.monotonic() - begin)


def run(*arguments, ranks=0, env=None, limit=90):
    """ranks 0: started directly."""
    return finish(start(command_line([str(a) for a in arguments], ranks), env), limit)


class Case(unittest.TestCase):
    """A folder per test class; inputs that `keep` names must stay byte-identical through every test."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="tessera-cli-")
        cls.kept = {}
        cls.make_inputs()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def make_inputs(cls):
        pass

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def keep(cls, name):
        with open(cls.path(name), "rb") as f:
            cls.kept[name] = hashlib.sha256(f.read()).hexdigest()
        return cls.path(name)

    def setUp(self):
        self.before = set(os.listdir(self.folder))

    def tearDown(self):
        for name, digest in self.kept.items():
            with open(self.path(name), "rb") as f:
                self.assertEqual(hashlib.sha256(f.read()).hexdigest(), digest, f"{name} was changed")

    def new_files(self):
        return sorted(set(os.listdir(self.folder)) - self.before)

    def refused(self, result, rc, *words):
        """One clear message with these words, this exit code, within seconds, and nothing left in the folder."""
        self.assertEqual(result.rc, rc, str(result))
        self.assertEqual(len(result.errors()), 1, str(result))
        for word in words:
            self.assertIn(word, result.err, str(result))
        self.assertLess(result.seconds, 60, str(result))
        self.assertEqual(result.out, "", str(result))
        self.assertEqual(self.new_files(), [], str(result))

    def done(self, result):
        self.assertEqual(result.rc, 0, str(result))
        return result

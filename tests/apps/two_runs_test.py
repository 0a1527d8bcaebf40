"""Two runs that want the same target at once: one writes it whole, the other is told so, whenever they come. TESSERA_PAIRS=100 takes more pairs."""
import errno
import os
import sys
import time
import unittest

import h5py

from command import MPIEXEC, SHIM, Case, command_line, environment, finish, run, start

PAIRS = int(os.environ.get("TESSERA_PAIRS", "6"))
BUSY = "another run is writing it now"


class TwoRuns(Case):
    @classmethod
    def make_inputs(cls):
        cls.target = cls.path("y.h5")

    def tearDown(self):
        super().tearDown()
        for name in self.new_files():
            os.remove(self.path(name))

    def begin(self, value, *options, ranks=0, **shim):
        env = environment(LD_PRELOAD=SHIM, **{k: str(v) for k, v in shim.items()}) if shim else environment()
        words = ["eval", f"y = full((300, 500), {value}, chunks=(10, 500))", "-o", f"y={self.target}:/y{value if '--append' in options else ''}", "-q", *options]
        return start(command_line(words, ranks), env)

    def wait_for_part(self):
        deadline = time.monotonic() + 60
        while not os.path.exists(self.path(".y.h5.tessera-part")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def holds(self, value, name="y"):
        with h5py.File(self.target) as f:
            return bool((f[name][...] == value).all())

    def check(self, *results):
        """Those that say that all is well have written all that is there; the others say why not. returns: how many."""
        done = [value for value, r in enumerate(results, 1) if r.rc == 0]
        for r in results:
            if r.rc != 0:
                self.assertIn(r.rc, (2, 3), str(r))
                self.assertEqual(len(r.errors()), 1, str(r))
                self.assertRegex(r.err, BUSY + "|exists; --force|appeared while", str(r))
        self.assertGreaterEqual(len(done), 1, "\n".join(map(str, results)))
        self.assertEqual(self.new_files(), ["y.h5"])
        self.assertTrue(any(self.holds(value) for value in done))
        return len(done)

    def test_natural_pairs(self):
        for k in range(PAIRS):
            ranks = 2 if MPIEXEC and k % 3 == 2 else 0
            force = ["--force"] if k % 2 else []
            pair = [self.begin(value, *force, ranks=ranks) for value in (1, 2)]
            done = self.check(*[finish(p, 60) for p in pair])
            if not force:
                self.assertEqual(done, 1)
            os.remove(self.target)

    @unittest.skipUnless(SHIM, "no write shim")
    def test_between_creating_and_opening(self):
        for delays in ((700, 0), (700, 700), (700, 100)):
            first = self.begin(1, SHIM_DELAY_CREATE_MS=delays[0])
            self.wait_for_part()
            second = self.begin(2, SHIM_DELAY_CREATE_MS=delays[1])
            self.assertEqual(self.check(finish(first), finish(second)), 1)
            os.remove(self.target)

    @unittest.skipUnless(SHIM, "no write shim")
    def test_while_it_is_written_and_flushed(self):
        for slow in ("SHIM_DELAY_MS", "SHIM_DELAY_SYNC_MS"):
            for options in ([], ["--force"]):
                first = self.begin(1, *options, **{slow: 40 if slow == "SHIM_DELAY_MS" else 700})
                self.wait_for_part()
                time.sleep(0.2)
                second = finish(self.begin(2, *options))
                self.assertEqual(second.rc, 3, str(second))
                self.assertIn(BUSY, second.err)
                self.assertEqual(finish(first).rc, 0)
                self.assertTrue(self.holds(1))
                os.remove(self.target)

    @unittest.skipUnless(SHIM, "no write shim")
    def test_what_took_the_temporary_name_is_not_renamed(self):
        """As it is where the file system has no locks: another file comes while the first run flushes its own."""
        first = self.begin(1, SHIM_DELAY_SYNC_MS=1000)
        self.wait_for_part()
        time.sleep(0.7)
        with open(self.path("other"), "wb") as f:
            f.write(bytes(590))
        os.replace(self.path("other"), self.path(".y.h5.tessera-part"))
        result = finish(first)
        self.assertEqual(result.rc, 3, str(result))
        self.assertIn("another run replaced", result.err)
        self.assertEqual(self.new_files(), [".y.h5.tessera-part"])

    @unittest.skipUnless(SHIM, "no write shim")
    def test_without_locks_the_last_one_has_the_target_and_nothing_is_mixed(self):
        for error in (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP):
            first = self.begin(1, "--force", SHIM_NO_FLOCK=error, SHIM_DELAY_MS=40)
            self.wait_for_part()
            time.sleep(0.2)
            second = finish(self.begin(2, "--force", SHIM_NO_FLOCK=error))
            first = finish(first)
            self.assertEqual((first.rc, second.rc), (3, 0), f"{first}\n{second}")
            self.assertIn("another run replaced the temporary file", first.err)
            self.assertTrue(self.holds(2))
            self.assertEqual(self.new_files(), ["y.h5"])
            # What a dead run left is replaced there, too.
            dead = self.begin(1, "--force", SHIM_NO_FLOCK=error, SHIM_DELAY_MS=40)
            self.wait_for_part()
            dead.kill()
            finish(dead)
            self.assertEqual(finish(self.begin(3, "--force", SHIM_NO_FLOCK=error)).rc, 0)
            self.assertTrue(self.holds(3))
            self.assertEqual(self.new_files(), ["y.h5"])

    def test_two_that_append(self):
        self.done(run("eval", "x = full((3,), 7)", "-o", f"x={self.target}:/x", "-q"))
        for _ in range(max(2, PAIRS // 4)):
            pair = [finish(p) for p in [self.begin(value, "--append") for value in (1, 2)]]
            with h5py.File(self.target) as f:
                self.assertEqual(f["x"][...].tolist(), [7, 7, 7])
                for value, result in enumerate(pair, 1):
                    self.assertEqual(f"y{value}" in f, result.rc == 0, str(result))
                    if result.rc == 0:
                        self.assertTrue((f[f"y{value}"][...] == value).all())
                    else:
                        self.assertRegex(result.err, BUSY, str(result))
            self.assertTrue(any(r.rc == 0 for r in pair))
            self.assertEqual(self.new_files(), ["y.h5"])
            with h5py.File(self.target, "r+") as f:
                for name in ("y1", "y2"):
                    f.pop(name, None)

    def test_an_interrupted_second_run_leaves_the_first_ones_file(self):
        if not SHIM:
            self.skipTest("no write shim")
        first = self.begin(1, SHIM_DELAY_MS=50)
        self.wait_for_part()
        second = self.begin(2)
        time.sleep(0.05)
        second.terminate()
        finish(second)
        self.assertEqual(finish(first).rc, 0)
        self.assertTrue(self.holds(1))


if __name__ == "__main__":
    sys.exit(unittest.main())

"""A rank that leaves the program alone ends the job, as with plain MPI, with its exit status; ranks that leave after some
work of their own, or all with an error, end it well. Arguments: the launcher and its options, then the program."""
import subprocess
import sys
import time
import unittest

LINE = sys.argv[1:]
del sys.argv[1:]


def run(ranks, work, way, limit=90):
    """returns: exit code, stderr, seconds. A hang fails."""
    begin = time.monotonic()
    line = [LINE[0], "-n", str(ranks), "--bind-to", "none", *LINE[1:], work, way]
    result = subprocess.run(["timeout", "-k", "5", str(limit), *line], capture_output=True, text=True)
    return result.returncode, result.stderr, time.monotonic() - begin


class Leaving(unittest.TestCase):
    def ends(self, work, way, code, *words, ranks=3):
        rc, err, _ = run(ranks, work, way)
        self.assertEqual(rc, code, f"{work} {way}: {err}")
        for word in words:
            self.assertIn(word, err)

    def test_others_wait_for_it_in_a_collective_call(self):
        for work in ("evaluate", "open", "barrier", "session"):
            self.ends(work, "1", 1, "rank 2 has left the program (exit status 1)")

    def test_with_status_0_as_well(self):
        self.ends("evaluate", "0", 5, "rank 2 has left the program (exit status 0)")

    def test_with_status_0_whatever_the_others_call(self):
        for work in ("open", "barrier", "session"):
            self.ends(work, "0", 5, "rank 1 has left the program (exit status 0)", ranks=2)

    def test_in_an_exchange(self):
        for ranks in (2, 3):
            self.ends("exchange", "-", 5, "rank 0 has left the program (exit status 0) while rank ", ranks=ranks)

    def test_nobody_leaves_and_each_calls_on_other_ranks(self):
        for ranks in (2, 3):
            self.ends("overlap", "-", 5, "no progress for", "waiting for other ranks", ranks=ranks)

    def test_in_a_part_of_the_ranks(self):
        self.ends("part", "0", 5, "rank 2 has left the program (exit status 0) while rank 1 waits")

    def test_from_a_callback(self):
        self.ends("callback", "-", 9, "rank 0 has left the program (exit status 9)", ranks=2)

    def test_others_wait_in_mpi_itself(self):
        self.ends("mpi", "4", 4, "rank 2 has left the program (exit status 4)")

    def test_an_exception_out_of_main(self):
        self.ends("evaluate", "throw", 134, ranks=2)

    def test_work_of_their_own(self):
        rc, err, _ = run(3, "work", "0")
        self.assertEqual((rc, err), (0, ""))

    def test_all_with_an_error(self):
        rc, err, _ = run(3, "-", "all")
        self.assertEqual(rc, 3, err)
        self.assertNotIn("has left the program", err)


if __name__ == "__main__":
    unittest.main()

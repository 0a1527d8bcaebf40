"""--trace: a timeline that Perfetto can open; every rank and thread is in it, spans nest, their bytes are the job's."""
import json
import os
import stat
import unittest
from collections import defaultdict

import numpy as np

from command import MPIEXEC, Case, budget, environment, run


class Traces(Case):
    @classmethod
    def make_inputs(cls):
        np.save(cls.path("x.npy"), np.random.default_rng(3).random((600, 1000)))
        cls.keep("x.npy")

    def traced(self, *words, ranks=0):
        result = run(*words, "--trace", self.path("t.json"), "--json", "--threads", "2", ranks=ranks, env=environment(TESSERA_MEMORY=budget(200)))
        self.done(result)
        with open(self.path("t.json")) as f:
            events = json.load(f)["traceEvents"]
        return json.loads(result.out)["figures"], events

    def check_spans(self, events):
        """Of one lane: each inside or outside of each other, never across an end."""
        lanes = defaultdict(list)
        for e in events:
            if e["ph"] == "X":
                self.assertGreaterEqual(e["dur"], 0)
                lanes[e["pid"], e["tid"]].append((e["ts"], -e["dur"], e["name"]))
        for spans in lanes.values():
            open_until = []
            for begin, minus, name in sorted(spans):
                while open_until and open_until[-1] <= begin + 1e-3:
                    open_until.pop()
                if open_until:
                    self.assertLessEqual(begin - minus, open_until[-1] + 2e-3, name)
                open_until.append(begin - minus)

    def check(self, ranks):
        figures, events = self.traced("eval", "y = x - mean(x, axis=0); max(y)", "-i", "x=" + self.path("x.npy"), "-o", "y=" + self.path("y.npy"), "--force", ranks=ranks)
        self.check_spans(events)
        processes = {e["pid"] for e in events}
        self.assertEqual(processes, set(range(max(ranks, 1))))
        threads = [e for e in events if e["name"] == "thread_name"]
        self.assertEqual(len(threads), 3 * len(processes))
        spans = [e for e in events if e["ph"] == "X"]
        for pid in processes:
            names = {e["name"] for e in spans if e["pid"] == pid}
            self.assertLessEqual({"evaluation", "plan", "create", "wait", "exchange", "commit"}, names)
            stages = [e for e in spans if e["pid"] == pid and e["cat"] == "stage"]
            self.assertEqual([e["args"]["stage"] for e in stages], list(range(1, len(stages) + 1)))
            self.assertEqual(len(stages), figures["stages"])
            # No thread works longer than the evaluation takes, and that takes what the figures say.
            whole, = [e["dur"] for e in spans if e["pid"] == pid and e["name"] == "evaluation"]
            self.assertLess(abs(whole * 1e-6 - figures["seconds"]), 0.2 + 0.2 * figures["seconds"])
            for tid in (1, 2):
                self.assertLessEqual(sum(e["dur"] for e in spans if (e["pid"], e["tid"], e["name"]) == (pid, tid, "tile")), whole)
        self.assertEqual(sum(e["args"].get("bytes", 0) for e in spans if e["name"] == "read"), figures["bytes_read"])
        self.assertEqual(sum(e["args"].get("bytes", 0) for e in spans if e["name"] == "write"), figures["bytes_written"])
        self.assertEqual(sum(e["name"] == "tile" for e in spans), figures["tiles"])

    def test_one_rank(self):
        self.check(0)

    @unittest.skipUnless(MPIEXEC, "built without MPI")
    def test_three_ranks(self):
        self.check(3)

    def test_every_command_that_computes(self):
        x = self.path("x.npy")
        for words in (["stats", x], ["diff", x, x], ["copy", x, self.path("copy.h5"), "--force"]):
            figures, events = self.traced(*words)
            self.assertEqual(sum(e["args"].get("bytes", 0) for e in events if e["name"] == "read"), figures["bytes_read"])

    def test_bad_words(self):
        x = self.path("x.npy")
        self.refused(run("stats", x, "--trace", x), 2, "--trace wants a name that ends with .json")
        self.refused(run("stats", x, "--trace", self.path("none/t.json")), 3, "there is no folder")
        self.assertFalse(os.path.exists(self.path(".t.json.tessera-part")))

    def test_it_replaces_neither_inputs_nor_targets(self):
        os.link(self.path("x.npy"), self.path("x.json"))
        self.before.add("x.json")
        self.refused(run("stats", self.path("x.npy"), "--trace", self.path("x.json")), 2, "x.json: is an input")
        self.refused(run("copy", self.path("x.npy"), self.path("y.json:/y"), "--trace", self.path("./y.json")), 2, "y.json: is a target")
        os.remove(self.path("x.json"))

    def test_what_is_planted_is_not_followed(self):
        """A link under the temporary name; what the timeline replaces keeps its permissions."""
        with open(self.path("victim"), "w") as f:
            f.write("precious")
        os.symlink("victim", self.path(".t.json.tessera-part"))
        with open(self.path("t.json"), "w") as f:
            f.write("{}")
        os.chmod(self.path("t.json"), 0o600)
        self.traced("stats", self.path("x.npy"))
        with open(self.path("victim")) as f:
            self.assertEqual(f.read(), "precious")
        self.assertEqual(os.lstat(self.path("t.json")).st_mode, stat.S_IFREG | 0o600)
        for name in ("victim", "t.json"):
            os.remove(self.path(name))


if __name__ == "__main__":
    unittest.main()

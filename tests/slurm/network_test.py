"""Hosts with a network of their own between them: a slow one, and one that is cut. NETWORK=veth slurm_here.sh run network_test.py, as root."""
import os
import subprocess
import threading
import time
import unittest

from cluster import LONG, SRUN, TESSERA, Cluster

# 128 MB of states that cross the network once, after an instant of computing.
EXCHANGE = "y = mean(uniform((16, 2000, 4000), chunks=(1, 2000, 4000)), axis=0); max(y - mean(y))"


def on_node(node, *words):
    with open(os.path.join(os.environ["SLURM_HERE"], node, "inside")) as f:
        subprocess.run(["nsenter", "-t", f.read().strip(), "-n", *words], check=True)


class Network(Cluster):
    def test_bytes_that_arrive_slowly_are_progress(self):
        for node in ("n1", "n2"):
            on_node(node, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "100mbit", "burst", "64kbit", "latency", "100ms")
            self.addCleanup(on_node, node, "tc", "qdisc", "del", "dev", "eth0", "root")
        begin = time.monotonic()
        self.done(self.srun("-n", 2, "-N", 2, "--mem=0", TESSERA, "eval", EXCHANGE, "--memory", "1G", "--watchdog", 2, limit=120))
        self.assertGreater(time.monotonic() - begin, 4, "the network was not slow")

    def test_a_host_that_is_cut_off_is_named(self):
        job = self.begin(*SRUN, "-J", "cut", "-n", 2, "-N", 2, TESSERA, "eval", LONG, "-o", "y=t.h5", "--compress", "gzip:9", "--watchdog", 5)
        said, told = [], threading.Event()

        def listen():
            for line in job.stderr:
                said.append(line)
                if "nothing heard" in line:
                    told.set()

        listener = threading.Thread(target=listen)
        listener.start()
        while not any("tessera-part" in name for name in self.files()):
            self.assertIsNone(job.poll(), "".join(said))
            time.sleep(0.05)
        time.sleep(1)
        on_node("n2", "ip", "link", "set", "eth0", "down")
        begin = time.monotonic()
        noticed = told.wait(30)
        seconds = time.monotonic() - begin
        on_node("n2", "ip", "link", "set", "eth0", "up")
        self.run_all("scancel", "-n", "cut")
        listener.join(60)
        self.assertTrue(noticed, "".join(said))
        self.assertLess(seconds, 20)
        text = next(line for line in said if "nothing heard" in line)
        # A short watchdog must not make a failed job of one that SLURM would requeue.
        for part in ("tessera: warning: rank 0 on n1: ", "nothing heard from rank 1 on n2", "stage 1 of ", "for SLURM to end this job"):
            self.assertIn(part, text)
        job.wait(60)


if __name__ == "__main__":
    unittest.main()

"""Hosts with a network of their own between them: a slow one, and one that is cut. NETWORK=veth slurm_here.sh run network_test.py, as root."""
import os
import subprocess
import threading
import time
import unittest

from cluster import LONG, SRUN, TESSERA, Cluster, variables

# 128 MB of states that cross the network once, after an instant of computing.
EXCHANGE = "y = mean(uniform((16, 2000, 4000), chunks=(1, 2000, 4000)), axis=0); max(y - mean(y))"


def first_process(node):
    with open(os.path.join(os.environ["SLURM_HERE"], node, "inside")) as f:
        return f.read().strip()


def on_node(node, *words):
    subprocess.run(["nsenter", "-t", first_process(node), "-n", *words], check=True)


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
        noticed = told.wait(60)
        seconds = time.monotonic() - begin
        on_node("n2", "ip", "link", "set", "eth0", "up")
        self.run_all("scancel", "-n", "cut")
        listener.join(60)
        self.assertTrue(noticed, "".join(said))
        self.assertLess(seconds, 30)  # 12.5 on an idle machine
        text = next(line for line in said if "nothing heard" in line)
        # A short watchdog must not make a failed job of one that SLURM would requeue.
        for part in ("tessera: warning: rank 0 on n1: ", "nothing heard from rank 1 on n2", "stage 1 of ", "for SLURM to end this job"):
            self.assertIn(part, text)
        job.wait(60)


class Mpirun(Cluster):
    """mpirun without SLURM: it reaches the other host by a "remote shell", which here is nsenter."""

    KEEPALIVE = [word for setting, seconds in (("time", 5), ("intvl", 2), ("probes", 3)) for word in ("--mca", "oob_tcp_keepalive_" + setting, seconds)]

    def setUp(self):
        super().setUp()
        with open(self.path("agent"), "w") as f:
            f.write(f'#!/bin/sh\nshift\nexec nsenter -t {first_process("n2")} -n -u /bin/sh -c "$*"\n')
        os.chmod(self.path("agent"), 0o755)

    def mpirun(self, target, *words):
        line = ["mpirun", "--mca", "plm_rsh_agent", self.path("agent"), "--mca", "oob_tcp_if_include", "eth0", *words, "--bind-to", "none",
                "--host", "10.213.7.1:1,10.213.7.2:1", "-n", 2, TESSERA, "eval", LONG, "-o", "y=" + self.path(target), "--compress", "gzip:9", "--threads", 1]
        line = ["nsenter", "-t", first_process("n1"), "-n", "-u", *line]
        # A file: the daemon on the other host, which stays, keeps a pipe open.
        with open(self.path(target + ".err"), "w") as err:
            job = subprocess.Popen([str(w) for w in line], stdin=subprocess.DEVNULL, stdout=err, stderr=err, env=variables(), cwd=self.folder, start_new_session=True)
        self.addCleanup(job.kill)
        return job

    def said(self, target):
        with open(self.path(target + ".err")) as f:
            return f.read()

    def wait_until(self, holds, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end, self.said("plain.h5") + self.said("kept.h5"))
            time.sleep(0.1)

    def left(self, what):
        return subprocess.run(["pgrep", "-f", f"{what}.*{self.folder}"], capture_output=True, text=True).stdout.split()

    def end_daemons(self):
        for pid in self.left("orted"):
            subprocess.run(["kill", "-KILL", pid], stderr=subprocess.DEVNULL)

    # Tessera names the host that is cut off; mpirun itself waits for it, unless it is told to look whether it is there.
    def test_a_host_that_is_cut_off(self):
        self.addCleanup(self.end_daemons)
        plain, kept = self.mpirun("plain.h5"), self.mpirun("kept.h5", *self.KEEPALIVE)
        self.wait_until(lambda: sum("tessera-part" in name for name in self.files()) == 2)
        time.sleep(1)
        on_node("n2", "ip", "link", "set", "eth0", "down")
        self.addCleanup(on_node, "n2", "ip", "link", "set", "eth0", "up")
        self.wait_until(lambda: kept.poll() is not None)
        self.assertNotEqual(kept.returncode, 0)
        self.assertIn("lost communication", self.said("kept.h5"))
        self.wait_until(lambda: "nothing heard" in self.said("plain.h5"))
        for part in ("tessera: error: rank 0 on n1: ", "nothing heard from rank 1 on n2", "stage 1 of "):
            self.assertIn(part, self.said("plain.h5"))
        self.assertIsNone(plain.poll())
        self.wait_until(lambda: not self.left(f"^{TESSERA} eval"))  # also the ranks that are cut off


if __name__ == "__main__":
    unittest.main()

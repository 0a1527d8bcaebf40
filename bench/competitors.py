"""Processes that compete, and how a round of them is run.

Competitors take turns within a round, so that what the machine does meanwhile hits all of them; a ratio is taken within a
round, and the median over rounds is what counts. A program reports its own seconds as lines of JSON on stdout
({"who": "tessera", "seconds": [...], ...}), or is timed from start to end."""

import dataclasses
import json
import os
import signal
import statistics
import subprocess
import sys
import time


@dataclasses.dataclass
class Competitor:
    command: list
    who: str = ""            # for those timed from start to end; the others name themselves
    environment: dict = dataclasses.field(default_factory=dict)
    rounds: int = 1000       # takes part in so many rounds, for the slow ones

    def __str__(self):
        words = [os.path.basename(word) for word in self.command]
        return self.who or next((w for w in words if w in ("measure",) or w.endswith(".py")), words[0])


@dataclasses.dataclass
class Sample:
    seconds: float           # median within one process
    figures: dict            # whatever else it reported


def environment(threads):
    """For every competitor: so many threads, and mpirun told that root and two ranks on few cores are meant."""
    own = dict(os.environ, OMP_NUM_THREADS=str(threads), NUMBA_NUM_THREADS=str(threads), OMPI_MCA_rmaps_base_oversubscribe="1")
    if os.geteuid() == 0:
        own |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return own


def run(competitor, base_environment, limit=900):
    """Runs one process. returns: {who: Sample}."""
    start = time.perf_counter()
    process = subprocess.Popen(competitor.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=base_environment | competitor.environment, preexec_fn=os.setpgrp)
    try:
        output, errors = process.communicate(timeout=limit)
    except BaseException:  # too slow, or interrupted: mpirun passes SIGTERM on to its ranks
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
        raise
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        sys.exit(f"{' '.join(competitor.command)}\nexit code {process.returncode}\n{output}{errors}")
    if competitor.who:
        figures = json.loads(output).get("figures", {}) if output.startswith("{") else {}
        return {competitor.who: Sample(seconds, figures)}
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return {line.pop("who"): Sample(statistics.median(line.pop("seconds")), line) for line in lines}


def race(competitors, rounds, base_environment, before=lambda text: None):
    """Calls `before` (with words on what comes) before each process. returns: {who: [Sample or None per round]}."""
    results = {}
    for number in range(rounds):
        for competitor in competitors:
            if number >= competitor.rounds:
                continue
            before(f"round {number + 1} of {rounds}: {competitor}")
            for who, sample in run(competitor, base_environment).items():
                results.setdefault(who, [None] * rounds)[number] = sample
    return results


def median_seconds(samples):
    return statistics.median(s.seconds for s in samples if s)


def median_ratio(ours, theirs):
    """How many times as long the other took, round by round; the median."""
    return statistics.median(b.seconds / a.seconds for a, b in zip(ours, theirs) if a and b)


def largest(samples, figure):
    return max(s.figures[figure] for s in samples if s)

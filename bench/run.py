#!/usr/bin/env python3
"""Tessera beside its peers, as a table: ./dev bench, or

    bench/run.py BUILD-FOLDER [--quick] [--rows add,sum] [--rounds 5] [--json] [--folder DIR] [--keep]

Each row is run in rounds in which all competitors take turns; the table shows medians over the rounds, and the median of the
ratios taken within each round. Ratios: how many times as long the other took. Needs 14 GiB of memory and 5 GiB of disk
(--quick: next to nothing, and says nothing about speed)."""

import argparse
import datetime
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys

import competitors
import rows
import table

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("build", help="where Tessera was built, with bin/tessera and bench/measure")
parser.add_argument("--quick", action="store_true", help="small sizes, one round: does everything still run?")
parser.add_argument("--rows", help="only these, by name: add,chain,sum,pi,rechunk,file,repack and so on; a name that is none lists them")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=2, help="Tessera's and the peers'")
parser.add_argument("--json", nargs="?", const="", metavar="FILE", help="also write the figures; default: bench/results/DATE.json")
parser.add_argument("--folder", help="for files of some GiB; default: in BUILD-FOLDER/bench")
parser.add_argument("--keep", action="store_true", help="leave the files there for the next run")
parser.add_argument("--python", default="/usr/bin/python3", help="the Python that has NumPy, SciPy, Dask, Numba and h5py")


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def machine():
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.split(":")[1].strip() for line in cpuinfo if line.startswith("model name")), "")
    with open("/proc/meminfo") as meminfo:
        memory = int(next(line for line in meminfo if line.startswith("MemTotal")).split()[1]) / 2**20
    return {"processor": model, "cpus": len(os.sched_getaffinity(0)), "memory_gib": round(memory, 1)}


def provenance(setup):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    commit = first_line(["git", "-C", root, "rev-parse", "--short", "HEAD"])
    changed = bool(first_line(["git", "-C", root, "status", "--porcelain", "--untracked-files=no"]))
    versions = "from importlib.metadata import version, PackageNotFoundError\n" \
               "for name in ('numpy', 'scipy', 'dask', 'dask-array', 'numba', 'h5py', 'scikit-learn', 'flox', 'xarray', 'bottleneck', 'opencv-python-headless'):\n" \
               "  try: print(name, version(name), end=' ')\n  except PackageNotFoundError: pass"
    words = first_line([setup.python, "-c", versions]).split()
    return {"date": datetime.date.today().isoformat(), "commit": commit + ("+" if changed else ""), "machine": machine(),
            "threads": setup.threads, "versions": dict(zip(words[::2], words[1::2])),
            "load_at_start": round(os.getloadavg()[0], 2)}


def without_places(command, setup):
    """A command as it can be published: no folders of this machine."""
    text = shlex.join(command)
    for place, name in ((setup.folder, "files"), (setup.peers, "bench/peers"), (setup.build, "build"), (setup.python, "python3")):
        text = text.replace(place, name)
    return text


def warm(path):
    """Into the page cache; a competitor may have needed its memory."""
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def remove(files):
    for path in files:
        if os.path.exists(path):
            os.remove(path)
    files.clear()


def main():
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    folder = os.path.abspath(arguments.folder or f"{build}/bench/{'few' if arguments.quick else 'files'}")
    setup = rows.Setup(build, folder, arguments.python, arguments.threads, arguments.quick)
    wanted = arguments.rows.split(",") if arguments.rows else None
    chosen = [row for row in rows.all_rows(setup) if wanted is None or row.name in wanted]
    if wanted and len(chosen) != len(set(wanted)):
        parser.error(f"rows are: {', '.join(row.name for row in rows.all_rows(setup))}")
    facts = provenance(setup)
    if facts["load_at_start"] > 0.3 and not setup.quick:
        print(f"The load is {facts['load_at_start']}: other work on this machine disturbs the figures.", file=sys.stderr)

    def progress(text):
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # so that the competitor that runs is ended too
    os.makedirs(folder, exist_ok=True)
    environment = competitors.environment(setup.threads)
    lines, details, made = [], [], []
    try:
        for row in chosen:
            for path, command in row.files:
                if not os.path.exists(path):
                    made.append(path)
                    progress(f"{row.name}: making {os.path.basename(path)}")
                    subprocess.run([*command[:3], path + ".part", *command[4:]], check=True, env=environment)
                    os.rename(path + ".part", path)

            def before(text, row=row):
                progress(f"{row.name}: {text}")
                for path, _ in row.files:
                    warm(path)

            results = competitors.race(row.competitors, 1 if setup.quick else arguments.rounds, environment, before)
            progress("")
            judged = rows.judge(row, results, setup.quick)
            table.show(judged, first=not lines)
            lines += judged
            details.append({"row": row.name, "commands": [without_places(c.command, setup) for c in row.competitors],
                            "rounds": {who: [s and {"seconds": s.seconds, **s.figures} for s in samples] for who, samples in results.items()}})
            if not arguments.keep:
                remove(made)
    finally:
        if not arguments.keep:
            remove(made + [f"{folder}/{name}" for name in ("result.h5", "peer.nc")])
            shutil.rmtree(f"{folder}/numba", ignore_errors=True)
            if not os.listdir(folder):
                os.rmdir(folder)
    reached = [line["reached"] for line in lines]
    verdict = "Sizes too small to judge." if setup.quick else f"{reached.count(True)} targets reached, {reached.count(False)} missed."
    print(f"\n{verdict} {facts['date']}, commit {facts['commit']}, {facts['machine']['processor']}, {facts['threads']} threads.")
    print("Peers: " + ", ".join(f"{name} {number}" for name, number in facts["versions"].items()) + ".")
    if arguments.json is not None:
        target = arguments.json or os.path.join(os.path.dirname(os.path.abspath(__file__)), "results", f"{facts['date']}.json")
        os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
        with open(target, "w") as file:
            json.dump({**facts, "table": lines, "details": details}, file, indent=1, ensure_ascii=False)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

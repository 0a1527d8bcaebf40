#!/usr/bin/env python3
"""The table that bench/gpu.sh ends with: what bench/gpu_rows.cpp and bench/peers/gpu_peers.py measured in the same run, and what it has to reach.

    gpu_table.py FILE [--rehearsal]

FILE has their lines of JSON. A time is the least of its rounds; a ratio says how many times as long the other took. Ends with 1 where
Tessera has no figure, or a peer neither a figure nor a line that says why it is left out. --rehearsal: nothing is reached or missed."""

import argparse
import json
import sys

import table

OURS, COPY, LAUNCH = "Tessera", "a copy of as many bytes", "a known expression of 512 KiB"
FLOATS = ("float32", "float64")
LAUNCH_MOST = 10e-6  # seconds
NUMBA_GUIDE = ("Numba's guide, its machine", 6.9)  # seconds for 1e10 points
KNOWN = {(NUMBA_GUIDE[0], "pi", "float64"): NUMBA_GUIDE[1]}

# Works, their dtypes, and by whom they are compared with the least ratio that is asked for; 0: none is.
FUSED = ("`x + 2`", "`sum(sqrt(x) + x**2)`", "ten operations", "Black–Scholes")
ROWS = [*((work, FLOATS, {COPY: 0.9, "CuPy": 3, "cupy.fuse": 1, "JAX jit": 1}) for work in FUSED),
        ("`exp(x) * sin(x)`", FLOATS, {COPY: 0, "CuPy": 0, "cupy.fuse": 0, "JAX jit": 0}),
        *((work, FLOATS, {COPY: 0.85, "CuPy": 0, "JAX jit": 0}) for work in ("mean over axis 0", "mean over axis 1", "`argmax`", "`var`")),
        ("mean of rows of 256", FLOATS, {COPY: 0, "CuPy": 0, "JAX jit": 0}),
        ("pi", ("float64",), {NUMBA_GUIDE[0]: 20, "CuPy": 0, "JAX jit": 0}),
        ("matmul", ("float32", "TF32", "float64"), {"torch.mm": 0.97}),
        ("`sum(x * 2)` of the host's memory", ("float32",), {"sending pinned memory": 0.85}),
        (LAUNCH, ("float64",), {})]


def read(lines):
    """returns: the least seconds by (who, work, dtype); why there are none by the same, work and dtype None for all of a peer's; and
    the peers' libraries with their versions."""
    figures, left_out, names = dict(KNOWN), {}, {}
    for line in (json.loads(line) for line in lines if line.startswith("{")):
        key = line["who"], line.get("work"), line.get("dtype")
        if "left_out" in line:
            left_out[key] = line["left_out"]
            continue
        figures[key] = min(line["seconds"])
        if "by" in line:
            names[line["who"]] = line["by"]
    return figures, left_out, names


def judge(figures):
    """returns: lines for table.show, of those alone that both have measured."""
    lines = []
    for work, dtypes, targets in ROWS:
        for dtype in dtypes:
            ours = figures.get((OURS, work, dtype))
            if ours is None:
                continue
            line = {"work": f"{work}, {dtype}", "tessera": ours, "reached": None}
            for who, least in targets.items():
                theirs = figures.get((who, work, dtype))
                if theirs is None:
                    continue
                lines.append(line | {"against": who, "other": theirs, "ratio": theirs / ours})
                if least:
                    lines[-1] |= {"target": f"≥ {least:g} ×", "reached": theirs / ours >= least}
            if work == LAUNCH:
                lines.append(line | {"against": "host time", "value": ours * 1e6, "unit": "µs", "target": f"≤ {LAUNCH_MOST * 1e6:g} µs",
                                     "reached": ours <= LAUNCH_MOST})
    return lines


def gaps(figures, left_out):
    """returns: sentences about what should be there and is not."""
    sentences = []
    for work, dtypes, targets in ROWS:
        for who in (OURS, *targets):
            of_all = (who, None, None) in left_out
            lacking = [d for d in dtypes if (who, work, d) not in figures and (who, work, d) not in left_out and not of_all]
            if lacking:
                sentences.append(f"{who} has no figure of {work}, {', '.join(lacking)}.")
    return sentences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--rehearsal", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.file, encoding="utf-8") as file:
        figures, left_out, names = read(file)
    lines = judge(figures)
    if arguments.rehearsal:
        lines = [line | {"reached": None} for line in lines]
    table.show(lines, first=True)
    verdicts = [line["reached"] for line in lines]
    print("\nA rehearsal: nothing is reached or missed." if arguments.rehearsal
          else f"\n{verdicts.count(True)} targets reached, {verdicts.count(False)} missed.")
    if names:
        print("Peers: " + ", ".join(f"{who} by {name}" for who, name in sorted(names.items())) + ".")
    for (who, work, dtype), why in left_out.items():
        print(f"{who} is left out{f' of {work}, {dtype}' if work else ''}: {why}.")
    lacking = gaps(figures, left_out)
    for sentence in lacking:
        print(sentence)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())

"""NumPy: `x + 2` into a new array, as everybody writes it."""

import argparse

import numpy
from timing import report, timed

parser = argparse.ArgumentParser()
parser.add_argument("--shape", required=True)
parser.add_argument("--rounds", type=int, default=3)
arguments = parser.parse_args()

x = numpy.full(tuple(map(int, arguments.shape.split(","))), 0.5)
seconds, y = timed(lambda: x + 2, arguments.rounds)
assert y[0, 0, 0] == 2.5
report("NumPy", seconds)

"""Numba: `x + 2` and Black and Scholes' prices into existing arrays, and the prange example of its guide (Monte Carlo pi).
Compiling is not timed; no fastmath."""

import argparse
import math
import random

import numba
import numpy
from timing import report, timed


@numba.njit(parallel=True, cache=True)
def add(x, out):
    for i in numba.prange(x.size):
        out[i] = x[i] + 2


@numba.njit(parallel=True, cache=True)
def monte_carlo_pi(n):
    inside = 0
    for _ in numba.prange(n):
        x = random.random()
        y = random.random()
        if x * x + y * y < 1.0:
            inside += 1
    return 4.0 * inside / n


@numba.njit(parallel=True, cache=True)
def black_scholes(spot, strike, years, call, put):
    for i in numba.prange(spot.size):
        spread = 0.3 * math.sqrt(years[i])
        d1 = (math.log(spot[i] / strike[i]) + (0.02 + 0.3**2 / 2) * years[i]) / spread
        d2 = d1 - spread
        discounted = strike[i] * math.exp(-0.02 * years[i])
        value = spot[i] * (0.5 + 0.5 * math.erf(d1 * 0.5**0.5)) - discounted * (0.5 + 0.5 * math.erf(d2 * 0.5**0.5))
        call[i] = value
        put[i] = value - spot[i] + discounted


parser = argparse.ArgumentParser()
parser.add_argument("case", choices=["add", "pi", "black_scholes"])
parser.add_argument("--shape", default="1024")
parser.add_argument("--options", type=int, default=1000)
parser.add_argument("--points", type=int, default=1000)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=3)
arguments = parser.parse_args()
numba.set_num_threads(arguments.threads)

if arguments.case == "add":
    x = numpy.full(tuple(map(int, arguments.shape.split(","))), 0.5)
    out = numpy.zeros_like(x)
    seconds, _ = timed(lambda: add(x.reshape(-1), out.reshape(-1)), arguments.rounds)
    assert out[0, 0, 0] == 2.5
elif arguments.case == "black_scholes":
    generator = numpy.random.default_rng(1)
    spot, strike, years = (generator.uniform(a, b, arguments.options) for a, b in ((10, 50), (10, 50), (1, 2)))
    call, put = numpy.zeros_like(spot), numpy.zeros_like(spot)
    seconds, _ = timed(lambda: black_scholes(spot, strike, years, call, put), arguments.rounds)
    assert 0 <= call.min() and call.max() < 50
else:
    monte_carlo_pi(1000)
    seconds, estimate = timed(lambda: monte_carlo_pi(arguments.points), arguments.rounds, warm=0)
    assert abs(estimate - math.pi) < 10 / math.sqrt(arguments.points)
report("Numba", seconds)

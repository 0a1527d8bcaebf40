"""The work of bench/gpu_rows.cpp by other libraries on a GPU, one of them a process: CuPy as everybody writes it and with
cupy.fuse, JAX under jit, PyTorch's product of matrices.

    gpu_peers.py cupy|jax|torch [--bytes 4294967296] [--points 10000000000] [--rows 10000] [--rounds 5] [--rehearse]

Prints a line of JSON for each figure, and {"who": ..., "left_out": why} for what there is none of: a library or a GPU that is not
there is no failure. Data is made on the GPU; a round ends when the GPU has finished, results stay there. The first round, which compiles,
is not counted. What comes out is compared with what NumPy makes of a few points.

--rehearse: on the CPU, NumPy standing in for CuPy. What fails then for another reason than that a library is missing ends the
process with 1."""

import argparse
import importlib
import json
import math
import os
import sys

from timing import report, timed

SUM, PIECE = "`sum(sqrt(x) + x**2)`", 10**8  # random points at a time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("peer", choices=["cupy", "jax", "torch"])
parser.add_argument("--bytes", type=int, default=4 << 30, help="of an array")
parser.add_argument("--points", type=int, default=10**10, help="of pi")
parser.add_argument("--rows", type=int, default=10000, help="of the matrices, which are square")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--rehearse", action="store_true")


class NotHere(Exception):
    """A library or a GPU that there is none of."""


def ten_operations(xp, x):
    t = x * 1.1 + 2.0
    u = (t * x - 0.5) * x + 3.0
    return xp.abs(u - t) * 0.25 + x


def black_scholes(xp, erf, x):
    """European calls at a price of 100 and a rate of 5 %, on stocks at 50 to 150, in a year: as in gpu_rows.cpp."""
    strike, rate, volatility = 100, 0.05, 0.2
    stock = x * 100 + 50
    d1 = (xp.log(stock / strike) + (rate + volatility * volatility / 2)) / volatility

    def below(d):
        return 0.5 + 0.5 * erf(d * math.sqrt(0.5))

    return stock * below(d1) - below(d1 - volatility) * (strike * math.exp(-rate))


def elementwise(xp, erf):
    """What is fused to one kernel, by name; `x` in [0, 1)."""
    return {"`x + 2`": lambda x: x + 2,
            SUM: lambda x: xp.sum(xp.sqrt(x) + x**2),
            "ten operations": lambda x: ten_operations(xp, x),
            "Black–Scholes": lambda x: black_scholes(xp, erf, x),
            "`exp(x) * sin(x)`": lambda x: xp.exp(x) * xp.sin(x)}


def reductions(xp):
    return {"mean over axis 0": lambda x: xp.mean(x, axis=0),
            "mean over axis 1": lambda x: xp.mean(x, axis=1),
            "mean of rows of 256": lambda x: xp.mean(x.reshape(-1, 256), axis=1),
            "`argmax`": lambda x: xp.argmax(x),
            "`var`": lambda x: xp.var(x)}


def numpy_erf(x):  # SciPy may not be there
    import numpy

    return numpy.vectorize(math.erf, otypes=[x.dtype])(x)


def mean_of(work, result, x):
    """Of what `work` makes; of a sum, by elements."""
    return float(result.mean()) / (x.size if work == SUM else 1)


def expected_means():
    """By name of the work, on points that lie evenly in [0, 1); none for positions."""
    import numpy

    x = ((numpy.arange(1 << 16) + 0.5) / (1 << 16)).reshape(16, -1)
    works = elementwise(numpy, numpy_erf) | reductions(numpy)
    return {name: mean_of(name, f(x), x) for name, f in works.items() if name != "`argmax`"}


class Peer:
    """One library: measures and reports, and goes on after what fails."""

    def __init__(self, arguments, wait, by):
        self.rounds, self.wait, self.by, self.rehearses = arguments.rounds, wait, by, arguments.rehearse

    def measure(self, who, work, dtype, function, check, rounds=None):
        """`function` returns what `wait` waits for; `check` returns what is wrong with it, or nothing."""
        try:
            seconds, result = timed(lambda: self.wait(function()), rounds or self.rounds)
            wrong = check(result)
            if wrong:
                raise ArithmeticError(wrong)
        except Exception as error:  # out of memory, or what a library can't do: the next row may
            if self.rehearses:
                raise
            left_out(who, error, work=work, dtype=dtype)
        else:
            report(who, seconds, work=work, dtype=dtype, by=self.by)


def left_out(who, why, **row):
    text = (str(why).strip().splitlines() or [""])[0][:200]
    print(json.dumps({"who": who, "left_out": f"{type(why).__name__}: {text}" if not isinstance(why, NotHere) else text, **row}),
          flush=True)


def checks(means, work, dtype, x):
    """What is asked of the result of `work` on `x`, uniform in [0, 1)."""

    def check(result):
        if work == "`argmax`":
            found, largest = float(x.reshape(-1)[int(result)]), float(x.max())
            return "" if found == largest else f"argmax found {found}, not {largest}"
        if str(result.dtype) != dtype:
            return f"the result is of {result.dtype}"
        mean = mean_of(work, result, x)  # the elements are random, and may be few
        return "" if abs(mean - means[work]) < 0.03 * abs(means[work]) else f"the mean is {mean}, not {means[work]}"

    return check


def near_pi(points):
    return lambda result: "" if abs(float(result) - math.pi) < 10 / math.sqrt(points) else f"pi is {float(result)}"


def shape_of(arguments, item):
    return max(1, arguments.bytes // item // 4096), 4096


def by_cupy(arguments):
    if arguments.rehearse:
        import numpy as xp

        erf, fuse, by, wait = numpy_erf, None, f"NumPy {xp.__version__}", lambda result: result
    else:
        import cupy as xp
        from cupyx.scipy.special import erf

        try:
            xp.cuda.runtime.getDeviceCount()
        except xp.cuda.runtime.CUDARuntimeError as error:
            raise NotHere(f"CuPy finds no GPU: {error}") from None
        fuse, by = xp.fuse, f"CuPy {xp.__version__}"

        def wait(result):
            xp.cuda.get_current_stream().synchronize()
            return result

    peer, means, random = Peer(arguments, wait, by), expected_means(), xp.random.default_rng(1)
    if not fuse:
        left_out("cupy.fuse", NotHere("NumPy, which stands in for CuPy, fuses nothing"))
    for dtype in ("float32", "float64"):
        x = random.random(shape_of(arguments, xp.dtype(dtype).itemsize), dtype=dtype)
        fusible = elementwise(xp, erf)
        for work, function in (fusible | reductions(xp)).items():
            check = checks(means, work, dtype, x)
            peer.measure("CuPy", work, dtype, lambda: function(x), check)
            if fuse and work in fusible:
                fused = fuse(kernel_name="fused")(function)  # lambdas have no name that a kernel could have
                peer.measure("cupy.fuse", work, dtype, lambda: fused(x), check)
        del x, check

    def pi():
        inside, piece = 0, min(PIECE, arguments.points)
        for _ in range(arguments.points // piece):
            x, y = random.random(piece), random.random(piece)
            inside = inside + (x * x + y * y < 1).sum()
        return 4 * inside / (arguments.points // piece * piece)

    peer.measure("CuPy", "pi", "float64", pi, near_pi(arguments.points), rounds=1)


def by_jax(arguments):
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    import jax

    if arguments.rehearse:
        jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)  # float32 stays what it is
    import jax.numpy as xp
    from jax.scipy.special import erf

    if jax.default_backend() != "gpu" and not arguments.rehearse:
        raise NotHere(f"JAX finds no GPU: it would compute on {jax.default_backend()}")
    peer, means = Peer(arguments, jax.block_until_ready, f"JAX {jax.__version__}"), expected_means()
    for dtype in ("float32", "float64"):
        shape = shape_of(arguments, xp.dtype(dtype).itemsize)
        x = jax.jit(lambda key: jax.random.uniform(key, shape, dtype))(jax.random.key(1)).block_until_ready()
        for work, function in (elementwise(xp, erf) | reductions(xp)).items():
            jitted = jax.jit(function)
            peer.measure("JAX jit", work, dtype, lambda: jitted(x), checks(means, work, dtype, x))
        del x
    piece = min(PIECE, arguments.points)
    pieces = arguments.points // piece

    @jax.jit
    def pi(key):
        def add(k, inside):
            x, y = (jax.random.uniform(one, (piece,), "float64") for one in jax.random.split(jax.random.fold_in(key, k)))
            return inside + xp.sum(x * x + y * y < 1)

        return 4 * jax.lax.fori_loop(0, pieces, add, xp.int64(0)) / (pieces * piece)

    peer.measure("JAX jit", "pi", "float64", lambda: pi(jax.random.key(42)), near_pi(arguments.points), rounds=1)


def by_torch(arguments):
    import torch

    if not torch.cuda.is_available() and not arguments.rehearse:
        raise NotHere("PyTorch finds no GPU")
    device, n = "cpu" if arguments.rehearse else "cuda", arguments.rows

    def wait(result):
        if device == "cuda":
            torch.cuda.synchronize()
        return result

    peer = Peer(arguments, wait, f"PyTorch {torch.__version__}")
    for name, dtype in (("float32", torch.float32), ("TF32", torch.float32), ("float64", torch.float64)):
        torch.backends.cuda.matmul.allow_tf32 = name == "TF32"
        a, b = (torch.rand(n, n, dtype=dtype, device=device) * 2 - 1 for _ in range(2))

        def check(c):  # its first row in float64; TF32 rounds factors to 2^-11 of themselves
            off = float((c[0].double() - a[0].double() @ b.double()).abs().max())
            return "" if off < 0.01 * math.sqrt(n) else f"the first row is off by {off}"

        peer.measure("torch.mm", "matmul", name, lambda: torch.mm(a, b), check)


PEERS = {"cupy": (by_cupy, ["CuPy", "cupy.fuse"]), "jax": (by_jax, ["JAX jit"]), "torch": (by_torch, ["torch.mm"])}


def main():
    arguments = parser.parse_args()
    run, names = PEERS[arguments.peer]
    try:
        importlib.import_module("numpy" if arguments.rehearse and arguments.peer == "cupy" else arguments.peer)
    except Exception as error:  # not there, or not whole
        for name in names:
            left_out(name, NotHere(f"{type(error).__name__}: {error}"))
        return 0
    try:
        run(arguments)
    except Exception as error:
        if arguments.rehearse:
            raise
        for name in names:
            left_out(name, error)
    return 0


if __name__ == "__main__":
    sys.exit(main())

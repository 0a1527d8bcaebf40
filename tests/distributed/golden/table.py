"""Every operation of the table of elementwise operations, in every dtype that its rule takes: a new line there is tested here."""
import math
import subprocess

import numpy as np

from elementwise import WIDER, wide
from values import ALL, BOOL, COMPLEX, INTEGERS, REAL

INEXACT = REAL + COMPLEX
# What NumPy 1.24 lacks, or has otherwise than NumPy 2.
OTHER = {
    "exp10": lambda x: np.power(x.dtype.type(10), x),
    "erf": np.vectorize(math.erf, otypes=["float64"]),
    "erfc": np.vectorize(math.erfc, otypes=["float64"]),
    "frexp_mantissa": lambda x: np.frexp(x)[0],
    "frexp_exponent": lambda x: np.frexp(x)[1],
    "complex": lambda a, b: combined(a, b),
    "sinc": lambda x: exact_sinc(x),
    "i0": lambda x: np.where(np.isinf(x), np.inf, np.i0(x)),  # NumPy: NaN
    "sign": lambda x: x / np.abs(x) if x.dtype.kind == "c" else np.sign(x),
}
# Subtracted logarithms cancel: no relative bound.
CANCEL = {"logaddexp": 16, "logaddexp2": 16}
NO_BOOL = ["negative", "positive", "subtract", "sign"]


def combined(a, b):
    out = np.empty(a.shape, "complex64" if a.dtype == np.float32 else "complex128")
    out.real, out.imag = a, b
    return out


def exact_sinc(x):
    """Without NumPy's rounded pi: 0 for whole numbers."""
    pi = np.longdouble("3.14159265358979323846264338327950288").astype(x.real.dtype)
    n = np.rint(x.real)
    sine = np.sin(pi * (x - n)) * np.where(np.fmod(n, 2) == 0, 1, -1)
    return np.where(x == 0, 1, sine / (pi * np.where(x == 0, 1, x)))


def computed_in(name, rule, t):
    """The dtype that an operation computes in, None where it refuses."""
    if rule in ("any", "magnitude", "predicate", "equality", "logical"):
        return t
    if rule == "numeric":
        return t if t != "bool" else None if name in NO_BOOL else "int8"
    if rule == "real":
        return None if t in COMPLEX else "int8" if t == "bool" else t
    if rule == "inexact":
        return t if t in INEXACT else "float64"
    if rule in ("floating", "compose", "exponent", "scale"):
        return None if t in COMPLEX else t if t in REAL else "float64"
    if rule in ("rounding", "real_predicate", "order", "order_keep"):
        return None if t in COMPLEX else t
    if rule == "bitwise":
        return t if t in BOOL + INTEGERS else None
    if rule == "shift":
        return "int8" if t == "bool" else t if t in INTEGERS else None
    raise ValueError(f"{name}: the rule {rule} is new: say here what it computes in")


def tolerance(name, kernel, ulps, t):
    """Twice the table's allowance: NumPy's own function has its error too."""
    if t in COMPLEX:
        return {"pow": "ulp:32", "abs": "ulp:2", "sinc": "ulp:64"}.get(name, "exact" if kernel == "plain" else "ulp:8")
    if t not in REAL or ulps == 0:
        return "unsigned" if name in ("minimum", "maximum", "fmin", "fmax") else "exact"
    eps = np.finfo(t).eps
    return f"ulp:{ulps + 1:g}" + (f",abs:{CANCEL[name] * eps:.3g}" if name in CANCEL else "")


def expected(name, numpy, ulps, *arrays):
    f = OTHER.get(name) or getattr(np, numpy)
    t = arrays[0].dtype.name
    if t in COMPLEX and name not in ("add", "subtract", "multiply", "divide", "reciprocal", "square", "equal", "not_equal", "isnan", "isinf", "isfinite", "rint",
                                     "logical_not", "logical_and", "logical_or", "logical_xor", "real", "imag", "conj", "negative", "positive"):
        return wide(f, *arrays)
    if ulps == 0 or t not in REAL:
        return f(*arrays)
    return f(*[a.astype(WIDER[t]) for a in arrays]).astype(t)


def make(g, program):
    lines = subprocess.run([program, "tsv"], capture_output=True, text=True, check=True).stdout.splitlines()
    for line in lines:
        name, arity, rule, numpy, kernel, ulps = line.split("\t")
        arity, ulps = int(arity), float(ulps)
        if rule == "choose" or rule == "scale":  # elementwise.py, and below
            continue
        for t in ALL:
            c = computed_in(name, rule, t)
            if c is None:
                continue
            within = tolerance(name, kernel, ulps, c)
            # Complex functions on moderate values: special ones are the business of special_cases.txt.
            awkward = c not in COMPLEX or kernel == "plain" and name != "abs"
            if arity == 1:
                for x in ["a_" if awkward else "m_", "x_"]:
                    value = g.inputs[x + t].astype(c)
                    if rule == "rounding" and c not in REAL:  # as NumPy 2.1: integers stay
                        g.case(f"({name} {x}{t})", value)
                        continue
                    g.case(f"({name} {x}{t})", expected(name, numpy, ulps, value), within)
                continue
            for x, y in [("a_", "b_"), ("m_", "n_")] if awkward else [("m_", "n_")]:
                if name == "pow" and c not in INEXACT:
                    continue  # elementwise.py: no negative exponents
                g.case(f"({name} {x}{t} {y}{t})", expected(name, numpy, ulps, g.inputs[x + t].astype(c), g.inputs[y + t].astype(c)), within)
    e = g.input("exponents", np.resize(np.array([0, 1, -1, 5, -30, 200, -140, 1000, -1070, 5000, -5000], "int16"), 211))
    for t in BOOL + INTEGERS + REAL:
        m = g.inputs["m_" + t]
        c = computed_in("ldexp", "scale", t)
        g.case(f"(ldexp m_{t} exponents)", np.ldexp(m.astype(c), e.astype("int32")))
        g.case(f"(ldexp a_{t} -3)", np.ldexp(g.inputs["a_" + t].astype(c), -3))
        if t not in REAL:
            g.case(f"(ldexp m_float32 m_{t})", np.ldexp(g.inputs["m_float32"], m.astype("int32")))

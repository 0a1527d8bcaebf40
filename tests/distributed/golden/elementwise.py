"""Operations of mixed dtypes and of scalars; astype; broadcasting; fused chains. (table.py has every operation in every dtype.)"""
import operator

import numpy as np

from values import ALL, BOOL, COMPLEX, INTEGERS, REAL, SIGNED, UNSIGNED

INEXACT = REAL + COMPLEX
WIDER = {"float32": np.float64, "float64": np.longdouble, "complex64": np.complex128, "complex128": np.clongdouble}


def inexact(dtype):
    """What Tessera computes sqrt, exp, divide ... of a dtype in."""
    return dtype if dtype in INEXACT else "float64"


def promote(a, b):
    return np.result_type(np.dtype(a), np.dtype(b)).name


def weak(dtype, scalar):
    """NumPy 2's dtype of an array with a Python scalar."""
    kinds = [BOOL, INTEGERS, REAL, COMPLEX]
    of = next(i for i, k in enumerate(kinds) if dtype in k)
    k = 0 if isinstance(scalar, bool) else 1 if isinstance(scalar, int) else 2 if isinstance(scalar, float) else 3
    if k <= of:
        return dtype
    return ["bool", "int64", "float64", "complex64" if dtype == "float32" else "complex128"][k]


def wide(f, *arrays):
    """f computed in more precision than its operands have, rounded once."""
    t = arrays[0].dtype.name
    out = f(*[a.astype(WIDER[t]) for a in arrays])
    return out if out.dtype == bool else out.astype(t if out.dtype.kind == "c" or t in REAL else {"complex64": "float32", "complex128": "float64"}[t])


def whole_powers(g):
    """No negative exponents: they are refused for scalars and have no answer."""
    for t in BOOL + INTEGERS:
        a = g.inputs["a_" + t]
        exponents = g.input("p_" + t, np.resize(np.array([0, 1, 2, 3, 5, 7, 20, 63], t), a.shape))
        g.case(f"(pow a_{t} p_{t})", np.power(a, exponents))


def complex_powers(g):
    """Special values of both operands, every pair; finite results loosely, because the C library's power is."""
    for t, large in (("complex64", 1e30), ("complex128", 1e200)):
        parts = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, np.inf, -np.inf, np.nan]
        z = [complex(a, b) for a in parts for b in parts]
        a = g.input("special_" + t, np.array(z + [complex(large, 1), complex(-1, large), complex(large, large)], t).reshape(-1, 1))
        b = g.input("powers_" + t, np.array(z, t))
        g.case(f"(pow special_{t} powers_{t})", np.power(a, b), "ulp:2000")


def mixed(g):
    """Every pair of dtypes, broadcast: (5, 1, 4) with (3, 1)."""
    for t in ALL:
        for o in ALL:
            u, w = g.inputs["u_" + t], g.inputs["w_" + o]
            r = promote(t, o)
            g.case(f"(add u_{t} w_{o})", np.add(u.astype(r), w.astype(r)))
            g.case(f"(equal u_{t} w_{o})", np.equal(u.astype(r), w.astype(r)))  # small numbers: integer_edges has the others
            g.case(f"(where (index mask 0:5,:3,:4) u_{t} w_{o})", np.where(g.inputs["mask"][0:5, :3, :4], u.astype(r), w.astype(r)))
            if r not in COMPLEX:
                g.case(f"(maximum u_{t} w_{o})", np.maximum(u.astype(r), w.astype(r)))
                g.case(f"(less u_{t} w_{o})", np.less(u.astype(r), w.astype(r)))


COMPARISONS = {"equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
               "greater_equal": operator.ge}


def compared(f, a, b):
    """f of Python's integers, element by element: exact, which NumPy 1.24 is not between int64 and uint64."""
    return np.array([f(int(x), int(y)) for x, y in np.broadcast(a, b)], bool).reshape(np.broadcast(a, b).shape)


def integer_edges(g):
    """Where float64 can't tell integers apart, and where one dtype ends: all pairs of signed and unsigned, and numbers."""
    around = [0, 1, 2 ** 53, 2 ** 53 + 1, 7 * 10 ** 17 - 1, 7 * 10 ** 17, 7 * 10 ** 17 + 1, 2 ** 63 - 2, 2 ** 63 - 1]
    unsigned = g.input("edge_uint64", np.array(around + [2 ** 63, 2 ** 63 + 1, 2 ** 64 - 2, 2 ** 64 - 1], "uint64"))
    signed = {"int64": g.input("edge_int64", np.array(around + [-1, -2, -2 ** 53 - 1, -2 ** 63 + 1, -2 ** 63], "int64").reshape(-1, 1))}
    for t in ("int8", "int16", "int32"):
        i = np.iinfo(t)
        signed[t] = g.input("edge_" + t, np.array([0, 1, -1, i.min, i.max], t).reshape(-1, 1))
    for name, f in COMPARISONS.items():
        for t, x in signed.items():
            g.case(f"({name} edge_{t} edge_uint64)", compared(f, x, unsigned))
            g.case(f"({name} edge_uint64 edge_{t})", compared(f, unsigned, x))
        for t, numbers in [("int8", [-129, -128, 127, 128, 2 ** 64 - 1]), ("int64", [2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1]),
                           ("uint64", [-2 ** 63, -1, 2 ** 63, 2 ** 64 - 1]), ("bool", [-1, 0, 2, 2 ** 63])]:
            x = unsigned if t == "uint64" else g.inputs["x_bool"] if t == "bool" else signed[t]
            for n in numbers:
                g.case(f"({name} {'x' if t == 'bool' else 'edge'}_{t} {n})", compared(f, x, n))
                g.case(f"({name} {n} {'x' if t == 'bool' else 'edge'}_{t})", compared(f, np.array(n, object), x))
    # What decides by them: the chosen values are float64, as in NumPy.
    x = signed["int64"]
    g.case("(where (less edge_int64 edge_uint64) edge_int64 edge_uint64)",
           np.where(compared(operator.lt, x, unsigned), x.astype("float64"), unsigned.astype("float64")))
    g.case("(maximum edge_int64 edge_uint64)", np.maximum(x.astype("float64"), unsigned.astype("float64")))
    g.case("(sum (astype (equal edge_int64 edge_uint64) int64))", np.array(len(around)))


def scalars(g):
    for t in ALL:
        x, m = g.inputs["x_" + t], g.inputs["m_" + t]
        for s in [True, 2, 2.5, 1 + 2j]:
            r = weak(t, s)
            text = "1+2j" if s == 1 + 2j else str(s)
            v = np.array(s, r)
            tolerance = "ulp:3" if r in COMPLEX else "exact"
            g.case(f"(add x_{t} {text})", np.add(x.astype(r), v))
            g.case(f"(multiply {text} x_{t})", np.multiply(v, x.astype(r)), tolerance)
            if r != "bool":
                g.case(f"(subtract {text} x_{t})", np.subtract(v, x.astype(r)))
            e = inexact(r)
            g.case(f"(divide m_{t} {text})", m.astype(e) / v.astype(e), "ulp:6" if r in COMPLEX else "exact")
            g.case(f"(equal x_{t} {text})", np.equal(x.astype(r), v))
            g.case(f"(where mask x_{t} {text})", np.where(g.inputs["mask"], x.astype(r), v))
            if r not in COMPLEX and s is not True:
                g.case(f"(floor_divide x_{t} {text})", np.floor_divide(x.astype(r), v))
                g.case(f"(remainder {text} x_{t})", np.remainder(v, x.astype(r)))
                g.case(f"(minimum x_{t} {text})", np.minimum(x.astype(r), v))
                g.case(f"(greater {text} x_{t})", np.greater(v, x.astype(r)))
        if t in COMPLEX:
            g.case(f"(pow m_{t} 2)", np.square(m), "ulp:3")
            g.case(f"(pow m_{t} 3)", wide(np.power, m, np.full(m.shape, 3, t)), "ulp:8")
            continue
        r = weak(t, 2)
        g.case(f"(pow x_{t} 2)", np.square(x.astype(r)))
        g.case(f"(pow x_{t} 1)", x.astype(r))
        e = weak(t, 0.5)
        g.case(f"(pow a_{t} 0.5)", np.sqrt(g.inputs["a_" + t].astype(e)))
        g.case(f"(pow m_{t} 1.5)", wide(np.power, m.astype(e), np.full(m.shape, 1.5, e)), "ulp:2")
        if t in REAL:
            g.case(f"(pow x_{t} 3)", wide(np.power, x, np.full(x.shape, 3, t)), "ulp:2")
            g.case(f"(pow 2 m_{t})", wide(np.power, np.full(m.shape, 2, t), m), "ulp:2")
        else:
            g.case(f"(pow x_{t} 3)", np.power(x.astype(r), np.array(3, r)))
            g.case(f"(bitwise_and x_{t} 6)", np.bitwise_and(x.astype(r), np.array(6, r)))
            g.case(f"(bitwise_left_shift x_{t} 1)", np.left_shift(x.astype(r), np.array(1, r)))
        if t in SIGNED + REAL:
            g.case(f"(remainder x_{t} -3)", np.remainder(x, np.array(-3, t)))
            g.case(f"(floor_divide -7 x_{t})", np.floor_divide(np.array(-7, t), x))
    # Comparisons with integers that do not fit are answered all the same.
    x = g.inputs["x_uint8"].astype("int64")
    g.case("(less x_uint8 300)", x < 300)
    g.case("(greater x_uint8 -1)", x > -1)
    g.case("(equal x_int8 1000)", g.inputs["x_int8"].astype("int64") == 1000)
    g.case("(where mask 1 2.5)", np.where(g.inputs["mask"], 1.0, 2.5))
    g.case("(where mask 1 2)", np.where(g.inputs["mask"], 1, 2).astype("int64"))
    g.case("(where x_int8 x_int8 0)", g.inputs["x_int8"])  # the condition is "not zero"
    g.case("(add a_float64 nan)", g.inputs["a_float64"] + np.nan)
    g.case("(multiply a_float32 inf)", g.inputs["a_float32"] * np.float32(np.inf))
    g.case("(add x_uint64 18446744073709551615)", g.inputs["x_uint64"] + np.uint64(2 ** 64 - 1))


def casts(g):
    for t in ALL:
        for o in ALL:
            if t in REAL + COMPLEX and o in INTEGERS:  # beyond the range C++ has no answer
                x = g.inputs["x_" + t]
                x = np.abs(x.real) if o in UNSIGNED else x.real
                g.case(f"(astype ({'abs' if o in UNSIGNED else 'real'} {'(real x_' + t + ')' if o in UNSIGNED else 'x_' + t}) {o})", x.astype(o))
                if t in COMPLEX and o in SIGNED:
                    g.case(f"(astype x_{t} {o})", x.astype(o))
            else:
                a = g.inputs["a_" + t]
                g.case(f"(astype a_{t} {o})", (a.real if t in COMPLEX and o in REAL else a).astype(o))


def shapes(g):
    x, i = g.inputs["x_float64"], g.inputs
    g.case("(add x_float64 (index x_float64 3,4))", x + x[3, 4])
    g.case("(multiply (index x_float64 :,2:3) (index x_float64 0,:,1:2))", x[:, 2:3] * x[0, :, 1:2])
    g.case("(subtract x_float64 (index x_float64 :,:,0:1))", x - x[:, :, 0:1])
    for t in ("float64", "int16", "bool", "complex64"):
        g.case(f"(add z_{t} z_{t})", i["z_" + t])
        g.case(f"(add z_{t} (index x_{t} :3,:1,:5))", i["z_" + t])
        g.case(f"(equal s_{t} s_{t})", np.array(True))
        g.case(f"(add s_{t} s_{t})", i["s_" + t] + i["s_" + t])
        g.case(f"(multiply s_{t} x_{t})", i["s_" + t] * i["x_" + t], "ulp:3" if t == "complex64" else "exact")
    g.case("(add six (index six :1,:,:,::-1,1:))", i["six"] + i["six"][:1, :, :, ::-1, 1:])
    # Chains round after every operation, fused or not.
    g.case("(add (sqrt (abs x_float64)) (multiply x_float64 x_float64))", np.sqrt(np.abs(x)) + x * x)
    y = g.inputs["x_float32"]
    g.case("(divide (add (multiply x_float32 x_float32) x_float64) (subtract x_float32 0.5))", (y * y + x) / (y - np.float32(0.5)))
    g.case("(where (greater x_float64 0) (sqrt (abs x_float64)) (negative (square x_float64)))", np.where(x > 0, np.sqrt(np.abs(x)), -np.square(x)))
    chain, value = "x_float64", x
    for k in range(60):
        chain, value = f"(add (multiply {chain} 0.9) x_float64)", value * 0.9 + x
    g.case(chain, value)


def make(g):
    whole_powers(g)
    complex_powers(g)
    mixed(g)
    integer_edges(g)
    scalars(g)
    casts(g)
    shapes(g)

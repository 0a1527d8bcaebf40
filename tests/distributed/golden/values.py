"""The inputs: for every dtype T
  a_T, b_T  all pairs of awkward values (1-D): zeros of both signs, infinities, NaN, denormals, extremes
  x_T       (7, 10, 13) of tame values        z_T  (3, 0, 5), empty       s_T  0-d
  m_T, n_T  1-D, tame, for functions whose extremes are another matter (complex division, pow)
"""
import numpy as np

BOOL = ["bool"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
REAL = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]
INTEGERS = SIGNED + UNSIGNED
ALL = BOOL + INTEGERS + REAL + COMPLEX


def awkward(dtype):
    """The values of one dtype at which functions go wrong."""
    if dtype == "bool":
        return np.array([False, True])
    if dtype in INTEGERS:
        i = np.iinfo(dtype)
        v = [0, 1, 2, 3, 5, 7, 8, 10, 31, 63, 64, 100, i.max, i.max - 1, i.max // 2, i.max // 3]
        if dtype in SIGNED:
            v += [-1, -2, -3, -7, -8, -10, -100, i.min, i.min + 1, i.min // 2]
        return np.array(v, dtype=dtype)
    if dtype in REAL:
        f = np.finfo(dtype)
        v = [0.0, 1.0, 0.5, 1.5, 2.0, 3.0, 10.0, 0.1, np.pi, 100.25, 1e10, f.max, f.max / 2, f.tiny, f.smallest_subnormal, f.eps, 2.0 ** 24 + 1,
             2.0 ** 53, np.inf]
        v = v + [-e for e in v] + [np.nan]
        return np.array(v, dtype=dtype)
    parts = [0.0, -0.0, 1.0, -1.5, 3.25, 1e-3, 1e5, np.inf, -np.inf, np.nan]
    return np.array([complex(a, b) for a in parts for b in parts[:7]] + [complex(1.0, np.inf), complex(np.nan, 1.0)], dtype=dtype)


def tame(dtype, count, seed):
    """Moderate values of one dtype, of both signs where it has them, without zeros."""
    r = np.random.RandomState(seed)
    if dtype == "bool":
        return r.randint(0, 2, count).astype(bool)
    if dtype in INTEGERS:
        v = r.randint(1, 60, count)
        return (v * r.choice([-1, 1], count) if dtype in SIGNED else v).astype(dtype)
    if dtype in REAL:
        return (r.uniform(0.01, 20.0, count) * r.choice([-1, 1], count)).astype(dtype)
    return (r.uniform(-3, 3, count) + 1j * r.uniform(-3, 3, count)).astype(dtype)


def make(golden):
    for k, t in enumerate(ALL):
        v = awkward(t)
        golden.input("a_" + t, np.repeat(v, len(v)))
        golden.input("b_" + t, np.tile(v, len(v)))
        golden.input("x_" + t, tame(t, 7 * 10 * 13, 100 + k).reshape(7, 10, 13))
        golden.input("z_" + t, np.zeros((3, 0, 5), t))
        golden.input("s_" + t, tame(t, 1, 200 + k).reshape(()))
        golden.input("m_" + t, tame(t, 211, 300 + k))
        golden.input("n_" + t, tame(t, 211, 400 + k))
        golden.input("u_" + t, tame(t, 5 * 4, 500 + k).reshape(5, 1, 4))
        golden.input("w_" + t, tame(t, 3, 600 + k).reshape(3, 1))
    r = np.random.RandomState(7)
    golden.input("mask", r.randint(0, 2, (7, 10, 13)).astype(bool))
    golden.input("line", r.standard_normal(20011))              # many leaves
    golden.input("line32", r.standard_normal(20011).astype("float32"))
    golden.input("plane", r.standard_normal((301, 83)) * 10)
    golden.input("far", 1e8 + r.standard_normal(3001))          # a variance that cancels
    golden.input("tall", r.standard_normal((9001, 3)))
    holes = r.standard_normal((7, 10, 13))
    holes[1, 2, 3] = np.nan
    holes[5, 9, 12] = np.inf
    holes[5, 0, 1] = -np.inf
    golden.input("holes", holes)
    some_nan = 1e4 + r.standard_normal((9, 40, 70))
    some_nan[r.uniform(size=some_nan.shape) < 0.2] = np.nan
    some_nan[0] = 1e4 + np.arange(40 * 70).reshape(40, 70) % 17
    some_nan[:, 0, :2] = np.nan
    some_nan[1, 0, 0] = 1e4
    some_nan[1, 0, 1] = 1e4 + 3
    golden.input("some_nan", some_nan)
    golden.input("some_nan32", some_nan[:, :20].astype("float32"))
    all_nan = r.standard_normal((4, 5, 6))
    all_nan[2], all_nan[:, 3], all_nan[:, :, 1] = np.nan, np.nan, np.nan
    golden.input("all_nan", all_nan)
    complex_nan = r.standard_normal((4, 5, 6)) + 1j * r.standard_normal((4, 5, 6))
    complex_nan[1, 2, 3], complex_nan[2, :, 4], complex_nan[3, 1, 1] = complex(np.nan, 1), np.nan, complex(2, np.nan)
    golden.input("complex_nan", complex_nan)
    golden.input("ties", r.randint(0, 4, (5, 30, 17)).astype("int16"))
    golden.input("weights", r.uniform(0.1, 2, 10))
    golden.input("weights32", golden.inputs["weights"].astype("float32"))
    golden.input("pairs", r.uniform(0.1, 2, (7, 13)))
    golden.input("each", r.uniform(0.1, 2, (7, 10, 13)))
    golden.input("zeros", np.array([[0.0, -0.0, 0.0], [-0.0, -0.0, -0.0]]))
    golden.input("counts", r.randint(-2 ** 62, 2 ** 62, (30, 40)))  # sums wrap
    golden.input("six", r.randint(-9, 9, (2, 3, 1, 4, 2, 3)).astype("int32"))

"""Functions of the user's own: NumPy's vectorize and apply_along_axis. golden_calls.cpp has the same functions in C++."""
import numpy as np

from values import INTEGERS, REAL


def clamp_add(a, b):
    return np.float64(a) + np.float64(b) if a > b else np.float64(a) * np.float64(b)


def second(row):
    """The second largest, or the only one."""
    return np.sort(row)[-2 if len(row) > 1 else -1]


def steps(row):
    return np.array([row[0], row[-1], len(row)], "float64")


def make(g):
    for t in INTEGERS + REAL:
        x, u, w = (g.inputs[k + t] for k in ("x_", "u_", "w_"))
        f = np.vectorize(clamp_add, otypes=["float64"])
        g.case(f"(map_clamp_add u_{t} w_{t})", f(u, w))
        g.case(f"(map_clamp_add x_{t} s_{t})", f(x, g.inputs["s_" + t]))
        g.case(f"(map_clamp_add (transpose x_{t} axes=2,0,1) (flip (transpose x_{t} axes=2,0,1) axes=1))",
               f(x.transpose(2, 0, 1), np.flip(x.transpose(2, 0, 1), 1)))
        for axis in range(3):
            y = x.astype("float64")
            g.case(f"(along_axis_second x_{t} axis={axis})", np.apply_along_axis(second, axis, y))
            g.case(f"(along_axis_steps x_{t} axis={axis})", np.apply_along_axis(steps, axis, y))
    mean = np.vectorize(lambda a, b: float(np.dot(a, b)), signature="(i),(i)->()")
    x = g.inputs["x_float64"]
    g.case("(gufunc_dot x_float64 (index x_float64 0,0))", mean(x, x[0, 0]), "ulp:16,abs:1e-10")

"""The different elements of arrays, and arrays as sets: NaN, zeros of both signs, several dtypes, of any shape."""
import numpy as np

from values import ALL

ZEROS = "unsigned"  # which of 0 and -0 stands for both is nobody's business


def different(g, name, x):
    values, index, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    g.case(f"(unique {name})", values, ZEROS)
    g.case(f"(unique {name} first)", index)
    g.case(f"(unique {name} inverse)", inverse.reshape(x.shape))
    g.case(f"(unique {name} counts)", counts)


def slices(g, name, x):
    """Along each axis, the different slices."""
    for axis in range(x.ndim):
        values, index, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True, axis=axis)
        g.case(f"(unique {name} axis={axis})", values, ZEROS)
        g.case(f"(unique {name} axis={axis} first)", index)
        g.case(f"(unique {name} axis={axis} inverse)", inverse.reshape(-1))
        g.case(f"(unique {name} axis={axis} counts)", counts)


def make(g):
    for t in ALL:
        g.case(f"(unique a_{t})", np.unique(g.inputs["a_" + t]), ZEROS)
        g.case(f"(isin x_{t} m_{t})", np.isin(g.inputs["x_" + t], g.inputs["m_" + t]))
    for name in ("x_int32", "b_float32", "a_complex64", "z_int16", "s_uint8", "holes"):
        different(g, name, g.inputs[name])
    x = g.inputs["b_float64"]
    values, inverse = np.unique(x, return_inverse=True, equal_nan=False)
    first_nan = len(values) - np.isnan(values).sum()
    # NumPy numbers NaNs as its sort comes upon them; here they are in their order.
    inverse[np.isnan(x)] = first_nan + np.arange(np.isnan(x).sum())
    g.case("(unique b_float64 nans)", values, ZEROS)
    g.case("(unique b_float64 inverse nans)", inverse)
    slices(g, "(index mask :,:2,:2)", g.inputs["mask"][:, :2, :2])
    slices(g, "(index x_int8 :,:,:3)", g.inputs["x_int8"][:, :, :3])
    slices(g, "(floor (multiply (index plane :,:2) 0.1))", np.floor(g.inputs["plane"][:, :2] * 0.1))
    slices(g, "(index holes ::-1,3:5,:4)", g.inputs["holes"][::-1, 3:5, :4])
    slices(g, "(index mask :,:0,:4)", g.inputs["mask"][:, :0, :4])
    g.case("(unique (floor (multiply plane 0.5)) counts)", np.unique(np.floor(g.inputs["plane"] * 0.5), return_counts=True)[1])

    a, b, plane = g.inputs["m_int32"], g.inputs["n_int16"], g.inputs["x_int32"]
    h = g.inputs["holes"]
    for x, y, p, q in [(a, b, "m_int32", "n_int16"), (a, plane, "m_int32", "x_int32"), (h, h[1:6], "holes", "(index holes 1:6)"),
                       (a, a[:0], "m_int32", "(index m_int32 :0)")]:
        both, in_a, in_b = np.intersect1d(x, y, return_indices=True)
        g.case(f"(intersect1d {p} {q})", both)
        g.case(f"(intersect1d {p} {q} in_a)", in_a)
        g.case(f"(intersect1d {p} {q} in_b)", in_b)
        g.case(f"(union1d {p} {q})", np.union1d(x, y))
        g.case(f"(setdiff1d {p} {q})", np.setdiff1d(x, y))
        g.case(f"(setxor1d {p} {q})", np.setxor1d(x, y))
    g.case("(setdiff1d line (index line ::3) once)", np.setdiff1d(g.inputs["line"], g.inputs["line"][::3], assume_unique=True))
    g.case("(intersect1d line (index line ::-7) once in_b)", np.intersect1d(g.inputs["line"], g.inputs["line"][::-7], True, True)[2])
    g.case("(setxor1d line (index line :9) once)", np.setxor1d(g.inputs["line"], g.inputs["line"][:9], True))
    g.case("(sort x_float32 flat)", np.sort(g.inputs["x_float32"], axis=None))
    g.case("(argsort x_int8 flat)", np.argsort(g.inputs["x_int8"], axis=None, kind="stable"))
    g.case("(argsort s_int8 flat)", np.zeros(1, "int64"))

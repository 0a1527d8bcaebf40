"""Other shapes, elements in other places, diagonals, what is put around an array, and derivatives."""
import numpy as np


def text(lengths):
    return ",".join(map(str, lengths))


def reshapes(g):
    for t in ("int16", "float64", "complex128"):
        x = g.inputs["x_" + t]
        for shape in [(910,), (70, 13), (7, 130), (10, 7, 13), (13, 70), (91, 10), (2, 5, 7, 13), (1, 7, 1, 10, 13), (35, 26), (26, 5, 7), (7, 5, 2, 13)]:
            g.case(f"(reshape x_{t} {text(shape)})", x.reshape(shape))
            g.case(f"(reshape (max (expand_dims (real x_{t}) 0) axis=0) {text(shape)})", x.real.reshape(shape))
        g.case(f"(reshape x_{t} 14,-1 chunks=3,11)", x.reshape(14, -1))
        g.case(f"(reshape (index x_{t} ::2,::-3) -1,8)", x[::2, ::-3].reshape(-1, 8))
        g.case(f"(ravel (transpose x_{t} axes=2,0,1))", x.transpose(2, 0, 1).ravel())
        g.case(f"(ravel (add x_{t} (index x_{t} 3)))", (x + x[3]).ravel())
        g.case(f"(ravel (index (add x_{t} 1) 5,2:))", (x + x.dtype.type(1))[5, 2:].ravel())
    x = g.inputs["x_int32"]
    g.case("(sum (reshape (rechunk (max (expand_dims x_int32 0) axis=0) 3,4,2) 70,13) axis=0)", x.reshape(70, 13).sum(0, dtype="int64"))
    g.case("(reshape (reshape (sum x_int32 axis=2) 14,5) 2,35)", x.sum(2, dtype="int64").reshape(2, 35))
    g.case("(index (reshape (cumulative_sum x_int32 axis=1) 91,10) 3:80:7,::-1)", np.cumsum(x, 1, dtype="int64").reshape(91, 10)[3:80:7, ::-1])
    g.case("(reshape (concat 0 x_int32 x_int32) 35,52)", np.concatenate([x, x]).reshape(35, 52))
    g.case("(reshape (arange 0 360 1 chunks=7) 5,8,9)", np.arange(360).reshape(5, 8, 9))
    g.case("(reshape z_int32 0,5)", np.zeros((0, 5), "int32"))
    g.case("(reshape s_int32 1,1)", g.inputs["s_int32"].reshape(1, 1))
    for f in ("cumsum", "nancumsum"):
        g.case(f"({f} x_int32)", np.cumsum(x))
    g.case("(cumprod x_uint8)", np.cumprod(g.inputs["x_uint8"], dtype="uint64"))
    g.case("(coarsen sum 1,5,13 x_int32)", x.reshape(7, 2, 5, 13).sum((2, 3), dtype="int64").reshape(7, 2, 1))
    g.case("(coarsen sum 1,1 (reshape x_int32 70,13))", x.reshape(70, 13).astype("int64"))
    g.case("(coarsen max 2,3,4 trim x_int32)", x[:6, :9, :12].reshape(3, 2, 3, 3, 3, 4).max((1, 3, 5)))


def places(g):
    x, p = g.inputs["x_float32"], g.inputs["plane"]
    for shift, axis in [((3,), 0), ((-4,), 1), ((100,), 2), ((1, -2), (0, 2)), ((5,), (0, 1)), ((1, 2), (1, 1))]:
        at = axis if isinstance(axis, tuple) else (axis,)
        g.case(f"(roll x_float32 {text(shift)} axes={text(at)})", np.roll(x, shift if len(shift) > 1 else shift[0], axis))
    for t in ("uint8", "complex64"):
        y = g.inputs["x_" + t]
        for lengths, axes in [((3,), (0,)), ((1,), (1,)), ((2,), (-1,)), ((7, 2), (0, 1)), ((2, 3), (2, 0)), ((2, 2), (1, 1)), ((2, 3, 4), None), ((1, 1, 1), None), ((0,), (1,))]:
            v = np.lib.stride_tricks.sliding_window_view(y, lengths if len(lengths) > 1 else lengths[0], axes if axes is None or len(axes) > 1 else axes[0])
            which = "" if axes is None else " axes=" + text(axes)
            g.case(f"(sliding_window_view x_{t} {text(lengths)}{which})", v)
            if 0 not in lengths:
                g.case(f"(index (sliding_window_view x_{t} {text(lengths)}{which}) ...,::-1)", v[..., ::-1])
                g.case(f"(index (sliding_window_view (multiply x_{t} 3) {text(lengths)}{which}) 1:,...,0)", np.lib.stride_tricks.sliding_window_view(y * y.dtype.type(3), lengths if len(lengths) > 1 else lengths[0], axes if axes is None or len(axes) > 1 else axes[0])[1:, ..., 0])
    line = np.lib.stride_tricks.sliding_window_view(g.inputs["line"], 130)
    g.case("(max (sliding_window_view line 130) axis=-1)", line.max(axis=-1))
    g.case("(max (sliding_window_view (multiply line 2) 5) axis=-1)", np.lib.stride_tricks.sliding_window_view(g.inputs["line"] * 2, 5).max(axis=-1))
    g.case("(roll x_float32 17)", np.roll(x, 17))
    g.case("(roll (max (expand_dims x_float32 0) axis=0) -17)", np.roll(x, -17))
    for k in range(-1, 4):
        g.case(f"(rot90 x_float32 {k} axes=0,1)", np.rot90(x, k))
        g.case(f"(rot90 x_float32 {k} axes=2,0)", np.rot90(x, k, (2, 0)))
    for reps in [(2,), (2, 1, 3), (2, 1, 2, 1), (0, 2), (1,)]:
        g.case(f"(tile x_float32 {text(reps)})", np.tile(x, reps))
    g.case("(repeat x_float32 3)", np.repeat(x, 3))
    for axis in range(3):
        g.case(f"(repeat x_float32 2 axis={axis})", np.repeat(x, 2, axis))
    g.case("(repeat x_float32 0,3,1,0,2,2,1 axis=0)", np.repeat(x, (0, 3, 1, 0, 2, 2, 1), 0))
    for k in (0, 1, -2, 500, -500, 12):
        g.case(f"(tril plane {k})", np.tril(p, k))
        g.case(f"(triu x_float32 {k})", np.triu(x, k))
        g.case(f"(diagonal plane {k} 0 1)", np.diagonal(p, k))
        g.case(f"(diagonal x_float32 {k} 2 0)", np.diagonal(x, k, 2, 0))
        g.case(f"(diagonal (cumulative_max x_float32 axis=0) {k} 0 1)", np.diagonal(np.maximum.accumulate(x, 0), k, 0, 1))
        g.case(f"(diagonal (multiply (index x_float32 ::2,::-1) 2.0) {k} 1 2)", np.diagonal(x[::2, ::-1] * np.float32(2), k, 1, 2))
        g.case(f"(tri 5 7 {k})", np.tri(5, 7, k))
        if abs(k) < 100:
            g.case(f"(diag (index plane 2) {k})", np.diag(p[2], k))
    g.case("(trace x_int32 1 0 2)", np.trace(g.inputs["x_int32"], 1, 0, 2))
    g.case("(tril (greater x_float32 0.0))", np.tril(x > 0))


def surroundings(g):
    for t in ("int32", "float64"):
        x = g.inputs["x_" + t][:, :4, :5]
        name = f"(index x_{t} :,:4,:5)"
        for mode in ("constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect", "symmetric", "wrap"):
            for widths in [((2, 1), (0, 3), (4, 2)), ((1, 1),) * 3]:
                within = "ulp:4,abs:1e-12" if t == "float64" and mode in ("linear_ramp", "mean", "median") else "exact"
                pairs = ",".join(f"{a},{b}" for a, b in widths)
                options = {"constant_values": (3, -2)} if mode == "constant" else {"end_values": (3, -2)} if mode == "linear_ramp" else {}
                g.case(f"(pad {name} {mode} {pairs} values=3,-2)", np.pad(x, widths, mode, **options), within)
        for mode in ("reflect", "symmetric"):
            g.case(f"(pad {name} {mode} 9,8,7,6,5,4)", np.pad(x, ((9, 8), (7, 6), (5, 4)), mode))
            if t == "int32":
                g.case(f"(pad {name} {mode} 3,2,1,3,2,1 odd)", np.pad(x, ((3, 2), (1, 3), (2, 1)), mode, reflect_type="odd"))
        x = g.inputs["x_" + t]
        for axis in range(3):
            for order in (1, 2):
                g.case(f"(gradient x_{t} axis={axis} order={order} spacing=0.5)", np.gradient(x.astype("float64"), 0.5, axis=axis, edge_order=order), "ulp:8,abs:1e-9")
                at = np.cumsum(np.arange(x.shape[axis]) + 1.0)
                g.case(f"(gradient x_{t} axis={axis} order={order} (cumulative_sum (arange 1.0 {x.shape[axis] + 1}.0 1.0)))",
                       np.gradient(x.astype("float64"), at, axis=axis, edge_order=order), "ulp:64,abs:1e-9")


def interpolations(g):
    line, plane = g.inputs["line"], g.inputs["plane"]
    points = np.sort(line)[::700]
    xp, fp = "(index (sort line) ::700)", f"(index line :{points.size})"
    for options, given in [("", {}), (" left=-5 right=7", {"left": -5, "right": 7}), (" right=nan", {"right": np.nan}), (" period=0.75", {"period": 0.75})]:
        if points.size > 1:
            g.case(f"(interp plane {xp} {fp}{options})", np.interp(plane, points, line[:points.size], **given))
        g.case(f"(interp x_int32 (arange 0 5 1 chunks=2) (index line :5){options})", np.interp(g.inputs["x_int32"], np.arange(5), line[:5], **given))
        g.case(f"(interp x_float32 (arange 0 5 1) (arange 7 12 1){options})", np.interp(g.inputs["x_float32"], np.arange(5), np.arange(7, 12), **given))
    g.case("(interp line (arange 0 1 1) (arange 4 5 1) left=3)", np.interp(line, [0], [4], left=3))
    g.case("(interp (index plane :0) (arange 0 3 1) (arange 4 7 1))", np.interp(plane[:0], [0, 1, 2], [4, 5, 6]))
    g.case("(interp x_float64 (multiply (arange 0 3 1) inf) (arange 0 3 1))", np.interp(g.inputs["x_float64"], np.arange(3) * np.inf, np.arange(3)))


def make(g):
    interpolations(g)
    reshapes(g)
    places(g)
    surroundings(g)

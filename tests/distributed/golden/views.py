"""Slices, transpositions and the rest of the views, alone, combined, above and below Maps and Reduces."""
import numpy as np

SLICES = [
    "0", "-1", "2:5", "::2", "::-1", "5:1:-2", "-3:", ":-3", "100:", ":0", "...", "n", "n,...,n", "...,0", "0,...,-1", "1:6:3,::-1", ":,3", ":,:,4",
    "::3,::4,::5", "::-3,::-4,::-5", "6:0:-1,9:0:-3,12:0:-4", "1,2,3", "-1,-2,-3", ":,n,2:9:2,n,::-1", "...,n,1:2", "2:2", ":,9:3", "0:1,0:1,0:1",
    "-100:100", "100:-100:-1", "3,...,n", "::7,::11,::13", "::-100", "1:,1:,1:", ":-1,2:-2,3:-3", "...,::2,5",
]


def index_of(text):
    items = []
    for part in text.split(","):
        if part == "...":
            items.append(Ellipsis)
        elif part == "n":
            items.append(None)
        elif ":" in part:
            items.append(slice(*[int(p) if p else None for p in part.split(":")]))
        else:
            items.append(int(part))
    return tuple(items)


def slices(g):
    for t in ("int16", "float64", "complex128"):
        x = g.inputs["x_" + t]
        for s in SLICES:
            v = x[index_of(s)]
            g.case(f"(index x_{t} {s})", v)
            g.case(f"(add (index x_{t} {s}) 1)", v + x.dtype.type(1))
            if t == "int16":
                g.case(f"(index (multiply x_{t} 3) {s})", (x * np.int16(3))[index_of(s)])
                g.case(f"(sum (index x_{t} {s}))", np.sum(v, dtype="int64"))
                for axis in range(min(v.ndim, 2)):
                    g.case(f"(sum (index x_{t} {s}) axis={axis})", np.sum(v, axis=axis, dtype="int64"))
                g.case(f"(transpose (index x_{t} {s}))", v.T)
    x = g.inputs["x_int32"]
    # Slices of slices; below a Reduce on the axes that it keeps; above one.
    g.case("(index (index (index x_int32 1:,::2) ::-1,1:) ::2,...,3)", x[1:, ::2][::-1, 1:][::2, ..., 3])
    for s in ("::2,-1", "1:5", "::-1,::-1", "2,n,3:4", ":0"):
        g.case(f"(index (sum x_int32 axis=1) {s})", np.sum(x, axis=1, dtype="int64")[index_of(s)])
        g.case(f"(index (max (add x_int32 5) axis=0) {s})", np.max(x + 5, axis=0)[index_of(s)])
        g.case(f"(index (mean x_int32 axis=2 keepdims) {s})", np.mean(x.astype("float64"), axis=2, keepdims=True)[index_of(s)], "ulp:1")
    g.case("(subtract (index x_int32 1:) (index x_int32 :-1))", x[1:] - x[:-1])
    g.case("(subtract (index x_int32 ...,2:) (index x_int32 ...,:-2))", x[..., 2:] - x[..., :-2])
    g.case("(add x_int32 (flip x_int32))", x + np.flip(x))
    g.case("(add (index x_int32 :,:7) (transpose (index x_int32 :,:7) axes=1,0,2))", x[:, :7] + x[:, :7].transpose(1, 0, 2))
    p = g.inputs["plane"]
    g.case("(add (index plane :83) (transpose (index plane :83)))", p[:83] + p[:83].T)
    g.case("(index line 17:20000:3)", g.inputs["line"][17:20000:3])
    g.case("(index line ::-7)", g.inputs["line"][::-7])


def reshuffles(g):
    x = g.inputs["x_float32"]
    for axes in [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0), (-1, 0, 1)]:
        text = ",".join(map(str, axes))
        g.case(f"(permute_dims x_float32 axes={text})", x.transpose(axes))
        g.case(f"(add (transpose x_float32 axes={text}) 1.0)", x.transpose(axes) + np.float32(1))
        g.case(f"(max (transpose x_float32 axes={text}) axis=0)", x.transpose(axes).max(axis=0))
    for a, b in [(0, 1), (0, 2), (-1, 1), (1, 1)]:
        g.case(f"(swapaxes x_float32 {a} {b})", np.swapaxes(x, a, b))
        g.case(f"(moveaxis x_float32 {a} {b})", np.moveaxis(x, a, b))
    for axes in ["", "0", "1,2", "-1", "0,1,2"]:
        at = tuple(int(a) for a in axes.split(",")) if axes else None
        g.case(f"(flip x_float32{' axes=' + axes if axes else ''})", np.flip(x, at))
    for a in (0, 1, 3, -1, -4):
        g.case(f"(expand_dims x_float32 {a})", np.expand_dims(x, a))
    six = g.inputs["six"]
    g.case("(squeeze six)", np.squeeze(six))
    g.case("(squeeze six axes=2)", np.squeeze(six, 2))
    g.case("(squeeze six axes=-4)", np.squeeze(six, -4))
    g.case("(squeeze (index x_float32 1:2,:,3:4))", np.squeeze(x[1:2, :, 3:4]))
    for name, shape in [("s_int32", (3, 4)), ("w_int32", (2, 3, 5)), ("u_int32", (5, 3, 4)), ("u_int32", (2, 5, 6, 4)), ("z_int32", (2, 3, 0, 5)),
                        ("w_int32", (0, 3, 1)), ("six", (2, 3, 5, 4, 2, 3))]:
        text = ",".join(map(str, shape))
        v = np.broadcast_to(g.inputs[name], shape)
        g.case(f"(broadcast_to {name} {text})", v)
        g.case(f"(sum (broadcast_to {name} {text}) axis=0)", np.sum(v, axis=0, dtype="int64"))
        g.case(f"(transpose (broadcast_to (add {name} 1) {text}))", (v + np.int32(1)).T)
    for axes in [(0, 1, 2), (2, 0, 1), (2, 1, 0)]:  # of a file, and of what a reduction made
        text, v = ",".join(map(str, axes)), x.transpose(axes)
        for chunks in ("1,4,100", "100,100,1", "2,3,5"):
            g.case(f"(rechunk (transpose x_float32 axes={text}) {chunks})", v)
            g.case(f"(rechunk (transpose (max (expand_dims x_float32 0) axis=0) axes={text}) {chunks})", v)
            g.case(f"(max (rechunk (index (max (expand_dims x_float32 3) axis=3) ::-1,1:,::2) {chunks}) axis=1)", x[::-1, 1:, ::2].max(axis=1))
    g.case("(rechunk s_int32 .)", g.inputs["s_int32"])
    g.case("(rechunk (sum z_int32 axis=0) 1,2)", np.sum(g.inputs["z_int32"], axis=0, dtype="int64"))
    g.case("(expand_dims s_int32 0)", g.inputs["s_int32"].reshape(1))


def make(g):
    slices(g)
    reshuffles(g)

"""Arrays put together: concat, stack, unstack, broadcast_arrays; seen through views, under Maps and Reduces, nested."""
import numpy as np

from views import index_of


def concats(g):
    i = g.inputs
    for t in ("bool", "int16", "float32", "float64", "complex128"):
        x, z = i["x_" + t], i["z_" + t]
        for axis in (0, 1, 2, -1):
            g.case(f"(concat {axis} x_{t} (flip x_{t}))", np.concatenate([x, np.flip(x)], axis))
        g.case(f"(concat 1 z_{t} (broadcast_to s_{t} 3,4,5) z_{t})", np.concatenate([z, np.broadcast_to(i["s_" + t], (3, 4, 5)), z], 1))
        g.case(f"(concat 0 z_{t} z_{t})", np.concatenate([z, z]))
    # dtypes promote, also those of empty parts.
    for a, b in (("int8", "uint8"), ("bool", "int16"), ("int32", "float32"), ("float32", "complex64"), ("uint64", "int8"), ("float64", "bool")):
        m, n = i["m_" + a], i["n_" + b]
        g.case(f"(concat 0 m_{a} n_{b})", np.concatenate([m, n]))
        g.case(f"(concat 0 (index m_{a} :0) n_{b})", np.concatenate([m[:0], n]))
        g.case(f"(stack 0 m_{a} n_{b})", np.stack([m, n]))


def slices(g):
    x = g.inputs["x_int32"]
    y = np.concatenate([x, x[::-1], x[2:5]], 0)                                    # seams at 7, 14; 17 rows
    name = "(concat 0 x_int32 (index x_int32 ::-1) (index x_int32 2:5))"
    for s in ("6:8", "::2", "::-1", "16:3:-3", "7", "-1", "13:15,::2", "5:9,n,3,::-1", "::8", "::16", "7:14", ":0", "20:", "...,4", "1:-1,2:5,::-4"):
        g.case(f"(index {name} {s})", y[index_of(s)])
        g.case(f"(sum (index {name} {s}))", np.sum(y[index_of(s)], dtype="int64"))
    g.case(f"(index (add (multiply {name} 3) 1) 5:16:2)", (y * np.int32(3) + np.int32(1))[5:16:2])
    g.case(f"(transpose (index {name} 3:12))", y[3:12].T)
    g.case(f"(subtract (index {name} 1:) (index {name} :-1))", y[1:] - y[:-1])
    g.case(f"(index (broadcast_to {name} 2,17,10,13) ...,::5,::-2,3)", np.broadcast_to(y, (2, 17, 10, 13))[..., ::5, ::-2, 3])
    line = g.inputs["line"]
    parts = np.concatenate([line[:5000], line[5000:5003], line[5003:]])
    g.case("(index (concat 0 (index line :5000) (index line 5000:5003) (index line 5003:)) 4990:5020)", parts[4990:5020])


def reductions(g):
    i = g.inputs
    x = i["x_int32"]
    y = np.concatenate([x, x + np.int32(1), x[:, :, :1].repeat(13, 2)], 1)
    name = "(concat 1 x_int32 (add x_int32 1) (broadcast_to (index x_int32 :,:,:1) 7,10,13))"
    for axis in ("0", "1", "2", "0,1", "1,2", "0,2", "0,1,2"):
        at = tuple(map(int, axis.split(",")))
        g.case(f"(sum {name} axis={axis})", y.sum(axis=at, dtype="int64"))
        g.case(f"(max {name} axis={axis} keepdims)", y.max(axis=at, keepdims=True))
    g.case(f"(index (sum {name} axis=0) 8:24:3)", y.sum(axis=0, dtype="int64")[8:24:3])
    # Parts that are results of Reduces, of earlier stages.
    g.case("(concat 0 (sum x_int32 axis=0) (max x_int32 axis=0))", np.concatenate([x.sum(0, dtype="int64"), x.max(0)]))
    g.case("(concat 1 (subtract x_int32 (sum x_int32 axis=1 keepdims)) (sum x_int32 axis=1 keepdims))",
           np.concatenate([x - x.sum(1, keepdims=True, dtype="int64"), x.sum(1, keepdims=True, dtype="int64")], 1))
    g.case("(sum (concat 0 (sum x_int32 axis=0) (sum x_int32 axis=0)) axis=1)", np.concatenate([x.sum(0, dtype="int64")] * 2).sum(1))
    # A long line in two parts: the same leaves, the same sum.
    g.case("(mean (concat 0 (index line :7777) (index line 7777:)))", np.mean(g.inputs["line"]), "ulp:4,abs:1e-16")
    g.case("(var (concat 0 far far))", np.var(np.concatenate([i["far"]] * 2)), "abs:1e-7")
    p = i["plane"]
    g.case("(any (less (concat 1 plane plane) -30.0) axis=1)", (np.concatenate([p, p], 1) < -30).any(axis=1))


def mixed(g):
    i = g.inputs
    x, m, n = i["x_float64"], i["m_int32"], i["n_int32"]
    # Beside other arrays, whose chunks cut elsewhere: tiles straddle the seams.
    a, b = x[:3], x[3:]
    g.case("(add x_float64 (concat 0 (index x_float64 :3) (index x_float64 3:)))", x + np.concatenate([a, b]))
    g.case("(multiply x_float64 (concat 2 (index x_float64 ...,9:) (index x_float64 ...,:2) (index x_float64 ...,2:9)))",
           x * np.concatenate([x[..., 9:], x[..., :2], x[..., 2:9]], 2))
    g.case("(add x_float64 (index (concat 0 m_int32 n_int32) 205:218))", x + np.concatenate([m, n])[205:218])
    g.case("(add (concat 0 m_int32 n_int32) (flip (concat 0 m_int32 n_int32)))", np.concatenate([m, n]) + np.concatenate([m, n])[::-1])
    g.case("(where (concat 0 (less m_int32 0) (less n_int32 0)) (concat 0 n_int32 m_int32) 7)",
           np.where(np.concatenate([m < 0, n < 0]), np.concatenate([n, m]), np.int32(7)))
    # Generators and constants as parts.
    g.case("(concat 0 (arange 0 10 1 chunks=3) (full 4 7) (zeros 2 dtype=int64) (arange 5 0 -1))",
           np.concatenate([np.arange(10), np.full(4, 7), np.zeros(2, "int64"), np.arange(5, 0, -1)]))
    g.case("(sum (concat 0 (full 1000 3 chunks=7) (arange 0 1000 1 chunks=11)))", np.array(3000 + 499500))
    g.case("(concat 0 (full 3 2.5) (full 0 1.5) (full 2 1.5))", np.array([2.5, 2.5, 2.5, 1.5, 1.5]))
    # Nested: along the same axis, and along another.
    g.case("(concat 0 (concat 0 m_int32 n_int32) (concat 0 n_int32 (index m_int32 ::2)))", np.concatenate([m, n, n, m[::2]]))
    grid = np.block([[x[0], x[1]], [x[2], x[3]], [x[4], x[5]]])
    rows = " ".join(f"(concat 1 (index x_float64 {2 * k}) (index x_float64 {2 * k + 1}))" for k in range(3))
    g.case(f"(concat 0 {rows})", grid)
    for s in ("8:22,11:15", "::-7,::5", "9", ":,13", "10:20,13:"):
        g.case(f"(index (concat 0 {rows}) {s})", grid[index_of(s)])
    g.case(f"(sum (square (concat 0 {rows})) axis=0)", (grid ** 2).sum(0), "ulp:4")
    many = " ".join(f"(index m_int32 {k}:{2 * k})" for k in range(100))
    g.case(f"(concat 0 {many})", np.concatenate([m[k:2 * k] for k in range(100)]))
    g.case(f"(index (multiply (concat 0 {many}) 2) 4000:100:-37)", (np.concatenate([m[k:2 * k] for k in range(100)]) * np.int32(2))[4000:100:-37])
    g.case(f"(sum (concat 0 {many}))", np.concatenate([m[k:2 * k] for k in range(100)]).sum(dtype="int64"))


def stacks(g):
    i = g.inputs
    x, m, n = i["x_int16"], i["m_int16"], i["n_int16"]
    for axis in (0, 1, 2, 3, -1, -2, -4):
        g.case(f"(stack {axis} x_int16 (negative x_int16) x_int16)", np.stack([x, -x, x], axis))
    g.case("(stack 0 s_int16 s_int16)", np.stack([i["s_int16"]] * 2))
    g.case("(stack 1 z_int16 z_int16)", np.stack([i["z_int16"]] * 2, 1))
    g.case("(max (stack 0 m_int16 n_int16) axis=0)", np.maximum(m, n))
    g.case("(min (stack -1 m_int16 n_int16) axis=1)", np.minimum(m, n))
    g.case("(index (stack 1 m_int16 n_int16) 3:200:7,::-1)", np.stack([m, n], 1)[3:200:7, ::-1])
    g.case("(index (stack 1 m_int16 n_int16) :,1)", n)
    g.case("(add (stack 0 m_int16 n_int16) m_int16)", np.stack([m, n]) + m)
    g.case("(unstack 2 1 x_int16)", x[:, 2])
    g.case("(stack 0 (unstack 0 0 x_int16) (unstack 6 0 x_int16))", x[[0, 6]])
    w, u = i["w_int16"], i["u_int16"]
    both = np.broadcast_arrays(w, u)
    g.case("(broadcast_arrays 0 w_int16 u_int16)", both[0])
    g.case("(add (broadcast_arrays 1 w_int16 u_int16) 1)", both[1] + np.int16(1))
    g.case("(concat 1 (broadcast_arrays 0 w_int16 u_int16) (broadcast_arrays 1 w_int16 u_int16))", np.concatenate(both, 1))
    g.case("(sum (stack 0 (broadcast_to w_int16 5,3,4) (broadcast_to u_int16 5,3,4)) axis=0,2)", np.stack(both).sum(axis=(0, 2), dtype="int64"))


def make(g):
    concats(g)
    slices(g)
    reductions(g)
    mixed(g)
    stacks(g)

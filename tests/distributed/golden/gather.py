"""Indexing by arrays of integers: one and several, placements of their axes, along an axis, of views and expressions."""
import numpy as np

from values import ALL, INTEGERS


def text_of(items):
    """'0,3@2x1;:;1' of (array, slice, int): a list and its shape."""
    words = []
    for i in items:
        if isinstance(i, np.ndarray):
            words.append("x".join(map(str, i.shape)) + "@" + ",".join(map(str, i.ravel())))
        elif isinstance(i, slice):
            words.append(":".join("" if e is None else str(e) for e in (i.start, i.stop, i.step)))
        else:
            words.append("n" if i is None else "..." if i is Ellipsis else str(i))
    return ";".join(words)


def indexed(g, name, x, *items, of="", **how):
    options = "".join(f" {k}={v}" for k, v in how.items())
    g.case(f"(at {of or name} items={text_of(items)}{options})", x[tuple(items)])


def make(g):
    r = np.random.RandomState(11)
    i = r.randint(-7, 7, 25)
    ij = r.randint(-7, 7, (4, 6))
    j = r.randint(-10, 10, 6)
    k = r.randint(-13, 13, (4, 1))
    none = np.zeros(0, int)
    for t in ALL:
        x = g.inputs["x_" + t]
        indexed(g, "x_" + t, x, i, chunks=4)
        indexed(g, "x_" + t, x, slice(None), j, slice(2, 11))
    for t in INTEGERS:
        u = abs(i) % 7
        g.case(f"(at x_float64 items={text_of([u])} dtype={t})", g.inputs["x_float64"][u])
    x = g.inputs["x_float64"]
    name = "x_float64"
    everything = slice(None)
    indexed(g, name, x, ij, j, k, chunks=2)
    indexed(g, name, x, ij, everything, k)
    indexed(g, name, x, everything, j, k)
    indexed(g, name, x, 2, everything, j)
    indexed(g, name, x, j % 7, -3, Ellipsis)
    indexed(g, name, x, slice(None, None, -2), None, j, k)
    indexed(g, name, x, ij % 7, None, j)
    indexed(g, name, x, Ellipsis, k)
    indexed(g, name, x, none)
    indexed(g, name, x, everything, none, none)
    indexed(g, name, x, np.array(3), everything, np.array(-2))
    indexed(g, name, x, slice(2, 2), j)
    indexed(g, "z_float64", g.inputs["z_float64"], everything, none, np.array([1, 1])[:0])
    indexed(g, "z_float64", g.inputs["z_float64"], np.array([2, -1, 0]))
    indexed(g, name, x * 2, i, of="(multiply x_float64 2)")
    indexed(g, name, x.transpose(2, 0, 1)[:, ::2], k[:, 0], everything, j[:4], of="(at (permute_dims x_float64 axes=2,0,1) items=:;::2)")
    indexed(g, name, np.broadcast_to(g.inputs["w_float64"], (3, 40)), np.array([2, 0]), r.randint(-40, 40, 2),
            of="(broadcast_to w_float64 3,40)")
    big = r.randint(-20011, 20011, 9000)
    indexed(g, "line", g.inputs["line"], big, chunks=1000)
    indexed(g, "plane", g.inputs["plane"], r.randint(-301, 301, 700), chunks=33)
    indexed(g, "plane", g.inputs["plane"], everything, r.randint(-83, 83, 200), of="(rechunk plane 50,20)")
    g.case(f"(at (at plane items={text_of([big[:90] % 301])}) items=5:70:3;::-2)",
           g.inputs["plane"][big[:90] % 301][5:70:3, ::-2])
    g.case(f"(permute_dims (at plane items={text_of([big[:90] % 301])}) axes=1,0)",
           g.inputs["plane"][big[:90] % 301].T)
    g.case(f"(sum (at plane items={text_of([big[:90] % 301])}) axis=0)",
           g.inputs["plane"][big[:90] % 301].sum(0), "ulp:20,abs:1e-10")
    for axis, n in enumerate(x.shape):
        at = r.randint(-n, n, (3, 2))
        g.case(f"(take x_float64 axis={axis} items={text_of([at])})", np.take(x, at, axis))
    flat = r.randint(-x.size, x.size, (5, 4))
    g.case(f"(take x_float64 items={text_of([flat])})", np.take(x, flat))
    along = r.randint(-10, 10, (7, 4, 1))
    g.case(f"(take_along_axis x_float64 axis=1 items={text_of([along])} chunks=3)",
           np.take_along_axis(x, np.broadcast_to(along, (7, 4, 13)), 1))
    masks(g)
    edits(g)
    g.input("five", np.array(5.0))
    assignments(g)
    wide = r.randint(-13, 13, (7, 10, 5))
    g.case(f"(take_along_axis x_float64 axis=-1 items={text_of([wide])})", np.take_along_axis(x, wide, -1))



def masks(g):
    x, mask, plane, line = (g.inputs[n] for n in ("x_float64", "mask", "plane", "line"))
    g.input("rows", mask[:, :, 0].copy())
    g.input("mask_flat", mask.ravel()[:500].copy())
    g.input("few", mask[0, :, 0].copy())
    g.input("seven", mask[:, 0, 1].copy())
    for t in ALL:
        g.case(f"(at x_{t} items=mask:mask)", g.inputs["x_" + t][mask])
    g.case("(at x_float64 items=mask:rows)", x[mask[:, :, 0]])
    g.case("(at x_float64 items=mask:seven)", x[mask[:, 0, 1]])
    g.case("(at x_float64 items=mask:seven;:;-2)", x[mask[:, 0, 1], :, -2])
    g.case("(at x_float64 items=:;mask:few;2:9)", x[:, mask[0, :, 0], 2:9])
    g.case("(at (multiply x_float64 2) items=mask:rows)", (x * 2)[mask[:, :, 0]])
    g.case("(sum (at x_float64 items=mask:mask))", x[mask].sum(), "ulp:20,abs:1e-10")
    g.case("(at (permute_dims x_float64 axes=0,1,2) items=mask:mask)", x[mask])
    g.case("(extract (greater plane 0) plane)", plane[plane > 0])
    g.case("(extract (less line 100) line)", line)
    g.case("(extract (greater line 100) line)", line[line > 100])
    g.case("(extract (greater (permute_dims plane axes=1,0) 0) (permute_dims plane axes=1,0))", plane.T[plane.T > 0])
    g.case("(at (extract (greater line 0) line) items=5:900:7)", line[line > 0][5:900:7])
    g.case("(at z_float64 items=mask:z_bool)", g.inputs["z_float64"][g.inputs["z_bool"]])
    g.case("(compress few x_float64 axis=1)", np.compress(mask[0, :, 0], x, axis=1))
    g.case("(compress seven x_float64 axis=-1)", np.compress(mask[:, 0, 1], x, axis=-1))
    g.case("(compress few line)", np.compress(mask[0, :, 0], line))
    g.case("(compress mask_flat x_float64)", np.compress(mask.ravel()[:500], x))
    for k in range(3):
        g.case(f"(nonzero mask k={k})", np.nonzero(mask)[k].astype("int64"))
    g.case("(flatnonzero (greater x_float64 3))", np.flatnonzero(x > 3))
    g.case("(argwhere (greater x_float64 3))", np.argwhere(x > 3))
    g.case("(argwhere z_float64)", np.argwhere(g.inputs["z_float64"]))


def assigned(x, items, v):
    y = x.copy()
    y[tuple(items)] = v
    return y


def assignments(g):
    r = np.random.RandomState(13)
    x, line, plane = (g.inputs[n] for n in ("x_float64", "line", "plane"))
    everything = slice(None)
    twice = r.randint(-40, 40, 900)
    g.input("nine_hundred", r.standard_normal(900))
    g.input("rows_of_plane", r.standard_normal((700, 83)))
    g.input("seven_by_six", r.standard_normal((7, 6)))
    g.case(f"(assign line nine_hundred items={text_of([twice])} chunks=70)",
           assigned(line, [twice], g.inputs["nine_hundred"]))
    at = r.randint(-301, 301, 700)
    g.case(f"(assign plane rows_of_plane items={text_of([at])} chunks=50)",
           assigned(plane, [at], g.inputs["rows_of_plane"]))
    j, k = r.randint(-10, 10, 6), r.randint(-13, 13, (4, 1))
    for items in ([j % 7], [everything, j, k % 13], [slice(None, None, -2), j], [2, everything, 3], [slice(1, 5), slice(2, 9, 3)],
                  [j % 7, everything, 5], [Ellipsis, 4]):
        g.case(f"(assign x_float64 s_int16 items={text_of(items)})", assigned(x, items, g.inputs["s_int16"]))
    g.case(f"(assign x_float64 seven_by_six items={text_of([everything, j, np.array(2)])} chunks=2)",
           assigned(x, [everything, j, np.array(2)], g.inputs["seven_by_six"]))
    flat = r.randint(-x.size, x.size, 900)
    y = x.copy()
    np.put(y, flat, g.inputs["nine_hundred"])
    g.case(f"(put x_float64 nine_hundred items={text_of([flat])})", y)
    along = np.argsort(x, 1)[:, :4, :1]
    y = x.copy()
    np.put_along_axis(y, np.broadcast_to(along, (7, 4, 13)), 5.0, 1)
    g.case(f"(put_along_axis x_float64 five axis=1 items={text_of([np.ascontiguousarray(np.broadcast_to(along, (7, 4, 13)))])})", y)


def edits(g):
    x, line = g.inputs["x_float64"], g.inputs["m_float64"]
    g.case("(append x_float64 x_float32 axis=1)", np.append(x, g.inputs["x_float32"], 1))
    g.case("(append x_float64 m_float64)", np.append(x, line))
    g.case("(insert m_float64 n_float64 at=3)", np.insert(line, 3, g.inputs["n_float64"]))
    g.case("(insert m_float64 n_float64 at=-2.)", np.insert(line, [-2], g.inputs["n_float64"]))
    g.case("(insert m_float64 s_float64 at=211,0,5,5,-1)", np.insert(line, [211, 0, 5, 5, -1], g.inputs["s_float64"]))
    g.case("(insert x_float64 s_int16 at=2,7 axis=1)", np.insert(x, [2, 7], g.inputs["s_int16"], 1))
    g.case("(insert x_float64 few at=4 axis=2)", np.insert(x, 4, g.inputs["few"], 2))
    g.case("(insert x_float64 s_int16 at=4)", np.insert(x, 4, g.inputs["s_int16"]))
    g.case("(delete x_float64 at=0,9,-2,0 axis=1)", np.delete(x, [0, 9, -2, 0], 1))
    g.case("(delete x_float64 at=3 axis=0)", np.delete(x, 3, 0))
    g.case("(delete x_float64 at=5,6,900)", np.delete(x, [5, 6, 900]))
    g.case("(delete m_float64 at=210)", np.delete(line, 210))

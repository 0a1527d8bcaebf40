"""Arrays from nothing."""
import numpy as np


def constants(g):
    for t in ("bool", "int8", "uint64", "float32", "float64", "complex64"):
        g.case(f"(zeros 5,7 dtype={t} chunks=2,3)", np.zeros((5, 7), t))
        g.case(f"(ones 5,7 dtype={t})", np.ones((5, 7), t))
        g.case(f"(add (ones 4,0 dtype={t}) (ones 0 dtype={t}))", np.zeros((4, 0), t))
        g.case(f"(zeros_like x_{t})", np.zeros((7, 10, 13), t))
        g.case(f"(ones_like z_{t} dtype=float32)", np.ones((3, 0, 5), "float32"))
        g.case(f"(full_like x_{t} 1)", np.full_like(g.inputs["x_" + t], 1))
    g.case("(full_like x_float64 2.5 dtype=int16)", np.full((7, 10, 13), 2, "int16"))
    g.case("(add x_float64 (ones_like x_float64))", g.inputs["x_float64"] + 1)
    g.case("(full 3,4 2.5)", np.full((3, 4), 2.5))
    g.case("(full 3,4 7)", np.full((3, 4), 7, "int64"))
    g.case("(full 3 True)", np.full(3, True))
    g.case("(full 2,2 1+2j)", np.full((2, 2), 1 + 2j))
    g.case("(full 2,2 2.75 dtype=float32)", np.full((2, 2), 2.75, "float32"))
    g.case("(full . -3)", np.array(-3))
    g.case("(sum (full 100,100 3 chunks=7,9))", np.array(30000))
    g.case("(sum (multiply (full 100,100 3 chunks=7,9) (full 100,100 4)) axis=0)", np.full(100, 1200))


def ranges(g):
    for a, b, c in [(0, 10, 1), (3, 50, 7), (10, 0, -3), (0, 0, 1), (5, 0, 1), (-5, 5, 2), (2 ** 62, 2 ** 62 + 5, 1), (7, -8, -1), (0, -1, 1), (0, 1, 100)]:
        g.case(f"(arange {a} {b} {c} chunks=4)", np.arange(a, b, c))
    for a, b, c in [(0.0, 1.0, 0.1), (1.0, -2.0, -0.3), (0.0, 10.0, 2.5), (0.1, 0.1, 1.0), (1e10, 1e10 + 5, 0.7), (5.0, 0.0, -1.0), (1.0, 0.0, 0.5)]:
        g.case(f"(arange {a} {b} {c} chunks=3)", np.arange(a, b, c))
    g.case("(arange 0 10 1 dtype=float32)", np.arange(10).astype("float32"))
    g.case("(arange 0 200 1 dtype=uint8 chunks=64)", np.arange(200).astype("uint8"))
    beyond = np.array([2 ** 63, 2 ** 63 + 2, 2 ** 63 + 4], "uint64")  # NumPy mixes uint64 with the step's int64: float64
    g.case("(arange 9223372036854775808 9223372036854775813 2)", beyond)
    g.case("(arange 9223372036854775808 9223372036854775813 2 dtype=float64)", beyond.astype("float64"))
    for a, b, c in [(-3, 0, 0.5), (0, 5, 0.5), (0.0, 5.0, 1.5), (5.5, -5.5, -2.5)]:
        g.case(f"(arange {a} {b} {c} dtype=int64 chunks=3)", np.arange(a, b, c, dtype="int64"))
    g.case("(arange 0 2 1 dtype=bool)", np.arange(0, 2, dtype=bool))
    g.case("(index (arange 0 1000 1 chunks=77) 990:3:-13)", np.arange(1000)[990:3:-13])
    g.case("(sum (arange 0 100000 1 chunks=1234))", np.array(4999950000))
    g.case("(mean (square (arange 0 1001 1 chunks=100)))", np.array(np.mean(np.arange(1001.0) ** 2)), "ulp:1")
    for a, b, n in [(0, 1, 50), (0.1, 0.7, 7), (1, 0, 11), (-1e300, 1e300, 5), (3, 3, 4), (2.5, 9.5, 1), (0, 1, 0), (0, 5e-324, 3), (1, 1e6, 1001), (-0.5, 0.5, 2)]:
        g.case(f"(linspace {a} {b} {n} chunks=3)" if n else f"(linspace {a} {b} {n})", np.linspace(a, b, n))
        if n:
            g.case(f"(linspace {a} {b} {n} open)", np.linspace(a, b, n, endpoint=False))
    g.case("(linspace 0 10 4 dtype=int32)", np.linspace(0, 10, 4, dtype="int32"))
    g.case("(linspace -10 0 7 dtype=int64)", np.linspace(-10, 0, 7, dtype="int64"))
    g.case("(linspace 0 1 9 dtype=float32)", np.linspace(0, 1, 9, dtype="float32"))
    g.case("(linspace 0+0j 1+2j 6)", np.linspace(0, 1 + 2j, 6))
    g.case("(index (linspace 0 1 101 chunks=7) 100:3:-9)", np.linspace(0, 1, 101)[100:3:-9])


def index_arrays(g):
    for n, m, k in [(4, 4, 0), (3, 5, 1), (5, 3, -2), (4, 4, 9), (4, 4, -9), (0, 3, 0), (3, 0, 1), (1, 1, 0), (6, 6, 5), (6, 6, -5)]:
        g.case(f"(eye {n} {m} {k})", np.eye(n, m, k))
        g.case(f"(eye {n} {m} {k} dtype=int8 chunks=2,2)", np.eye(n, m, k, dtype="int8"))
    g.case("(sum (eye 301 83 -7 chunks=50,9) axis=0)", np.eye(301, 83, -7).sum(0))
    g.case("(index (eye 30 30 2) ::-3,5:20:2)", np.eye(30, 30, 2)[::-3, 5:20:2])
    for shape in [(3,), (2, 3), (4, 1, 5), (3, 0, 2)]:
        text = ",".join(map(str, shape))
        g.case(f"(indices {text})", np.indices(shape))
        g.case(f"(indices {text} dtype=float32)", np.indices(shape, dtype="float32"))
        for k, v in enumerate(np.indices(shape, sparse=True)):
            g.case(f"(sparse_indices {k} {text})", v)
    g.case("(index (indices 20,30) :,::-7,3:9)", np.indices((20, 30))[:, ::-7, 3:9])
    g.case("(sum (indices 20,30) axis=1,2)", np.indices((20, 30)).sum((1, 2)))
    x, y, z = g.inputs["m_int16"][:11], g.inputs["n_float32"][:5], g.inputs["m_uint8"][:3]
    text = "(index m_int16 :11) (index n_float32 :5) (index m_uint8 :3)"
    for order in ("xy", "ij"):
        for sparse in (False, True):
            for k, v in enumerate(np.meshgrid(x, y, z, indexing=order, sparse=sparse)):
                g.case(f"(meshgrid {k} {order} {'sparse' if sparse else 'full'} {text})", v)
    g.case("(meshgrid 0 xy full (index m_int16 :11))", np.meshgrid(x)[0])
    g.case("(meshgrid 1 xy full s_int16 (index m_int16 :4))", np.meshgrid(g.inputs["s_int16"], g.inputs["m_int16"][:4])[1])
    u, v = np.meshgrid(np.arange(30), np.arange(20))
    grid = "(arange 0 30 1) (arange 0 20 1)"
    g.case(f"(add (square (meshgrid 0 xy full {grid})) (meshgrid 1 xy full {grid}))", u ** 2 + v)
    g.case("(fromfunction 13,17)", np.fromfunction(lambda i, j: i * 2 + j * j, (13, 17)))
    g.case("(fromfunction 13,17 dtype=int32 chunks=5,5)", np.fromfunction(lambda i, j: i * 2 + j * j, (13, 17), dtype="int32"))


def make(g):
    constants(g)
    ranges(g)
    index_arrays(g)

"""Products of matrices and vectors. Elements are small integers in every dtype, so that any order of additions is exact; a few
cases have others, within an error bound."""
import numpy as np

from values import ALL, BOOL, COMPLEX

SHAPES = {"rows": (17, 23), "columns": (23, 11), "square": (6, 6), "stack": (3, 1, 5, 7), "other": (4, 7, 6), "vector": (23,),
          "threes": (5, 3), "cube": (4, 5, 6), "long": (20, 9000), "tall": (9000, 30), "wide": (300, 70), "broad": (70, 280)}
LARGE = ("long", "tall", "wide", "broad")


def made(name, dtype, seed):
    r = np.random.RandomState(seed)
    shape = SHAPES[name]
    if dtype == "bool":
        return r.rand(*shape) < 0.2
    x = r.randint(0 if dtype.startswith("u") else -9, 10, shape)
    return (x + 1j * r.randint(-9, 10, shape) if dtype in COMPLEX else x).astype(dtype)


def inputs(g):
    for seed, name in enumerate(SHAPES):
        for t in ALL if name not in LARGE else ["float64"]:
            g.input(f"{name}_{t}", made(name, t, seed))


def dtypes(g):
    for t in ALL:
        x = {name: g.inputs[f"{name}_{t}"] for name in SHAPES if name not in LARGE}
        g.case(f"(matmul rows_{t} columns_{t})", x["rows"] @ x["columns"])
        g.case(f"(matmul (transpose columns_{t}) (transpose rows_{t}))", x["columns"].T @ x["rows"].T)
        g.case(f"(matmul stack_{t} other_{t})", x["stack"] @ x["other"])
        g.case(f"(matmul rows_{t} vector_{t})", x["rows"] @ x["vector"])
        g.case(f"(matmul vector_{t} columns_{t})", x["vector"] @ x["columns"])
        g.case(f"(matmul vector_{t} vector_{t})", x["vector"] @ x["vector"])
        g.case(f"(einsum ij,jk->ki rows_{t} columns_{t})", (x["rows"] @ x["columns"]).T)
        g.case(f"(vecdot threes_{t} threes_{t} axis=0)", np.array([np.vdot(v, v) for v in x["threes"].T], dtype=t))
        g.case(f"(matrix_power square_{t} 3)", x["square"] @ x["square"] @ x["square"])
        if t not in BOOL:
            g.case(f"(cross threes_{t} (index threes_{t} ::-1))", np.cross(x["threes"], x["threes"][::-1]))
    for a, b in [("int8", "int32"), ("uint8", "int8"), ("int64", "float32"), ("float32", "complex64"), ("bool", "int16"), ("float64", "complex64")]:
        y = g.inputs[f"rows_{a}"], g.inputs[f"columns_{b}"]
        g.case(f"(matmul rows_{a} columns_{b})", y[0].astype(np.promote_types(a, b)) @ y[1].astype(np.promote_types(a, b)))


def operands(g):
    """Of views, of what is computed, of reductions, and products of products; seen through views."""
    a, b = g.inputs["rows_float64"], g.inputs["columns_float64"]
    c = a @ b
    g.case("(matmul (add rows_float64 1) (multiply columns_float64 2))", (a + 1) @ (b * 2))
    g.case("(matmul (index rows_float64 ::-1,::2) (index columns_float64 ::2,1:))", a[::-1, ::2] @ b[::2, 1:])
    g.case("(matmul (cumulative_sum rows_float64 axis=0) columns_float64)", np.cumsum(a, 0) @ b)
    g.case("(matmul (broadcast_to (index rows_float64 0) 5,23) columns_float64)", np.broadcast_to(a[0], (5, 23)) @ b)
    g.case("(matmul (full 5,23 2.0) columns_float64)", np.full((5, 23), 2.0) @ b)
    g.case("(matmul (concat 0 rows_float64 rows_float64) columns_float64)", np.concatenate([a, a]) @ b)
    g.case("(matmul rows_float64 (transpose rows_float64))", a @ a.T)
    g.case("(index (matmul rows_float64 columns_float64) 3:9,::-2)", c[3:9, ::-2])
    of_several = g.inputs["wide_float64"] @ g.inputs["broad_float64"]  # chunks of 128
    for i, j in [("130:140", "3:9"), ("126:260", "-1:"), ("::-7", "::100"), ("299", ":"), (":0", ":")]:
        at = tuple(slice(*(int(n) if n else None for n in t.split(":"))) if ":" in t else int(t) for t in (i, j))
        g.case(f"(index (matmul wide_float64 broad_float64) {i},{j})", of_several[at])
    g.case("(index (matmul stack_float64 other_float64) 1:,2,::2,1)", (g.inputs["stack_float64"] @ g.inputs["other_float64"])[1:, 2, ::2, 1])
    g.case("(index (matmul long_float64 tall_float64) 3:5,-1:)", (g.inputs["long_float64"] @ g.inputs["tall_float64"])[3:5, -1:])
    g.case("(transpose (matmul rows_float64 columns_float64))", c.T)
    g.case("(add (multiply (matmul rows_float64 columns_float64) 2) 1)", c * 2 + 1)
    g.case("(sum (matmul rows_float64 columns_float64) axis=1)", c.sum(1))
    g.case("(matmul (matmul rows_float64 columns_float64) (transpose columns_float64))", c @ b.T)
    g.case("(matmul (index rows_float64 :0) columns_float64)", a[:0] @ b)
    g.case("(matmul (index rows_float64 :,:0) (index columns_float64 :0))", np.zeros((17, 11)))
    g.case("(matmul (index rows_float64 :1) columns_float64)", a[:1] @ b)
    for x, y in [("long", "tall"), ("wide", "broad")]:
        g.case(f"(matmul {x}_float64 {y}_float64)", g.inputs[f"{x}_float64"] @ g.inputs[f"{y}_float64"])
    wide, broad = g.inputs["wide_float64"] / 7, g.inputs["broad_float64"] / 3
    g.case("(matmul (divide wide_float64 7) (divide broad_float64 3))", wide @ broad, "ulp:10,abs:1e-11")
    g.case("(matmul (transpose tall_float64) (transpose long_float64))", g.inputs["tall_float64"].T @ g.inputs["long_float64"].T)


def others(g):
    a, b, s, o, cube = (g.inputs[f"{n}_float64"] for n in ("rows", "columns", "stack", "other", "cube"))
    v, i = g.inputs["vector_float64"], g.inputs["cube_int32"]
    g.case("(dot rows_float64 columns_float64)", a @ b)
    g.case("(dot rows_float64 vector_float64)", a @ v)
    g.case("(dot cube_float64 (index other_float64 :,:6))", np.dot(cube, o[:, :6]))
    g.case("(dot (index rows_float64 0,0) columns_float64)", a[0, 0] * b)
    z = g.inputs["rows_complex128"]
    g.case("(vdot rows_complex128 (multiply rows_complex128 2))", np.vdot(z, z * 2))
    g.case("(vdot rows_complex128 (ravel rows_complex128))", np.vdot(z, z))
    g.case("(vecdot rows_complex128 (index rows_complex128 3) axis=-1)", (z.conj() * z[3]).sum(-1))
    g.case("(inner cube_float64 (index cube_float64 :2))", np.inner(cube, cube[:2]))
    g.case("(outer (index rows_float64 :2) vector_float64)", np.outer(a[:2], v))
    g.case("(kron square_int32 threes_int32)", np.kron(g.inputs["square_int32"], g.inputs["threes_int32"]))
    g.case("(kron threes_float64 (index cube_float64 :2,:2,:3))", np.kron(g.inputs["threes_float64"], cube[:2, :2, :3]))
    g.case("(tensordot cube_float64 (transpose cube_float64 axes=2,1,0) 1)", np.tensordot(cube, cube.transpose(2, 1, 0), 1))
    g.case("(tensordot cube_int32 cube_int32 0:2 0:2)", np.tensordot(i, i, ((0, 2), (0, 2))))
    g.case("(tensordot cube_int32 cube_int32 3)", np.tensordot(i, i, 3))
    g.case("(tensordot threes_int32 cube_int32 0)", np.tensordot(g.inputs["threes_int32"], i, 0))
    for n in (0, 1, 2, 5):
        g.case(f"(matrix_power square_int64 {n})", np.linalg.matrix_power(g.inputs["square_int64"], n))
    g.case("(cross (transpose threes_int32) (transpose (index threes_int32 ::-1)) axis=0)",
           np.cross(g.inputs["threes_int32"].T, g.inputs["threes_int32"][::-1].T, axis=0))


def sums(g):
    names = {"a": "rows", "b": "columns", "s": "square", "c": "cube", "v": "vector"}
    for text, used in [("ij,jk", "ab"), ("ij,jk->", "ab"), ("ij->ji", "a"), ("ii", "s"), ("ii->i", "s"), ("ij->", "a"), ("ij->j", "a"), ("ij,j->i", "av"),
                       ("ij,j->ij", "av"), ("j,k->jk", "vv"), ("ij,kj->ik", "aa"), ("ijk,ijl->ikl", "cc"), ("ijk,kji->j", None), ("ijk,ilk->jl", "cc"),
                       ("ij,jk,kl->il", "sss"), ("ij,jk,kl,lm->im", "ssss"), ("ij,ij->i", "aa"), ("...j,jk->...k", "ab"), ("...ij->...ji", "c"),
                       ("i...,i...->...", "cc"), ("ii,ij->j", "ss"), ("ij,ji->", "ss"), ("i,j,k->kij", None)]:
        for t in ("float64", "int32"):
            if used is None:
                used_here = ["cube", "(transpose cube)"] if "kji" in text else ["(index square 0)", "(index square 1)", "(index square 2)"]
                cube, square = g.inputs[f"cube_{t}"], g.inputs[f"square_{t}"]
                arrays = [cube, cube.T] if "kji" in text else list(square[:3])
                words = [w.replace("cube", f"cube_{t}").replace("square", f"square_{t}") for w in used_here]
            else:
                arrays, words = [g.inputs[f"{names[u]}_{t}"] for u in used], [f"{names[u]}_{t}" for u in used]
            g.case(f"(einsum {text} {' '.join(words)})", np.einsum(text, *arrays), "unsigned")


def norms(g):
    x, v, c = g.inputs["cube_float64"], g.inputs["vector_float64"], g.inputs["rows_complex64"]
    for ord in (None, 1, 2, 3, 0, np.inf, -np.inf, -1):
        text = "" if ord is None else f" ord={ord}"
        g.case(f"(norm vector_float64{text})", np.linalg.norm(v, ord), "ulp:20,abs:0")
        g.case(f"(norm cube_float64{text} axis=1)", np.linalg.norm(x, ord, axis=1), "ulp:20,abs:0")
    for ord in (None, "fro", 1, -1, np.inf, -np.inf):
        text = "" if ord is None else f" ord={ord}"
        g.case(f"(norm cube_float64{text} axis=2,0)", np.linalg.norm(x, ord, axis=(2, 0)), "ulp:20,abs:0")
        g.case(f"(norm cube_float64{text} axis=0,1 keepdims)", np.linalg.norm(x, ord, axis=(0, 1), keepdims=True), "ulp:20,abs:0")
    g.case("(norm cube_float64)", np.linalg.norm(x), "ulp:20,abs:0")
    g.case("(norm rows_complex64)", np.linalg.norm(c), "ulp:20,abs:0")


def make(g):
    inputs(g)
    dtypes(g)
    operands(g)
    others(g)
    sums(g)
    norms(g)

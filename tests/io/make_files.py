"""Makes the files that the tests read, with h5py and numpy, and beside each the elements that must come out.

manifest.txt has a line per source: source, dtype, shape, file of raw bytes (row-major, native order)."""
import os, sys
import h5py, numpy as np

out = sys.argv[1]
os.chdir(out)
rng = np.random.default_rng(7)
manifest = []


def expect(source, array):
    array = np.asarray(array)
    raw = f"expected{len(manifest)}.bin"
    native = array.astype(array.dtype.newbyteorder("="))
    with open(raw, "wb") as f:
        f.write(native.tobytes(order="C"))
    name = {"bool": "bool"}.get(native.dtype.name, native.dtype.name)
    manifest.append(f"{source}|{name}|{','.join(map(str, array.shape))}|{raw}")


def values(shape, dtype):
    d = np.dtype(dtype)
    if d.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if d.kind in "iu":
        info = np.iinfo(d)
        return rng.integers(info.min, info.max, shape, dtype=d.newbyteorder("="), endpoint=True).astype(d)
    if d.kind == "c":
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(d)
    return rng.normal(size=shape).astype(d)


dtypes = ["?", "i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8",
          "<f4", ">f4", "<f8", ">f8", "<c8", ">c8", "<c16", ">c16"]
shapes = [(), (0,), (1,), (7,), (13, 5), (0, 4), (5, 0, 3), (17, 1, 11), (3, 5, 7, 2)]

# Every dtype, contiguous, in chunks, filtered; with both versions of the format.
for libver in ["earliest", "latest"]:
    name = f"dtypes_{libver}.h5"
    with h5py.File(name, "w", libver=libver) as f:
        for t in dtypes:
            a = values((19, 23), t)
            label = t.replace("<", "le_").replace(">", "be_").replace("?", "bool")
            for how, options in {"plain": {}, "chunks": {"chunks": (4, 10)},
                                 "gzip": {"chunks": (4, 10), "compression": "gzip"},
                                 "all": {"chunks": (5, 23), "compression": "gzip", "shuffle": True, "fletcher32": True},
                                 "sum": {"chunks": (5, 3), "fletcher32": True},
                                 "shuffle": {"chunks": (5, 3), "shuffle": True}}.items():
                f.create_dataset(f"{label}/{how}", data=a, dtype=t, **options)
                expect(f"{name}:/{label}/{how}", a)

# Every shape.
with h5py.File("shapes.h5", "w") as f:
    for s in shapes:
        a = values(s, "f8")
        label = "x".join(map(str, s)) or "scalar"
        f[f"plain/{label}"] = a
        expect(f"shapes.h5:/plain/{label}", a)
        if s and 0 not in s:
            for k, c in enumerate([tuple(1 for _ in s), tuple(max(1, (n + 1) // 2) for n in s), s]):
                f.create_dataset(f"chunked/{label}_{k}", data=a, chunks=c)
                expect(f"shapes.h5:/chunked/{label}_{k}", a)
    # More room than elements: chunks larger than the shape.
    a = values((5, 6), "f4")
    f.create_dataset("wide", data=a, chunks=(8, 16), maxshape=(None, None))
    expect("shapes.h5:/wide", a)
    f.create_dataset("wide_gzip", data=a, chunks=(8, 16), maxshape=(None, None), compression="gzip")
    expect("shapes.h5:/wide_gzip", a)
    # Shrunk and grown.
    d = f.create_dataset("resized", data=values((20, 20), "i4"), chunks=(6, 6), maxshape=(None, 40), fillvalue=-3)
    d.resize((13, 31))
    expect("shapes.h5:/resized", d[...])
    # Only some chunks written.
    d = f.create_dataset("holes", shape=(30, 30), dtype=">f8", chunks=(7, 7), fillvalue=2.5)
    d[8:16, 3:9] = values((8, 6), "f8")
    expect("shapes.h5:/holes", d[...])
    d = f.create_dataset("holes_gzip", shape=(30, 30), dtype="i2", chunks=(7, 7), compression="gzip", fillvalue=77)
    d[20:, 20:] = 5
    expect("shapes.h5:/holes_gzip", d[...])
    for name, options in {"never": {}, "never_chunked": {"chunks": (3, 3)}}.items():
        d = f.create_dataset(name, shape=(10, 10), dtype="u2", fillvalue=9, **options)
        expect(f"shapes.h5:/{name}", d[...])
    # More chunks than a description carries.
    a = values((300, 200), "f4")
    f.create_dataset("many", data=a, chunks=(3, 4))
    expect("shapes.h5:/many", a)
    f.create_dataset("many_gzip", data=a, chunks=(3, 4), compression="gzip", shuffle=True)
    expect("shapes.h5:/many_gzip", a)
    d = f.create_dataset("many_holes", shape=(300, 200), dtype="f4", chunks=(3, 4), fillvalue=-1)
    d[100:150, 90:110] = 3
    expect("shapes.h5:/many_holes", d[...])
    # Compact.
    a = values((9, 5), ">i4")
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(a.shape)
    h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_I32BE, space, plist).write(h5py.h5s.ALL, h5py.h5s.ALL, a.astype("i4"))
    expect("shapes.h5:/compact", a)
    # Rows long enough to be read straight, and rows with small and large gaps.
    a = values((40, 50, 60), "f8")
    f["cube"] = a
    expect("shapes.h5:/cube", a)
    f.create_dataset("cube_chunks", data=a, chunks=(16, 32, 60))
    expect("shapes.h5:/cube_chunks", a)
    f["soft"] = h5py.SoftLink("/plain/7")
    expect("shapes.h5:/soft", f["plain/7"][...])
    f["up/down"] = h5py.SoftLink("../" + "cube")  # relative links have no ".." in HDF5: dangling

# A chunk whose filters were skipped, and edges that are stored plainly.
with h5py.File("masks.h5", "w", libver="latest") as f:
    a = np.arange(60, dtype="<i4").reshape(6, 10)
    d = f.create_dataset("mask", shape=a.shape, dtype="<i4", chunks=(3, 5), compression="gzip", shuffle=True)
    d[...] = a
    d.id.write_direct_chunk((3, 5), np.ascontiguousarray(a[3:, 5:]).tobytes(), filter_mask=3)
    import zlib
    d.id.write_direct_chunk((0, 5), zlib.compress(np.ascontiguousarray(a[:3, 5:]).tobytes()), filter_mask=1)
    expect("masks.h5:/mask", a)

# Edge chunks stored without filters: an option that h5py does not know.
import ctypes, ctypes.util
with h5py.File("edges.h5", "w", libver="latest") as f:
    library = ctypes.CDLL("libhdf5_serial.so.103")
    library.H5Pset_chunk_opts.argtypes = [ctypes.c_int64, ctypes.c_uint]
    a = np.arange(17 * 23, dtype="<i4").reshape(17, 23)
    for label, filters in {"gzip": ["deflate"], "both": ["shuffle", "deflate"]}.items():
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((5, 6))
        for name in filters:
            plist.set_deflate(4) if name == "deflate" else plist.set_shuffle()
        assert library.H5Pset_chunk_opts(plist.id, 2) >= 0
        d = h5py.h5d.create(f.id, label.encode(), h5py.h5t.STD_I32LE, h5py.h5s.create_simple(a.shape), plist)
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, a)
        expect(f"edges.h5:/{label}", a)

# A user block, before both kinds of data.
with h5py.File("userblock.h5", "w", userblock_size=1024) as f:
    a = values((12, 13), "f8")
    f["plain"] = a
    f.create_dataset("chunks", data=a, chunks=(5, 5))
    f.create_dataset("gzip", data=a, chunks=(5, 5), compression="gzip")
    f.create_dataset("many", data=a, chunks=(1, 1))
    for n in f:
        expect(f"userblock.h5:/{n}", a)
    b = values((80, 80), "u1")
    f.create_dataset("lookup", data=b, chunks=(1, 1))
    expect("userblock.h5:/lookup", b)
    some = f.create_dataset("lookup_some", (80, 80), "u1", chunks=(1, 1), fillvalue=7, compression="gzip")
    some[20:50] = b[20:50]
    expect("userblock.h5:/lookup_some", some[...])
with open("userblock.h5", "r+b") as f:
    f.write(b"not a signature")

with h5py.File("one.h5", "w") as f:
    f["deep/down/x"] = np.arange(5.0)
expect("one.h5", np.arange(5.0))
with h5py.File("named.h5", "w") as f:
    for name, n in [("time", 3), ("lat", 4), ("lon", 5)]:
        f[name] = np.arange(n, dtype="f8")
        f[name].make_scale(name)
    t = f.create_dataset("t2m", data=values((3, 4, 5), "f4"), fillvalue=-999)
    for i, n in enumerate(["time", "lat", "lon"]):
        t.dims[i].attach_scale(f[n])
    t.attrs["units"] = "K"
    t.attrs["long_name"] = np.string_("temperature")
    t.attrs["names"] = ["a", "b"]
    t.attrs["scale_factor"] = 0.5
    t.attrs["valid_range"] = np.array([1, 2], ">i2")
    t.attrs["flag"] = True
    t.attrs["huge"] = np.uint64(2**63 + 5)
    t.attrs["table"] = np.arange(6, dtype=">f4").reshape(3, 2)
    t.attrs["alone"] = np.array([7], "i4")
    t.attrs["fixed"] = np.array([b"one", b"three"])
    t.attrs["turn"] = np.complex64(1 - 2j)
    t.attrs["none"] = np.zeros(0, "f8")
    t.attrs["no_texts"] = np.zeros(0, h5py.string_dtype())
    t.attrs["nothing"] = h5py.Empty("i2")
    t.attrs["empty_text"] = h5py.Empty("S1")
    t.attrs["one_text"] = np.array(["x"], h5py.string_dtype())
    t.attrs["object"] = f["lat"].ref  # left out, as other compounds are
    t.attrs["record"] = np.zeros(2, [("a", "i4"), ("b", "f8")])
    expect("named.h5", t[...])
    f["labelled"] = np.zeros((2, 2), "S3")  # text: no array of numbers

with h5py.File("odd.h5", "w") as f:
    f["text"] = np.array(["a", "b"], dtype=h5py.string_dtype())
    f["fixed"] = np.array([b"a", b"b"])
    f["record"] = np.zeros(3, [("a", "i4"), ("b", "f8")])
    f["null"] = h5py.Empty("f8")
    f["lzf"] = f.create_dataset("l", data=np.zeros((10, 10)), chunks=(5, 5), compression="lzf")
    f.create_dataset("scaled", data=np.zeros((10, 10), "i4"), chunks=(5, 5), scaleoffset=0)
    f["far"] = h5py.ExternalLink("one.h5", "/deep/down/x")
    f["loop"] = h5py.SoftLink("/loop")
    f["dangling"] = h5py.SoftLink("/nowhere")
    f["group/inner"] = np.arange(3)
    layout = h5py.VirtualLayout(shape=(5,), dtype="f8")
    layout[:] = h5py.VirtualSource("one.h5", "/deep/down/x", shape=(5,))
    f.create_virtual_dataset("virtual", layout)
    f.create_dataset("external", shape=(5,), dtype="f8", external=[("ext.bin", 0, 40)])
    f.create_dataset("enum", data=np.array([0, 2, 1]), dtype=h5py.enum_dtype({"A": 0, "B": 1, "C": 2}, basetype="i2"))
    expect("odd.h5:/enum", np.array([0, 2, 1], "i2"))
with h5py.File("nothing.h5", "w") as f:
    f.create_group("g")
with h5py.File("many_names.h5", "w") as f:
    for i in range(30):
        f[f"d{i:02}"] = np.arange(i)

# npy, all versions, both orders, both byte orders.
for k, t in enumerate(dtypes):
    for order in "CF":
        a = np.asarray(values((6, 7, 8), t), order=order)
        name = f"t{k}{order}.npy"
        np.save(name, a)
        expect(name, a)
for s in shapes:
    for version in [(1, 0), (2, 0), (3, 0)]:
        a = np.asfortranarray(values(s, "f4")) if version[0] == 2 else values(s, "f4")
        name = f"s{'x'.join(map(str, s))}_v{version[0]}.npy"
        with open(name, "wb") as f:
            np.lib.format.write_array(f, a, version=version)
        expect(name, a)
a = np.asfortranarray(values((300, 400), "f8"))
np.save("fortran.npy", a)
expect("fortran.npy", a)
for name, a in {"text": np.array(["a"]), "record": np.zeros(2, [("a", "i4")]),
                "dates": np.zeros(2, "M8[s]"), "long": np.zeros(2, "g")}.items():
    np.save(f"bad_{name}.npy", a)
np.save("bad_object.npy", np.array([None, {}], dtype=object), allow_pickle=True)

# float16 is read as float32: every one of its values, and both byte orders.
every = np.arange(1 << 16, dtype="u2").view("f2").reshape(256, 256)
with h5py.File("half.h5", "w") as f:
    for name, t in {"le": "<f2", "be": ">f2"}.items():
        a = every.astype(t)
        f[name + "/plain"] = a
        f.create_dataset(name + "/gzip", data=a, chunks=(100, 33), compression="gzip", shuffle=True)
        f[name + "/plain"].attrs["scale"] = np.array([0.5, 2], t)
        np.save(f"half_{name}.npy", a)
        for source in [f"half.h5:/{name}/plain", f"half.h5:/{name}/gzip", f"half_{name}.npy"]:
            expect(source, every.astype("f4"))
    d = f.create_dataset("holes", shape=(9, 9), dtype="<f2", chunks=(4, 4), fillvalue=0.5)
    d[5:, 5:] = 3
    expect("half.h5:/holes", d[...].astype("f4"))

# A large number of chunks.
with h5py.File("million.h5", "w") as f:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((10,))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    h5py.h5d.create(f.id, b"x", h5py.h5t.IEEE_F64LE, h5py.h5s.create_simple((10**7,)), plist)

with open("manifest.txt", "w") as f:
    f.write("\n".join(manifest) + "\n")

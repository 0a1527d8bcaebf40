"""Small files of HDF5's new format that crafted files are made of: crafted_seeds.py FOLDER KIND makes FOLDER/seed.h5.
h5py and numpy as np are imported by whoever runs it."""
import ctypes

folder, kind = sys.argv[1], sys.argv[2]


def scaled(f):
    f["t"] = np.arange(5, dtype="i4")
    f["t"].make_scale("t")
    x = f.create_dataset("x", data=np.arange(30.0).reshape(5, 6))
    x.dims[0].attach_scale(f["t"])
    x.attrs["units"] = "K"
    return x


creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
if kind == "shared":  # messages that several objects share
    library = ctypes.CDLL("libhdf5_serial.so.103")
    library.H5Pset_shared_mesg_nindexes.argtypes = [ctypes.c_int64, ctypes.c_uint]
    library.H5Pset_shared_mesg_index.argtypes = [ctypes.c_int64, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint]
    assert library.H5Pset_shared_mesg_nindexes(creation.id, 1) >= 0
    assert library.H5Pset_shared_mesg_index(creation.id, 0, 0x1F, 20) >= 0
access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
if kind != "old":
    access.set_libver_bounds(h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST)
access.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
f = h5py.File(h5py.h5f.create((folder + "/seed.h5").encode(), h5py.h5f.ACC_TRUNC, creation, access))
if kind == "headers":  # one of each message
    x = scaled(f)
    f["g/names"] = np.array([b"a", b"bc"])
    f["g/record"] = np.zeros(3, [("a", "i4"), ("b", "f8", 2)])
    f["g/type"] = np.dtype("i2")
    f["g/soft"] = h5py.SoftLink("/x")
    f["g/far"] = h5py.ExternalLink("b.h5", "/x")
    f["g/flags"] = np.array([True, False])
    f.create_dataset("g/fill", shape=(4, 4), dtype="i2", fillvalue=7)
    f.create_dataset("g/enum", data=np.array([0, 1]), dtype=h5py.enum_dtype({"A": 0, "B": 1}))
    x.attrs["list"] = ["one", "two"]
    x.attrs["table"] = np.arange(6.0).reshape(2, 3)
elif kind == "attributes":  # more than a header holds: fractal heap and B-tree
    x = scaled(f)
    for i in range(40):
        x.attrs[f"attribute{i}"] = np.arange(i) if i % 3 else "text" * i
    x.attrs["long"] = np.arange(700)
elif kind == "links":  # a group with more links than its header holds
    g = f.create_group("g", track_order=True)
    for i in range(60):
        g[f"dataset{i}"] = np.arange(2)
    g["soft"] = h5py.SoftLink("/g/dataset0")
elif kind == "chunks":  # fixed array, extensible array, single chunk, implicit index, filters
    a = np.arange(120.0).reshape(12, 10)
    f.create_dataset("fixed", data=a, chunks=(3, 2))
    f.create_dataset("fixed_gzip", data=a, chunks=(3, 2), compression="gzip", shuffle=True, fletcher32=True)
    f.create_dataset("paged", data=np.arange(3000, dtype="i1"), chunks=(2,))
    f.create_dataset("grows", data=a, chunks=(1, 5), maxshape=(None, 10))
    f.create_dataset("grows_gzip", data=np.arange(400.0), chunks=(2,), maxshape=(None,), compression="gzip")
    f.create_dataset("single", data=a, chunks=(12, 10), compression="gzip")
elif kind == "btree_chunks":  # chunks under a B-tree of version 2, also one of several levels
    a = np.arange(3600.0).reshape(60, 60)
    f.create_dataset("two", data=a, chunks=(2, 2), maxshape=(None, None))
    f.create_dataset("gzip", data=a[:20, :20], chunks=(4, 4), maxshape=(None, None), compression="gzip")
elif kind == "ordered":  # links and attributes by their order of creation, large ones in a heap's own file space
    f.close()
    f = h5py.File(folder + "/seed.h5", "w", libver="latest", track_order=True)
    g = f.create_group("g", track_order=True)
    for i in range(30):
        g[f"dataset{i}"] = np.arange(2)
    x = g.create_dataset("x", data=np.arange(30.0).reshape(5, 6), track_order=True)
    for i in range(20):
        x.attrs[f"attribute{i}"] = np.arange(i)
    x.attrs["long"] = np.arange(7000)
    x.attrs["longer"] = "text" * 20000
elif kind == "types":  # datatypes within datatypes, references, virtual datasets
    record = np.dtype([("a", "i4"), ("b", [("c", "f8", (2, 3)), ("d", "S5")]), ("e", "c16")])
    f["named"] = record
    f.create_dataset("record", data=np.zeros(4, record))
    f.create_dataset("named_record", (3,), dtype=f["named"])
    f.create_dataset("lists", data=np.array([np.arange(3), np.arange(2)], object), dtype=h5py.vlen_dtype("i4"))
    f.create_dataset("texts", data=["one", "two"], dtype=h5py.string_dtype())
    f.create_dataset("objects", data=[f["record"].ref], dtype=h5py.ref_dtype)
    f.create_dataset("opaque", data=np.zeros(2, "V8"))
    f.create_dataset("half", data=np.arange(4, dtype="f2"))
    f.create_dataset("big", data=np.arange(4, dtype=">i8"))
    scaled_integers = f.create_dataset("scaled", data=np.arange(64), chunks=(16,), scaleoffset=0)
    scaled_integers.attrs["ref"] = f["record"].ref
    scaled_integers.attrs.create("record", np.zeros(2, record))
    layout = h5py.VirtualLayout((2, 4), "i8")
    for i in range(2):
        layout[i] = h5py.VirtualSource(f["scaled"])[4 * i : 4 * i + 4]
    f.create_virtual_dataset("virtual", layout, fillvalue=1)
elif kind == "old":  # the format of 1.8: version-1 headers, symbol tables, B-trees of version 1
    x = scaled(f)
    g = f.create_group("g")
    for i in range(20):
        g[f"dataset{i}"] = np.arange(2)
    g.create_dataset("chunked", data=np.arange(120.0).reshape(12, 10), chunks=(3, 2), compression="gzip", shuffle=True)
    g["names"] = np.array([b"a", b"bc"])
    g.create_dataset("texts", data=["one", "two"], dtype=h5py.string_dtype())
    g["soft"] = h5py.SoftLink("/x")
    for i in range(10):
        x.attrs[f"attribute{i}"] = np.arange(i)
elif kind == "shared":
    for i in range(12):
        d = f.create_dataset(f"d{i}", data=np.zeros((2, 3), [("alpha", "i4"), ("beta", "f8")]) if i % 2 else np.zeros((4, 5)), fillvalue=None if i % 2 else 3.0)
        d.attrs["units"] = "a text that is long enough to be shared"
f.close()

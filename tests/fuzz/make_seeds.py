"""Small files and statements to start the fuzzers from: make_seeds.py FOLDER makes FOLDER/{language,npy,hdf5}."""
import io, os, sys
import h5py, numpy as np

out = sys.argv[1]
for name in ["language", "npy", "hdf5"]:
    os.makedirs(os.path.join(out, name), exist_ok=True)


def put(kind, number, data):
    with open(os.path.join(out, kind, f"seed{number}"), "wb") as f:
        f.write(data)


statements = ["y = mean(sqrt(x) + x**2, axis=0)", "x[1:2, ::2]", "where(x > 0.5, x, -x)[0]", "a=1;b=a<<3|2;c=b^a;c",
              "sum(i, axis=(0,1), keepdims=True) // 3 % 2 ** -1", "uniform((2,3), seed=1, stream=2) * normal(3)",
              "astype(x,'int8')[None].T.shape[1]", "broadcast_to(f,(3,4))", "x[..., -1][::-1] @ f", "~b & (f != 1j)",
              "# nothing\nmax(abs(z))", "std(x, axis=-1, ddof=1)", "full((2,), 1e999)", "x.dtype", "[1, 2, 'three']"]
for k, s in enumerate(statements):
    put("language", k, s.encode())

arrays = [np.arange(12.0).reshape(3, 4), np.asfortranarray(np.ones((2, 5), "f4")), np.zeros((0, 3), "i2"), np.array(7, ">i4"),
          np.ones(3, bool), np.ones(2, "c16"), np.ones(3, "f2")]
for k, a in enumerate(arrays):
    buffer = io.BytesIO()
    np.save(buffer, a)
    put("npy", k, buffer.getvalue())
put("npy", len(arrays), b"\x93NUMPY\x02\x00\x44\x00\x00\x00" + b"{'descr': '<u2', 'fortran_order': True, 'shape': (2, 2,), }".ljust(67) + b"\n" + bytes(8))

for k, (libver, options) in enumerate([("earliest", {}), ("latest", {}), ("earliest", dict(chunks=(2, 3))), ("latest", dict(chunks=(2, 3))),
                                       ("latest", dict(chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)),
                                       ("latest", dict(chunks=(2, 3), maxshape=(None, 6))), ("latest", dict(chunks=(2, 3), maxshape=(None, None)))]):
    path = os.path.join(out, "hdf5", f"seed{k}")
    with h5py.File(path, "w", libver=libver) as f:
        x = f.create_dataset("g/x", data=np.arange(30.0).reshape(5, 6), **options)
        x.attrs["units"] = "K"
        x.attrs["scale_factor"] = 0.5
        f["t"] = np.arange(5, dtype="i4")
        f["t"].make_scale("time")
        x.dims[0].attach_scale(f["t"])
        f.create_dataset("b", data=np.array([True, False]))

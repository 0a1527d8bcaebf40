#!/usr/bin/python3
"""make_file.py FILE: 300 MiB of float64 in HDF5 as /x (chunked), /whole (contiguous, 150 MiB) and /packed (gzip, 150 MiB unpacked)."""
import sys

import h5py
import numpy as np


def main():
    planes = np.random.RandomState(1).randint(0, 65536, (512, 512)) / 65536.0 + 1
    with h5py.File(sys.argv[1], "w", libver="latest") as f:
        x = f.create_dataset("x", (150, 512, 512), "f8", chunks=(10, 128, 512))
        whole = f.create_dataset("whole", (75, 512, 512), "f8")
        packed = f.create_dataset("packed", (75, 512, 512), "f8", chunks=(5, 256, 512), compression="gzip", compression_opts=1, shuffle=True)
        for k in range(0, 150, 10):
            block = np.stack([planes + k + j for j in range(10)])
            x[k:k + 10] = block
            if k < 70:
                whole[k:k + 10] = block
                packed[k:k + 10] = block
        last = np.stack([planes + 70 + j for j in range(5)])
        whole[70:] = last
        packed[70:] = last
        for d, n in ((x, 150), (whole, 75), (packed, 75)):
            d.attrs["sum"] = float(planes.sum()) * n + 512.0 * 512.0 * n * (n - 1) / 2


if __name__ == "__main__":
    main()

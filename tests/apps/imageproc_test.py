"""apps/imageproc against NumPy: from HDF5, npy and PNG files, the same bits on any ranks and in any batches."""
import os
import struct
import unittest
import zlib

import h5py
import numpy as np

from command import MPIEXEC, Case, environment, finish, start

IMAGEPROC = os.environ["TESSERA_IMAGEPROC"]
KERNELS = {"sharpen": [0, -1, 0, -1, 5, -1, 0, -1, 0], "edges": [-1, -1, -1, -1, 8, -1, -1, -1, -1], "emboss": [-2, -1, 0, -1, 1, 1, 0, 1, 2]}


def processed(images, sigma=1.0, kernel="sharpen", normalise=True):
    """What the app makes of a stack, after scipy.ndimage: sums in float64, rounded to float32 after each filter."""
    y = images.astype("float32")
    for axis in (1, 2) if sigma else ():
        radius = int(4 * sigma + 0.5)
        weights = np.exp(-0.5 * np.arange(-radius, radius + 1) ** 2 / sigma**2)
        weights /= weights.sum()
        wide = np.pad(y.astype(float), [(radius, radius) if i == axis else (0, 0) for i in range(3)], mode="symmetric")
        y = sum(w * np.take(wide, np.arange(y.shape[axis]) + k, axis) for k, w in enumerate(weights)).astype("float32")
    if kernel != "none":
        wide = np.pad(y.astype(float), [(0, 0), (1, 1), (1, 1)], mode="symmetric")
        rows, columns = y.shape[1:]
        y = sum(w * wide[:, k // 3:k // 3 + rows, k % 3:k % 3 + columns] for k, w in enumerate(KERNELS[kernel])).astype("float32")
    if normalise:
        deviation = y.std(axis=(1, 2), keepdims=True, dtype=float)
        y = (y - y.mean(axis=(1, 2), keepdims=True, dtype=float)) / np.where(deviation > 0, deviation, 1)
    return y


def write_png(path, image):
    """8 bits of grey."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows, columns = image.shape
    lines = b"".join(b"\0" + row.tobytes() for row in image)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b""))


class Imageproc(Case):
    def imageproc(self, *words, ranks=0):
        line = [IMAGEPROC, *map(str, words)]
        return finish(start([MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line] if ranks else line, environment(TESSERA_THREADS="2")))

    def run_to(self, name, *words, ranks=0):
        result = self.imageproc(*words, "-o", self.path(name), "--force", ranks=ranks)
        self.assertEqual(result.rc, 0, result)
        self.assertIn("images/s", result.out)
        return np.load(self.path(name))

    def sources(self, images):
        np.save(self.path("in.npy"), images)
        with h5py.File(self.path("in.h5"), "w") as f:
            f.create_dataset("images", data=images, chunks=(2, 7, 9), compression="gzip")
        os.makedirs(self.path("pngs"), exist_ok=True)
        for k, image in enumerate(images):
            write_png(self.path(f"pngs/{k:04}.png"), image)
        return self.path("in.npy"), self.path("in.h5") + ":/images", self.path("pngs")

    def test_all_sources_ranks_and_batches(self):
        images = np.random.default_rng(5).integers(0, 256, (11, 23, 31), "uint8")
        images[3] = 77  # of equal pixels
        expected = processed(images)
        first = None
        for source in self.sources(images):
            for ranks in (0, 2, 3, 5) if MPIEXEC else (0,):
                for batch in (4, 64) if ranks in (0, 3) else (3,):
                    found = self.run_to("out.npy", source, "--batch", batch, ranks=ranks)
                    self.assertEqual(found.dtype, np.float32)
                    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
                    first = found if first is None else first
                    self.assertEqual(found.tobytes(), first.tobytes(), (source, ranks, batch))

    def test_kernels(self):
        images = np.random.default_rng(6).integers(0, 256, (3, 20, 17), "uint8")
        source = self.sources(images)[0]
        for kernel in ("none", *KERNELS):
            for sigma in (0, 2.5):
                found = self.run_to("out.npy", source, "--kernel", kernel, "--sigma", sigma, "--no-normalise")
                np.testing.assert_allclose(found, processed(images, sigma, kernel, False), rtol=0, atol=1e-3)

    def test_hdf5_out(self):
        images = np.random.default_rng(7).random((5, 12, 14))
        np.save(self.path("in.npy"), images)
        self.assertEqual(self.imageproc(self.path("in.npy"), "-o", self.path("out.h5:/a/images"), "--batch", 2).rc, 0)
        with h5py.File(self.path("out.h5")) as f:
            np.testing.assert_allclose(f["a/images"][...], processed(images), rtol=0, atol=1e-5)

    def test_bad_input(self):
        images = np.zeros((4, 8, 10), "uint8")
        source, _, pngs = self.sources(images)
        self.assertEqual(self.imageproc(source, "-o", self.path("y.npy")).rc, 0)
        write_png(self.path("pngs/0003.png"), np.zeros((6, 7), "uint8"))
        np.save(self.path("flat.npy"), images[0])
        os.makedirs(self.path("empty"), exist_ok=True)
        with open(self.path("pngs/0002.png"), "r+b") as f:
            f.truncate(40)
        wrong = [((source, "-o", self.path("y.npy")), 2, "y.npy is there already; --force replaces it"),
                 ((self.path("flat.npy"), "-o", self.path("z.npy")), 2, "a stack of images has three axes"),
                 ((self.path("empty"), "-o", self.path("z.npy")), 3, "no PNG files in"),
                 ((pngs, "-o", self.path("z.npy"), "--force"), 3, "pngs/000")]
        for ranks in (0, 3) if MPIEXEC else (0,):
            for words, rc, text in wrong:
                result = self.imageproc(*words, ranks=ranks)
                self.assertEqual(result.rc, rc, result)
                self.assertIn(text, result.err)
        self.assertEqual(self.imageproc(source, "-o", self.path("z.npy"), "--kernel", "x").rc, 2)


if __name__ == "__main__":
    unittest.main()

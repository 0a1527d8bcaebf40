"""apps/heat against NumPy: the snapshots and their times, the same bits on any ranks and steps at once, what ParaView finds, frames."""
import os
import struct
import unittest
import xml.etree.ElementTree as xml
import zlib

import h5py
import numpy as np

from command import MPIEXEC, Case, environment, finish, start

HEAT = os.environ["TESSERA_HEAT"]


def steps(shape, count, every):
    """The snapshots of apps/heat, by NumPy."""
    squares = sum(((np.arange(n) - (n - 1) / 2) ** 2).reshape((-1,) + (1,) * (len(shape) - 1 - i)) for i, n in enumerate(shape))
    u = (squares < (min(shape) / 6) ** 2).astype(float)
    kept, dimensions = [u], len(shape)
    r = 0.9 / (2 * dimensions)
    for step in range(1, count + 1):
        wide = np.pad(u, 1, mode="edge")
        inside = (slice(1, -1),) * dimensions
        around = 0
        for axis in range(dimensions):
            for side in (slice(0, -2), slice(2, None)):
                around = around + wide[inside[:axis] + (side,) + inside[axis + 1:]]
        u = (1 - 2 * dimensions * r) * u + r * around
        if step % every == 0 or step == count:
            kept.append(u)
    return np.array(kept), 0.9 / (2 * dimensions)


def pixels(path):
    """An RGB image of 8 bits, (rows, columns, 3)."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            columns, rows, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    assert (depth, colour) == (8, 2)
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(rows, 1 + 3 * columns)
    image = np.zeros((rows, 3 * columns), np.uint8)
    for i in range(rows):  # each byte is what it has beside the ones left of it and above it
        above = image[i - 1] if i else np.zeros(3 * columns, np.uint8)
        for j in range(3 * columns):
            a, b, c = (int(image[i, j - 3]) if j > 2 else 0), int(above[j]), (int(above[j - 3]) if j > 2 else 0)
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            image[i, j] = (int(lines[i, 1 + j]) + (0, a, b, (a + b) // 2, paeth)[lines[i, 0]]) % 256
    return image.reshape(rows, columns, 3)


class Heat(Case):
    def heat(self, *words, ranks=0):
        line = [HEAT, *map(str, words)]
        return finish(start([MPIEXEC, "-n", str(ranks), "--bind-to", "none", *line] if ranks else line, environment(TESSERA_THREADS="2")))

    def snapshots(self, name, *words, ranks=0):
        result = self.heat("-o", self.path(name), "--force", *words, ranks=ranks)
        self.assertEqual(result.rc, 0, result)
        with h5py.File(self.path(name)) as f:
            return f["temperature"][...], f["time"][...]

    def check(self, shape, count, every, *words):
        expected, dt = steps(shape, count, every)
        arguments = ("--shape", ",".join(map(str, shape)), "--steps", count, "--every", every, *words)
        found, times = self.snapshots("heat.h5", *arguments)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
        np.testing.assert_allclose(times, dt * np.minimum(np.arange(len(expected)) * every, count), rtol=1e-14)
        for ranks in (2, 3, 5) if MPIEXEC else ():
            again, _ = self.snapshots("ranks.h5", *arguments, ranks=ranks)
            self.assertEqual(again.tobytes(), found.tobytes(), ranks)
        one, _ = self.snapshots("one.h5", *arguments, "--together", 1)
        self.assertEqual(one.tobytes(), found.tobytes())

    def test_a_plate(self):
        self.check((37, 50), 45, 20)

    def test_a_block(self):
        self.check((7, 12, 9), 12, 6)

    def test_fewer_rows_than_ranks(self):
        self.check((2, 31), 5, 2)
        self.check((1, 1), 3, 1)

    def test_no_steps(self):
        found, _ = self.snapshots("none.h5", "--shape", "20,30", "--steps", 0)
        self.assertEqual(found.shape, (1, 20, 30))

    def test_what_paraview_finds(self):
        for shape in ((13, 17), (5, 6, 7)):
            found, times = self.snapshots("x.h5", "--shape", ",".join(map(str, shape)), "--steps", 9, "--every", 3)
            grids = xml.parse(self.path("x.xdmf")).getroot().findall("./Domain/Grid/Grid")
            self.assertEqual([float(g.find("Time").get("Value")) for g in grids], list(times))
            for grid, snapshot in zip(grids, found):
                self.assertEqual(grid.find("Topology").get("Dimensions").split(), [str(n) for n in shape])
                slab, dataset = grid.findall("./Attribute/DataItem/DataItem")
                first, stride, extent = np.array(slab.text.split(), int).reshape(3, -1)
                self.assertTrue((stride == 1).all())
                file, name = dataset.text.split(":")
                with h5py.File(self.path(file)) as f:
                    self.assertEqual(dataset.get("Dimensions").split(), [str(n) for n in f[name].shape])
                    part = f[name][tuple(slice(a, a + n) for a, n in zip(first, extent))]
                self.assertEqual(part.tobytes(), snapshot.tobytes())

    def test_frames(self):
        found, _ = self.snapshots("x.h5", "--shape", "21,34", "--steps", 20, "--every", 10, "--frames", self.path("frames"))
        names = sorted(os.listdir(self.path("frames")))
        self.assertEqual(names, ["00000000.png", "00000010.png", "00000020.png"])
        for name, u in zip(names, found):
            expected = np.stack([255 * np.clip(3 * u - c, 0, 1) for c in range(3)], axis=-1)
            self.assertLess(np.abs(pixels(self.path("frames/" + name)) - expected).max(), 1)

    def test_bad_input(self):
        self.assertEqual(self.heat("--shape", "20,20", "--steps", 1, "-o", self.path("y.h5")).rc, 0)
        with open(self.path("y.h5"), "rb") as f:
            before = f.read()
        for ranks in (0, 2) if MPIEXEC else (0,):
            again = self.heat("--shape", "20,20", "--steps", 1, "-o", self.path("y.h5"), ranks=ranks)
            self.assertEqual(again.rc, 2, again)
            self.assertIn("y.h5 is there already; --force replaces it", again.err)
        with open(self.path("y.h5"), "rb") as f:
            self.assertEqual(f.read(), before)
        for words, text in ((("--shape", "20"), "--shape"), (("--shape", "20,-1"), "--shape"), (("--diffusivity", "0"), "--diffusivity"), (("--steps", "x"), "--steps")):
            refused = self.heat(*words)
            self.assertEqual(refused.rc, 2, refused)
            self.assertIn(text, refused.err)
        self.assertEqual(self.heat("--steps", 1, "-o", self.path("no/such/folder/x.h5")).rc, 3)


if __name__ == "__main__":
    unittest.main()

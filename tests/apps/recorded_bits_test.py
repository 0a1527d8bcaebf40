"""The bits of 200 and more varied expressions over files are those that were recorded (recorded_bits.txt), on one rank and on
several, with much memory and with little. A change of the library that is not meant to change results is held by this test; one
that is meant to records anew, and says so in its commit:

    TESSERA_COMMAND=build/release/bin/tessera python3 tests/apps/recorded_bits_test.py --record

The inputs are made by integer arithmetic alone, so that no version of NumPy changes them. Functions that come from the C library
(those of complex numbers) are left out: its bits are not ours. Random arrays name their stream, which else depends on the
statements before."""
import hashlib
import os
import sys
import unittest

import h5py
import numpy as np

from command import MPIEXEC, SANITIZED, Case, environment, run

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded_bits.txt")

UNARY = """negative abs sign square sqrt cbrt reciprocal exp exp2 exp10 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh
cosh tanh asinh acosh atanh sinc deg2rad rad2deg erf erfc i0 floor ceil trunc rint spacing isnan isfinite signbit fabs""".split()
BINARY = """add subtract multiply divide floor_divide remainder fmod pow hypot atan2 logaddexp logaddexp2 copysign nextafter
minimum maximum fmin fmax less greater_equal equal""".split()
BITS = ["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"]
REDUCTIONS = """sum prod mean min max ptp any all count_nonzero argmin argmax count nansum nanprod nanmean nanmin nanmax var std
nanvar nanstd""".split()

OTHERS = """
vector_norm(x); vector_norm(x, axis=1, ord=1); moment(x, 3); moment(x, 4, axis=0); average(x, axis=0, weights=abs(x) + 1)
mean(x, axis=(0, 2)); sum(x, axis=(1, 2), keepdims=True); std(x, axis=2, ddof=1); var(f, dtype=float64); mean(f, axis=-1); sum(i, axis=0, dtype=int16)
x - mean(x, axis=0); (x - mean(x)) / std(x); x / sum(abs(x), axis=1, keepdims=True); max(abs(x - mean(x, axis=2, keepdims=True)))
sum(where(x > 0, x, -2 * x), axis=1); where(isnan(holes), 0, holes); count(holes); nanmean(holes, axis=1); nanstd(holes, axis=(0, 1)); nanargmin(nan_to_num(holes), axis=2)
clip(x, -0.5, 0.75); round(x, 2); isclose(x, round(x, 1), rtol=0.1); isin(i, (1, 5, 7, -3)); select((x > 1, x < -1), (x, -x), 0.25); choose(abs(i) % 3, (i, i + 1, i * 2), mode='clip')
x[10:90:7, ::-1, 3]; x[::-3, 5:, ::2]; x[-1]; x[..., None, 4]; x[2:, :, :] - x[:-2, :, :]; transpose(x)[3]; transpose(x, (1, 0, 2))[5:9]; swapaxes(x, 0, 2)[0] + 1; moveaxis(f, 0, -1)[7]; flip(x, 1)[:, :3]
(x[1:, 1:-1] + x[:-1, 1:-1] + x[:-1, 2:] + x[:-1, :-2]) / 4; broadcast_to(x[0, 0], (5, 4, 33)); squeeze(x[4:5, 3:4]); expand_dims(x[0, 1], 0) * x[:5, 1]
concat((x[:9], x[50:61], x[:2] * 2)); concat((f, f[:, ::-1]), axis=1); stack((x[3], x[4], x[5] + x[6]), axis=1); unstack(x, axis=2)[7]; sum(concat((x, x[::2])), axis=0); mean(stack((x, x * 2)), axis=0)
zeros((7, 9)); full((5, 6), 2.5, dtype=float32); arange(3, 90, 7) * 2; arange(0, 1, 0.1); linspace(-1, 1, 77); eye(9, 11, k=-2) + 1; sum(indices((40, 50)), axis=0); meshgrid(arange(5), linspace(0, 1, 7))[1]; array([[1, 2.5], [3, 4]])
uniform((60, 70), -1, 3, seed=5, stream=1); normal((61, 31), 2, 0.5, seed=6, stream=1); exponential((1000,), 3, seed=7, stream=1); lognormal((50, 9), 0, 0.3, seed=8, stream=1); integers((999,), -5, 17, seed=9, stream=1); poisson((400,), 4.5, seed=10, stream=1); poisson((400,), 60, seed=10, stream=1)
binomial((300,), 20, 0.3, seed=11, stream=1); choice((200,), 10, seed=12, stream=1); choice((200,), (1.5, 2.5, -1), (0.2, 0.3, 0.5), seed=13, stream=1); mean(uniform((500, 400), seed=14, stream=1)); std(normal((300, 333), seed=15, stream=1, dtype=float32), axis=0)
i // 7; i % -5; -i // 3; i ** 2; i << 3; i >> 1; ~i; (i & 12) | 1; i / 4; i > u; minimum(i, u); u - 1; u * u; astype(x, float32) + f[0]; astype(x * 40, int8); astype(i, bool); astype(u, float64)
real(z) * 2; imag(z); conj(z); z + 1j; z * z; z / (z + 2); abs(z); sum(z); mean(z, axis=0); complex(x[0], x[1])[:5]; z[::-1] - z; equal(z, conj(z)); prod(z[:3], axis=1); angle(z[0] * 0 + 1)
packed; mean(packed, axis=1); nanmean(packed, axis=0); packed * 2 - 1; raw + 1; sum(raw, axis=0); many; mean(many, axis=0); std(many, axis=1); many[3:30:4, ::-1]
sqrt(x ** 2 + 1) * sin(x) - cos(x) / (1 + exp(-x)); sum(sqrt(abs(x)) + x ** 2, axis=0); mean(sqrt(abs(x)) + x ** 2, axis=(1, 2)); sum(x * f); sum(x[:, :, None, ::4] * f[:, :, :5, None], axis=(0, 1)); max(x, axis=0) - min(x, axis=0)
any(x > 3.9, axis=0); all(x < 3.9999); argmax(x, axis=1); argmin(f); ptp(i, axis=0); frexp(x)[1]; ldexp(x, i3); modf(x)[0]; divmod(x, 0.3)[0]; float_power(abs(i), 0.5)
"""


def drawn(count, seed):
    """`count` numbers of 64 bits: SplitMix64's output function of a counter."""
    n = np.arange(1, count + 1, dtype="u8") * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    n = (n ^ (n >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    n = (n ^ (n >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return n ^ (n >> np.uint64(31))


def reals(shape, seed, dtype="f8"):
    """Multiples of 2^-40 (of float32: of 2^-20) in [-4, 4): exact in their dtype."""
    bits = 43 if dtype == "f8" else 23
    n = (drawn(int(np.prod(shape)), seed) >> np.uint64(64 - bits)).astype("i8") - 2 ** (bits - 1)
    return (n * 2.0 ** -(bits - 3)).astype(dtype).reshape(shape)


def inputs():
    x = reals((110, 71, 33), 1)
    holes = reals((40, 31, 22), 2)
    holes[drawn(holes.size, 3).reshape(holes.shape) % np.uint64(9) == 0] = np.nan
    return {"x": x, "f": reals((110, 71, 33), 4, "f4"), "holes": holes, "i": (drawn(83 * 91, 5) % np.uint64(2001)).astype("i4").reshape(83, 91) - 1000,
            "i3": (drawn(33, 6) % np.uint64(20)).astype("i4") - 10, "u": (drawn(83 * 91, 7) >> np.uint64(40)).astype("u8").reshape(83, 91),
            "z": reals((45, 37), 8) + 1j * reals((45, 37), 9)}


def expressions():
    found = [f"{f}({a})" for f in UNARY for a in ("x[::5]", "f[3:9]")]
    found += [f"{f}({a})" for f in BINARY for a in ("x[1:7], x[2:8]", "f[:4], 0.7")]
    found += [f"{f}(i, abs(i[::-1]) % 9)" for f in BITS]
    found += [f"{f}({a})" for f in REDUCTIONS for a in ("x", "f, axis=0", "i, axis=1", "holes, axis=2")]
    return found + [e.strip() for line in OTHERS.splitlines() for e in line.split(";") if e.strip()]


def bits(a):
    """dtype, shape and a hash of the elements; every NaN counts as one, their signs are the processor's."""
    a = np.array(a[()])
    if a.dtype.kind in "fc":
        parts = a.reshape(-1).view(a.real.dtype)
        parts[np.isnan(parts)] = np.nan
    text = f"{a.dtype.str[1:]} {'x'.join(map(str, a.shape)) or '-'}"
    return f"{hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()[:16]} {text}"


class RecordedBits(Case):
    @classmethod
    def make_inputs(cls):
        arrays = inputs()
        with h5py.File(cls.path("d.h5"), "w") as f:
            f.create_dataset("x", data=arrays["x"], chunks=(16, 30, 33))
            f.create_dataset("f", data=arrays["f"], chunks=(110, 10, 33), compression="gzip", shuffle=True)
            f.create_dataset("holes", data=arrays["holes"])
            for name in ("i", "i3", "u"):
                f.create_dataset(name, data=arrays[name])
            packed = f.create_dataset("packed", data=arrays["i"].astype("i2"), chunks=(20, 91))
            packed.attrs.update(_FillValue=np.int16(17), scale_factor=0.125, add_offset=3.0)
        np.save(cls.path("z.npy"), arrays["z"])
        arrays["x"][:50, :, 7].astype(">f4").tofile(cls.path("raw.bin"))
        for k in range(4):
            np.save(cls.path(f"part_{k}.npy"), reals((9, 25), 20 + k))
        for name in ("d.h5", "z.npy", "raw.bin", *(f"part_{k}.npy" for k in range(4))):
            cls.keep(name)

    def sources(self):
        words = ["-i", f"z={self.path('z.npy')}", "-i", f"raw={self.path('raw.bin')}", "--raw-dtype", "raw=>f4", "--raw-shape", "raw=50,71",
                 "-i", f"many={self.path('part_*.npy')}", "--concat", "0"]
        for name in ("x", "f", "holes", "i", "i3", "u", "packed"):
            words += ["-i", f"{name}={self.path('d.h5')}:/{name}"]
        return words

    def results(self, each, ranks=0, memory="300M"):
        """{expression: bits}, `each` expressions in one evaluation."""
        found, all_of_them = {}, expressions()
        for begin in range(0, len(all_of_them), each):
            some = all_of_them[begin:begin + each]
            target = self.path("out.h5")
            outputs = [w for k in range(len(some)) for w in ("-o", f"r{k}={target}:/r{k}")]
            statements = "; ".join(f"r{k} = {e}" for k, e in enumerate(some))
            self.done(run("eval", statements, *self.sources(), *outputs, "--force", "--no-history", "-q", ranks=ranks, env=environment(TESSERA_MEMORY=memory), limit=120))
            with h5py.File(target) as f:
                found.update({e: bits(f[f"r{k}"]) for k, e in enumerate(some)})
        return found

    def check(self, got):
        with open(RECORD) as f:
            want = {e: h for h, e in (line.rstrip("\n").split("  ", 1) for line in f)}
        self.assertEqual(set(got), set(want), "other expressions than recorded")
        self.assertGreaterEqual(len(want), 200)
        other = [f"{want[e]} -> {got[e]}  {e}" for e in want if got[e] != want[e]]
        self.assertEqual(other, [], f"{len(other)} of {len(want)} results have other bits")

    def test_on_one_rank(self):
        self.check(self.results(60))

    @unittest.skipIf(SANITIZED, "sanitizers take their own memory")
    def test_with_little_memory_and_other_company(self):
        self.check(self.results(23, memory="40M"))

    @unittest.skipUnless(MPIEXEC, "without MPI")
    def test_on_several_ranks(self):
        for ranks in (2, 3, 5):
            self.check(self.results(120, ranks=ranks))


if __name__ == "__main__":
    if "--record" in sys.argv:
        RecordedBits.setUpClass()
        results = RecordedBits().results(40)
        RecordedBits.tearDownClass()
        with open(RECORD, "w") as f:
            f.writelines(f"{h}  {e}\n" for e, h in results.items())
        print(f"{len(results)} results recorded")
    else:
        unittest.main()

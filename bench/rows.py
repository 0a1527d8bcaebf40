"""The rows of the table: what runs, and what it must reach."""

import dataclasses
import functools
import os
import subprocess
from typing import Callable

from command_rows import commands
from filter_rows import filters
from group_rows import groups
from hands_rows import changing_hands
from out_of_core_rows import out_of_core
from product_rows import products
from competitors import Competitor, largest, median_ratio, median_seconds


@dataclasses.dataclass
class Target:
    """Either a ratio to another competitor (at least), or a figure of Tessera's own (at most)."""

    against: str
    least_ratio: float = 0
    most: float = 0
    unit: str = ""
    figure: Callable = None  # results -> the figure that must stay below `most`
    ours: str = "tessera"    # whose time counts as Tessera's


@dataclasses.dataclass
class Row:
    name: str
    work: str
    competitors: list
    targets: list
    files: list = dataclasses.field(default_factory=list)  # (path, command that makes it)
    variants: dict = dataclasses.field(default_factory=dict)  # work by whose time counts, other than "tessera"


@dataclasses.dataclass
class Setup:
    build: str
    folder: str
    python: str
    threads: int
    quick: bool

    @property
    def peers(self):
        return os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")

    def measure(self, case, *words, ranks=0, threads=None):
        mpirun = ["mpirun", "-n", str(ranks), "--bind-to", "none"] if ranks else []
        threads = self.threads if threads is None else threads
        return Competitor([*mpirun, f"{self.build}/bench/measure", case, "--threads", str(threads), *words])

    def peer(self, script, *words):
        return Competitor([self.python, f"{self.peers}/{script}", *words],
                          environment={"NUMBA_CACHE_DIR": f"{self.folder}/numba"})

    def process(self, who, script, *words):
        """As a whole, from start to end."""
        return Competitor([self.python, f"{self.peers}/{script}", *words], who=who, environment={"OMP_NUM_THREADS": str(self.threads)})

    @functools.cached_property
    def dasks(self):
        """What dask_peer.py can be told to compute with: Dask, and its successor with query optimization where it is there."""
        command = [self.python, "-c", "import importlib.util as u; print(u.find_spec('dask_array') is not None)"]
        there = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "True"
        return {"Dask": [], **({"dask-array": ["--array", "dask_array"]} if there else {})}

    def dask(self, case, *words):
        """Competitors: both Dasks, with chunks of their choice and, where `case` reads or makes an array, with small ones."""
        sizes = ([], ["--small"]) if case in ("sum", "file", "stats") else ([],)
        return [self.peer("dask_peer.py", case, *words, *array, *small, "--threads", str(self.threads))
                for array in self.dasks.values() for small in sizes]

    def against_dask(self, ratio, small=False):
        """Targets: the same ratio to each of them."""
        return {who + end: ratio for who in self.dasks for end in (("", ", small chunks") if small else ("",))}

    def make(self, *words):
        return [self.python, f"{self.peers}/make_files.py", *words, "--threads", str(self.threads)]


def resident(setup):
    """Arrays in memory: 4 GiB."""
    shape = "16,256,256" if setup.quick else "1024,1024,512"
    size = f"{shape.replace(',', '×')} f64"
    threads = ["--threads", str(setup.threads)]
    inner = ["--rounds", "1" if setup.quick else "5"]
    peer_inner = ["--rounds", "1" if setup.quick else "3"]
    yield Row("add", f"`x + 2`, {size}, resident to resident",
              [setup.measure("add", "--shape", shape, *inner), setup.peer("numpy_peer.py", "--shape", shape, *peer_inner),
               setup.peer("numba_peer.py", "add", "--shape", shape, *threads, *peer_inner)],
              [Target("by hand", 0.95), Target("NumPy", 3), Target("Numba", 1.3)])
    yield Row("chain", f"ten cheap operations, {size}, resident", [setup.measure("chain", "--shape", shape, *inner)],
              [Target("by hand", 0.8), Target("limit")])
    yield Row("sum", f"`sum(sqrt(x) + x**2)`, {size}, resident",
              [setup.measure("sum", "--shape", shape, *inner), *setup.dask("sum", "--shape", shape, *peer_inner)],
              [Target("by hand", 0.85), *(Target(*t) for t in setup.against_dask(7, small=True).items()), Target("limit")])


def spread(setup):
    """Chunks of 32 MiB in which every axis is some rows long: a reduction's leaves are no longer than its chunks. Then the chunks that an
    array of this shape has by itself, two rows of axis 0: as many states as a quarter of the elements."""
    shape, chunks = ("16,64,256", "16,16,256") if setup.quick else ("512,1024,1024", "64,128,1024")
    cases = [f"{f} axis {axis}" for axis in range(3) for f in ("mean", "std")]
    targets = [Target("read" + name[name.index(" axis"):], 0.85, ours=name) for name in cases]
    yield Row("spread", "", [setup.measure("spread", "--shape", shape, "--chunks", chunks, "--rounds", "1" if setup.quick else "5")],
              targets, variants={name: f"`{name.split()[0]}(x, axis={name[-1]})`, {shape.replace(',', '×')} f32, resident" for name in cases})
    names = [f"{f} axis 0" for f in ("mean", "std")]
    yield Row("columns", "", [setup.measure("spread", "--shape", shape, "--axis", "0", "--rounds", "1" if setup.quick else "5")],
              [Target("read axis 0", 0.7, ours=name) for name in names],
              variants={name: f"`{name.split()[0]}(x, axis=0)`, {shape.replace(',', '×')} f32, automatic chunks, resident" for name in names})


def processor(setup):
    """Work that the processor bounds."""
    points = "10000000" if setup.quick else "1000000000"
    yield Row("pi", f"π with {float(points):.0e} points".replace("e+0", "e"),
              [setup.measure("pi", "--points", points),
               setup.peer("numba_peer.py", "pi", "--points", points, "--threads", str(setup.threads), "--rounds", "1")],
              [Target("Numba", 2.5)])
    options = ["--options", "100000" if setup.quick else "100000000"]
    inner = [*options, "--rounds", "1" if setup.quick else "3"]
    yield Row("black_scholes", f"Black–Scholes, {float(options[1]):.0e} options, f64, resident".replace("e+0", "e"),
              [setup.measure("black_scholes", *inner), setup.peer("numpy_peer.py", "black_scholes", *inner),
               setup.peer("numba_peer.py", "black_scholes", *inner, "--threads", str(setup.threads))],
              [Target("NumPy", 5), Target("Numba", 1)])
    words = ["--elements", "1e6", "--rounds", "1"] if setup.quick else []
    one, two = (setup.measure("scaling", *words, ranks=n, threads=1) for n in (1, 2))
    yield Row("scaling", "exp, log, sin, cos, tanh: 1 rank → 2 ranks", [one, two], [Target("1 rank", 1.85)])


def files(setup):
    """A mean over a file, 256 MiB per rank, from the start of the process to its end. Dask and CDO in the two ways that people
    use them: Dask with chunks of its own choice and with the file's (small ones); CDO with a first axis that it knows as time
    (it then goes through the file step by step) and with a bare HDF5 axis (levels to it, all of them in memory)."""
    shape, chunks = ("16,256,256", "8,128,128") if setup.quick else ("256,1024,1024", "8,512,512")
    size = "small" if setup.quick else "2 GiB"
    result, made = f"{setup.folder}/result.h5", f"{setup.folder}/peer.nc"
    threads = str(setup.threads)
    layout = ["--shape", shape, "--chunks", chunks]

    def tessera(file, ranks):
        mpirun = ["mpirun", "-n", str(ranks), "--bind-to", "none"] if ranks > 1 else []
        return Competitor([*mpirun, f"{setup.build}/bin/tessera", "eval", "y = mean(sqrt(x) + x**2, axis=0)",
                           "-i", f"x={file}:/x", "-o", f"y={result}:/y", "--force", "--memory", "256M",
                           "--threads", str(max(1, setup.threads // ranks)), "--json"],
                          who="tessera" if ranks > 1 else "one process")

    def dask(file):
        return setup.dask("file", "--file", file, "--compare", result, "--rounds", "1")

    def slow(who, *command):
        return Competitor(list(command), who=who, rounds=3)

    def peak(who):
        return Target("peak resident size", most=256, unit="MiB", ours=who,
                      figure=lambda results: largest(results[who], "peak_resident_bytes") / 2**20)

    def targets(who, least):
        return [Target(against, ratio, ours=who) for against, ratio in least.items()] + [peak(who)]

    plain, bare, packed = (f"{setup.folder}/{name}.h5" for name in ("field", "bare", "packed"))
    against = {**setup.against_dask(5, small=True), "ncap2": 25, "CDO, levels": 25, "CDO, time": 25}
    start = Competitor(["mpirun", "-n", "2", "--bind-to", "none", f"{setup.build}/bench/empty"], who="mpirun of nothing")
    yield Row("file", f"{size} HDF5, warm: `mean(sqrt(x) + x**2, axis=0)`, 2 ranks",
              [tessera(plain, 2), tessera(plain, 1), *dask(plain), Competitor([f"{setup.build}/bench/file_mean", plain, "x"], who="by hand"),
               slow("ncap2", "ncap2", "-O", "-v", "-t", threads, "-s", "y=(sqrt(x)+x^2).avg($time)", plain, made),
               slow("CDO, levels", "cdo", "-s", "-O", "-b", "F64", "vertmean", "-expr,y=sqrt(x)+x*x", bare, made),
               slow("CDO, time", "cdo", "-s", "-O", "-b", "F64", "timmean", "-expr,y=sqrt(x)+x*x", plain, made),
               start, setup.measure("read", "--file", plain, "--rounds", "3")],
              [*targets("tessera", against | {"mpirun of nothing": 0}), *targets("one process", against | {"by hand": 0.8, "limit": 0})],
              [(plain, setup.make("field", plain, *layout)), (bare, setup.make("field", bare, *layout, "--bare"))],
              {"one process": "the same, one process of two threads"})
    against = setup.against_dask(3, small=True)
    yield Row("gzip", "the same, chunks compressed with gzip-4, 2 ranks",
              [tessera(packed, 2), tessera(packed, 1), *dask(packed)],
              targets("tessera", against) + targets("one process", against),
              [(packed, setup.make("field", packed, *layout, "--gzip", "4"))],
              {"one process": "the same, one process of two threads"})


def small_things(setup):
    """What a chunk costs, and what an evaluation costs."""
    count = 10000 if setup.quick else 1000000
    tiny = f"{setup.folder}/tiny.h5"
    microseconds = 1e6

    def seconds(who, factor):
        return lambda results: median_seconds(results[who]) * factor

    def figure(name, factor):
        return lambda results: largest(results["tessera"], name) * factor

    yield Row("chunks", f"`(z + 1).sum()`, {count} chunks of 10 elements, resident",
              [setup.measure("chunks", "--chunks", str(count)), *setup.dask("chunks", "--rounds", "1")],
              [Target("one chunk", most=0.5, unit="µs", figure=seconds("tessera", microseconds / count)),
               Target("one of 10 000, Dask", unit="µs", figure=seconds("Dask", microseconds / 10000)),
               Target("planning", most=10, unit="ms", figure=figure("planning", 1e3)),
               Target("memory of one chunk", most=1, unit="bytes", figure=figure("bytes_per_chunk", 1))])
    yield Row("open", f"opening an HDF5 dataset of {count} chunks", [setup.measure("open", "--source", f"{tiny}:/z")],
              [Target("opening", most=1, unit="s", figure=seconds("tessera", 1)),
               Target("the sum of its first chunk", unit="s", figure=figure("first_chunk", 1)),
               Target("the sum of all, a chunk", most=1.5, unit="µs", figure=figure("whole", microseconds / count))],
              [(tiny, setup.make("tiny", tiny, "--count", str(count)))])
    yield Row("loop", "a cached 0-d evaluation in a loop, 2 ranks",
              [setup.measure("loop", "--steps", "1000" if setup.quick else "10000", ranks=2, threads=max(1, setup.threads // 2))],
              [Target("one evaluation", most=50, unit="µs", figure=seconds("tessera", microseconds))])


def all_rows(setup):
    for group in (resident, spread, processor, files, small_things):
        yield from group(setup)
    for group in (changing_hands, filters, groups, products, out_of_core, commands):
        yield from group(setup, Row, Target)


def judge(row, results, quick):
    """returns: one line of the table per target, as dicts. Small sizes reach or miss nothing."""
    lines = []
    for target in row.targets:
        ours = results[target.ours]
        line = {"row": row.name, "work": row.variants.get(target.ours, row.work), "against": target.against,
                "tessera": median_seconds(ours), "reached": None}
        if "bytes" in ours[0].figures:
            line["bandwidth"] = ours[0].figures["bytes"] / line["tessera"]
        if target.figure:
            value = target.figure(results)
            line |= {"value": value, "unit": target.unit}
            if target.most:
                line |= {"target": f"≤ {target.most:g} {target.unit}", "reached": value <= target.most}
        else:
            theirs = results[target.against]
            line |= {"other": median_seconds(theirs), "ratio": median_ratio(ours, theirs)}
            if target.least_ratio:
                line |= {"target": f"≥ {target.least_ratio:g} ×", "reached": line["ratio"] >= target.least_ratio}
        if quick:
            line["reached"] = None
        lines.append(line)
    return lines

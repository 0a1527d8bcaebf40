"""The rows of work on files of 2 GiB by two ranks with 256 MiB each: what they take of memory, and how long."""

from competitors import Competitor, largest


def out_of_core(setup, Row, Target):
    count = 1 << 18 if setup.quick else 1 << 28
    shape, chunks, target = ("16,256,256", "8,128,128", "16,32,256") if setup.quick else ("256,1024,1024", "8,512,512", "256,32,1024")
    size = "small" if setup.quick else "2 GiB"
    line, field, result = (f"{setup.folder}/{name}.h5" for name in ("long_line", "field", "result"))
    files = {field: setup.make("field", field, "--shape", shape, "--chunks", chunks), line: setup.make("line", line, "--shape", str(count))}
    work = [
        ("rechunk", field, ["copy", f"{field}:/x", f"{result}:/x", "--chunks", target]),
        ("transpose", field, ["eval", "y = permute_dims(x, (2, 1, 0))"]),
        ("cumulative_sum", line, ["eval", "y = cumulative_sum(x)"]),
        ("sort", line, ["eval", "y = sort(x)"]),
        ("median", line, ["eval", "median(x)"]),
        ("take", line, ["eval", f"y = x[integers({count // 10}, 0, {count})]"]),
    ]
    for name, file, words in work:
        if words[0] == "eval":
            words = [*words, "-i", f"x={file}:/x", *(["-o", f"y={result}:/y"] if words[1].startswith("y =") else [])]
        if words[0] == "copy" or "-o" in words:
            words = [*words, "--force"]
        ours = Competitor(["mpirun", "-n", "2", "--bind-to", "none", f"{setup.build}/bin/tessera", *words, "--memory", "256M",
                           "--threads", "1", "--json"], who="tessera", rounds=1)
        yield Row(f"large_{name}", f"{name} of {size} HDF5, 2 ranks of 256 MiB", [ours],
                  [Target("peak resident size", most=256, unit="MiB",
                          figure=lambda results: largest(results["tessera"], "peak_resident_bytes") / 2**20)],
                  [(file, files[file])])

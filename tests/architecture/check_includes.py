#!/usr/bin/env python3
"""Holds which room includes which.

    check_includes.py ROOT

  core         nothing of distributed or io; core/cpu and core/device nothing of core/graph, core/ops, core/optimize, core/array
  io           core (its values, stores and kernels; not its graph) and io; the folder of a format: itself and io/formats.cpp alone
  distributed  core (its kernels through core/device; of core/cpu the choice of processor alone), distributed and io/files.hpp (opening by name), io/text_file.hpp, io/scratch_file.hpp, io/scratch_array.hpp; of io no more
               distributed/plan is pure: neither files, messages, threads, clocks nor the environment
  apps         of Tessera <tessera/tessera.hpp> alone, their own headers, and CLI11, fmt, nlohmann
  public       (what tessera.hpp and mpi.hpp reach) neither third-party headers nor mpi.h, except mpi.hpp itself
"""
import pathlib
import re
import sys

# What a plan would need to depend on more than what it is given
IMPURE = re.compile(r"^(tessera/io/.*|tessera/distributed/(communicator|environment|session|together|watchdog|heartbeat|execute/).*"
                    r"|fstream|filesystem|chrono|thread|random|unistd\.h|sys/.*)$")
IMPURE_CALL = re.compile(r"\b(getenv|secure_getenv|fopen|time|clock|rand)\s*\(")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
APP_LIBRARIES = ("CLI/", "fmt/", "nlohmann/")
ROOMS = ("core/", "io/", "distributed/")
PUBLIC_ROOTS = ("tessera/tessera.hpp", "tessera/mpi.hpp", "tessera/distributed/communicator.hpp")
GENERATED = ("tessera/config.hpp",)
FORMAT = re.compile(r"tessera/io/(\w+)/")
# C and C++ headers have no folder; POSIX ones that have: sys/, netinet/ ...
POSIX = re.compile(r"^(sys|linux|netinet|arpa|bits)/")


def includes(path):
    """[(line number, name, is it in quotes)] of a source."""
    text = path.read_text()
    return [(text.count("\n", 0, m.start()) + 1, m.group(2), m.group(1) == '"') for m in INCLUDE.finditer(text)]


def is_standard(name):
    """<vector>, <cstdint>, <unistd.h>, <sys/mman.h>; not <mpi.h>, <hdf5.h>, <fmt/format.h>."""
    if name in ("mpi.h", "hdf5.h", "hwloc.h", "sleef.h", "libdeflate.h", "cuda.h", "omp.h"):
        return False
    return "/" not in name or bool(POSIX.match(name))


def room_error(source, name, quoted):
    """Why the file `source` (relative to the root, as text) may not include `name`, or None."""
    if source.startswith("core/"):
        if name.startswith(("tessera/distributed/", "tessera/io/")) or name in ("tessera/tessera.hpp", "tessera/mpi.hpp"):
            return "core includes nothing of distributed or io"
        if source.startswith(("core/cpu/", "core/device/")) and (
            name.startswith(("tessera/core/graph/", "tessera/core/ops/", "tessera/core/optimize/"))
            or name == "tessera/core/array.hpp"
        ):
            return "kernels never reach up: no node, no plan"
    if source.startswith("io/"):
        if name.startswith("tessera/") and not name.startswith(("tessera/core/", "tessera/io/")):
            return "io includes only core"
        if name.startswith(("tessera/core/graph/", "tessera/core/ops/", "tessera/core/optimize/")):
            return "io needs values, stores and copies of core, not its graph"
    if source.startswith("distributed/"):
        if name.startswith("tessera/core/cpu/") and name != "tessera/core/cpu/target.hpp":
            return "distributed computes through a Device"
        if name.startswith("tessera/io/") and name not in ("tessera/io/files.hpp", "tessera/io/scratch_array.hpp", "tessera/io/scratch_file.hpp", "tessera/io/text_file.hpp"):
            return "distributed uses only the Store interface, and io/files.hpp to open by name"
        if source.startswith("distributed/plan/") and IMPURE.match(name):
            return "a plan depends on what it is given alone"
        if name == "tessera/tessera.hpp":
            return "the library does not include its own front door"
    if (m := FORMAT.match(name)) and source != "io/formats.cpp" and not source.startswith(f"io/{m.group(1)}/"):
        return "a format is named by its own folder and by io/formats.cpp"
    if name == "mpi.h" and source.startswith(ROOMS) and not source.startswith("distributed/mpi_"):
        return "mpi.h is seen by tessera/mpi.hpp and distributed/mpi_* alone"
    if name == "hdf5.h" and not source.startswith("io/hdf5/"):
        return "hdf5.h is seen by io/hdf5 alone"
    if source.startswith("apps/") and not quoted and not is_standard(name):
        if name == "tessera/tessera.hpp" or name.startswith(APP_LIBRARIES + ("apps/",)):
            return None
        return "apps include <tessera/tessera.hpp>, CLI11, fmt, nlohmann and their own headers"
    return None


def file_of(name):
    """Where in the tree <tessera/core/array.hpp> is: the links in cmake/include/tessera lead to the rooms."""
    room = name.removeprefix("tessera/")
    return room if room.startswith(ROOMS) else f"cmake/include/{name}"


def public_headers(root):
    """The headers that users get: the roots and what they reach."""
    found, left = set(), [r for r in PUBLIC_ROOTS if (root / file_of(r)).exists()]
    while left:
        header = left.pop()
        if header in found or header in GENERATED:
            continue
        found.add(header)
        left += [name for _, name, _ in includes(root / file_of(header)) if name.startswith("tessera/")]
    return sorted(found)


def check(root):
    errors = []
    for folder in (*ROOMS, "apps/"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            source = path.relative_to(root).as_posix()
            for line, name, quoted in includes(path):
                why = room_error(source, name, quoted)
                if why is None and quoted and source.startswith(ROOMS):
                    why = "the library's headers are included as <tessera/...>"
                if why is None and source.startswith("apps/") and quoted:
                    near = [path.parent / name, root / "apps" / name, root / name]
                    if not any(p.exists() and (root / "apps") in p.resolve().parents for p in near):
                        why = "not one of the apps' own headers"
                if why:
                    errors.append(f"{source}:{line}: {name}: {why}")
    for path in sorted((root / "distributed/plan").rglob("*.[ch]pp")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if m := IMPURE_CALL.search(line.split("//")[0]):
                errors.append(f"{path.relative_to(root).as_posix()}:{number}: {m.group(1)}: a plan depends on what it is given alone")
    for header in public_headers(root):
        for line, name, _ in includes(root / file_of(header)):
            if name.startswith("tessera/") or is_standard(name) or (header == "tessera/mpi.hpp" and name == "mpi.h"):
                continue
            errors.append(f"{header}:{line}: {name}: public headers pull in nothing but the standard library")
    return errors


if __name__ == "__main__":
    problems = check(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(problems) or "every include is where it may be")
    sys.exit(1 if problems else 0)

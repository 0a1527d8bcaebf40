#!/usr/bin/env python3
"""A shared Tessera exports names of namespace tessera alone: `check_exports.py libtessera.so`."""
import subprocess
import sys

OURS = ("tessera::", "vtable for tessera::", "typeinfo for tessera::", "typeinfo name for tessera::", "VTT for tessera::",
        "guard variable for tessera::", "non-virtual thunk to tessera::", "virtual thunk to tessera::")


def main(library):
    listing = subprocess.run(["nm", "-D", "--defined-only", "--no-demangle", library], check=True, capture_output=True, text=True)
    mangled = [line.split()[-1].split("@")[0] for line in listing.stdout.splitlines()]
    names = subprocess.run(["c++filt"], input="\n".join(mangled), check=True, capture_output=True, text=True).stdout.splitlines()
    # The mangled name tells a function template of ours (its demangled name starts with the return type).
    foreign = [n for m, n in zip(mangled, names) if not (n.startswith(OURS) or m.startswith(("_ZN7tessera", "_ZNK7tessera")))]
    if not names:
        foreign = ["nothing is exported at all"]
    print("\n".join(foreign) or f"{len(names)} names, all of namespace tessera")
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

#!/usr/bin/env python3
"""Holds where the system is asked to write.

    check_writing.py ROOT

  files   are made and renamed in io/temporary_file.cpp and, folders of them, io/temporary_folder.cpp and target_folder.cpp
          alone: exclusively or in a folder of our own, following no link, held and locked (io/remove_tree.cpp opens folders to empty them). Other
          descriptors come from io/descriptor.cpp and io/positioned_file.cpp (files that are read, files without a name). What an
          example writes beside a target (apps/heat/snapshots.cpp) is its own.
          The kernels that core/cuda/kernel_cache.cpp keeps are nobody's data.
  people  hear of the command through apps/tessera/output.cpp alone, which no full or closed stream can end.
"""
import pathlib
import re
import sys

FILES = re.compile(r"\b(fopen|freopen|fdopen|std::ofstream|std::fstream|std::filebuf|creat|mkstemp|tmpfile)\b|(?<![\w.>])::(open|openat|rename|renameat2?|link|linkat)\(|\bstd::rename\b|\bfs::rename\b|\bfilesystem::rename\b")
MAY_OPEN = ("io/temporary_file.cpp", "io/temporary_folder.cpp", "io/target_folder.cpp", "io/remove_tree.cpp", "io/descriptor.cpp", "io/positioned_file.cpp", "apps/tessera/output.cpp",
            "apps/heat/snapshots.cpp", "core/cuda/kernel_cache.cpp")
WORDS = re.compile(r"\bfmt::(print|println)\b|\b(printf|fprintf|puts|fputs|putchar|perror)\b|\bstd::(cout|cerr|clog)\b")
MAY_SPEAK = ("apps/tessera/output.cpp", "apps/pi.cpp", "apps/matmul.cpp", "apps/climatology.cpp", "apps/kmeans/main.cpp", "apps/pca/main.cpp", "apps/heat/main.cpp", "apps/imageproc/main.cpp")
COMMENT = re.compile(r"//.*")


def check(root):
    errors = []
    for folder in ("core", "io", "distributed", "apps"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            source = path.relative_to(root).as_posix()
            for number, line in enumerate(path.read_text().splitlines(), 1):
                code = COMMENT.sub("", line)
                if source not in MAY_OPEN and (m := FILES.search(code)):
                    errors.append(f"{source}:{number}: {m.group()}: files are made by io/safe_file.hpp")
                if folder == "apps" and source not in MAY_SPEAK and (m := WORDS.search(code)):
                    errors.append(f"{source}:{number}: {m.group()}: the command speaks through output.hpp")
    return errors


if __name__ == "__main__":
    problems = check(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(problems) or "files and words go through the one place for each")
    sys.exit(1 if problems else 0)

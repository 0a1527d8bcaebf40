#!/usr/bin/env python3
"""The check of includes finds what it must, and accepts what it must."""
import pathlib
import tempfile
import unittest

import check_includes


class CheckIncludes(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return check_includes.check(root)

    def test_accepts_the_directions_of_the_design(self):
        self.assertEqual(
            self.problems(
                {
                    "cmake/include/tessera/tessera.hpp": "#include <tessera/core/array.hpp>\n",
                    "cmake/include/tessera/mpi.hpp": "#include <mpi.h>\n",
                    "core/array.hpp": "#include <vector>\n",
                    "io/formats.cpp": "#include <tessera/io/hdf5/hdf5.hpp>\n",
                    "io/hdf5/store.cpp": "#include <tessera/io/hdf5/hdf5.hpp>\n#include <hdf5.h>\n#include <tessera/core/array.hpp>\n",
                    "distributed/session.cpp": "#include <fmt/format.h>\n#include <tessera/io/files.hpp>\n",
                    "apps/a.cpp": '#include <CLI/CLI.hpp>\n#include <tessera/tessera.hpp>\n#include "b.hpp"\n',
                    "apps/b.hpp": "#include <sys/stat.h>\n",
                }
            ),
            [],
        )

    def test_finds_each_wrong_direction(self):
        for source, text in [
            ("core/a.cpp", "#include <tessera/io/files.hpp>"),
            ("core/a.cpp", "  #  include <tessera/distributed/session.hpp>"),
            ("core/cpu/a.cpp", "#include <tessera/core/graph/node.hpp>"),
            ("core/device/a.cpp", "#include <tessera/core/graph/node.hpp>"),
            ("distributed/a.cpp", "#include <tessera/core/cpu/kernel.hpp>"),
            ("io/a.cpp", "#include <tessera/distributed/session.hpp>"),
            ("io/a.cpp", "#include <tessera/io/hdf5/hdf5.hpp>"),
            ("io/npy/a.cpp", "#include <tessera/io/raw/raw.hpp>"),
            ("distributed/a.cpp", "#include <tessera/io/hdf5/store.hpp>"),
            ("distributed/a.cpp", "#include <mpi.h>"),
            ("distributed/plan/a.cpp", "#include <tessera/io/files.hpp>"),
            ("distributed/plan/a.cpp", "#include <tessera/distributed/environment.hpp>"),
            ("distributed/plan/a.cpp", "#include <chrono>"),
            ("distributed/plan/a.cpp", 'const char* text = std::getenv("TESSERA_DEVICE_LEAST");'),
            ("core/a.cpp", '#include "a.hpp"'),
            ("apps/a.cpp", "#include <tessera/core/array.hpp>"),
            ("apps/a.cpp", "#include <hwy/highway.h>"),
            ("apps/a.cpp", '#include "../core/array.hpp"'),
        ]:
            self.assertEqual(len(self.problems({source: text})), 1, (source, text))

    def test_finds_third_party_headers_behind_public_ones(self):
        files = {
            "cmake/include/tessera/tessera.hpp": "#include <tessera/core/array.hpp>",
            "core/array.hpp": "#include <tessera/core/deep.hpp>",
            "core/deep.hpp": "#include <fmt/format.h>",
        }
        self.assertEqual(len(self.problems(files)), 1)


if __name__ == "__main__":
    unittest.main()

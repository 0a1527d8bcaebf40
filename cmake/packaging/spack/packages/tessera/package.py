"""Tessera as a Spack package: spack repo add cmake/packaging/spack; spack dev-build tessera@0.1.0 in the tree of the sources."""
from spack.package import *


class Tessera(CMakePackage):
    """Distributed chunked arrays: NumPy's expressions on arrays of any size, on any number of MPI ranks, inside a memory budget."""

    # There are no releases to download yet: `spack develop` or `spack dev-build` takes the tree that this file lies in.
    version("0.1.0")

    variant("mpi", default=True, description="Run on many ranks through MPI")
    variant("hdf5", default=True, description="Read and write HDF5 files")
    variant("shared", default=True, description="A shared library")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("sleef")
    depends_on("highway")
    depends_on("libdeflate")
    depends_on("hwloc")
    depends_on("openblas")  # loaded when a product first needs it
    depends_on("fmt")
    depends_on("cli11", type="build")
    depends_on("nlohmann-json", type="build")
    depends_on("libpng")  # of an example
    depends_on("mpi", when="+mpi")
    # Tessera talks to MPI itself: HDF5 may be a serial one, and is thread-safe then.
    depends_on("hdf5@1.10: ~mpi +threadsafe", when="+hdf5")

    conflicts("%gcc@:11", msg="Tessera is written in C++20")

    def cmake_args(self):
        return [
            self.define_from_variant("TESSERA_WITH_MPI", "mpi"),
            self.define_from_variant("TESSERA_WITH_HDF5", "hdf5"),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define("TESSERA_BUILD_TESTS", False),
            self.define("TESSERA_BUILD_BENCH", False),
            self.define("TESSERA_WARNINGS_AS_ERRORS", False),
        ]

    def setup_run_environment(self, env):
        env.prepend_path("PKG_CONFIG_PATH", self.prefix.lib.pkgconfig)

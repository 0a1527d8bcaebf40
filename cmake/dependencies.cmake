# What Tessera is built from, all of it Debian's packages. Installed beside the package config, which needs it when Tessera
# is a static library.
#
# Found targets are global: with add_subdirectory and a static Tessera the host project's programs link them too.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
pkg_check_modules(SLEEF REQUIRED IMPORTED_TARGET GLOBAL sleef)
pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET GLOBAL libhwy-contrib)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET GLOBAL libdeflate)
pkg_check_modules(HWLOC REQUIRED IMPORTED_TARGET GLOBAL hwloc)
if(TESSERA_WITH_MPI)
  set(MPI_CXX_SKIP_MPICXX ON)
  find_package(MPI REQUIRED COMPONENTS CXX)
endif()
if(TESSERA_WITH_HDF5)
  # Serial or the host's parallel one: HDF5::HDF5. A parallel one includes mpi.h from hdf5.h.
  find_package(HDF5 REQUIRED COMPONENTS C)
  if(HDF5_IS_PARALLEL AND NOT TARGET MPI::MPI_CXX)
    find_package(MPI REQUIRED COMPONENTS CXX)
  endif()
endif()
unset(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)

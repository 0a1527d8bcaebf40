# One library from the rooms, each an object library with its own list of sources.
configure_file(cmake/config.hpp.in ${PROJECT_BINARY_DIR}/include/tessera/config.hpp @ONLY)

add_subdirectory(core)
add_subdirectory(io)
add_subdirectory(distributed)

# What the objects need at link time. Private: users of Tessera neither see nor link it.
set(TESSERA_LINKS fmt::fmt OpenMP::OpenMP_CXX Threads::Threads PkgConfig::SLEEF PkgConfig::HIGHWAY PkgConfig::DEFLATE PkgConfig::HWLOC ${CMAKE_DL_LIBS})
if(TARGET MPI::MPI_CXX)
  list(APPEND TESSERA_LINKS MPI::MPI_CXX)
endif()
if(TESSERA_WITH_HDF5)
  list(APPEND TESSERA_LINKS HDF5::HDF5)
endif()
set(TESSERA_OBJECTS $<TARGET_OBJECTS:tessera_core> $<TARGET_OBJECTS:tessera_cpu> $<TARGET_OBJECTS:tessera_cuda> $<TARGET_OBJECTS:tessera_io>
                    $<TARGET_OBJECTS:tessera_distributed>)

add_library(tessera ${TESSERA_OBJECTS})
add_library(tessera::tessera ALIAS tessera)
set_target_properties(tessera PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(tessera PUBLIC cxx_std_20)
target_include_directories(tessera INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/cmake/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(tessera PRIVATE ${TESSERA_LINKS})
if(BUILD_SHARED_LIBS)
  # Only the names of namespace tessera leave the library: inlined third-party templates and static libraries stay inside.
  target_link_options(tessera PRIVATE -Wl,--as-needed -Wl,--exclude-libs,ALL
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map)
  set_target_properties(tessera PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
endif()
if(TESSERA_SANITIZE)
  target_link_options(tessera PUBLIC $<BUILD_INTERFACE:-fsanitize=${TESSERA_SANITIZE}>)
endif()

# The same objects, for tests of what the shared library hides.
add_library(tessera_internal STATIC EXCLUDE_FROM_ALL ${TESSERA_OBJECTS})
target_link_libraries(tessera_internal PUBLIC tessera_options ${TESSERA_LINKS})

# For those who include <tessera/mpi.hpp>.
if(TESSERA_WITH_MPI)
  add_library(tessera_mpi INTERFACE)
  add_library(tessera::mpi ALIAS tessera_mpi)
  set_target_properties(tessera_mpi PROPERTIES EXPORT_NAME mpi)
  target_link_libraries(tessera_mpi INTERFACE tessera MPI::MPI_CXX)
endif()

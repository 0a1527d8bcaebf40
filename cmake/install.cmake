# Installs the library, its public headers, and a package config that works wherever the prefix is moved to:
#   find_package(tessera COMPONENTS mpi hdf5 cuda)   ->  tessera::tessera, tessera::mpi
include(CMakePackageConfigHelpers)
set(TESSERA_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/tessera)

install(TARGETS tessera EXPORT tesseraTargets)
install(EXPORT tesseraTargets NAMESPACE tessera:: DESTINATION ${TESSERA_PACKAGE_DIR})
if(TESSERA_WITH_MPI)
  # On its own, so that users who do not ask for component mpi need no MPI.
  install(TARGETS tessera_mpi EXPORT tesseraMpiTargets)
  install(EXPORT tesseraMpiTargets NAMESPACE tessera:: DESTINATION ${TESSERA_PACKAGE_DIR})
endif()

# The public headers are those that the roots include, found when installing.
set(roots tessera/tessera.hpp tessera/distributed/communicator.hpp)
if(TESSERA_WITH_MPI)
  list(APPEND roots tessera/mpi.hpp)
endif()
install(CODE "set(TESSERA_HEADER_ROOTS \"${roots}\")
set(TESSERA_SOURCE_DIR \"${PROJECT_SOURCE_DIR}\")
set(TESSERA_BINARY_DIR \"${PROJECT_BINARY_DIR}\")
set(TESSERA_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/install_headers.cmake)

if(BUILD_SHARED_LIBS)
  set(TESSERA_SHARED ON)
else()
  set(TESSERA_SHARED OFF)
endif()
configure_package_config_file(cmake/tesseraConfig.cmake.in ${PROJECT_BINARY_DIR}/tesseraConfig.cmake
  INSTALL_DESTINATION ${TESSERA_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tesseraConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tesseraConfig.cmake ${PROJECT_BINARY_DIR}/tesseraConfigVersion.cmake
  DESTINATION ${TESSERA_PACKAGE_DIR})
if(NOT BUILD_SHARED_LIBS)
  install(FILES cmake/dependencies.cmake DESTINATION ${TESSERA_PACKAGE_DIR} RENAME tesseraDependencies.cmake)
endif()

include(cmake/install_packaging.cmake)

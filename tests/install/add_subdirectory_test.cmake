# Builds tests/install/embedded, which has Tessera as a subfolder and as a static library, and runs it. Compiles the library a
# second time, with the same flags, so that ccache has the objects (of batches of sources only the kernels': its hashes have their
# places).
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)
set(work ${WORK}/add_subdirectory)
step("configure" ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/embedded -B ${work} ${configure_options} -D TESSERA=${SOURCE} -D TESSERA_COMPILE_IN_BATCHES=${BATCHES}
  -D TESSERA_WITH_MPI=${WITH_MPI} -D TESSERA_WITH_HDF5=${WITH_HDF5} -D TESSERA_WARNINGS_AS_ERRORS=ON)
step("build" ${CMAKE_COMMAND} --build ${work} --parallel 2)
step("run" ${work}/consumer)
if(NOT output MATCHES "mean 4.5")
  message(FATAL_ERROR "the consumer printed: ${output}")
endif()

# How tests are declared.
#
#   add_unit_test(shape_test SOURCES shape_test.cpp [LINK target ...] [ARGS ...] [TIMEOUT 300] [TAKES ...] [LABELS ...] [INTERNAL] [OPTIMISED])
#     one GoogleTest program with GoogleTest's main, one CTest test. OPTIMISED: where a test's own loops take longer than compiling them.
#   add_mpi_test(communicator_test SOURCES communicator_test.cpp [RANKS 1 2 3 5] [LINK ...] [ARGS ...] [MCA name value ...]
#                [TIMEOUT 300] [LABELS ...] [INTERNAL])
#     one GoogleTest program with tests/distributed/mpi_main.cpp, one CTest test per number of ranks ("communicator_test.n3").
#     Without MPI: as one rank, started directly.
#   add_mpi_run(NAME communicator_test.tcp TARGET communicator_test RANKS 2 [ARGS ...] [MCA ...] [TIMEOUT ...] [LABELS ...])
#     one more run of a program.
#
# TAKES is what a test takes of the machine (below), where that is not a core; ranks that exchange take all of it.
#
# Scripts run under ${TESSERA_PYTHON}.
#
# INTERNAL links the library's objects statically, for tests of what the shared library does not export.
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
# Tests are compiled for speed of compiling: what is tested, and instrumented, is the library.
if(NOT TARGET tessera_test_options)
  add_library(tessera_test_options INTERFACE)
  target_compile_options(tessera_test_options INTERFACE $<IF:$<BOOL:$<TARGET_PROPERTY:TESSERA_OPTIMISED>>,-O1,-O0>)
  if(TESSERA_SANITIZE MATCHES undefined)
    target_compile_options(tessera_test_options INTERFACE -fno-sanitize=undefined)
  endif()
  if(TESSERA_SANITIZE MATCHES fuzzer)
    target_compile_options(tessera_test_options INTERFACE -fno-sanitize=fuzzer-no-link)
  endif()
endif()
# Debian's Python first: it is the one that python3-numpy and python3-h5py belong to.
find_program(TESSERA_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(TESSERA_PYTHON python3 REQUIRED)
if(TESSERA_TEST_NUMPY)
  execute_process(COMMAND ${TESSERA_PYTHON} -c "import h5py, numpy" RESULT_VARIABLE no_numpy OUTPUT_QUIET ERROR_QUIET)
  if(no_numpy)
    message(FATAL_ERROR "The tests compare with NumPy and h5py, which ${TESSERA_PYTHON} does not have (Debian: python3-numpy, python3-h5py); "
      "-DTESSERA_TEST_NUMPY=OFF leaves those tests out")
  endif()
endif()
# As root (containers) and with more ranks than cores Open MPI must be told that this is meant.
# Properties draw the same cases in every run of CTest: what fails is then what changed. Programs started by hand, and the long
# run, draw new ones.
# Threads that wait for others of their team sleep: five ranks of two threads on two cores would spin for each other's cores.
# What a GPU computes has other last bits (docs/accuracy.md): tests of devices name theirs.
set(TESSERA_TEST_ENVIRONMENT OMPI_MCA_rmaps_base_oversubscribe=1 OMP_WAIT_POLICY=passive TESSERA_DEVICE=cpu)
if(TESSERA_TEST_LONG)
  list(APPEND TESSERA_TEST_ENVIRONMENT RC_PARAMS=max_success=3000 TESSERA_FAULTS=1000000 TESSERA_PAIRS=100 TESSERA_CRAFTED=1000)
elseif(TESSERA_SANITIZE)  # an error of memory shows in one case as in the next
  list(APPEND TESSERA_TEST_ENVIRONMENT "RC_PARAMS=seed=20261120 max_success=25")
else()
  list(APPEND TESSERA_TEST_ENVIRONMENT RC_PARAMS=seed=20261120)
endif()
execute_process(COMMAND id -u OUTPUT_VARIABLE uid OUTPUT_STRIP_TRAILING_WHITESPACE)
if(uid STREQUAL "0")
  list(APPEND TESSERA_TEST_ENVIRONMENT OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1)
endif()
if(TESSERA_SANITIZE)
  # Leaks are looked for in unit tests alone: Open MPI leaks in plugins that it has unloaded by then, which nothing can suppress.
  # HDF5 asks for absurd sizes when a file is damaged, and copes with the refusal. Some tests preload a library that makes writes fail.
  # Under the thread sanitizer Open MPI keeps to what is known to be clean: shared memory, no plugin with threads of its own.
  if(TESSERA_SANITIZE MATCHES thread)
    list(APPEND TESSERA_TEST_ENVIRONMENT OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader)
  endif()
  set(asan "allocator_may_return_null=1:verify_asan_link_order=0")
  list(APPEND TESSERA_TEST_ENVIRONMENT "UBSAN_OPTIONS=print_stacktrace=1" "ASAN_OPTIONS=${asan}:detect_leaks=0")
endif()

# Half the time of compiling a test went into reading these headers. OpenMP: what all who share them are compiled with must be the same.
set(test_headers <gtest/gtest.h> <gmock/gmock.h> <rapidcheck.h> <rapidcheck/gtest.h>)
if(TESSERA_COMPILE_IN_BATCHES)  # where nobody changes a header and waits for all of them
  list(APPEND test_headers <tessera/tessera.hpp>)
endif()
if(NOT TARGET tessera_test_headers)
  add_executable(tessera_test_headers EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/test_headers.cpp)
  target_link_libraries(tessera_test_headers PRIVATE tessera_options tessera_test_options GTest::gtest GTest::gmock rapidcheck OpenMP::OpenMP_CXX)
  target_precompile_headers(tessera_test_headers PRIVATE ${test_headers})
endif()

# main() of tests of several ranks, compiled once.
if(NOT TARGET tessera_mpi_main)
  add_library(tessera_mpi_main OBJECT EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/../tests/distributed/mpi_main.cpp)
  target_link_libraries(tessera_mpi_main PRIVATE tessera_options tessera_test_options GTest::gtest)
endif()

function(_tessera_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 T "INTERNAL;OPTIMISED" "" "SOURCES;LINK")
  add_executable(${name} ${T_SOURCES})
  tessera_batches(${name})
  if(T_OPTIMISED AND NOT TESSERA_SANITIZE)
    set_target_properties(${name} PROPERTIES TESSERA_OPTIMISED ON)
    target_precompile_headers(${name} PRIVATE ${test_headers})
  else()
    target_precompile_headers(${name} REUSE_FROM tessera_test_headers)
  endif()
  target_link_libraries(${name} PRIVATE tessera_options tessera_test_options GTest::gtest GTest::gmock rapidcheck OpenMP::OpenMP_CXX ${T_LINK})
  if(T_INTERNAL)
    target_link_libraries(${name} PRIVATE tessera_internal)
  else()
    target_link_libraries(${name} PRIVATE tessera::tessera)
  endif()
endfunction()

# What a test takes of the machine, in thirds of a core; ./dev test runs as many at a time as there is room for.
set(TESSERA_WAITS 1)     # most of the time: for mpirun, limits, other processes
set(TESSERA_COMPUTES 2)  # on one core, of which three share two
set(TESSERA_ALONE 6)     # ranks that wait for each other, which beside another program takes them many times as long

# How many times as long as elsewhere a test may take.
set(TESSERA_TEST_PATIENCE 1)
if(TESSERA_SANITIZE)
  set(TESSERA_TEST_PATIENCE 4)
endif()
if(TESSERA_TEST_LONG)
  math(EXPR TESSERA_TEST_PATIENCE "${TESSERA_TEST_PATIENCE} * 30")
endif()

function(_tessera_test_properties name)
  cmake_parse_arguments(PARSE_ARGV 1 T "" "TIMEOUT;PROCESSORS;COST" "LABELS")
  math(EXPR T_TIMEOUT "${T_TIMEOUT} * ${TESSERA_TEST_PATIENCE}")
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${TESSERA_TEST_ENVIRONMENT}" TIMEOUT ${T_TIMEOUT}
    PROCESSORS ${T_PROCESSORS} LABELS "${T_LABELS}")
  if(T_COST)
    set_tests_properties(${name} PROPERTIES COST ${T_COST})  # seconds, of what should be started first
  endif()
endfunction()

function(add_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 T "INTERNAL;OPTIMISED" "TIMEOUT;TAKES" "SOURCES;LINK;ARGS;LABELS")
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  if(NOT T_TAKES)
    set(T_TAKES ${TESSERA_COMPUTES})
  endif()
  set(how "")
  if(T_INTERNAL)
    list(APPEND how INTERNAL)
  endif()
  if(T_OPTIMISED)
    list(APPEND how OPTIMISED)
  endif()
  _tessera_test_program(${name} ${how} SOURCES ${T_SOURCES} LINK GTest::gtest_main ${T_LINK})
  add_test(NAME ${name} COMMAND ${name} ${T_ARGS})
  _tessera_test_properties(${name} TIMEOUT ${T_TIMEOUT} PROCESSORS ${T_TAKES} LABELS ${T_LABELS})
  if(TESSERA_SANITIZE)
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1"
      "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/lsan.supp:print_suppressions=0")
  endif()
endfunction()

function(add_mpi_run)
  cmake_parse_arguments(PARSE_ARGV 0 T "" "NAME;TARGET;RANKS;TIMEOUT" "ARGS;MCA;LABELS")
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  set(takes ${TESSERA_COMPUTES})
  if(TESSERA_WITH_MPI AND T_RANKS GREATER 1)
    set(takes ${TESSERA_ALONE})
  endif()
  if(TESSERA_WITH_MPI)
    set(mca "")
    while(T_MCA)
      list(POP_FRONT T_MCA key value)
      list(APPEND mca --mca ${key} ${value})
    endwhile()
    # mpirun ends its ranks when it gets SIGTERM, which `timeout` sends before CTest's own limit kills mpirun alone.
    math(EXPR limit "${T_TIMEOUT} * ${TESSERA_TEST_PATIENCE} - 10")
    add_test(NAME ${T_NAME} COMMAND timeout -k 5 ${limit} ${MPIEXEC_EXECUTABLE} -n ${T_RANKS} --bind-to none ${mca}
      $<TARGET_FILE:${T_TARGET}> ${T_ARGS})
  else()
    add_test(NAME ${T_NAME} COMMAND ${T_TARGET} ${T_ARGS})
  endif()
  _tessera_test_properties(${T_NAME} TIMEOUT ${T_TIMEOUT} PROCESSORS ${takes} LABELS mpi ${T_LABELS})
endfunction()

function(add_mpi_test name)
  cmake_parse_arguments(PARSE_ARGV 1 T "INTERNAL" "TIMEOUT" "SOURCES;RANKS;LINK;ARGS;MCA;LABELS")
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 300)
  endif()
  set(internal "")
  if(T_INTERNAL)
    set(internal INTERNAL)
  endif()
  if(TESSERA_WITH_MPI)
    list(APPEND T_LINK MPI::MPI_CXX)
  endif()
  _tessera_test_program(${name} ${internal} SOURCES ${T_SOURCES} $<TARGET_OBJECTS:tessera_mpi_main> LINK ${T_LINK})
  if(NOT TESSERA_WITH_MPI)
    set(T_RANKS 1)
  elseif(NOT T_RANKS)
    set(T_RANKS 1 2 3 5)
  endif()
  if(TESSERA_WITH_MPI)
    target_compile_definitions(${name} PRIVATE TESSERA_HAVE_MPI)
  endif()
  list(LENGTH T_RANKS runs)
  foreach(ranks IN LISTS T_RANKS)
    set(one "")
    if(ranks EQUAL 1 AND runs GREATER 1)
      set(one one_rank)  # of what more ranks run, too
    endif()
    add_mpi_run(NAME ${name}.n${ranks} TARGET ${name} RANKS ${ranks} ARGS ${T_ARGS} MCA ${T_MCA} TIMEOUT ${T_TIMEOUT}
      LABELS ${T_LABELS} ${one})
  endforeach()
endfunction()

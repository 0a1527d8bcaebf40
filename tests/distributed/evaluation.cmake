# Tests of evaluation, from expression to sink, on several ranks.
set(golden ${CMAKE_CURRENT_BINARY_DIR}/golden)
if(TESSERA_TEST_NUMPY)
  add_test(NAME numpy_golden COMMAND ${TESSERA_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/golden/make_golden.py ${golden}
    $<TARGET_FILE:print_operations>)
  set_tests_properties(numpy_golden PROPERTIES FIXTURES_SETUP golden TIMEOUT 120)
  add_mpi_test(numpy_test SOURCES numpy_test.cpp golden.cpp golden_expression.cpp golden_reshapes.cpp golden_order.cpp golden_filters.cpp golden_products.cpp golden_groups.cpp golden_calls.cpp golden_indexing.cpp golden_elementwise.cpp)
  foreach(ranks 1 2 3 5)
    if(TEST numpy_test.n${ranks})
      set_property(TEST numpy_test.n${ranks} APPEND PROPERTY ENVIRONMENT TESSERA_GOLDEN=${golden})
      set_property(TEST numpy_test.n${ranks} PROPERTY FIXTURES_REQUIRED golden)
      if(ranks GREATER 2 AND NOT TESSERA_TEST_LONG)  # another half on 3 and on 5
        set_property(TEST numpy_test.n${ranks} APPEND PROPERTY ENVIRONMENT RC_PARAMS=seed=${ranks} TESSERA_SHARE=2)
      endif()
    endif()
  endforeach()
endif()

# The run on one rank leaves hashes that the others compare with.
add_mpi_test(bits_test SOURCES bits_test.cpp bits_expressions.cpp)
set(same_on_all_ranks bits_test)
if(TESSERA_WITH_HDF5)
  add_mpi_test(compressed_test SOURCES compressed_test.cpp file_walk_test.cpp)
  list(APPEND same_on_all_ranks compressed_test)
  if(TESSERA_TEST_NUMPY)
    add_mpi_test(append_along_test SOURCES append_along_test.cpp)
    target_compile_definitions(append_along_test PRIVATE TESSERA_TEST_PYTHON="${TESSERA_PYTHON}")
  endif()
  add_mpi_test(open_test SOURCES open_test.cpp changed_input_test.cpp)
endif()
foreach(test IN LISTS same_on_all_ranks)
  foreach(ranks 1 2 3 5)
    if(TEST ${test}.n${ranks})
      # More threads than cores: those that wait must not spin.
      set_property(TEST ${test}.n${ranks} APPEND PROPERTY ENVIRONMENT TESSERA_BITS=${CMAKE_CURRENT_BINARY_DIR}/bits
        OMP_WAIT_POLICY=passive)
      if(ranks EQUAL 1)
        set_property(TEST ${test}.n1 PROPERTY FIXTURES_SETUP ${test}_bits)
        set_property(TEST ${test}.n1 PROPERTY LABELS mpi)  # never left out: others need it
        set_property(TEST ${test}.n1 PROPERTY COST 60)
      else()
        set_property(TEST ${test}.n${ranks} PROPERTY FIXTURES_REQUIRED ${test}_bits)
        if(test STREQUAL bits_test AND NOT TESSERA_TEST_LONG)  # another half on each
          set_property(TEST ${test}.n${ranks} APPEND PROPERTY ENVIRONMENT RC_PARAMS=seed=${ranks} TESSERA_SHARE=2)
        endif()
      endif()
    endif()
  endforeach()
endforeach()

add_mpi_test(session_test SOURCES random_arrays_test.cpp random_laws_test.cpp random_rows_test.cpp user_reduction_test.cpp cached_plan_test.cpp resident_test.cpp
  sizes_test.cpp misuse_test.cpp misuse_indexing_test.cpp interface_test.cpp literal_test.cpp kept_results_test.cpp rechunk_test.cpp
  sets_test.cpp bin_estimators_test.cpp sort_walks_test.cpp spill_test.cpp diagonals_test.cpp made_in_arrays_test.cpp collisions_test.cpp streamed_gather_test.cpp)
add_mpi_test(product_slices_test SOURCES product_slices_test.cpp)
add_mpi_test(user_function_test SOURCES user_map_test.cpp map_blocks_test.cpp gufunc_test.cpp)
add_mpi_test(failure_test SOURCES failure_test.cpp RANKS 1 2 3)
if(TESSERA_WITH_HDF5 AND NOT TESSERA_SANITIZE)  # a sanitizer has its own operator new
  add_mpi_test(fault_loop_test SOURCES fault_loop_test.cpp fault_loop_operators_test.cpp file_calls_test.cpp faults.cpp LINK ${CMAKE_DL_LIBS} RANKS 1 2 3)
  set_target_properties(fault_loop_test PROPERTIES ENABLE_EXPORTS ON)
endif()
add_mpi_test(calls_test SOURCES calls_test.cpp)
add_mpi_test(callbacks_test SOURCES callbacks_test.cpp)
add_unit_test(plan_test SOURCES plan_test.cpp many_ranks_test.cpp distribution_test.cpp)
add_unit_test(wanted_values_test INTERNAL SOURCES wanted_values_test.cpp buffer_slots_test.cpp ownership_test.cpp regrid_test.cpp contract_layout_test.cpp)
add_mpi_test(traffic_test SOURCES traffic_test.cpp)
add_mpi_test(plan_memory_test SOURCES plan_memory_test.cpp)

if(TESSERA_WITH_MPI)
  # Shared memory hides eager and progress bugs. Of sessions what exchanges pieces.
  add_mpi_run(NAME session_test.tcp.n3 TARGET session_test RANKS 3 MCA btl tcp,self
    ARGS --gtest_filter=Rechunk.*:Residents.*:Sets.*:Spills.*Search*:SortWalks.OfDifferent*:StreamedGather.*:Diagonals.*:RandomArrays.EveryLaw*:Misuse.*)
  add_mpi_run(NAME failure_test.tcp.n3 TARGET failure_test RANKS 3 MCA btl tcp,self)

  add_executable(leaving_program leaving_program.cpp)
  target_link_libraries(leaving_program PRIVATE tessera_options tessera::tessera tessera::mpi)
  add_test(NAME leaving_test COMMAND ${TESSERA_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/leaving_test.py ${MPIEXEC_EXECUTABLE}
    $<TARGET_FILE:leaving_program>)
  set_tests_properties(leaving_test PROPERTIES ENVIRONMENT "${TESSERA_TEST_ENVIRONMENT}" TIMEOUT 300 PROCESSORS ${TESSERA_WAITS} LABELS mpi)

  add_executable(host_program host_program.cpp)
  target_link_libraries(host_program PRIVATE tessera_options tessera::tessera tessera::mpi)
  foreach(ranks 1 2 3 5)
    add_mpi_run(NAME host_program.n${ranks} TARGET host_program RANKS ${ranks})
  endforeach()
endif()

# The same evaluations in several processes.
add_executable(identity_program identity_program.cpp)
target_link_libraries(identity_program PRIVATE tessera_options tessera::tessera)
set(launcher "")
if(TESSERA_WITH_MPI)
  set(launcher ${MPIEXEC_EXECUTABLE})
endif()
if(TESSERA_WITH_HDF5)
  add_test(NAME identity_test COMMAND ${TESSERA_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/identity_test.py $<TARGET_FILE:identity_program> ${launcher})
  set_tests_properties(identity_test PROPERTIES ENVIRONMENT "${TESSERA_TEST_ENVIRONMENT}" TIMEOUT 300 PROCESSORS 4 LABELS mpi)
endif()

# What others test, once more on the simulated driver: the same results, errors, files and counts where stages are the GPU's. Schedules and
# orders of threads are drawn anew in every run; the driver prints its seed.
#
#   add_cuda_run(session_test RANKS 1 2 [LINKED] [SANITIZED] [TIMEOUT 60] [WITHOUT Suite.Test ...] [ONLY ...] [ENVIRONMENT A=1 ...])
#     cuda.session_test.n1, .n2
#     LINKED: a GPU for each rank, whose messages go by the simulated NCCL; else all have the same one, and messages pass through the hosts' memory.
#     SANITIZED: also in builds with a sanitizer.
#     WITHOUT: what is said of the CPU alone; each with its reason.
function(add_cuda_run name)
  cmake_parse_arguments(PARSE_ARGV 1 T "LINKED;SANITIZED" "TIMEOUT" "RANKS;WITHOUT;ONLY;ENVIRONMENT")
  if(NOT TARGET ${name} OR (TESSERA_SANITIZE AND NOT T_SANITIZED))
    return()
  endif()
  if(NOT TESSERA_WITH_MPI)
    set(T_RANKS 1)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 200)  # an empty folder of kernels, beside another program
  endif()
  list(JOIN T_WITHOUT : without)
  list(JOIN T_ONLY : only)
  set(filter "")
  if(without)
    set(filter --gtest_filter=${only}-${without})
  elseif(only)
    set(filter --gtest_filter=${only})
  endif()
  add_dependencies(${name} tessera_simulated_cuda)
  foreach(ranks IN LISTS T_RANKS)
    set(run cuda.${name}.n${ranks})
    add_mpi_run(NAME ${run} TARGET ${name} RANKS ${ranks} ARGS ${filter} TIMEOUT ${T_TIMEOUT} LABELS device)
    set_property(TEST ${run} APPEND PROPERTY ENVIRONMENT ${on_simulated} TESSERA_DEVICE=cuda TESSERA_DEVICE_LEAST=1 TESSERA_DEVICE_MEMORY=256M
      TESSERA_LINK_SECONDS=20 ${T_ENVIRONMENT})
    if(T_LINKED)
      set_property(TEST ${run} APPEND PROPERTY ENVIRONMENT TESSERA_SIMULATED_GPUS=5)
    else()
      set_property(TEST ${run} APPEND PROPERTY ENVIRONMENT TESSERA_NCCL=none)
    endif()
  endforeach()
endfunction()

# A kernel is compiled in 0.1 s, and a drawn case has several of its own: shares and few cases here, all of them in the long run.
set(few_cases "RC_PARAMS=seed=20261120 max_success=25")
set(fewer_cases "RC_PARAMS=seed=20261120 max_success=10")
set(share_of_numpy TESSERA_SHARE=600)
set(share_of_bits TESSERA_SHARE=8)
set(share_of_texts TESSERA_SHARE=10)
set(bits TESSERA_BITS=${PROJECT_BINARY_DIR}/tests/devices/cuda/bits)
if(TESSERA_TEST_LONG)
  set(few_cases "")
  set(fewer_cases "")
  set(share_of_numpy "")
  set(share_of_bits "")
  set(share_of_texts "")
endif()

add_cuda_run(user_function_test RANKS 1 2)
add_cuda_run(product_slices_test RANKS 3 LINKED)
add_cuda_run(callbacks_test RANKS 2)
add_cuda_run(calls_test RANKS 3)
add_cuda_run(open_test RANKS 2)
# An array of 8 MB has room in the memory of the rank's GPU, whatever the host's budget is.
add_cuda_run(failure_test RANKS 1 WITHOUT Failures.ABudgetIsRefusedBeforeReading)
add_cuda_run(failure_test RANKS 2 LINKED SANITIZED)
add_cuda_run(failure_test RANKS 3)

add_cuda_run(traffic_test RANKS 1 3 ENVIRONMENT ${few_cases})
add_cuda_run(traffic_test RANKS 2 LINKED ENVIRONMENT ${few_cases})
add_cuda_run(plan_memory_test RANKS 1 ENVIRONMENT ${fewer_cases})
add_cuda_run(plan_memory_test RANKS 2 LINKED ENVIRONMENT ${fewer_cases})

# Random expressions leave the texts of their kernels, which NVRTC itself compiles then, where there is one.
set(texts ${CMAKE_CURRENT_BINARY_DIR}/texts)
add_cuda_run(expressions_test RANKS 1 3 ENVIRONMENT ${few_cases} TESSERA_KERNEL_TEXTS=${texts})
add_cuda_run(expressions_test RANKS 2 LINKED ENVIRONMENT ${few_cases} TESSERA_KERNEL_TEXTS=${texts})
if(TEST cuda.expressions_test.n1)
  add_test(NAME cuda_drawn_texts_begin COMMAND ${CMAKE_COMMAND} -E rm -rf ${texts})
  set_tests_properties(cuda_drawn_texts_begin PROPERTIES FIXTURES_SETUP cuda_no_texts LABELS device)
  foreach(ranks 1 2 3)
    if(TEST cuda.expressions_test.n${ranks})
      set_tests_properties(cuda.expressions_test.n${ranks} PROPERTIES FIXTURES_REQUIRED cuda_no_texts FIXTURES_SETUP cuda_texts)
    endif()
  endforeach()
  add_unit_test(cuda_drawn_texts_test SOURCES drawn_texts_test.cpp INTERNAL TIMEOUT 120 LABELS device)
  set_tests_properties(cuda_drawn_texts_test PROPERTIES FIXTURES_REQUIRED cuda_texts)
  set_property(TEST cuda_drawn_texts_test APPEND PROPERTY ENVIRONMENT TESSERA_KERNEL_TEXTS=${texts} ${share_of_texts})
endif()

# The CPU walks in blocks, which a GPU's stages don't.
add_cuda_run(compressed_test RANKS 2 WITHOUT FileWalk.TheBudgetThatIsNamedDecodesOnce
  ENVIRONMENT TESSERA_BITS=${PROJECT_BINARY_DIR}/tests/distributed/bits)

# What allocates, reads and writes for a GPU is in few of the jobs, of which the shorter ones are run; the pool's memory is the driver's, whose
# own failures are cuda_session_test's.
add_cuda_run(fault_loop_test RANKS 1 ONLY */Allocation WITHOUT *ProductInPanels* *Spill* *CopyThroughScratch* *Groups* *Search* *Unique*)
add_cuda_run(fault_loop_test RANKS 2 LINKED ONLY *Eval* *Resident* *Product/* *Redistributed* *Stats* WITHOUT */Pool)

# Left out: 2^32 elements, and tests of a minute or more; budgets of the host's memory, of which arrays on a GPU take none (computed again,
# sorted again, refused); what is made of functions that others have tried (BinEstimators); that a function has the same last bits in stages of the CPU and of the GPU (RowsOfAStencil); what never comes to a
# device (Misuse, Literals).
set(on_the_cpu Means.LargeSumsOfIntegersDoNotWrap StreamedGather.HasTheBits* StreamedGather.OfFilesIntoFiles Diagonals.* SortWalks.*
  BinEstimators.* KeptResults.AreComputedAgainWhereTheBudgetHasNoRoom Sets.SortedAgainWhereThereIsNoRoom Spills.DoesNotHelpEverything
  Spills.WhatIsSearchedIn KeptResults.RowsOfAStencilSeenAlone Misuse.* Literals.* Residents.TenThousand* RandomArrays.*Distributions
  RandomArrays.*Probabilities RandomArrays.MomentsArePlausible)
add_cuda_run(session_test RANKS 2 LINKED WITHOUT ${on_the_cpu})
add_cuda_run(session_test RANKS 1 3 ONLY RandomArrays.EveryLaw* CachedPlans.* Identities.* MadeInArrays.* Rechunk.* Residents.* Collisions.*
  WITHOUT ${on_the_cpu})

# The run on one rank leaves hashes for the others.
add_cuda_run(bits_test RANKS 1 3 ONLY Bits.DoNotDependOnRanks Bits.OfADeviceAreTheCpus ENVIRONMENT ${bits} ${share_of_bits})
add_cuda_run(bits_test RANKS 2 LINKED ONLY Bits.DoNotDependOnRanks Bits.OfADeviceAreTheCpus Bits.DoNotDependOnTheBudget
  ENVIRONMENT ${bits} ${share_of_bits})
add_cuda_run(numpy_test RANKS 1 3 ENVIRONMENT ${share_of_numpy} TESSERA_GOLDEN=${PROJECT_BINARY_DIR}/tests/distributed/golden)
add_cuda_run(numpy_test RANKS 2 LINKED ENVIRONMENT ${share_of_numpy} TESSERA_GOLDEN=${PROJECT_BINARY_DIR}/tests/distributed/golden)
foreach(ranks 1 2 3)
  if(TEST cuda.compressed_test.n${ranks})  # the files are the CPU's
    set_tests_properties(cuda.compressed_test.n${ranks} PROPERTIES FIXTURES_REQUIRED compressed_test_bits)
  endif()
  if(TEST cuda.numpy_test.n${ranks})
    set_tests_properties(cuda.numpy_test.n${ranks} PROPERTIES FIXTURES_REQUIRED golden)
  endif()
  if(TEST cuda.bits_test.n${ranks})
    if(ranks EQUAL 1)
      set_tests_properties(cuda.bits_test.n1 PROPERTIES FIXTURES_SETUP cuda_bits)
    else()
      set_tests_properties(cuda.bits_test.n${ranks} PROPERTIES FIXTURES_REQUIRED cuda_bits)
    endif()
  endif()
endforeach()

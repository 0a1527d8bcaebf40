# Steps of the install tests, which are CMake scripts.

function(step what)  # step("build it" cmake --build ...): runs, stops the test when it fails; its output is in ${output}
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what}: exit ${result}\n${ARGN}\n${out}")
  endif()
  message(STATUS "${what}: well")
  set(output "${out}" PARENT_SCOPE)
endfunction()

function(must_fail what pattern)  # the command must fail, and say what the pattern matches
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  string(REGEX REPLACE "[ \n]+" " " out "${out}")
  if(result EQUAL 0 OR NOT out MATCHES "${pattern}")
    message(FATAL_ERROR "${what}: exit ${result}, and does not say '${pattern}'\n${out}")
  endif()
  message(STATUS "${what}: refused as it must be")
endfunction()

set(configure_options -G ${GENERATOR} -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=${CONFIG})
if(LAUNCHER)
  list(APPEND configure_options -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()

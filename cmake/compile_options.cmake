# One interface target that every room's objects use.
add_library(tessera_options INTERFACE)
# cmake/include/tessera leads to the rooms, so that <tessera/core/array.hpp> means the same in the tree and when installed.
target_include_directories(tessera_options INTERFACE ${PROJECT_SOURCE_DIR}/cmake/include ${PROJECT_BINARY_DIR}/include)
target_compile_options(tessera_options INTERFACE -Wall -Wextra -Wconversion
  # The same bits on every machine: no contraction of a*b+c, anywhere.
  -ffp-contract=off)
if(TESSERA_COMPILE_IN_BATCHES)
  # A source of a batch sees the names of those before it, and g++ takes their unnamed namespaces for a header's.
  target_compile_options(tessera_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
else()
  target_compile_options(tessera_options INTERFACE -Wshadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(tessera_options INTERFACE -Wno-restrict)  # GCC bug 105651: false alarms on std::string +
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Indices and sizes are signed here; containers take them as they are. (g++ has no such warning in -Wconversion.)
  target_compile_options(tessera_options INTERFACE -Wno-sign-conversion)
endif()
if(PROJECT_IS_TOP_LEVEL OR TESSERA_WARNINGS_AS_ERRORS)
  # A kind (of nodes, stages, tile values) that a switch forgets stops the build, whether or not other warnings do.
  target_compile_options(tessera_options INTERFACE -Werror=switch)
endif()
if(TESSERA_WARNINGS_AS_ERRORS)
  target_compile_options(tessera_options INTERFACE -Werror)
endif()
if(TESSERA_SANITIZE)
  target_compile_options(tessera_options INTERFACE -fsanitize=${TESSERA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(tessera_options INTERFACE -fsanitize=${TESSERA_SANITIZE})
  if(TESSERA_SANITIZE MATCHES thread)  # g++ 12 takes variants of temporaries for uninitialised then, in hundreds of lines
    target_compile_options(tessera_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  endif()
  if(TESSERA_SANITIZE MATCHES address.*undefined)
    # Checks of every pointer take half as long to compile as all the rest. What they see the address sanitizer sees as well, but for
    # alignment, which is checked where bytes of files and messages are taken for elements (tessera_check_alignment).
    target_compile_options(tessera_options INTERFACE -fno-sanitize=null,object-size,vptr,pointer-overflow,alignment)
  endif()
endif()
if(TESSERA_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "TESSERA_FUZZ needs clang, for libFuzzer: -DCMAKE_CXX_COMPILER=clang++")
  endif()
endif()
# For the rooms that take bytes for elements.
function(tessera_check_alignment target)
  if(TESSERA_SANITIZE MATCHES undefined)
    target_compile_options(${target} PRIVATE -fsanitize=alignment)
  endif()
endfunction()

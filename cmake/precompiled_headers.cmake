# tessera_precompile(TARGET [HEADER...]): the standard headers that most sources include, and those named, are parsed once for the target,
# which saves a quarter of its time. For builds whose objects are no other's (the preset asan, a first ./dev demo): what no-mpi and the
# install tests have in common with release, ccache compiles once. Sources include what they use all the same: builds without hold them to it.
option(TESSERA_PRECOMPILED_HEADERS "Parse the standard library's headers once for each of Tessera's rooms" OFF)

function(tessera_precompile target)
  if(TESSERA_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <chrono> <cmath> <complex> <cstdint> <cstring> <filesystem> <functional> <limits> <map> <memory> <mutex>
      <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> ${ARGN})
    # g++ 12 warns inside its own headers of std::string once its headers are precompiled.
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -Wno-stringop-overflow -Wno-array-bounds)
    endif()
  endif()
endfunction()

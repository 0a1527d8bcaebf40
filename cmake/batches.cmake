# tessera_batches(TARGET): with TESSERA_COMPILE_IN_BATCHES thirty sources of the target are compiled as one. Many short sources share most of what
# they include and instantiate, so a build from nothing takes a fraction of the time, and one after a change takes longer. ./dev demo,
# ./dev test and the presets of sanitizers compile so; whoever works on the sources compiles each for itself, which holds it to including
# what it uses. Names in unnamed namespaces are the batch's: the same name twice in a room does not compile there.
option(TESSERA_COMPILE_IN_BATCHES "Compile several sources as one: less work for a build from nothing" OFF)

function(tessera_batches target)
  if(TESSERA_COMPILE_IN_BATCHES)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 30)
  endif()
endfunction()

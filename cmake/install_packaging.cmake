# For those who do not build with CMake, and for clusters: a pkg-config file, a module file, a batch script. None of them
# names the place of the installation.
set(TESSERA_SHARE ${CMAKE_INSTALL_DATADIR}/tessera)
if(BUILD_SHARED_LIBS)  # a static library has half a dozen others behind it, which find_package knows
  file(RELATIVE_PATH prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  configure_file(cmake/packaging/tessera.pc.in ${PROJECT_BINARY_DIR}/packaging/tessera.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/packaging/tessera.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()
set(modules ${TESSERA_SHARE}/modulefiles/tessera)
file(RELATIVE_PATH prefix_from_modulefile /${modules} /)
configure_file(cmake/packaging/modulefile.in ${PROJECT_BINARY_DIR}/packaging/modulefile @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/packaging/modulefile DESTINATION ${modules} RENAME ${PROJECT_VERSION})
install(PROGRAMS cmake/packaging/tessera.sbatch DESTINATION ${TESSERA_SHARE})

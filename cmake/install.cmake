# cmake --install build/release --prefix /usr/local: the programs and the files they read, in one folder with the layout of our
# images, and a link in bin/. What an installed iff fetches is the same; it compiles nothing.
include(GNUInstallDirs)
set(place ${CMAKE_INSTALL_LIBDIR}/iff)
foreach(program IN ITEMS iff iff-supervisor iff-container iff-load iff-mock-jira iff-mock-github iff-mcp-jira iff-mcp-github iff-mcp-postgres)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${place}/bin)
  endif()
endforeach()
if(TARGET iff-mutant)
  install(TARGETS iff-mutant RUNTIME DESTINATION ${place}/bin OPTIONAL)
endif()
install(DIRECTORY systems scenarios DESTINATION ${place}/project FILES_MATCHING PATTERN "*.yaml" PATTERN "*.json" PATTERN "*.md")
install(FILES docs/explanations.yaml DESTINATION ${place}/project/docs)
install(FILES docker/images.lock.json DESTINATION ${place}/project/docker)
install(FILES servers/mutants/kills.yaml DESTINATION ${place}/project/servers/mutants)
install(FILES setup/packages.txt DESTINATION ${place}/project/setup)
install(FILES LICENSE README.md CHANGELOG.md SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(CODE "
  file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  file(CREATE_LINK \"../${place}/bin/iff\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/iff\" SYMBOLIC)")

add_test(NAME installed COMMAND ${CMAKE_CURRENT_LIST_DIR}/installed.sh ${PROJECT_BINARY_DIR} ${PROJECT_VERSION})
set_tests_properties(installed PROPERTIES LABELS unit TIMEOUT 60)

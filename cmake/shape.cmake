# The shape of the code, as tests: what includes what, headers that stand alone, no sleeping, names that say something, links that
# lead somewhere, the form of sources, what shellcheck says of scripts, the
# files that a recipe shows.
foreach(check IN ITEMS layering=layers headers=headers sleeps=sleeps words=words products=products links=links format=format shells=shells version=version recipes=recipes)
  string(REGEX MATCH "^(.+)=(.+)$" unused ${check})
  add_test(NAME ${CMAKE_MATCH_1}
    COMMAND ${CMAKE_COMMAND} -D COMPILER=${CMAKE_CXX_COMPILER} -D STAMPS=${PROJECT_BINARY_DIR}/headers
            -P ${CMAKE_CURRENT_LIST_DIR}/${CMAKE_MATCH_2}.cmake)
  set_tests_properties(${CMAKE_MATCH_1} PROPERTIES LABELS shape TIMEOUT 600)
endforeach()
# Some 300 compilations, minutes of a processor: by night.
set_tests_properties(headers PROPERTIES LABELS "shape;nightly" TIMEOUT 3000)

# Every shell script passes shellcheck, with .shellcheckrc. Checked by the ctest `shells`: cmake -P cmake/shells.cmake
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(ROOT)  # another tree, to see that this notices
  set(root ${ROOT})
endif()
find_program(SHELLCHECK shellcheck)
if(NOT SHELLCHECK)
  message(FATAL_ERROR "shellcheck is not installed: apt-get install shellcheck")
endif()
# What says in its first line that it is one, whatever its name.
execute_process(COMMAND grep -rlIE --exclude-dir=build --exclude-dir=node_modules --exclude-dir=.git --exclude-dir=out
                        --exclude=*.cc --exclude=*.cmake --exclude=*.md --exclude=*.yaml --exclude=*.yml
                        "^#!.*/(env )?(ba)?sh$|^# shellcheck shell=" .
                WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
string(REGEX MATCHALL "[^\n]+" files "${found}")
list(LENGTH files count)
if(count LESS 20 AND NOT ROOT)
  message(FATAL_ERROR "only ${count} scripts were found: this looked in the wrong place")
endif()
execute_process(COMMAND ${SHELLCHECK} --format=gcc ${files}
                WORKING_DIRECTORY ${root} RESULT_VARIABLE result OUTPUT_VARIABLE wrong ERROR_VARIABLE errors)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "\n${wrong}${errors}")
endif()
message(STATUS "${count} scripts looked at")

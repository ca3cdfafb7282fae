# Nothing sleeps but Eventually, nothing reads the wall clock but SystemClock, no port is a literal, no loop goes through
# the members of a value that is gone by then; and how often a secret is revealed. Checked by the ctest `sleeps`: cmake -P cmake/sleeps.cmake
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(ROOT)  # another tree, to see that this notices
  set(root ${ROOT})
endif()
set(folders harness fixtures mocks servers reports scenarios bench)
set(wrong "")

# Lines of our sources that match, without comments, without the files that may.
function(look_for what pattern may)
  execute_process(COMMAND grep -rnE --include=*.h --include=*.cc "${pattern}" ${folders}
                  COMMAND grep -vE "^[^:]+:[0-9]+: *//|[;{}] +// .*(${pattern})"
                  WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found RESULTS_VARIABLE results)
  if(results MATCHES "[2-9]")
    message(FATAL_ERROR "grep ${pattern}: ${results}")
  endif()
  string(REGEX REPLACE "[][;]" "_" found "${found}")
  string(REPLACE "\n" ";" found "${found}")
  foreach(line IN LISTS found)
    if(line STREQUAL "" OR line MATCHES "^(${may}):")
      continue()
    endif()
    string(APPEND wrong "${what}: ${line}\n")
  endforeach()
  set(wrong "${wrong}" PARENT_SCOPE)
endfunction()

look_for("sleeps" "\\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\\b|[^_[:alnum:]]sleep\\(" "harness/core/clock[.]cc")
look_for("reads the wall clock" "system_clock::now|\\bgettimeofday\\b|CLOCK_REALTIME|[^_[:alnum:]]time\\((nullptr|NULL|0)\\)"
         "harness/core/clock[.]cc")
# Tests of addresses write addresses; 80 and 443 are what a URL without a port means.
look_for("names a port" "(127[.]0[.]0[.]1|localhost|::1\\]):[1-9]" "[^:]*_test[.]cc")
look_for("names a port" "\\bport_? *= *[1-9][0-9]+" "[^:]*_test[.]cc|harness/net/endpoint[.]cc")
# items() holds a reference to what it was called on, and of a range only the last value lives as long as the loop.
look_for("goes through what is gone" "for \\(.*: *(At|AtOr|FillAll|Json|ToJson|TRY)[<(].*\\)[.]items\\(\\)\\)" "")

execute_process(COMMAND grep -rnE --include=*.h --include=*.cc "::now\\(\\)" harness/core/clock.cc
                WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
if(NOT found)
  message(FATAL_ERROR "no clock is read anywhere: this looked in the wrong place")
endif()
if(wrong)
  message(FATAL_ERROR "\n${wrong}")
endif()

execute_process(COMMAND grep -rnE --include=*.h --include=*.cc "Reveal\\(\\)" ${folders}
                WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
string(REGEX REPLACE "[][;]" "_" found "${found}")
string(REPLACE "\n" ";" found "${found}")
set(ours 0)
set(in_tests 0)
foreach(line IN LISTS found)
  if(line MATCHES "_test[.]cc:|_testing[.](h|cc):|stand_ins[.]h:")
    math(EXPR in_tests "${in_tests} + 1")
  elseif(NOT line STREQUAL "" AND NOT line MATCHES "^[^:]+:[0-9]+: *//")
    math(EXPR ours "${ours} + 1")
  endif()
endforeach()
message(STATUS "secrets are revealed at ${ours} places, and at ${in_tests} of tests")

# No path of one machine, no name that says nothing, no file too long to read. Checked by the ctest `words`:
#   cmake -P cmake/words.cmake
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(ROOT)  # another tree, to see that this notices
  set(root ${ROOT})
endif()
set(folders harness fixtures mocks servers reports scenarios bench systems setup docker docs cmake)
set(there "")
foreach(folder IN LISTS folders)
  if(IS_DIRECTORY ${root}/${folder})
    list(APPEND there ${folder})
  endif()
endforeach()
set(wrong "")

function(complain what)
  string(REGEX REPLACE "[][;]" "_" found "${ARGN}")
  string(REPLACE "\n" ";" found "${found}")
  foreach(line IN LISTS found)
    if(NOT line STREQUAL "" AND NOT line MATCHES "^cmake/words[.]cmake:")
      string(APPEND wrong "${what}: ${line}\n")
    endif()
  endforeach()
  set(wrong "${wrong}" PARENT_SCOPE)
endfunction()

# Sums of other people's modules are not ours to read.
execute_process(COMMAND grep -rnIE --exclude=go.sum --exclude=package-lock.json --exclude-dir=node_modules --exclude-dir=out
                        "(^|[^[:alnum:]_.~*}])/(work|home/[a-z]+|Users/[A-Za-z]+|root)/" ${there}
                WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
complain("a path of one machine" "${found}")

execute_process(COMMAND grep -rnE --include=*.h
                        "^ *(class|struct|enum class|enum|using)( +\\[\\[[a-z]+\\]\\])? +[A-Za-z]*(Manager|Helper|Utils?|Processor|Common|Impl|Info|Data|Base)\\b"
                        ${there}
                WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
complain("a name that says nothing" "${found}")
execute_process(COMMAND grep -rnE --include=*.h "^ *(class|struct) +[A-Za-z]*Handler\\b" ${there}
                WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
complain("a name that says nothing" "${found}")

set(looked_at 0)
foreach(folder IN LISTS there)
  file(GLOB_RECURSE files RELATIVE ${root} ${root}/${folder}/*.h ${root}/${folder}/*.cc)
  foreach(file IN LISTS files)
    math(EXPR looked_at "${looked_at} + 1")
    set(most 500)
    if(file MATCHES "_test[.]cc$")  # read a test at a time
      set(most 700)
    elseif(file MATCHES "[.]h$")
      set(most 250)
    endif()
    file(READ ${root}/${file} text)
    string(REGEX REPLACE "[^\n]" "" text "${text}")
    string(LENGTH "${text}" lines)
    if(lines GREATER most)
      string(APPEND wrong "too long: ${file} has ${lines} lines, ${most} at most\n")
    endif()
  endforeach()
endforeach()

if(looked_at LESS 100)
  message(FATAL_ERROR "only ${looked_at} files were found: this looked in the wrong place")
endif()
if(wrong)
  message(FATAL_ERROR "\n${wrong}")
endif()
message(STATUS "${looked_at} files looked at")

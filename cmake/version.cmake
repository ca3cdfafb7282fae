# What cannot take the version from project() in CMakeLists.txt says the same: images, their lock file, the changelog.
# Checked by the ctest `version`: cmake -P cmake/version.cmake
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(ROOT)  # another tree, to see that this notices
  set(root ${ROOT})
endif()
file(READ ${root}/CMakeLists.txt text)
if(NOT text MATCHES "project[(]iff VERSION ([0-9.]+)")
  message(FATAL_ERROR "CMakeLists.txt names no version: this looked in the wrong place")
endif()
set(version ${CMAKE_MATCH_1})
set(wrong "")

# want(FILE PATTERN): the first thing that PATTERN's group matches in FILE is the version.
function(want file pattern)
  file(READ ${root}/${file} text)
  if(NOT text MATCHES "${pattern}")
    set(wrong "${wrong}${file}: no version where one should be\n" PARENT_SCOPE)
  elseif(NOT CMAKE_MATCH_1 STREQUAL version)
    set(wrong "${wrong}${file}: ${CMAKE_MATCH_1} instead of ${version}\n" PARENT_SCOPE)
  endif()
endfunction()

foreach(name IN ITEMS harness mocks servers)
  want(docker/${name}.Dockerfile "ARG VERSION=([0-9.]+)")
endforeach()
want(docker/images.lock.json "iff/programs:([0-9.]+)")
want(docker/tier "iff/programs:([0-9.]+)")
want(CHANGELOG.md "\n## .([0-9.]+)]")
if(wrong)
  message(FATAL_ERROR "\n${wrong}")
endif()
message(STATUS "everything says ${version}")

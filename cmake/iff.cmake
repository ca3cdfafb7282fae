# Three functions make every target; dependencies are always spelled out.
#   iff_library(NAME net SRCS http.cc DEPS iff::core)          -> target iff_net, alias iff::net
#   iff_test(NAME net_test SRCS http_test.cc DEPS iff::net LABEL unit)
#   iff_bench(NAME jose_bench SRCS token_bench.cc DEPS iff::jose)
#   iff_program(NAME iff-mock-jira SRCS main.cc DEPS iff::mock_jira)
# What ships is compiled with the preset's -O2, tests with -O1: they run once and compile a quarter faster.
include(GoogleTest)

add_library(iff_warnings INTERFACE)
target_compile_options(iff_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # g++ 12 sees overlapping copies and reads out of bounds in its own strings and in empty JSON maps.
  target_compile_options(iff_warnings INTERFACE
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overread -Wno-stringop-overflow)
else()
  # Members that are left to their defaults are meant: options are structs (g++ says nothing of them).
  target_compile_options(iff_warnings INTERFACE -Wno-missing-field-initializers -Wno-missing-designated-field-initializers)
endif()
# A type error then names the JSON pointer it happened at. Not in a release, where each copy of a value would walk its
# children: nobody there reads what a library throws.
target_compile_definitions(iff_warnings INTERFACE $<$<CONFIG:Debug>:JSON_DIAGNOSTICS=1>)
target_include_directories(iff_warnings INTERFACE ${PROJECT_SOURCE_DIR})
set(IFF_JOIN 1 CACHE STRING "how many source files of a target are compiled as one")
if(IFF_JOIN GREATER 1 AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # What is meant for a type of a header that has a member from an anonymous namespace; a joined file is none.
  target_compile_options(iff_warnings INTERFACE -Wno-subobject-linkage)
endif()
if(IFF_SANITIZE)
  target_compile_options(iff_warnings INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
  target_link_options(iff_warnings INTERFACE -fsanitize=address,undefined)
elseif(IFF_SANITIZE_THREAD)
  # Asio's fences are no part of what the sanitizer follows, which the compiler says of each; its locks are.
  target_compile_options(iff_warnings INTERFACE -fsanitize=thread $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(iff_warnings INTERFACE -fsanitize=thread)
endif()
option(IFF_FUZZ "instrument for libFuzzer; needs clang" OFF)
if(IFF_FUZZ)
  # What a sanitizer of undefined behaviour finds has to end the process, or the fuzzer goes on.
  target_compile_options(iff_warnings INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize-recover=all)
endif()

# Two carriers of precompiled headers, one per set of options.
foreach(kind IN ITEMS plain test)
  add_library(iff_precompiled_${kind} OBJECT ${CMAKE_CURRENT_LIST_DIR}/precompiled.cc)
  target_link_libraries(iff_precompiled_${kind} PRIVATE iff_warnings)
  set(header precompiled.h)
  if(kind STREQUAL test)
    set(header precompiled_test.h)
    target_compile_options(iff_precompiled_${kind} PRIVATE $<$<CONFIG:Release>:-O1>)
    target_link_libraries(iff_precompiled_${kind} PRIVATE GTest::gmock)
  endif()
  target_precompile_headers(iff_precompiled_${kind} PRIVATE <cmake/${header}>)  # no absolute path, for ccache
endforeach()

# iff_compile(target [kind]): the options and precompiled headers of its kind.
function(iff_compile target)
  set(kind plain)
  if(ARGC GREATER 1)
    set(kind ${ARGV1})
  endif()
  if(kind STREQUAL test)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  target_precompile_headers(${target} REUSE_FROM iff_precompiled_${kind})
endfunction()

# iff_joined(VARIABLE NAME SOURCES...): the sources to compile in place of SOURCES. With IFF_JOIN above 1 several files
# become one: most of what a small file costs is the same headers' templates made anew, so a build from scratch takes
# less than half the time, for a rebuild of one file that takes a little more. CMake's own unity builds name files by
# absolute path, with which ccache finds nothing from another checkout.
function(iff_joined variable name)
  set(compiled)
  set(part 0)
  set(includes)
  set(in_part 0)
  foreach(source IN LISTS ARGN)
    if(NOT IFF_JOIN GREATER 1 OR IS_ABSOLUTE ${source} OR NOT source MATCHES "\\.cc$")
      list(APPEND compiled ${source})
      continue()
    endif()
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    string(APPEND includes "#include \"${path}\"\n")
    math(EXPR in_part "${in_part} + 1")
    set_source_files_properties(${source} PROPERTIES HEADER_FILE_ONLY ON)
    list(APPEND compiled ${source})
    if(in_part EQUAL IFF_JOIN)
      file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/joined/${name}_${part}.cc CONTENT "${includes}")
      list(APPEND compiled ${CMAKE_CURRENT_BINARY_DIR}/joined/${name}_${part}.cc)
      math(EXPR part "${part} + 1")
      set(includes)
      set(in_part 0)
    endif()
  endforeach()
  if(includes)
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/joined/${name}_${part}.cc CONTENT "${includes}")
    list(APPEND compiled ${CMAKE_CURRENT_BINARY_DIR}/joined/${name}_${part}.cc)
  endif()
  set(${variable} ${compiled} PARENT_SCOPE)
endfunction()

function(iff_library)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS;PRIVATE_DEPS" ${ARGN})
  iff_joined(ARG_SRCS iff_${ARG_NAME} ${ARG_SRCS})
  if(ARG_SRCS)
    add_library(iff_${ARG_NAME} STATIC ${ARG_SRCS})
    target_link_libraries(iff_${ARG_NAME} PUBLIC iff_warnings ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
    iff_compile(iff_${ARG_NAME})
  else()
    add_library(iff_${ARG_NAME} INTERFACE)
    target_link_libraries(iff_${ARG_NAME} INTERFACE iff_warnings ${ARG_DEPS})
  endif()
  add_library(iff::${ARG_NAME} ALIAS iff_${ARG_NAME})
endfunction()

function(iff_program)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  iff_joined(ARG_SRCS ${ARG_NAME} ${ARG_SRCS})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE iff_warnings ${ARG_DEPS})
  iff_compile(${ARG_NAME})
endfunction()

# LABEL says which tier a test belongs to: unit, golden, component, scenario, mutant, library, conformance, bench-smoke.
# FIXTURES names ctest fixtures the tests need; TIMEOUT is in seconds for each test.
function(iff_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL;TIMEOUT" "SRCS;DEPS;FIXTURES" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE iff_warnings ${ARG_DEPS} GTest::gmock_main)
  iff_compile(${ARG_NAME} test)
  gtest_discover_tests(${ARG_NAME}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} FIXTURES_REQUIRED "${ARG_FIXTURES}")
endfunction()

function(iff_bench)
  cmake_parse_arguments(ARG "" "NAME" "SRCS;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SRCS})
  target_link_libraries(${ARG_NAME} PRIVATE iff_warnings ${ARG_DEPS} benchmark::benchmark_main)
  iff_compile(${ARG_NAME})
  add_test(NAME bench-smoke.${ARG_NAME}
    COMMAND ${ARG_NAME} --benchmark_min_time=0.001 --benchmark_repetitions=1)
  set_tests_properties(bench-smoke.${ARG_NAME} PROPERTIES LABELS bench-smoke TIMEOUT 120)
endfunction()

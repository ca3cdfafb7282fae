# Every suite is a test of the tier `scenario`, every family of mutants one or more of the tier `mutant`. They share one
# environment, which the fixture brings up before the first and takes down after the last.
set(resident "IFF_RESIDENT=ctest-${PROJECT_BINARY_DIR}" "IFF_ROOT=${PROJECT_SOURCE_DIR}")
# Scenarios that disturb what all share play one at a time in an environment, whoever asks for them, and wait for most of their
# time. The mutants that are played by them have an environment of their own, so that nobody else waits for them.
set(resident_outages "IFF_RESIDENT=ctest-outages-${PROJECT_BINARY_DIR}" "IFF_ROOT=${PROJECT_SOURCE_DIR}")

add_executable(scenario_tests ${PROJECT_SOURCE_DIR}/scenarios/scenario_test.cc)
target_link_libraries(scenario_tests PRIVATE iff_warnings iff::cli iff::probes GTest::gtest)
add_dependencies(scenario_tests iff-mutant)  # which lists the mutants

# Each suite is one test, each of its scenarios with a verdict of its own: found when ctest starts, as the files say then.
set(suites ${CMAKE_CURRENT_BINARY_DIR}/scenario_suites.cmake)
file(GENERATE OUTPUT ${suites} CONTENT "
if(NOT EXISTS \"$<TARGET_FILE:scenario_tests>\")
  add_test(scenario.NOT_BUILT scenario.NOT_BUILT)
  return()
endif()
execute_process(COMMAND \"$<TARGET_FILE:scenario_tests>\" --gtest_list_tests --gtest_filter=-mutants_*
  WORKING_DIRECTORY \"${PROJECT_SOURCE_DIR}\" OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL \"\n[^ \n]+[.]\n\" suites \"\\n\${listed}\")
foreach(suite IN LISTS suites)
  string(REGEX REPLACE \"[.\n]\" \"\" suite \"\${suite}\")
  add_test(\"scenario.\${suite}\" \"$<TARGET_FILE:scenario_tests>\" \"--gtest_filter=\${suite}.*\")
  set_tests_properties(\"scenario.\${suite}\" PROPERTIES LABELS scenario TIMEOUT 900 FIXTURES_REQUIRED environment
    WORKING_DIRECTORY \"${PROJECT_SOURCE_DIR}\" ENVIRONMENT \"${resident}\")
endforeach()
")
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${suites})

# The mutants of a family are one test, or SHARDS of them, each mutant with a verdict of its own: what a process reads first
# is read once for all. Behind PROCESSORS: the fixture of an environment in place of the common one.
function(add_mutants family shards processors)
  set(fixture environment)
  set(where "${resident}")
  if(ARGN)
    set(fixture environment-${ARGN})
    set(where "${resident_${ARGN}}")
  endif()
  math(EXPR last "${shards} - 1")
  foreach(shard RANGE ${last})
    set(name mutants.${family})
    if(shards GREATER 1)
      set(name mutants.${family}.${shard})
    endif()
    add_test(NAME ${name} COMMAND scenario_tests --gtest_filter=mutants_${family}.* WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS mutant TIMEOUT 1500 PROCESSORS ${processors}
      FIXTURES_REQUIRED "${fixture};mutants"
      ENVIRONMENT "${where};GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()
# Every family of servers/mutants; that none is missing is the test mutants.are_tests.
foreach(family IN ITEMS introspection wire listener limits audit answers leaks offers reuse sse)
  add_mutants(${family} 1 1)
endforeach()
add_mutants(outages 1 1 outages)
# How long somebody waits beside them is what they are caught by, so little goes on beside: the other half of them at most.
add_mutants(shares 2 2)
# What is long first, and what has to follow one another (the tiers `trouble` and `docker`, one test of both at a time) next: meanwhile
# the others fill the processors. A folder that is built anew knows no times of its own.
set_tests_properties(mutants.outages PROPERTIES COST 600)
foreach(family IN ITEMS access credentials keys proofs sessions signatures sql)
  add_mutants(${family} 2 1)
endforeach()
add_mutants(tokens 3 1)
# The longest of them beside the examples (COST 300), not after those.
set_tests_properties(mutants.answers mutants.keys.1 PROPERTIES COST 350)
# One that changes the system brings up an environment beside that one, and so takes its turn with half of the examples.
add_mutants(of_systems 1 1)
set_tests_properties(mutants.of_systems PROPERTIES COST 500 RESOURCE_LOCK examples.1)

# Around the mutants of one run, all or some of them: what it asked for is forgotten, and held against what became of each.
# A fixture's clean-up, so that it comes last, in every run that has a mutant in it, also after one that survived.
set(kept ${PROJECT_BINARY_DIR}/mutants)
add_test(NAME mutants.begin COMMAND ${CMAKE_COMMAND} -E rm -rf ${kept}/asked ${kept}/table.md)
add_test(NAME mutants.table COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/mutants_test.sh table $<TARGET_FILE:iff> ${kept})
set_tests_properties(mutants.begin PROPERTIES FIXTURES_SETUP mutants LABELS mutant TIMEOUT 30)
set_tests_properties(mutants.table PROPERTIES FIXTURES_CLEANUP mutants LABELS mutant TIMEOUT 120 ENVIRONMENT "${resident}")
# A run is complete when it asked for all: here, that all are tests.
add_test(NAME mutants.are_tests
  COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/mutants_test.sh tests ${CMAKE_CTEST_COMMAND} ${PROJECT_BINARY_DIR}
    $<TARGET_FILE:scenario_tests> $<TARGET_FILE:iff-mutant>)
set_tests_properties(mutants.are_tests PROPERTIES LABELS unit TIMEOUT 120 ENVIRONMENT "IFF_ROOT=${PROJECT_SOURCE_DIR}")

# By night each against all its suites: what fails beside the accepted kills is seen there.
add_test(NAME nightly.mutants COMMAND iff mutants --output ${PROJECT_BINARY_DIR}/mutants-by-night.md)
set_tests_properties(nightly.mutants PROPERTIES LABELS nightly TIMEOUT 12000 PROCESSORS 2
  ENVIRONMENT "IFF_RESIDENT=night-${PROJECT_BINARY_DIR};IFF_ROOT=${PROJECT_SOURCE_DIR}")

# An hour and a half without a command ends it, should nothing be left to take it down.
function(add_environment name labels where)
  add_test(NAME ${name}.up COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/up_test.sh up $<TARGET_FILE:iff>)
  add_test(NAME ${name}.down COMMAND iff down)
  set_tests_properties(${name}.up PROPERTIES
    FIXTURES_SETUP ${name} LABELS "${labels}" TIMEOUT 600 COST 700 ENVIRONMENT "${where}")
  set_tests_properties(${name}.down PROPERTIES
    FIXTURES_CLEANUP ${name} LABELS "${labels}" TIMEOUT 120 ENVIRONMENT "${where}")
endfunction()
add_environment(environment "scenario;mutant" "${resident}")
add_environment(environment-outages mutant "${resident_outages}")
# In a new cache the first of all prepares Keycloak, for minutes, while the others would wait for it at a place each.
set_tests_properties(environment.up PROPERTIES DEPENDS environment-outages.up)

add_test(NAME environment.holds_nothing COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/up_test.sh look $<TARGET_FILE:iff>)
set_tests_properties(environment.holds_nothing PROPERTIES
  LABELS scenario TIMEOUT 30 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# The stage of a failure, kept at a prompt; and a prompt for programs.
add_test(NAME keep.prompt COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/keep_test.sh $<TARGET_FILE:iff>)
set_tests_properties(keep.prompt PROPERTIES
  LABELS scenario TIMEOUT 200 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# Of commands with an environment and without one.
add_test(NAME errors.apart COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/errors_test.sh $<TARGET_FILE:iff>)
set_tests_properties(errors.apart PROPERTIES
  LABELS scenario TIMEOUT 200 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

add_test(NAME stress.seed COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/stress_test.sh $<TARGET_FILE:iff>)
set_tests_properties(stress.seed PROPERTIES
  LABELS scenario TIMEOUT 400 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# What a broken server is found to be by bent requests and tokens, and a good one not.
add_test(NAME fuzz.finds COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/fuzz_test.sh $<TARGET_FILE:iff>)
set_tests_properties(fuzz.finds PROPERTIES
  LABELS mutant TIMEOUT 400 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# Races that were put in: found, found again from their seed, and again from what was written down.
add_test(NAME noninterference.finds COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/races_test.sh $<TARGET_FILE:iff>)
set_tests_properties(noninterference.finds PROPERTIES
  LABELS mutant TIMEOUT 900 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# Servers as they should be: rounds of four scenarios drawn by lot, in another order and with another number side by side
# each time; whatever does not pass is a false alarm. By day four rounds, by night a thousand, and the clean examples
# as well.
add_test(NAME nightly.false_alarms COMMAND ${PROJECT_SOURCE_DIR}/scenarios/false_alarms.sh --rounds 1000)
set_tests_properties(nightly.false_alarms PROPERTIES LABELS nightly TIMEOUT 20000 PROCESSORS 2)
add_test(NAME stress.clean COMMAND iff stress --rounds 4 --take 4)
set_tests_properties(stress.clean PROPERTIES
  LABELS scenario TIMEOUT 1200 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# The page of a real run in a real browser.
add_test(NAME browser.real
  COMMAND sh ${PROJECT_SOURCE_DIR}/reports/browser/real.sh $<TARGET_FILE:iff> ${PROJECT_BINARY_DIR}/reports/browser/real)
set_tests_properties(browser.real PROPERTIES
  LABELS browser TIMEOUT 600 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

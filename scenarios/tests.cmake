# Every scenario is a test of the tier `scenario`, every mutant one of the tier `mutant`. They share one
# environment, which the fixture brings up before the first and takes down after the last.
set(resident "IFF_RESIDENT=ctest-${PROJECT_BINARY_DIR}" "IFF_ROOT=${PROJECT_SOURCE_DIR}")

add_executable(scenario_tests ${PROJECT_SOURCE_DIR}/scenarios/scenario_test.cc)
target_link_libraries(scenario_tests PRIVATE iff_warnings iff::cli iff::probes GTest::gtest)
# A mutant of the system brings up an environment beside that one, which takes both processors: whatever is timed has
# to wait meanwhile.
set(of_systems)
file(GLOB readmes CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/servers/mutants/*/README.md)
foreach(readme IN LISTS readmes)
  file(STRINGS ${readme} system REGEX "^System:")
  if(system)
    get_filename_component(name ${readme} DIRECTORY)
    get_filename_component(name ${name} NAME)
    string(REPLACE "-" "_" name ${name})
    list(APPEND of_systems "mutants.${name}")
  endif()
endforeach()
list(JOIN of_systems ":" of_systems)

# discover(LIST FILTER TIER PROCESSORS)
function(discover list filter tier processors)
  gtest_discover_tests(scenario_tests
    TEST_FILTER "${filter}"
    TEST_LIST ${list}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES LABELS ${tier} TIMEOUT 600 PROCESSORS ${processors} FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")
endfunction()
discover(scenario_list "-mutants.*" scenario 1)
discover(mutant_list "mutants.*-${of_systems}" mutant 1)
discover(system_mutant_list "${of_systems}" mutant 2)

# Around the mutants of one run, all or some of them: what it asked for is forgotten, and held against what became of each.
# A fixture's clean-up, so that it comes last, in every run that has a mutant in it, also after one that survived.
set(kept ${PROJECT_BINARY_DIR}/mutants)
add_test(NAME mutants.begin COMMAND ${CMAKE_COMMAND} -E rm -rf ${kept}/asked ${kept}/table.md)
add_test(NAME mutants.table COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/mutants_test.sh table $<TARGET_FILE:iff> ${kept})
# What is discovered takes no list for a property; ctest reads this after it.
file(WRITE ${PROJECT_BINARY_DIR}/mutants_fixture.cmake
  "if(mutant_list)\n  set_tests_properties(\${mutant_list} \${system_mutant_list} PROPERTIES FIXTURES_REQUIRED \"environment;mutants\")\nendif()\n")
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY TEST_INCLUDE_FILES ${PROJECT_BINARY_DIR}/mutants_fixture.cmake)
set_tests_properties(mutants.begin PROPERTIES FIXTURES_SETUP mutants LABELS mutant TIMEOUT 30)
set_tests_properties(mutants.table PROPERTIES FIXTURES_CLEANUP mutants LABELS mutant TIMEOUT 120 ENVIRONMENT "${resident}")
# A run is complete when it asked for all: here, that all are tests.
add_test(NAME mutants.are_tests
  COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/mutants_test.sh tests ${CMAKE_CTEST_COMMAND} ${PROJECT_BINARY_DIR})
set_tests_properties(mutants.are_tests PROPERTIES LABELS unit TIMEOUT 120 ENVIRONMENT "IFF_ROOT=${PROJECT_SOURCE_DIR}")

# A quarter of an hour without a command ends it, should nobody be left to take it down.
add_test(NAME environment.up COMMAND bash ${PROJECT_SOURCE_DIR}/harness/cli/up_test.sh up $<TARGET_FILE:iff>)
add_test(NAME environment.down COMMAND iff down)
set_tests_properties(environment.up PROPERTIES
  FIXTURES_SETUP environment LABELS "scenario;mutant" TIMEOUT 600 ENVIRONMENT "${resident}")
set_tests_properties(environment.down PROPERTIES
  FIXTURES_CLEANUP environment LABELS "scenario;mutant" TIMEOUT 120 ENVIRONMENT "${resident}")

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
# each time; whatever does not pass is a false alarm. By day fifteen rounds, by night a thousand, and the clean examples
# as well.
add_test(NAME nightly.false_alarms COMMAND ${PROJECT_SOURCE_DIR}/scenarios/false_alarms.sh --rounds 1000)
set_tests_properties(nightly.false_alarms PROPERTIES LABELS nightly TIMEOUT 20000 PROCESSORS 2)
add_test(NAME stress.clean COMMAND iff stress --rounds 15 --take 4)
set_tests_properties(stress.clean PROPERTIES
  LABELS scenario TIMEOUT 1200 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# The page of a real run in a real browser.
add_test(NAME browser.real
  COMMAND sh ${PROJECT_SOURCE_DIR}/reports/browser/real.sh $<TARGET_FILE:iff> ${PROJECT_BINARY_DIR}/reports/browser/real)
set_tests_properties(browser.real PROPERTIES
  LABELS browser TIMEOUT 600 FIXTURES_REQUIRED environment ENVIRONMENT "${resident}")

# What each folder may include, checked by the ctest `layering`: cmake -P cmake/layers.cmake
# ARCHITECTURE.md has the same lines, which is checked too; to write them there: cmake -DWRITE=1 -P cmake/layers.cmake
# Each line: who (a regular expression over the file's path) | whom (over the included path). The first line
# that fits a file decides. A file's own folder is allowed too, unless its line names files (ends in [.]).
set(engine "core|net|jose|identity|launch|mcp|environment|steps|conditions|scenario|run")
set(edges
  "harness/core/         | harness/core/"
  "harness/net/          | harness/(core|net)/"
  "harness/jose/         | harness/(core|jose)/"
  "harness/identity/     | harness/(core|jose|identity)/"
  "harness/launch/       | harness/(core|net|launch)/"
  "harness/container/    | harness/(core|net|launch|container)/"
  "harness/mcp/          | harness/(core|net|mcp)/"
  "harness/environment/  | harness/(core|net|jose|identity|launch|mcp|environment)/"
  # A step word is read from files alone; the part that plays it belongs to the engine.
  "harness/steps/[a-z_]+_play[.]cc | harness/(${engine})/"
  "harness/steps/        | harness/(core|steps)/|harness/environment/protocol[.]h"
  # So is a condition; the part that judges it sees values alone, and says where it applies.
  "harness/conditions/[a-z_]+_judge[.]cc | harness/(core|conditions)/|harness/run/(applies|judging|challenge|phrases)[.]h"
  "harness/conditions/[a-z_]+_test[.]cc | harness/(core|steps|conditions)/|harness/run/[a-z_]+[.]h"
  "harness/conditions/   | harness/(core|steps|conditions)/"
  # Its test asks those who know the words a file may use.
  "harness/scenario/[a-z_]+_test[.]cc | harness/(core|jose|identity|environment|steps|conditions|scenario)/|scenarios/probes/probes[.]h|harness/run/(attacks|tamper/tamper|texts|wrong_certificates)[.]h"
  "harness/scenario/     | harness/(core|steps|conditions|scenario)/|harness/identity/[a-z]+[.]h"
  # Whoever judges sees values alone; whoever reports sees results alone and cannot judge.
  "harness/run/(judge|judging|challenge|phrases)[.] | harness/(core|steps|conditions|scenario)/|harness/(environment/capabilities|identity/[a-z]+)[.]h|harness/mcp/protocol[.]h|harness/run/(judge|judging|challenge|phrases|observation|downstream|result|trace)[.]h"
  "harness/run/observation[.] | harness/mcp/protocol[.]h|harness/run/downstream[.]h"
  "harness/run/(result|result_json|result_text|standing|trace|downstream)[.] | harness/core/|harness/scenario/claim[.]h|harness/run/(result|result_text|standing|claims|cause|trace|downstream)[.]h"
  "harness/run/          | harness/(${engine})/"
  # Whoever gathers causes sees results and what was approved.
  "harness/causes/       | harness/(core|causes)/|harness/run/(result|cause)[.]h"
  # Whoever compares sees what was recorded, and no server.
  "harness/replay/[a-z_]+_test[.]cc | harness/(${engine})/"
  "harness/replay/(player|judge_stored)[.] | harness/(core|scenario|run|session|publish|replay)/"
  "harness/replay/       | harness/(core|steps|conditions|scenario|replay)/|harness/run/(result|trace|downstream|recording|observation|judge|evidence|diagnosis|phrases)[.]h"
  "harness/session/[a-z_]+_test[.]cc | harness/(${engine}|container|session)/|scenarios/probes/probes[.]h"
  "harness/session/      | harness/(${engine}|container|session)/"
  "harness/publish/[a-z_]+_test[.]cc | harness/(core|net|run|session|publish)/|reports/"
  "harness/publish/      | harness/(core|net|scenario|publish)/|harness/run/(result|result_merge|evidence|recording|texts)[.]h|reports/"
  "harness/prove/[a-z_]+_test[.]cc | harness/(core|scenario|run|causes|session|prove)/|scenarios/probes/probes[.]h"
  "harness/prove/        | harness/(core|jose|launch|scenario|run|causes|session|publish|replay|prove)/"
  "harness/discover/     | harness/(${engine}|discover)/"
  # Fuzzers reach every reader of foreign bytes; nothing includes them.
  "harness/fuzz/         | harness/(${engine}|fuzz)/"
  # The commands: they alone print. Their tests ask the probes there are.
  "harness/cli/[a-z_]+_test[.]cc | harness/|reports/|scenarios/probes/"
  "harness/cli/          | harness/|reports/|bench/command/"
  # The program: its list of drivers alone names products.
  "systems/(main|plan_test)[.]cc | harness/|scenarios/probes/|bench/latency/|systems/"
  "systems/              | harness/|fixtures/|mocks/|systems/"
  "reports/              | harness/core/|harness/run/(result|result_text|standing|claims|cause|trace|downstream)[.]h|reports/"
  # A fixture never includes another one; what they share about prepared state lies in one place.
  "fixtures/[a-z_]+[.]   | fixtures/"
  "fixtures/[a-z_]+/     | harness/(core|net|jose|identity|launch|environment)/|fixtures/prepared/"
  "mocks/                | harness/(core|net|jose|identity|launch|environment)/|mocks/[a-z_]+[.]h"
  "servers/[a-z]+/[a-z_]+_test[.]cc | harness/(core|net|jose)/|servers/"
  "servers/testing/      | harness/(core|net|jose)/|servers/(settings|guard|mcp|credentials|http)/"
  "servers/settings/     | harness/(core|net)/"
  "servers/guard/        | harness/(core|net|jose)/"
  # The protocol stands on what of HTTP is nobody's server yet.
  "servers/mcp/          | harness/(core|net|jose)/|servers/guard/|servers/http/(channel|http_rules|request_check)[.]h"
  "servers/http/(channel|http_rules|request_check)[.] | harness/(core|net)/|servers/guard/|servers/mcp/json_rpc[.]h|servers/http/(channel|http_rules|request_check)[.]h"
  "servers/credentials/  | harness/(core|net|jose)/|servers/(settings|guard|mcp)/"
  "servers/http/         | harness/(core|net|jose)/|servers/(settings|guard|mcp|credentials)/"
  "servers/mutants/      | harness/(core|net|jose)/|harness/mcp/protocol[.]h|servers/"
  "servers/              | harness/(core|net|jose)/|servers/(settings|guard|mcp|credentials|http)/"
  "scenarios/probes/     | harness/(${engine})/"
  "scenarios/            | harness/|fixtures/|mocks/|scenarios/probes/"
  "bench/(micro/(guard|json_rpc)_bench|load/warm_stack)[.] | harness/(core|net|jose|launch|mcp)/|servers/(settings|http|mcp|guard|credentials|testing)/|bench/"
  "bench/command/        | harness/|reports/|bench/"
  "bench/                | harness/|fixtures/|mocks/|scenarios/probes/|bench/"
)

get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(ROOT)  # another tree, to see that this notices
  set(root ${ROOT})
endif()
execute_process(
  COMMAND grep -rnE --include=*.h --include=*.cc "^[[:space:]]*#[[:space:]]*include[[:space:]]+\""
          harness fixtures mocks servers reports scenarios bench
  WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
string(REPLACE ";" "" found "${found}")
string(REPLACE "\n" ";" found "${found}")

set(looked_at 0)
set(wrong "")
foreach(line IN LISTS found)
  if(NOT line MATCHES "^([^:]+):([0-9]+):[^\"]*\"([^\"]+)\"")
    continue()
  endif()
  set(file ${CMAKE_MATCH_1})
  set(number ${CMAKE_MATCH_2})
  set(included ${CMAKE_MATCH_3})
  math(EXPR looked_at "${looked_at} + 1")
  if(NOT EXISTS ${root}/${included})
    string(APPEND wrong "${file}:${number}: \"${included}\" is no path from the root\n")
    continue()
  endif()
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(other ${included} DIRECTORY)
  set(allowed FALSE)
  foreach(edge IN LISTS edges)
    string(REGEX MATCH "^([^ ]+) +[|] (.+)$" fits "${edge}")
    set(who "${CMAKE_MATCH_1}")
    set(whom "${CMAKE_MATCH_2}")
    if(file MATCHES "^${who}")
      if(included MATCHES "^(${whom})" OR (folder STREQUAL other AND NOT who MATCHES "[]]$"))
        set(allowed TRUE)
      endif()
      break()
    endif()
  endforeach()
  if(NOT allowed)
    string(APPEND wrong "${file}:${number}: may not include ${included}\n")
  endif()
endforeach()

# The lines as ARCHITECTURE.md has them.
set(table "```text\n")
foreach(edge IN LISTS edges)
  string(REGEX MATCH "^([^ ]+) +[|] (.+)$" fits "${edge}")
  set(who "${CMAKE_MATCH_1}")
  set(whom "${CMAKE_MATCH_2}")
  string(LENGTH "${who}" length)
  while(length LESS 34)
    string(APPEND who " ")
    math(EXPR length "${length} + 1")
  endwhile()
  string(APPEND table "${who} ${whom}\n")
endforeach()
string(APPEND table "```\n")
if(EXISTS ${root}/ARCHITECTURE.md)
  file(READ ${root}/ARCHITECTURE.md text)
  string(FIND "${text}" "<!-- layers: begin -->\n" begin)
  string(FIND "${text}" "<!-- layers: end -->" end)
  if(begin LESS 0 OR end LESS begin)
    message(FATAL_ERROR "ARCHITECTURE.md has no lines '<!-- layers: begin -->' and '<!-- layers: end -->'")
  endif()
  math(EXPR begin "${begin} + 23")
  string(SUBSTRING "${text}" 0 ${begin} before)
  string(SUBSTRING "${text}" ${end} -1 after)
  if(NOT text STREQUAL "${before}${table}${after}")
    if(WRITE)
      file(WRITE ${root}/ARCHITECTURE.md "${before}${table}${after}")
    else()
      string(APPEND wrong "ARCHITECTURE.md says otherwise: cmake -DWRITE=1 -P cmake/layers.cmake\n")
    endif()
  endif()
endif()

if(looked_at LESS 100)
  message(FATAL_ERROR "only ${looked_at} includes were found: this looked in the wrong place")
endif()
if(wrong)
  message(FATAL_ERROR "\n${wrong}cmake/layers.cmake says who may include whom")
endif()
message(STATUS "${looked_at} includes, none against the layers")

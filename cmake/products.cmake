# The engine names no product and no persona: what belongs to one is its driver's, and systems/shipped.cc alone
# names drivers. Comments may give examples; tests may name what they like. Checked by the ctest `products`:
#   cmake -P cmake/products.cmake
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(ROOT)  # another tree, to see that this notices
  set(root ${ROOT})
endif()
set(names "alice|bob")
file(GLOB folders RELATIVE ${root} ${root}/fixtures/*/CMakeLists.txt ${root}/mocks/*/main.cc)
foreach(folder IN LISTS folders)
  get_filename_component(folder ${folder} DIRECTORY)
  get_filename_component(product ${folder} NAME)
  string(APPEND names "|${product}")
endforeach()
# These are no products.
string(REGEX REPLACE "[|](issuer|prepared)" "" names "${names}")
# Tables that still have to move to drivers: forms of tokens, header fields an attacker sends, the name of the default
# token profile. No file is added here.
set(still "harness/core/secret_shapes[.]cc|harness/run/tamper/fields[.]cc|harness/jose/profile[.]h")
set(tests "_test[.]cc$|_testing[.](h|cc)$|^harness/fuzz/|realm_fixture[.]h$|hostile_texts[.]h$")

file(GLOB_RECURSE files RELATIVE ${root} ${root}/harness/*.h ${root}/harness/*.cc)
list(FILTER files EXCLUDE REGEX "${tests}|^(${still})$")
list(LENGTH files looked_at)
execute_process(COMMAND grep -HniE "${names}" ${files} WORKING_DIRECTORY ${root} OUTPUT_VARIABLE found)
string(REGEX REPLACE "[][;]" "_" found "${found}")
string(REPLACE "\n" ";" found "${found}")
set(wrong "")
foreach(line IN LISTS found)
  if(NOT line MATCHES "^[^:]+:[0-9]+:(.*)$")
    continue()
  endif()
  set(code "${CMAKE_MATCH_1}")
  # What stands behind `// ` at the begin of a line or after a blank is a comment.
  string(REGEX REPLACE "^//.*$" "" code "${code}")
  string(REGEX REPLACE "[ ]//.*$" "" code "${code}")
  string(TOLOWER "${code}" code)
  if(code MATCHES "${names}")
    string(APPEND wrong "${line}\n")
  endif()
endforeach()
if(looked_at LESS 100)
  message(FATAL_ERROR "only ${looked_at} files were found: this looked in the wrong place")
endif()
if(wrong)
  message(FATAL_ERROR "\n${wrong}the engine names a product or a persona: declare it in the driver, or take it from the system")
endif()
message(STATUS "${looked_at} files, no product named")

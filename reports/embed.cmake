# Run as a script at build time: writes ${OUT}, which defines every file of ${FILES} as bytes.
#   const std::string_view kReportCss = ...   from report.css
set(text "// Made by reports/embed.cmake.\n#include \"reports/page.h\"\n\nnamespace iff {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "[^a-z]" ";" words ${name})
  set(constant k)
  foreach(word IN LISTS words)
    string(SUBSTRING ${word} 0 1 first)
    string(SUBSTRING ${word} 1 -1 rest)
    string(TOUPPER ${first} first)
    string(APPEND constant ${first}${rest})
  endforeach()
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(REGEX REPLACE "(...................................................................................................),"
         "\\1,\n" bytes "${bytes}")
  string(APPEND text "namespace {\nconstexpr char ${constant}Bytes[] = {${bytes}};\n}  // namespace\n"
                     "const std::string_view ${constant}(${constant}Bytes, sizeof ${constant}Bytes);\n")
endforeach()
string(APPEND text "}  // namespace iff\n")
file(WRITE ${OUT} "${text}")

#include "reports/html.h"

namespace iff {

void WriteHtml(const RunResult& run, std::ostream& out) {
  std::string text = Dump(ToJson(run));
  for (size_t at = text.find("</"); at != std::string::npos; at = text.find("</", at)) text.replace(at, 2, "<\\/");
  out << "<!doctype html><meta charset=utf-8><title>iff</title><script type=\"application/json\" id=\"result\">"
      << text << "</script>\n";
}

}  // namespace iff

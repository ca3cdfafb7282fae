// Writes the pages that the browser tests open: iff-sample-report FOLDER
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "reports/forms.h"
#include "reports/sample.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: iff-sample-report FOLDER\n", stderr);
    return 64;
  }
  const std::pair<const char*, iff::RunResult> samples[] = {{"every-kind", iff::EveryKind()},
                                                            {"all-green", iff::AllGreen()},
                                                            {"hostile", iff::Hostile()},
                                                            {"large", iff::Large(1'000, 5)}};
  for (const auto& [name, run] : samples) {
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / name;
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    for (const char* form : {"json", "html"}) {
      std::ofstream out(folder / iff::FindForm(form)->file, std::ios::binary);
      iff::FindForm(form)->write(run, out);
      out.close();
      if (!out) {
        std::fprintf(stderr, "could not write into %s\n", folder.c_str());
        return 2;
      }
    }
  }
  return 0;
}

#include "harness/session/core_files.h"

#include <filesystem>

namespace iff {

namespace fs = std::filesystem;

std::vector<std::string> CoreFiles(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    std::error_code problem;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry(folder, options, problem), end; !problem && entry != end;
         entry.increment(problem)) {
      const std::string name = entry->path().filename().string();
      std::error_code gone;
      if ((name == "core" || name.starts_with("core.")) && entry->is_regular_file(gone))
        files.push_back(entry->path().string());
    }
  }
  return files;
}

}  // namespace iff

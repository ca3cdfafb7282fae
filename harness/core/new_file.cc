#include "harness/core/new_file.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>

namespace iff {
namespace {

namespace fs = std::filesystem;

// A name nobody else can know beforehand.
Result<std::string> NameBeside(const std::string& path) {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
    return SystemError("write " + path + ": draw a random number", errno);
  char digits[24];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return path + ".unfinished-" + digits;
}

// 0, or what went wrong.
int WriteNew(const std::string& path, std::string_view text, unsigned mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (file < 0) return errno;
  int problem = 0;
  while (!text.empty() && problem == 0) {
    const ssize_t size = write(file, text.data(), text.size());
    if (size >= 0) text.remove_prefix(static_cast<size_t>(size));
    if (size < 0 && errno != EINTR) problem = errno;
  }
  if (close(file) != 0 && problem == 0) problem = errno;
  return problem;
}

}  // namespace

Result<void> ReplaceFile(const std::string& path, std::string_view text, unsigned mode) {
  const std::string beside = TRY(NameBeside(path));
  int problem = WriteNew(beside, text, mode);
  if (problem == EEXIST || problem == ELOOP) return SystemError("write " + path, problem);  // not ours to remove
  if (problem == 0 && rename(beside.c_str(), path.c_str()) != 0) problem = errno;
  if (problem == 0) return {};
  (void)unlink(beside.c_str());
  return SystemError("write " + path, problem);
}

Result<std::string> NewFolderBeside(const std::string& path) {
  std::string made = TRY(NameBeside(path));
  std::error_code problem;
  fs::create_directories(fs::path(made).parent_path(), problem);
  if (problem) return SystemError("make " + made, problem.value());
  if (mkdir(made.c_str(), 0777) != 0) return SystemError("make " + made, errno);
  return made;
}

}  // namespace iff

// Files that appear whole or not at all, made where others may have laid links in the way.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace iff {

// `path` holds `text` afterwards, or what it held before: it is written under a random name beside it, which must be
// new and no link, and renamed. A link at `path` itself is replaced. `mode` is less the umask. kSystem: "write
// <path>..."
Result<void> ReplaceFile(const std::string& path, std::string_view text, unsigned mode = 0666);

// Makes a new, empty folder with a random name beside `path`, as `path`.unfinished-<16 digits>, and the folders above
// it where they are missing. kSystem: "make <path>..."
Result<std::string> NewFolderBeside(const std::string& path);

}  // namespace iff

// The version of this project, from the project() line of CMakeLists.txt: the only place that is changed for a release.
#pragma once

namespace iff {

extern const char* const kVersion;  // "0.2.0"

}  // namespace iff

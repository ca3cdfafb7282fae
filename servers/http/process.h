// What a server's process does for the tokens that pass through it.
#pragma once

namespace iff {

// No core file, no debugger of the same user.
void ProtectMemory();

}  // namespace iff

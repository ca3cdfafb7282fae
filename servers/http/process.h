// What a server's process does for the tokens that pass through it, and for whoever connects.
#pragma once

#include <cstddef>

namespace iff {

// No core file, no debugger of the same user.
void ProtectMemory();

// As many open files as the account may have, in place of the 1,024 that most start with.
void RaiseDescriptorLimit();
// How many connections may be accepted: `most`, or half of the descriptors where they are fewer. The others are for
// peers, the database, files.
size_t ConnectionsWithin(size_t descriptors, size_t most);
// How many files this process may have open now.
size_t DescriptorLimit();

}  // namespace iff

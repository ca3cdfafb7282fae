// One program for all targets; IFF_FUZZ_TARGET names the one to run.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "harness/fuzz/targets.h"

namespace {
const iff::FuzzTarget* chosen = nullptr;
}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  const char* name = std::getenv("IFF_FUZZ_TARGET");
  for (const iff::FuzzTarget& target : iff::FuzzTargets()) {
    if (name != nullptr && target.name == name) chosen = &target;
  }
  if (chosen != nullptr) return 0;
  std::fputs("IFF_FUZZ_TARGET must be one of:", stderr);
  for (const iff::FuzzTarget& target : iff::FuzzTargets()) std::fprintf(stderr, " %s", target.name.data());
  std::fputs("\n", stderr);
  std::exit(64);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  chosen->run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}

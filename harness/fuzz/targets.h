// What reads bytes of others, each as a function for a fuzzer: it must return, within its bounds, whatever it is given.
// A property that does not hold ends the process (Invariant). libfuzzer.cc drives them with clang's libFuzzer,
// corpus_test.cc with the seed corpus alone, in every build.
#pragma once

#include <string_view>
#include <vector>

namespace iff {

struct FuzzTarget {
  std::string_view name = {};  // its seeds lie in corpus/<name>/
  void (*run)(std::string_view bytes) = nullptr;
};
const std::vector<FuzzTarget>& FuzzTargets();

}  // namespace iff

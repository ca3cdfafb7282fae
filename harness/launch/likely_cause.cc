#include "harness/launch/likely_cause.h"

#include <algorithm>

namespace iff {
namespace {

struct Symptom {
  std::string_view text = {};  // lower case
  std::string_view cause = {};
};

// The more telling first: a full disk, for one, makes other things fail as well.
constexpr Symptom kSymptoms[] = {
    {"no space left on device", "the disk is full: free some space, or point TMPDIR elsewhere"},
    {"disk quota exceeded", "the disk quota is used up: free some space, or point TMPDIR elsewhere"},
    {"address already in use", "something else listens on its port: end it, or a run that is gone left it behind"},
    {"out of memory, its limit is", "it wants more memory than its container may have"},
    {"outofmemoryerror", "it ran out of memory: give it a larger heap, or end other programs"},
    {"out of memory", "it ran out of memory: end other programs"},
    {"cannot allocate memory", "it ran out of memory: end other programs"},
    {"too many open files", "the limit of open files is too low: raise it with ulimit -n"},
    {"cannot be run as root", "it refuses to run as root: give it an account of its own"},
    {"execution of the server by the \"root\" user is not permitted",
     "it refuses to run as root: give it an account of its own"},
    {"error while loading shared libraries", "a library it needs is not installed"},
    {"unsupportedclassversionerror", "the Java found is older than the one it was built for"},
    {"exec format error", "the program was built for another kind of machine"},
    {"permission denied", "the account it runs as may not use a file or directory it needs"},
    {"operation not permitted", "the account it runs as lacks a right it needs"},
    {"connection refused", "something it needs does not listen yet, or no more"},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool Contains(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return Lower(a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

}  // namespace

std::string_view LikelyCause(std::string_view log_tail) {
  for (const Symptom& symptom : kSymptoms) {
    if (Contains(log_tail, symptom.text)) return symptom.cause;
  }
  return "";
}

}  // namespace iff

// Takes values out of a scenario file, with what the steps before have named: the readers of steps and conditions are
// handed one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/core/yaml.h"
#include "harness/steps/vocabulary.h"

namespace iff {

struct StepWord;

class StepReader : public YamlReader {
 public:
  // Both outlive the reader.
  StepReader(const YamlFile& file, const Vocabulary& vocabulary)
      : YamlReader(file, {{"subjects", "principals"}}), vocabulary_(vocabulary) {}

  const Vocabulary& vocabulary() const { return vocabulary_; }
  static std::vector<std::string> List(const std::set<std::string>& names) { return {names.begin(), names.end()}; }

  // Anything but what the word's schema has is a mistake.
  void OnlyMembersOf(const StepWord& word, const std::string& at);

  // A persona this scenario gave; using another one later is a mistake in the file, not a failure of a server.
  std::string Persona(const std::string& at, bool required = true) { return OneOf(at, List(personas), required); }
  std::vector<std::string> Personas(const std::string& at);
  std::string CredentialName(const std::string& at, bool required = true) {
    return OneOf(at, List(credentials), required);
  }
  std::string NewCredential(const std::string& at);
  // What a role stands for, where the target that is read for has it.
  std::string ComponentName(const std::string& at);
  // A role resolved; any other text as it is.
  std::string Meant(const std::string& component);
  // One number, or a list of them.
  std::vector<int64_t> Numbers(const std::string& at);
  // A mistake at `at` where the scenario has no TLS.
  void WantCertificates(const std::string& at);

  // The target that `at` names, one of those beside; "": the scenario's own.
  std::string TargetBeside(const std::string& at);

  // What the file has named up to here.
  std::vector<std::string> beside = {};  // targets
  std::set<std::string> personas = {};
  std::set<std::string> credentials = {};
  std::set<std::string> bound = {};  // of those, to a key
  std::set<std::string> labels = {};
  std::set<std::string> captured = {};
  bool tls = false;

 protected:
  std::string facing_ = {};  // the target that the step is read for; "": for none yet
  bool says_roles_ = false;  // what is read depends on that target

 private:
  const Vocabulary& vocabulary_;
};

}  // namespace iff

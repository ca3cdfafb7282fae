#include "harness/steps/reader.h"

#include <algorithm>

#include "harness/steps/registry.h"

namespace iff {

void StepReader::OnlyMembersOf(const StepWord& word, const std::string& at) { Members(at, MembersOf(word)); }

std::vector<std::string> StepReader::Personas(const std::string& at) {
  const std::vector<std::string> named = Texts(at);
  for (const std::string& persona : named) {
    if (!personas.contains(persona)) {
      Mistake(at, "'" + persona + "' is not among this scenario's principals" + DidYouMean(persona, List(personas)));
    }
  }
  return named;
}

std::string StepReader::NewCredential(const std::string& at) {
  std::string name = Text(at, true);
  if (!name.empty()) credentials.insert(name);
  return name;
}

std::string StepReader::ComponentName(const std::string& at) {
  std::vector<std::string> known;
  for (const auto& [name, protocol] : vocabulary_.components) known.push_back(name);
  known.insert(known.end(), kRoles.begin(), kRoles.end());
  return Meant(OneOf(at, known));
}

std::string StepReader::Meant(const std::string& component) {
  if (!IsRole(component)) return component;
  says_roles_ = true;
  const auto target = vocabulary_.roles.find(facing_);
  if (target == vocabulary_.roles.end()) return component;
  const auto found = target->second.find(component);
  return found == target->second.end() ? component : found->second;
}

std::string StepReader::TargetBeside(const std::string& at) {
  if (!Has(at)) return "";
  std::string name = Text(at, true);
  if (name.empty()) return "";
  if (std::find(beside.begin(), beside.end(), name) != beside.end()) return name;
  if (beside.empty()) {
    Mistake(at, "no other target stands beside this scenario's: 'beside' names those that do");
  } else if (vocabulary_.targets.contains(name)) {
    Mistake(at, "'" + name + "' is not among the targets under 'beside'" + DidYouMean(name, beside));
  } else {
    Mistake(at, "unknown target '" + name + "'" + DidYouMean(name, beside));
  }
  return "";
}

std::vector<int64_t> StepReader::Numbers(const std::string& at) {
  std::vector<int64_t> numbers;
  if (const Json* value = Get(at); value != nullptr && value->is_array()) {
    for (const std::string& item : Items(at)) numbers.push_back(Number(item).value_or(0));
  } else {
    numbers.push_back(Number(at).value_or(0));
  }
  return numbers;
}

void StepReader::WantCertificates(const std::string& at) {
  if (!tls) Mistake(at, "nothing here is on https, and nobody has a certificate: want 'tls: true' under 'given'");
}

}  // namespace iff

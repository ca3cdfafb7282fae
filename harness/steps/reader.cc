#include "harness/steps/reader.h"

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
  return OneOf(at, known);
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
  if (!tls) Mistake(at, "nobody has a certificate here: want 'tls: true' under 'given'");
}

}  // namespace iff

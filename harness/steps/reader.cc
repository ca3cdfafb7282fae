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

void StepReader::WantCertificates(const std::string& at) {
  if (!tls) Mistake(at, "nobody has a certificate here: want 'tls: true' under 'given'");
}

}  // namespace iff

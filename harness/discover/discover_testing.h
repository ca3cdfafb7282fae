// Hints as drivers give them, and personas as suites do, without either. For tests only.
#pragma once

#include <string>
#include <vector>

#include "harness/discover/project_file.h"

namespace iff {

inline InitHints LaterHints(const std::string& component, const std::string& word, bool needs_issuer, bool by_address) {
  return {.component = component,
          .needs_issuer = needs_issuer,
          .words = {word},
          .by_address = by_address,
          .value = [component, word](const std::string& variable) -> std::optional<std::string> {
            if (variable.find(word) == std::string::npos) return {};
            if (variable.ends_with("_ROLE")) return "user";
            return variable.ends_with("_TOKEN") ? "" : "${" + component + ".address}";
          },
          .block =
              [component](const InitQuestion& question, YamlPage& page) {
                page << "#:  " << YamlPage::Key(component)
                     << ":\n#:    driver: " << YamlPage::Value(component + " at " + question.issuer) << "\n";
              }};
}

inline std::vector<InitHints> HintsOfDrivers() {
  InitHints issuer{.component = "keycloak", .issuer = true};
  issuer.block = [](const InitQuestion& question, YamlPage& page) {
    page << "  keycloak:\n    driver: keycloak\n    options:\n      clients:\n        - people\n";
    question.more_clients(page);
    page << "      scopes:" << YamlPage::Comment(question.scopes_guessed ? "GUESS: the server names none" : "told");
    for (const std::string& scope : question.scopes) page << "        - " << YamlPage::Value(scope) << "\n";
  };
  std::vector<InitHints> all = {issuer, LaterHints("vault", "VAULT", true, false),
                                LaterHints("postgres", "DATABASE", false, false),
                                LaterHints("jira", "JIRA", false, true), LaterHints("github", "GITHUB", false, true)};
  all[1].clients = [](const std::string& of, YamlPage& page) {
    page << "#:        - vault\n        " << YamlPage::Comment("reads its secret from ${" + of + ".secret}");
  };
  return all;
}

inline std::vector<PersonSpec> PeopleOfSuites() {
  return {{.persona = "alice", .groups = {"user"}, .holds = {"things"}},
          {.persona = "bob", .groups = {"user"}, .holds = {"things"}}};
}

}  // namespace iff

#include "scenarios/probes/belongings.h"

#include <algorithm>
#include <set>

#include "harness/run/fill.h"
#include "harness/run/look.h"

namespace iff {
namespace {

// A shorter one may stand for anything, and so may a number that is not much longer.
bool IsTelling(const std::string& text) {
  const bool number = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return text.size() >= (number ? 10U : 6U);
}

// What `read_of` asks for where `principal` is meant.
std::vector<std::string> AskedOf(const Sandbox& sandbox, const Principal& principal) {
  std::vector<std::string> asked;
  const auto operation = sandbox.target().operations.find("read_of");
  if (operation == sandbox.target().operations.end()) return asked;
  const Json filled =
      FillAll(operation->second.arguments, &principal, &principal, sandbox.target().upstream, "written by iff");
  for (const auto& [name, value] : filled.items()) {
    // Only what depends on who is meant.
    if (value.is_string() && value != operation->second.arguments.value(name, Json())) asked.push_back(Unquoted(value));
  }
  return asked;
}

}  // namespace

std::vector<std::string> Belongings::IdsOf(const Sandbox& sandbox, const Principal& principal) {
  std::set<std::string> names{principal.id, principal.name, principal.persona, ""};
  for (const auto& [upstream, account] : principal.accounts) names.insert(account.login);
  for (const auto& [issuer, account] : principal.issuers) names.insert({account.id, account.login});
  std::vector<std::string> ids = AskedOf(sandbox, principal);
  for (const auto& [name, value] : principal.items) ids.push_back(Unquoted(value));
  std::erase_if(ids, [&](const std::string& id) { return names.contains(id); });
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Belongings::Belongings(const Sandbox& sandbox) : secrets_(sandbox.context().redactor) {
  for (const Principal& principal : sandbox.principals().all()) {
    for (const std::string& id : IdsOf(sandbox, principal)) Add(principal.persona, "a thing", id);
  }
}

void Belongings::Add(const std::string& owner, const std::string& what, const std::string& text) {
  if (!IsTelling(text)) return;
  ids_.Register(Secret(text), "the id of " + what + " of " + owner + "'s", {.owner = owner, .canary = true});
}

std::vector<std::string> Belongings::ForeignIn(const McpAnswer& answer, const std::string& reader,
                                               const std::string& asked) const {
  std::vector<std::string> foreign;
  for (const Sighting& one : LookInto(secrets_, answer).found) {
    if (!one.belonging.owner.empty() && one.belonging.owner != reader) foreign.push_back(Described(one));
  }
  std::set<std::string> known;
  for (const Sighting& one : things_.Scan(asked).found) known.insert(one.alias);
  for (const Sighting& one : LookInto(things_, answer).found) {
    if (one.belonging.owner != reader && !known.contains(one.alias)) foreign.push_back(Described(one));
  }
  return foreign;
}

bool Belongings::Shows(const McpAnswer& answer, const std::string& owner) const {
  const Sightings seen = LookInto(secrets_, answer);
  return std::any_of(seen.found.begin(), seen.found.end(),
                     [&](const Sighting& one) { return one.belonging.canary && one.belonging.owner == owner; });
}

McpAnswer AsAnswer(std::string text) {
  McpAnswer answer{{.status = 200}, {}};
  answer.body = std::move(text);
  return answer;
}

}  // namespace iff

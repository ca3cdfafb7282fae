#include "mocks/people.h"

#include <utility>

#include "harness/core/bytes.h"

namespace iff {

Result<Person> ParsePerson(const Json& value) {
  Person person;
  person.account = TRY(At<std::string>(value, "/account"));
  for (const char c : person.account) {
    const bool bad = c == ':' || c == '/' || c == '\x7f' || static_cast<unsigned char>(c) <= ' ';
    if (bad) return Error(ErrorKind::kInvalidInput, "account holds a character it must not: " + person.account);
  }
  person.token = Secret(TRY(At<std::string>(value, "/token")));
  if (person.account.empty() || person.token.empty()) {
    return Error(ErrorKind::kInvalidInput, "person without account or token");
  }
  person.tag = TRY(At<std::string>(value, "/tag"));
  if (person.tag.empty()) return Error(ErrorKind::kInvalidInput, "person without tag: " + person.account);
  person.canary = AtOr<std::string>(value, "/canary", "");
  const Json groups = AtOr<Json>(value, "/groups", Json::array());
  for (const Json& group : groups) {
    if (group.is_string()) person.groups.insert(group.get_ref<const std::string&>());
  }
  return person;
}

Json ToJson(const Person& person) {
  Json value = Json::object();
  value["account"] = person.account;
  value["token"] = person.token.Reveal();
  value["tag"] = person.tag;
  value["canary"] = person.canary;
  Json& groups = value["groups"] = Json::array();
  for (const std::string& group : person.groups) groups.push_back(group);
  return value;
}

Presented ParseAuthorization(const HttpRequest& request) {
  Presented presented;
  const std::vector<std::string> fields = request.headers.All("Authorization");
  if (fields.empty()) return presented;
  presented.kind = Presented::Kind::kUnreadable;
  const size_t blank = fields[0].find(' ');
  if (fields.size() > 1 || blank == std::string::npos) return presented;
  const std::string scheme = fields[0].substr(0, blank);
  const std::string value = fields[0].substr(fields[0].find_first_not_of(' ', blank));
  if (EqualsIgnoreCase(scheme, "Bearer") || EqualsIgnoreCase(scheme, "token")) {
    presented.kind = Presented::Kind::kToken;
    presented.token = Secret(value);
  } else if (EqualsIgnoreCase(scheme, "Basic")) {
    const Result<std::string> pair = DecodeBase64(value);
    const size_t colon = pair.ok() ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) return presented;
    presented.kind = Presented::Kind::kBasic;
    presented.account = pair->substr(0, colon);
    presented.token = Secret(pair->substr(colon + 1));
  }
  return presented;
}

void People::Put(Person person) {
  Drop(person.account);
  by_token_[Sha256(person.token.Reveal())] = person.account;
  const std::string account = person.account;
  people_[account] = std::move(person);
}

void People::Drop(const std::string& account) {
  const auto found = people_.find(account);
  if (found == people_.end()) return;
  by_token_.erase(Sha256(found->second.token.Reveal()));
  people_.erase(found);
}

const Person* People::Find(const std::string& account) const {
  const auto found = people_.find(account);
  return found == people_.end() ? nullptr : &found->second;
}

Caller People::Identify(const HttpRequest& request) const {
  const Presented presented = ParseAuthorization(request);
  Caller caller;
  caller.presented = presented.kind != Presented::Kind::kNothing;
  if (presented.token.empty()) return caller;
  caller.fingerprint = presented.token.Fingerprint();
  const auto owner = by_token_.find(Sha256(presented.token.Reveal()));
  if (owner == by_token_.end()) return caller;
  // A good token under another's name is nobody's.
  if (presented.kind == Presented::Kind::kBasic && presented.account != owner->second) return caller;
  caller.person = Find(owner->second);
  return caller;
}

}  // namespace iff

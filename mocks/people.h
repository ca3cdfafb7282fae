// Who has an account at a mock, and whose credential a request presents.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "harness/core/json.h"
#include "harness/core/secret.h"
#include "harness/net/http.h"

namespace iff {

struct Person {
  std::string account = {};
  std::string tag = {};     // Principal::tag
  std::string canary = {};  // planted in the person's private things
  std::set<std::string> groups = {};
  Secret token = {};
};

// kInvalidInput for accounts that cannot be written in a path or a Basic credential.
Result<Person> ParsePerson(const Json& value);
Json ToJson(const Person& person);

// What an Authorization field holds (RFC 7617, RFC 6750, and GitHub's `token`).
struct Presented {
  enum class Kind { kNothing, kBasic, kToken, kUnreadable };
  Kind kind = Kind::kNothing;
  std::string account = {};  // of Basic
  Secret token = {};
};
Presented ParseAuthorization(const HttpRequest& request);

// Whom a request comes from.
struct Caller {
  bool presented = false;          // some credential, good or bad
  std::string fingerprint = {};    // of the credential
  const Person* person = nullptr;  // its owner, nullptr if nobody's; valid until people change
};

class People {
 public:
  void Put(Person person);  // replaces one of the same account
  void Drop(const std::string& account);
  const Person* Find(const std::string& account) const;
  Caller Identify(const HttpRequest& request) const;
  size_t size() const { return people_.size(); }

 private:
  std::map<std::string, Person> people_;         // by account
  std::map<std::string, std::string> by_token_;  // SHA-256 of a token -> account
};

}  // namespace iff

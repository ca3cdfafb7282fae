// Secrets are registered when they are born and masked when something is captured, in every encoding
// a peer is likely to echo them in, under aliases that stay the same from run to run.
//
//   Redactor redactor;
//   redactor.Register(token, "alice.jira.token#1");
//   redactor.Mask("Bearer eyJ...")          -> "Bearer {{alice.jira.token#1}}"
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/secret.h"

namespace iff {

class Redactor {
 public:
  Redactor();
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  enum class Lasts {
    kAsLongAsThis,
    kUntilForgotten,  // tokens and passwords of one run: there are many, and each takes thirty times its length
  };
  // Whose a secret is, and what it is for: never read out of its alias.
  struct Belonging {
    std::string owner = {};  // role; "" for nobody's in particular, such as a component's own
    bool canary = false;     // marks what is private to the owner, who may see it; else a credential, which nobody may
  };
  // Thread-safe. Secrets shorter than 6 characters are refused by an invariant: masking them would
  // tear holes into honest text. A compact JWS is also registered without its signature and by its
  // signature alone. Of a text that is registered twice, the first alias and owner count.
  void Register(const Secret& secret, std::string alias, Lasts lasts = Lasts::kAsLongAsThis) {
    Register(secret, std::move(alias), {}, lasts);
  }
  void Register(const Secret& secret, std::string alias, Belonging belonging, Lasts lasts = Lasts::kAsLongAsThis);
  // From now on. Thread-safe.
  uint64_t BeginGeneration();
  // What lasts until then, and was last registered in a generation before that one, is looked for no longer; or a while
  // later, where that is little of all there is. Thread-safe.
  static constexpr uint64_t kEverything = ~uint64_t{0};
  void Forget(uint64_t before = kEverything);

  std::string Mask(std::string_view text) const;
  Json MaskAll(const Json& value) const;

  struct Leak {
    std::string alias;
    std::string encoding;  // "plain", "base64", "base64url", "hex", "url", "json"
    size_t offset = 0;     // in bytes from the start of the text
    Belonging belonging = {};
  };
  // Every registered secret found in `text`, in any encoding: the leak gate's question.
  std::vector<Leak> Scan(std::string_view text) const;

  size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace iff

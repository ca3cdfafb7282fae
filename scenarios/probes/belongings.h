// What can be recognised as one person's, wherever it turns up: canaries and credentials, and the ids of their things.
#pragma once

#include <string>
#include <vector>

#include "harness/core/scanner.h"
#include "harness/run/sandbox.h"

namespace iff {

class Belongings {
 public:
  // Of everybody in `sandbox`, which outlives it.
  explicit Belongings(const Sandbox& sandbox);

  // What the target calls that person's things: what creating one answered, and what `read_of` asks for. Names of
  // people and of their accounts are none: whole directories of those may be meant for everybody.
  static std::vector<std::string> IdsOf(const Sandbox& sandbox, const Principal& principal);
  // From now on `text` is `owner`'s as well, if it is long enough to be nobody else's by accident.
  void Add(const std::string& owner, const std::string& what, const std::string& text);

  // What of anybody but `reader` is in it, in any form. `asked`: what was sent for it; an id that stands there is no
  // news in the answer.
  std::vector<std::string> ForeignIn(const McpAnswer& answer, const std::string& reader,
                                     const std::string& asked) const;
  // Is a canary of `owner` in it?
  bool Shows(const McpAnswer& answer, const std::string& owner) const;

 private:
  Redactor ids_;
  const Scanner secrets_;
  const Scanner things_{ids_};
};

// A text as an answer, to be looked into as such.
McpAnswer AsAnswer(std::string text);

}  // namespace iff

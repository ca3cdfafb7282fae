// Two recordings of one scenario: what became of it, and one line for each thing that is different now. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"

namespace iff {

enum class Outcome {
  kUnchanged,  // passed, and everything that was seen is the same
  kFixed,      // failed then, passes now
  kStillFailing,
  kChanged,          // passed then; something that was seen is different now
  kNotReproducible,  // could not be judged, then or now; or failed then and passes now on the very same server
};
std::string_view Name(Outcome outcome);  // "STILL FAILING"

struct Departure {
  std::string where = {};    // "step 3, bob calls get_issue"
  std::string what = {};     // "HTTP 401 instead of HTTP 200 with a result"
  std::string pointer = {};  // into the recording, of a value that is another one of the same type; "" otherwise
  std::string with_it = {};  // where else it shows: "the body, checks"
  std::string text() const { return where + ": " + what + (with_it.empty() ? "" : " (and with it " + with_it + ")"); }
};

struct Replayed {
  Outcome outcome = Outcome::kNotReproducible;
  std::string why = {};  // of kNotReproducible
  std::vector<Departure> differences = {};
};

// `then` may hold a list /volatile of pointers: what stands there may be another value of the same type.
Replayed Compare(const Json& then, const Json& now);

// Pointers of values that differ between two recordings of the same unchanged server. Empty with `unusable` set
// when more than values differ: then the behaviour itself is not the same each time.
struct VolatileFields {
  std::vector<std::string> pointers = {};
  std::string unusable = {};
};
VolatileFields ProposeVolatile(const Json& once, const Json& again);

}  // namespace iff

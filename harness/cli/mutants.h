// Proof that the checks notice: every deliberately broken server is run through the suites, and exactly
// the checks that are accepted as its kills must fail.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/console.h"
#include "harness/cli/options.h"
#include "harness/session/session.h"

namespace iff {

struct MutantsWish {
  std::string keep = {};     // folder for what became of each; "": nowhere
  bool kills_only = false;   // only the scenarios that ask for its accepted kills are played: AskingForKills
  bool proofs_only = false;  // of those, as few as AskingForProofs says
  bool accept = false;       // what fails becomes the accepted kills, in the file of them (kills.h)
};

// Prints the table mutant x check, survivors and unproven checks; 1 if a mutant survives, is killed by other checks
// than are accepted, or a check is unproven; 2 when `cancelled` became true.
int Mutants(Session& session, const Options& options, const MutantsWish& wish, const std::atomic<bool>& cancelled,
            const Messages& say);

// Where one or more runs kept what became of mutants; `asked`: only those that NoteAsked was told of count.
struct Kept {
  std::string folder = {};
  bool asked = false;
  bool accept = false;        // as MutantsWish::accept
  std::string examples = {};  // folder with a run of each example, whose wrong settings are told as well; "": none
};

// The same table from what was kept; nothing is run. `all`: every scenario there is. 2: a mutant is missing. Unproven
// is a check only where all mutants are there.
int KeptMutants(const Places& places, const std::vector<Scenario>& all, const Options& options, const Kept& kept,
                const Messages& say);

}  // namespace iff

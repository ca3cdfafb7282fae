// What every step word declares, each in a file of its own: harness/steps/<word>.h is its value, <word>.cc reads it and
// describes it (files alone), <word>_play.cc says where it applies and plays it (part of harness/run). all.h names them
// all; a word that lacks one of these does not compile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/steps/reader.h"

namespace iff {

class Play;           // harness/run/play.h
struct Surroundings;  // harness/run/applies.h

// How a step looks in a file: for the reader, the published schema and the documentation.
struct StepWord {
  std::string_view word;
  // Members of the step, as JSON Schema: {"required": [...], "properties": {...}}. `label` and `expect` are added, what
  // sending takes where the step `sends`, and `at` where it goes to one target. The reader takes exactly these.
  std::string_view schema;
  bool sends = false;
  // It goes to one target, or is about one: where a scenario has several, `at` says which. False: it is the same
  // whichever is meant.
  bool at_target = true;
  // Its row in docs/scenario-format.md.
  std::string_view head;
  std::string_view does;
  std::string_view also;
};

// What a step uses, makes and leaves behind: what the scheduler, the provisioning of gates and the report ask of it.
struct StepEffects {
  std::string presents = {};   // name of the credential it shows; "": none
  std::string makes = {};      // name of the credential it makes; "": none
  std::string attack = {};     // the attack it is, or makes a token by
  std::string operation = {};  // what it asks the target for, unless a tool by its name; "": nothing
  std::string gate = {};       // component that needs a gate before it
  bool disturbs = false;       // a component is not as the others of the run expect it
  std::string changes = {};    // why principals cannot be handed on afterwards: "it rotates the issuer's keys"
  std::string probe = {};      // what it does beside is declared by this probe
  bool idles = false;          // asks again until something has passed or come
  int64_t requests = 1;        // roughly; a probe makes many
  // How it shows on a timeline, and on whose line; "": it does not.
  std::string event = {};
  std::string about = {};
};

// Why a step does not apply to a target, in words for the author of the server; both "": it does.
struct WhyNotHere {
  std::string step = {};      // it is not played, and no check of it judged
  std::string scenario = {};  // nothing of the scenario means anything without it
};

}  // namespace iff

// Mutants: a shipped server with one decision replaced by a wrong one, or the shipped server in a misconfigured system.
// Each family of them is a table in a file of its own.
//
//   Family TokenMutants() {
//     Family family{.name = "tokens", .suites = {"tokens", "lifetime/tokens"}};
//     family.Add({.name = "accepts-any-type", .fault = "The typ of the header is not looked at.", .targets = {"jira"}},
//                [](Hooks& hooks) { hooks.verify = VerifyDespite(Refusal::kType, SignedByIssuer); });
//     return family;
//   }
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "servers/http/hooks.h"

namespace iff {

// Sets the hooks whose decisions are wrong. Called once, before the server starts.
using SetHooks = void (*)(Hooks& hooks);

struct Mutant {
  std::string_view name = {};                    // lower case with hyphens, its own among all families
  std::string_view fault = {};                   // what is wrong, one sentence
  std::vector<std::string_view> targets = {};    // servers it is a variant of: "jira", "github", "postgres"
  std::vector<std::string_view> suites = {};     // or scenarios it is run against; empty: its family's
  std::vector<std::string_view> also = {};       // besides its family's
  std::vector<std::string_view> sometimes = {};  // checks that may fail or not, as a race decides; say why beside it
  // What is wrong in its system, which is brought up for it alone: "vault.leeway=60" sets an option over the system
  // file's, "vault.misconfiguration=NAME" makes a component wrong in a way no option can.
  std::vector<std::string_view> system = {};
  SetHooks hooks = nullptr;  // null: the server is the shipped one
};

struct Family {
  std::string_view name = {};                 // of its file
  std::vector<std::string_view> suites = {};  // each of its mutants is run against, where it names none of its own
  std::vector<Mutant> mutants = {};
  // Its mutants serve one scenario after the other, as targets of a run do (docs/decisions/0044); all others are
  // started for each, so that what kills them does not depend on what came before.
  bool reuses_targets = false;

  // `hooks` stays out where the system alone is wrong.
  void Add(Mutant mutant, SetHooks hooks = nullptr) {
    mutant.hooks = hooks;
    mutants.push_back(std::move(mutant));
  }
};

// One in each file. A new one wants a line in main.cc and CMakeLists.txt as well.
Family AccessMutants();
Family AnswerMutants();
Family AuditMutants();
Family CredentialMutants();
Family IntrospectionMutants();
Family KeyMutants();
Family LeakMutants();
Family LimitMutants();
Family ListenerMutants();
Family OfferMutants();
Family OutageMutants();
Family ProofMutants();
Family ReplicaMutants();  // of systems/replicas alone, which plays them: not among what --list prints
Family ReuseMutants();
Family SessionMutants();
Family ShareMutants();
Family SignatureMutants();
Family SqlMutants();
Family SseMutants();
Family SystemMutants();
Family TokenMutants();
Family WireMutants();

}  // namespace iff

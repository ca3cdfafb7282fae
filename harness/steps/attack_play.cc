#include "harness/run/applies.h"
#include "harness/run/attacks.h"
#include "harness/run/play.h"
#include "harness/run/tamper/tamper.h"
#include "harness/run/wrong_certificates.h"
#include "harness/steps/attack.h"

namespace iff {
namespace {

// The valid token must be taken; why it was not, otherwise.
std::string WhyTwinRefused(Sandbox& sandbox, const Sending& twin, const std::string& method, const Json& params) {
  const auto ask = [&] { return sandbox.client().Send(twin, method, params, "valid twin"); };
  SendOutcome outcome = ask();
  // A server that failed over the forged token may end the connection right behind its answer, without announcing it:
  // the twin then meets the end of a connection, and says nothing about the token.
  if (!outcome.answer && !outcome.timed_out) outcome = ask();
  if (!outcome.answer) return outcome.silence;
  if (outcome.answer->status == 200 && outcome.answer->HasResult() && !outcome.answer->ToolError()) return "";
  return "HTTP " + std::to_string(outcome.answer->status) + " " +
         sandbox.context().redactor.Mask(outcome.answer->Text());
}

}  // namespace

WhyNotHere AttackStep::WhyNot(const Surroundings& around) const {
  if (const Attack* const request = FindTamperedRequest(attack); request != nullptr) {
    if (around.target.transport != Transport::kHttp) {
      return {.step = around.target.name + " is not spoken to by single requests over HTTP"};
    }
    if (!request->revision.empty() && !around.target.Speaks(request->revision)) {
      return {.step = around.NotSpoken({.revision = request->revision})};
    }
    if (const std::string why = WhyNotTampered(attack, around.means.client_fields); !why.empty()) return {.step = why};
  } else if (const std::string why = around.NoTokens(); !why.empty()) {
    return {.step = why};
  }
  return {.step = around.ListStandsIn(operation) ? "" : around.NoOperation(operation)};
}

void AttackStep::Perform(Play& play) const {
  const Credential* source = play.sandbox().principals().FindCredential(from);
  play.Title("attack " + attack + " with " + source->principal + "'s token");
  if (play.NotHere(play.sandbox().principals().WhyNotForged(attack, *source))) return;
  Result<Credential> wrong = play.sandbox().principals().WrongIn(attack, *source);
  if (!play.Ok(wrong)) return;
  const std::string name = "attack " + attack;
  play.sandbox().principals().Keep(name, source->principal, std::move(wrong).value());
  const bool lists = play.around().ListStandsIn(operation);
  if (lists && play.NotHere(play.sandbox().client().WhyListTellsNothing())) return;
  const std::string method = lists ? "tools/list" : "tools/call";
  const Result<Json> params =
      lists ? Json::object() : play.sandbox().client().CallParams({.operation = operation}, source->principal);
  if (!play.Ok(params)) return;

  const Attack* const request = FindTamperedRequest(attack);
  const std::string revision = request == nullptr ? "" : request->revision;
  const Sending twin{.with = from, .revision = revision};
  const std::string before = WhyTwinRefused(play.sandbox(), twin, method, *params);
  const Cursors marks = play.sandbox().observer().Mark();
  const Sending sending{.with = name, .revision = revision};
  const SendOutcome outcome =
      play.ToEachReplica([&] { return play.sandbox().client().Send(sending, method, *params, attack); });
  Observation seen = play.See(marks, sending, outcome, {});
  seen.asked = AtOr<std::string>(*params, "/name", method);
  seen.shown = RuleOf(attack);
  const std::string after = WhyTwinRefused(play.sandbox(), twin, method, *params);
  seen.twin_refused = before.empty() ? after : before;
  seen.may_hang_up = request != nullptr || FindWrongCertificate(attack) != nullptr;
  play.JudgeAll(seen);
}

}  // namespace iff

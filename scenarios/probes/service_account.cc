// An application that logs in as itself: what its issuer gives it is a token like anybody's, of nobody in person.
#include <fstream>
#include <iterator>
#include <string>

#include "harness/core/bytes.h"
#include "harness/net/http.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

Result<std::string> TextFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorKind::kUnavailable, "read the client's secret: there is no " + path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// RFC 6749 section 4.4, at an issuer whose facts name its token endpoint and a file with the client's secret.
Result<Secret> LogInAsItself(const Outputs& facts, const std::string& client, const std::vector<std::string>& scopes) {
  const auto url = facts.find("token_url");
  const auto file = facts.find("client_secret_file." + client);
  if (url == facts.end() || file == facts.end()) {
    return Error(ErrorKind::kInvalidInput,
                 "service_account: the issuer tells no token_url or no secret of '" + client + "'");
  }
  const Url endpoint = TRY(ParseUrl(url->second.value));
  const std::string secret = TRY(TextFile(file->second.value));
  std::string scope;
  for (const std::string& one : scopes) scope += (scope.empty() ? "" : " ") + one;
  HttpRequest request{
      .method = "POST", .target = endpoint.target, .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}};
  request.body = FormEncode(
      {{"grant_type", "client_credentials"}, {"client_id", client}, {"client_secret", secret}, {"scope", scope}});
  HttpClient http(endpoint.endpoint);
  const HttpResponse answer =
      TRY(http.Send(request, Deadline::In(std::chrono::seconds(10))).While("log a client in as itself"));
  const Json body = TRY(ParseJson(answer.body).While("read what a client got"));
  std::string token = TRY(
      At<std::string>(body, "/access_token").While("log a client in as itself: HTTP " + std::to_string(answer.status)));
  return Secret(std::move(token));
}

// `arguments`: `issuer`, a component; `client` that logs in; `with`, the credential of a person whose things are asked
// for by `operation`.
Result<ProbeOutcome> PlayServiceAccount(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const auto facts = sandbox.context().environment.outputs().find(AtOr<std::string>(arguments, "/issuer", ""));
  if (sandbox.principals().FindCredential(with) == nullptr || facts == sandbox.context().environment.outputs().end()) {
    return Error(ErrorKind::kInvalidInput, "service_account: want 'with', a credential, and 'issuer', a component");
  }
  const std::string client = AtOr<std::string>(arguments, "/client", "");
  if (!facts->second.contains("token_url") || !facts->second.contains("client_secret_file." + client)) {
    const Finding none{.inapplicable = facts->first + " has no client '" + client + "' that logs in as itself"};
    return ProbeOutcome{.findings = {{"service-account-is-refused", none}, {"service-account-gets-nothing", none}}};
  }
  const std::string person = sandbox.principals().FindCredential(with)->principal;
  const Json params =
      TRY(sandbox.client().CallParams({.operation = AtOr<std::string>(arguments, "/operation", "")}, person));
  const auto own = [&](const std::string& when) -> Result<void> {
    const SendOutcome sent = sandbox.client().Send({.with = with}, "tools/call", params, when);
    if (sent.answer && sent.answer->HasResult() && !sent.answer->ToolError()) return {};
    return Error(ErrorKind::kUnavailable, person + " is not served herself, " + when + ": " + StatusOf(sent));
  };
  TRY(own("before a service account asks"));
  Credential credential;
  credential.value =
      TRY(LogInAsItself(facts->second, AtOr<std::string>(arguments, "/client", ""), sandbox.principals().AllScopes()));
  sandbox.principals().Keep("service-account", person, std::move(credential));
  const Cursors marks = sandbox.observer().Mark();
  const SendOutcome sent = sandbox.client().Send({.with = "service-account"}, "tools/call", params,
                                                 "a service account asks for " + person + "'s");
  Observation seen;
  sandbox.observer().Observe(marks, "", sent, seen);
  Finding refused{.expected = "HTTP 401 or 403", .observed = StatusOf(sent)};
  Finding nothing{.met = !seen.seen_of.contains(person),
                  .expected = "nothing of " + person + "'s",
                  .observed = "something of hers"};
  if (nothing.met) nothing.observed = "nothing";
  if (!sent.answer) {
    refused.could_not = nothing.could_not = sent.silence;
  } else {
    refused.met = sent.answer->status == 401 || sent.answer->status == 403;
  }
  TRY(own("after a service account asked"));
  return ProbeOutcome{.findings = {{"service-account-is-refused", refused}, {"service-account-gets-nothing", nothing}}};
}

}  // namespace

void AddServiceAccountProbes(ProbeSet& probes) {
  probes["service_account"] = {PlayServiceAccount, Aftermath::kUnknown, Asks::kAuthentication};
}

}  // namespace iff

// The doors of a server: methods, metadata, scopes.
#include <algorithm>

#include "scenarios/probes/probes.h"

namespace iff {
namespace {

Result<ProbeOutcome> HttpMethods(Sandbox& sandbox, const Json& arguments) {
  ProbeOutcome outcome;
  std::string wrong;
  int64_t shown_in = 0;
  for (const std::string method : {"GET", "HEAD", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE"}) {
    HttpRequest request;
    request.method = method;
    request.target = sandbox.target().path;
    const SendOutcome sent = sandbox.client().SendPlain(request, "", method + " without a token");
    if (!sent.answer) return Error(ErrorKind::kUnavailable, method + ": " + sent.silence);
    const int status = sent.answer->status;
    // Others may say in other ways that there is nothing, and that browsers may ask.
    const bool another_no =
        !sandbox.target().strict && ((status >= 400 && status < 500) || status == 501 || method == "OPTIONS");
    if (status == 401 || status == 405 || another_no) continue;
    wrong += method + " answers " + std::to_string(status) + "; ";
    if (shown_in == 0) shown_in = sent.exchange;
  }
  // TRACE sends back what it was sent, and whoever reads the answer has the token.
  HttpRequest echo{.method = "TRACE", .target = sandbox.target().path};
  const SendOutcome echoed =
      sandbox.client().SendAgain(echo, {.with = AtOr<std::string>(arguments, "/credential", "")}, "TRACE with a token");
  if (echoed.answer && !sandbox.context().redactor.Scan(echoed.answer->body).empty())
    wrong += "TRACE gives the token back; ";
  if (!wrong.empty() && shown_in == 0) shown_in = echoed.exchange;
  outcome.findings["other-methods-give-nothing-away"] = {
      .met = wrong.empty(),
      .expected = sandbox.target().strict ? "401 or 405 for every other method" : "a refusal for every other method",
      .observed = wrong.empty() ? "so it is" : wrong,
      .exchange = shown_in};

  const std::string well_known = "/.well-known/oauth-protected-resource";
  HttpRequest metadata;
  metadata.target = well_known + sandbox.target().path;
  const SendOutcome plain = sandbox.client().SendPlain(metadata, "", "metadata");
  const Result<Json> document = ParseJson(plain.answer ? plain.answer->body : "");
  const std::string resource = document.ok() ? AtOr<std::string>(*document, "/resource", "") : "";
  const Json* servers = document.ok() ? Find(*document, "/authorization_servers") : nullptr;
  outcome.findings["metadata-is-served"] = {.met = plain.answer && plain.answer->status == 200 && !resource.empty() &&
                                                   servers != nullptr && servers->is_array() && !servers->empty(),
                                            .expected = "200 with resource and authorization_servers",
                                            .observed = StatusOf(plain),
                                            .exchange = plain.exchange};

  HttpRequest forged = metadata;
  forged.headers = {
      {"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-Proto", "https"}, {"Forwarded", "host=evil.example"}};
  const SendOutcome again = sandbox.client().SendPlain(forged, "", "metadata with forged hosts");
  outcome.findings["metadata-ignores-forged-hosts"] = {
      .met = plain.answer && again.answer && again.answer->body == plain.answer->body && plain.answer->status == 200,
      .expected = "the same document",
      .observed =
          again.answer && plain.answer && again.answer->body == plain.answer->body ? "the same" : StatusOf(again),
      .exchange = again.exchange};

  // The address of the metadata in a challenge is a constant too (A16).
  HttpRequest asks = McpRequest(TRY(ParseRevision(sandbox.target().revisions.front())), sandbox.target().path,
                                "tools/list", Json::object(), 1);
  const SendOutcome challenged = sandbox.client().SendPlain(asks, "", "without a token");
  for (const auto& [name, value] : forged.headers.fields()) asks.headers.Add(name, value);
  const SendOutcome forged_challenge = sandbox.client().SendPlain(asks, "", "without a token, with forged hosts");
  const auto challenge_of = [](const SendOutcome& sent) {
    return sent.answer ? sent.answer->headers.Get("WWW-Authenticate") : "";
  };
  const bool misled = challenge_of(forged_challenge).find("evil.example") != std::string::npos;
  outcome.findings["challenge-ignores-forged-hosts"] = {
      .met = challenged.answer && forged_challenge.answer && !misled &&
             challenge_of(challenged) == challenge_of(forged_challenge),
      .expected = "the same challenge",
      .observed = misled ? challenge_of(forged_challenge) : StatusOf(forged_challenge),
      .exchange = forged_challenge.exchange};

  if (!sandbox.target().key_header.empty()) {
    for (const char* finding :
         {"metadata-is-served", "metadata-ignores-forged-hosts", "challenge-ignores-forged-hosts"}) {
      outcome.findings[finding].inapplicable = sandbox.target().name + " takes keys: it has no issuer to name";
    }
  }

  HttpRequest elsewhere;
  elsewhere.target = well_known + "/elsewhere";
  const SendOutcome missing = sandbox.client().SendPlain(elsewhere, "", "metadata of another path");
  outcome.findings["metadata-under-a-wrong-path-is-not-there"] = {
      .met = missing.answer && missing.answer->status == 404,
      .expected = "HTTP 404",
      .observed = StatusOf(missing),
      .exchange = missing.exchange};

  std::string shown;
  for (const std::string path : {"/healthz", "/readyz", "/metrics"}) {
    HttpRequest open;
    open.target = path;
    const SendOutcome sent = sandbox.client().SendPlain(open, "", path);
    if (!sent.answer) continue;
    for (const Principal& principal : sandbox.principals().all()) {
      const std::string& body = sent.answer->body;
      if (body.find(principal.id) != std::string::npos || body.find(principal.name) != std::string::npos) {
        shown += path + " names " + principal.persona + "; ";
      }
    }
    for (const Redactor::Leak& leak : sandbox.context().redactor.Scan(sent.answer->body)) {
      shown += path + " shows " + leak.alias + "; ";
    }
  }
  outcome.findings["open-doors-show-no-data"] = {.met = shown.empty(),
                                                 .expected = "health, readiness and metrics name nobody",
                                                 .observed = shown.empty() ? "so it is" : shown};
  return outcome;
}

Result<ProbeOutcome> Scopes(Sandbox& sandbox, const Json& arguments) {
  const std::string persona = AtOr<std::string>(arguments, "/subject", "alice");
  const std::string read = sandbox.target().scopes.at("read");
  const std::string write = sandbox.target().scopes.at("write");
  const Forge forge = TRY(sandbox.principals().MakeForge());
  const Credential* full = sandbox.principals().FindCredential("full");
  if (full == nullptr) return Error(ErrorKind::kInvalidInput, "scopes: want a credential called full");
  const auto with_scope = [&](const std::string& name, const std::string& scope) -> Result<void> {
    Credential credential;
    credential.value = TRY(forge.Reissue(full->value, Json{{"scope", scope}}));
    sandbox.principals().Keep(name, persona, std::move(credential));
    return {};
  };
  // Each differs from the full token, which the server takes, in its scope alone.
  TRY(with_scope("scope-none", "openid"));
  TRY(with_scope("scope-longer", read + "-not " + write + "-not"));
  TRY(with_scope("scope-read", read));
  // Where other issuers and other programs write what somebody may do; here it is `scope` (RFC 9068 section 2.2).
  const Json everything = {read, write};
  Credential elsewhere;
  elsewhere.value =
      TRY(forge.Reissue(full->value, Json{{"scope", "openid"},
                                          {"scp", everything},
                                          {"scopes", everything},
                                          {"roles", everything},
                                          {"permissions", everything},
                                          {"realm_access", {{"roles", everything}}},
                                          {"resource_access", {{sandbox.target().name, {{"roles", everything}}}}}}));
  sandbox.principals().Keep("scope-elsewhere", persona, std::move(elsewhere));

  ProbeOutcome outcome;
  const Json read_own = TRY(sandbox.client().CallParams({.operation = "read_own"}, persona));
  const Json create = TRY(sandbox.client().CallParams({.operation = "create"}, persona));
  const auto call = [&](const std::string& credential, const Json& params, const std::string& title) {
    return sandbox.client().Send({.with = credential}, "tools/call", params, title);
  };
  const SendOutcome none = call("scope-none", read_own, "without its scope");
  const std::string challenge = none.answer ? none.answer->headers.Get("WWW-Authenticate") : "";
  outcome.findings["without-scope-is-forbidden"] = {
      .met = none.answer && none.answer->status == 403 && challenge.find("insufficient_scope") != std::string::npos,
      .expected = "HTTP 403 with insufficient_scope",
      .observed = StatusOf(none) + " " + challenge,
      .exchange = none.exchange};
  outcome.findings["refusal-names-the-scope"] = {
      .met = challenge.find(read) != std::string::npos && challenge.find("resource_metadata") != std::string::npos,
      .expected = "a challenge with scope " + read + " and resource_metadata",
      .observed = challenge.empty() ? "no challenge" : challenge,
      .exchange = none.exchange};

  const SendOutcome listed =
      sandbox.client().Send({.with = "scope-none"}, "tools/list", Json::object(), "tools/list without scopes");
  const std::string tool = AtOr<std::string>(read_own, "/name", "");
  std::vector<std::string> names;
  if (const Json* tools = listed.answer ? Find(listed.answer->message, "/result/tools") : nullptr) {
    for (const Json& each : *tools) names.push_back(AtOr<std::string>(each, "/name", ""));
  }
  const bool hidden = std::find(names.begin(), names.end(), tool) == names.end();
  outcome.findings["without-scope-is-hidden"] = {.met = !names.empty() && hidden,
                                                 .expected = tool + " is not listed, whoami is",
                                                 .observed = std::to_string(names.size()) + " tools listed, " + tool +
                                                             (hidden ? " not among them" : " among them"),
                                                 .exchange = listed.exchange};

  const SendOutcome longer = call("scope-longer", read_own, "with a scope that only begins alike");
  outcome.findings["a-longer-scope-is-another"] = {.met = longer.answer && longer.answer->status == 403,
                                                   .expected = "HTTP 403",
                                                   .observed = StatusOf(longer),
                                                   .exchange = longer.exchange};

  const SendOutcome elsewhere_read = call("scope-elsewhere", read_own, "with its scope in other claims");
  outcome.findings["scope-in-other-claims-is-none"] = {
      .met = elsewhere_read.answer && elsewhere_read.answer->status == 403,
      .expected = "HTTP 403",
      .observed = StatusOf(elsewhere_read),
      .exchange = elsewhere_read.exchange};

  const SendOutcome reads = call("scope-read", read_own, "reading with the reading scope");
  const SendOutcome writes = call("scope-read", create, "writing with the reading scope");
  const bool read_ok = reads.answer && reads.answer->status == 200 && !reads.answer->ToolError();
  // A tool for both (a query) may be let in and refused by what stands behind it.
  const bool write_refused = writes.answer && (writes.answer->status == 403 || writes.answer->ToolError());
  outcome.findings["reading-scope-does-not-write"] = {
      .met = read_ok && write_refused,
      .expected = "reading succeeds, writing is refused",
      .observed = "reading: " + StatusOf(reads) + ", writing: " + StatusOf(writes) +
                  (writes.answer ? " " + writes.answer->ToolErrorCode() : ""),
      .exchange = read_ok ? writes.exchange : reads.exchange};
  return outcome;
}

}  // namespace

void AddDoorProbes(ProbeSet& probes) {
  probes["http_methods"] = {HttpMethods, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
  probes["scopes"] = {Scopes, Aftermath::kAsTheyWere, Asks::kAuthentication, Wants::kRunningTarget};
}

}  // namespace iff

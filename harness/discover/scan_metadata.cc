#include <algorithm>

#include "harness/discover/scan_judge.h"
#include "harness/run/challenge.h"

namespace iff {
namespace {

// Told where it was found, or why not.
struct Metadata {
  std::string place = {};
  Json document = nullptr;
};

std::optional<Metadata> MetadataAt(const UrlAnswers& answers, const std::string& place) {
  const Heard& heard = answers.Of(place);
  if (!heard.ok() || heard.status() != 200) return {};
  const Result<Json> document = ParseJson(heard.answer.body);
  if (!document.ok() || !document->is_object() || !document->contains("resource")) return {};
  return Metadata{.place = place, .document = *document};
}

// As a client looks for it.
std::optional<Metadata> FindMetadata(const UrlAnswers& answers) {
  for (const char* place : {"metadata where the challenge says", "metadata at its path", "metadata at the root"}) {
    if (std::optional<Metadata> found = MetadataAt(answers, place)) return found;
  }
  return {};
}

std::string Told(const UrlAnswers& answers) {
  const auto parameters = ParametersOf("Bearer", ChallengeIn("Bearer", answers.FirstRefusal().answer));
  return parameters && parameters->contains("resource_metadata") ? parameters->at("resource_metadata") : "";
}

ScanLine JudgePlace(const UrlAnswers& answers, const std::optional<Metadata>& found, const SecretShapes& shapes) {
  const std::string looked = "where the challenge says the metadata is";
  const std::string told = Told(answers);
  const std::string clause = "RFC 9728 section 5.1";
  if (told.empty()) {
    return Line("metadata", looked, found ? ScanVerdict::kSound : ScanVerdict::kFault,
                found ? "it says nothing; a client finds it at the well-known place" : "it says nothing", clause);
  }
  const Result<Url> url = ParseUrl(told);
  if (!url.ok()) return Line("metadata", looked, ScanVerdict::kFault, "no URL: " + Quoted(shapes, told), clause);
  if (url->endpoint != answers.url.endpoint)
    return Line("metadata", looked, ScanVerdict::kNotTold,
                "at another host, which was not asked: " + Quoted(shapes, told));
  const bool there = MetadataAt(answers, "metadata where the challenge says").has_value();
  return Line("metadata", looked, there ? ScanVerdict::kSound : ScanVerdict::kFault,
              Quoted(shapes, told) + (there ? ": it is there" : ": it is not there"), clause);
}

// The path of `resource` is that of the endpoint or leads to it, part by part.
bool Covers(const std::string& resource, const std::string& endpoint) {
  const std::string without = resource.ends_with('/') ? resource.substr(0, resource.size() - 1) : resource;
  return endpoint == without || endpoint == resource || endpoint.starts_with(without + "/");
}

ScanLine JudgeResource(const UrlAnswers& answers, const Json& document, const SecretShapes& shapes) {
  const std::string looked = "resource, against the URL";
  const std::string clause = "RFC 9728 section 3";
  const std::string resource = AtOr<std::string>(document, "/resource", "");
  const Result<Url> url = ParseUrl(resource);
  if (!url.ok()) return Line("metadata", looked, ScanVerdict::kFault, "no URL: " + Quoted(shapes, resource), clause);
  const Endpoint& own = answers.url.endpoint;
  const bool same_host = EqualsIgnoreCase(url->endpoint.host, own.host) && url->endpoint.port == own.port;
  const bool other_name = url->endpoint.port == own.port && IsLoopback(url->endpoint.host) && answers.loopback();
  if (!same_host && other_name)
    return Line("metadata", looked, ScanVerdict::kNotTold, Quoted(shapes, resource) + ": another name of this machine");
  const bool fits = same_host && url->endpoint.scheme == own.scheme && Covers(url->target, answers.Path());
  return Line("metadata", looked, fits ? ScanVerdict::kSound : ScanVerdict::kFault,
              Quoted(shapes, resource) + (fits ? "" : ": a client that came by this URL takes no such metadata"),
              clause);
}

// RFC 8414 section 2: https, and neither query nor fragment. Only the form: others' hosts are not asked.
bool IsIssuer(const std::string& text) {
  const Result<Url> url = ParseUrl(text);
  if (!url.ok() || text.find_first_of("?#") != std::string::npos) return false;
  return url->endpoint.scheme == "https" || IsLoopback(url->endpoint.host);
}

ScanLine JudgeServers(const Json& document, const SecretShapes& shapes) {
  const std::string looked = "authorization_servers";
  const std::string clause = "RFC 9728 section 3";
  const Json servers = AtOr<Json>(document, "/authorization_servers", nullptr);
  if (!servers.is_array() || servers.empty())
    return Line("metadata", looked, ScanVerdict::kFault, "none is named: nobody learns where to get a token", clause);
  std::string all;
  for (const Json& server : servers) {
    const std::string text = Unquoted(server);
    if (!server.is_string() || !IsIssuer(text))
      return Line("metadata", looked, ScanVerdict::kFault,
                  Quoted(shapes, text) + ": want https, without query and fragment", clause);
    all += (all.empty() ? "" : ", ") + Quoted(shapes, text);
  }
  return Line("metadata", looked, ScanVerdict::kSound, all, clause);
}

ScanLine JudgeScopes(const Json& document, const SecretShapes& shapes) {
  const std::string looked = "scopes_supported";
  const Json scopes = AtOr<Json>(document, "/scopes_supported", nullptr);
  if (!scopes.is_array() || scopes.empty()) return Line("metadata", looked, ScanVerdict::kNotTold, "none are named");
  constexpr size_t kMost = 8;
  std::string all;
  for (size_t i = 0; i < scopes.size(); ++i) {
    const std::string text = Unquoted(scopes[i]);
    if (text == "offline_access")
      return Line("metadata", looked, ScanVerdict::kFault, "it asks for offline_access",
                  "MCP 2026-07-28 authorization, refresh tokens");
    if (i < kMost) all += (all.empty() ? "" : ", ") + Quoted(shapes, text, 40);
  }
  return Line("metadata", looked, ScanVerdict::kSound, all + (scopes.size() > kMost ? ", ..." : ""));
}

}  // namespace

ScanLines JudgeMetadata(const UrlAnswers& answers, const SecretShapes& shapes) {
  const std::optional<Metadata> found = FindMetadata(answers);
  const std::string looked = "protected resource metadata";
  if (!Guarded(answers) && !found)
    return {Line("metadata", looked, ScanVerdict::kNotTold, "none, and nobody is asked for a token")};
  const Heard& refusal = answers.FirstRefusal();
  const std::string shown = refusal.answer.headers.Get("WWW-Authenticate");
  if (!found && !shown.empty() && !HasScheme("Bearer", refusal.answer))
    return {Line("metadata", looked, ScanVerdict::kNotTold, "none, and it asks for no Bearer token")};
  ScanLines lines;
  if (!found) {
    lines.push_back(Line("metadata", looked, ScanVerdict::kFault, "none: clients cannot find its authorization server",
                         "RFC 9728 section 3"));
    if (!Told(answers).empty()) lines.push_back(JudgePlace(answers, found, shapes));
    return lines;
  }
  lines.push_back(Line("metadata", looked, ScanVerdict::kSound, found->place.substr(std::string("metadata ").size()),
                       "RFC 9728 section 3"));
  if (Guarded(answers)) lines.push_back(JudgePlace(answers, found, shapes));
  lines.push_back(JudgeResource(answers, found->document, shapes));
  lines.push_back(JudgeServers(found->document, shapes));
  lines.push_back(JudgeScopes(found->document, shapes));
  return lines;
}

}  // namespace iff

#include "harness/run/evidence.h"

#include "harness/core/json_fields.h"

namespace iff {

template <>
struct JsonThrough<std::set<Place>> {
  static std::vector<Place> To(const std::set<Place>& places) { return {places.begin(), places.end()}; }
  static std::set<Place> From(const std::vector<Place>& places) { return {places.begin(), places.end()}; }
};

static_assert(kAllInTable<HttpResponse>, "harness/net/http.h: a member of HttpResponse has no row in its table");
static_assert(kAllInTable<McpMessages>, "harness/mcp/protocol.h: a member of McpMessages has no row in its table");
static_assert(sizeof(McpAnswer) == sizeof(HttpResponse) + sizeof(McpMessages),
              "harness/mcp/protocol.h: a member of McpAnswer belongs into one of its halves");
static_assert(kAllInTable<Finding>, "harness/run/observation.h: a member of Finding has no row in its table");

template <>
struct JsonFields<TargetTerms> {
  static constexpr auto kFields =
      std::tuple(JsonField{"strict", &TargetTerms::strict}, JsonField{"tool_of", &TargetTerms::tool_of},
                 JsonField{"lacks", &TargetTerms::lacks});
};
static_assert(kAllInTable<TargetTerms>);

static_assert(
    kFieldsInTable<Observation> + 2 == boost::pfr::tuple_size_v<Observation>,
    "harness/run/observation.h: a member of Observation has no row in its table, and would not be judged again");

namespace {

// Stands for a canary of which no part is in what is stored.
constexpr const char* kNotInThisAnswer = "(not in this answer)";

template <class T>
Result<T> MemberOf(const Json& json, const char* name) {
  T value;
  const Json* member = Find(json, std::string("/") + name);
  if (member == nullptr) return Error(ErrorKind::kInvalidInput, std::string("/") + name + ": is missing");
  TRY(FromJsonByFields(*member, value).While(name));
  return value;
}

}  // namespace

Result<Json> ParseEvidence(std::string_view text) {
  JsonLimits limits;
  limits.max_depth += 8;  // "/steps/0/answer/notifications/0" and some room
  return ParseJson(text, limits);
}

Json EvidenceHead(const TargetTerms& terms, const std::map<std::string, TargetTerms>& beside) {
  Json head = {{"evidence", kEvidenceVersion}, {"terms", ToJsonByFields(terms, nullptr)}};
  if (!beside.empty()) head["beside"] = ToJsonByFields(beside, nullptr);
  return head;
}

Result<void> CheckEvidence(const Json& evidence) {
  const int64_t version = AtOr<int64_t>(evidence, "/evidence", evidence.is_object() && evidence.contains("id") ? 1 : 0);
  if (version == kEvidenceVersion) return {};
  if (version == 0) return Error(ErrorKind::kInvalidInput, "this is no stored evidence of a scenario");
  return Error(ErrorKind::kInvalidInput,
               "it was written by " + std::string(version < kEvidenceVersion ? "an older" : "a newer") +
                   " iff, in version " + std::to_string(version) + " of the form, and this one reads version " +
                   std::to_string(kEvidenceVersion) +
                   (version < kEvidenceVersion ? ", which has more that checks depend on: run it again with 'iff run'"
                                               : ": judge it with that iff"));
}

Result<TargetTerms> TermsFrom(const Json& evidence, const std::string& at) {
  if (at.empty()) return MemberOf<TargetTerms>(evidence, "terms");
  auto beside = TRY((MemberOf<std::map<std::string, TargetTerms>>(evidence, "beside")));
  const auto found = beside.find(at);
  if (found != beside.end()) return std::move(found->second);
  return Error(ErrorKind::kInvalidInput, "/beside/" + at + ": is missing");
}

Json PeopleOf(const Observation& seen) {
  Json with_canary = Json::array();
  for (const auto& [persona, canary] : seen.canary) with_canary.push_back(persona);
  return {{"persona_of", seen.persona_of}, {"with_canary", std::move(with_canary)}};
}

Json EvidenceOf(const Observation& seen, const Redactor& redactor) {
  Json evidence = ToJsonByFields(seen, &redactor);
  Json& canaries = evidence["canary"] = Json::object();
  for (const auto& [persona, canary] : seen.canary) {
    if (seen.answer && seen.answer->body.find(canary) != std::string::npos) canaries[persona] = redactor.Mask(canary);
  }
  return evidence;
}

Result<Observation> ObservationFrom(const Json& evidence, const Json& people) {
  Observation seen;
  TRY(FromJsonByFields(evidence, seen).While("this is no stored observation"));
  seen.persona_of = TRY((MemberOf<std::map<std::string, std::string>>(people, "persona_of").While("people")));
  seen.canary = TRY((MemberOf<std::map<std::string, std::string>>(evidence, "canary")));
  const std::vector<std::string> with_canary =
      TRY(MemberOf<std::vector<std::string>>(people, "with_canary").While("people"));
  for (const std::string& persona : with_canary) seen.canary.try_emplace(persona, kNotInThisAnswer);
  return seen;
}

}  // namespace iff

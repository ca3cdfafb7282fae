#include "harness/run/evidence.h"

#include "harness/core/json_fields.h"

namespace iff {

template <>
struct JsonThrough<Headers> {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  static Fields To(const Headers& headers) { return headers.fields(); }
  static Headers From(Fields fields) {
    Headers headers;
    for (auto& [name, value] : fields) headers.Add(std::move(name), std::move(value));
    return headers;
  }
};

template <>
struct JsonThrough<std::set<Place>> {
  static std::vector<Place> To(const std::set<Place>& places) { return {places.begin(), places.end()}; }
  static std::set<Place> From(const std::vector<Place>& places) { return {places.begin(), places.end()}; }
};

template <>
struct JsonFields<McpAnswer> {
  static constexpr auto kFields =
      std::tuple(JsonField{"status", &McpAnswer::status}, JsonField{"headers", &McpAnswer::headers},
                 JsonField{"body", &McpAnswer::body}, JsonField{"message", &McpAnswer::message},
                 JsonField{"notifications", &McpAnswer::notifications}, JsonField{"problem", &McpAnswer::problem});
};
static_assert(kAllInTable<McpAnswer>);

template <>
struct JsonFields<Finding> {
  static constexpr auto kFields =
      std::tuple(JsonField{"met", &Finding::met}, JsonField{"expected", &Finding::expected},
                 JsonField{"observed", &Finding::observed}, JsonField{"could_not", &Finding::could_not},
                 JsonField{"inapplicable", &Finding::inapplicable});
};
static_assert(kAllInTable<Finding>);

template <>
struct JsonFields<TargetTerms> {
  static constexpr auto kFields =
      std::tuple(JsonField{"strict", &TargetTerms::strict}, JsonField{"tool_of", &TargetTerms::tool_of},
                 JsonField{"lacks", &TargetTerms::lacks});
};
static_assert(kAllInTable<TargetTerms>);

// `persona_of` and `canary` are not in it: PeopleOf has the one, and of the other no value is written.
template <>
struct JsonFields<Observation> {
  static constexpr auto kFields = std::tuple(
      JsonField{"answer", &Observation::answer}, JsonField{"no_response", &Observation::no_response},
      JsonField{"target_died", &Observation::target_died}, JsonField{"may_hang_up", &Observation::may_hang_up},
      JsonField{"timed_out", &Observation::timed_out}, JsonField{"took_us", &Observation::took},
      JsonField{"caller", &Observation::caller}, JsonField{"upstream", &Observation::upstream},
      JsonField{"target", &Observation::target}, JsonField{"asked", &Observation::asked},
      JsonField{"as_http", &Observation::as_http}, JsonField{"shown", &Observation::shown},
      JsonField{"twin_refused", &Observation::twin_refused}, JsonField{"tally", &Observation::tally},
      JsonField{"others_seen", &Observation::others_seen}, JsonField{"seen_of", &Observation::seen_of},
      JsonField{"downstream", &Observation::downstream}, JsonField{"leaks", &Observation::leaks},
      JsonField{"not_inspectable", &Observation::not_inspectable}, JsonField{"growth", &Observation::growth},
      JsonField{"findings", &Observation::findings}, JsonField{"not_observable", &Observation::not_observable});
};
static_assert(kFieldsInTable<Observation> + 2 == boost::pfr::tuple_size_v<Observation>,
              "a member of Observation that is not stored is not there when it is judged again");

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

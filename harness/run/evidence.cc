#include "harness/run/evidence.h"

namespace iff {
namespace {

Json AnswerJson(const McpAnswer& answer, const Redactor& redactor) {
  Json headers = Json::array();
  for (const auto& [name, value] : answer.headers.fields()) headers.push_back({name, redactor.Mask(value)});
  return {{"status", answer.status},
          {"headers", std::move(headers)},
          {"body", redactor.Mask(answer.body)},
          {"message", redactor.MaskAll(answer.message)},
          {"problem", redactor.Mask(answer.problem)}};
}

McpAnswer AnswerFrom(const Json& json) {
  McpAnswer answer{.status = static_cast<int>(AtOr<int64_t>(json, "/status", 0)),
                   .body = AtOr<std::string>(json, "/body", ""),
                   .message = AtOr<Json>(json, "/message", nullptr),
                   .problem = AtOr<std::string>(json, "/problem", "")};
  for (const Json& field : AtOr<Json>(json, "/headers", Json::array())) {
    answer.headers.Add(AtOr<std::string>(field, "/0", ""), AtOr<std::string>(field, "/1", ""));
  }
  return answer;
}

Json LedgerJson(const std::map<std::string, std::vector<LedgerEntry>>& ledger, const Redactor& redactor) {
  Json all = Json::object();
  for (const auto& [component, entries] : ledger) {
    Json& list = all[component] = Json::array();
    for (const LedgerEntry& entry : entries) {
      list.push_back({{"method", entry.method},
                      {"target", redactor.Mask(entry.target)},
                      {"status", entry.status},
                      {"owner", entry.owner},
                      {"disclosed", entry.disclosed}});
    }
  }
  return all;
}

Json AuditJson(const std::map<std::string, std::vector<AuditEntry>>& audit, const Redactor& redactor) {
  Json all = Json::object();
  for (const auto& [component, entries] : audit) {
    Json& list = all[component] = Json::array();
    for (const AuditEntry& entry : entries) {
      list.push_back({{"subject", entry.subject},
                      {"operation", entry.operation},
                      {"path", redactor.Mask(entry.path)},
                      {"allowed", entry.allowed}});
    }
  }
  return all;
}

Json FindingsJson(const std::map<std::string, Finding>& findings, const Redactor& redactor) {
  Json all = Json::object();
  for (const auto& [name, finding] : findings) {
    all[name] = {{"met", finding.met},
                 {"expected", redactor.Mask(finding.expected)},
                 {"observed", redactor.Mask(finding.observed)},
                 {"could_not", redactor.Mask(finding.could_not)},
                 {"inapplicable", redactor.Mask(finding.inapplicable)}};
  }
  return all;
}

std::vector<std::string> TextsAt(const Json& json, std::string_view pointer) {
  std::vector<std::string> texts;
  for (const Json& text : AtOr<Json>(json, pointer, Json::array())) texts.push_back(AtOr<std::string>(text, "", ""));
  return texts;
}

// Members of the object at `pointer`; none if there is no such object.
Json ObjectAt(const Json& json, std::string_view pointer) {
  Json found = AtOr<Json>(json, pointer, Json::object());
  return found.is_object() ? found : Json::object();
}

std::map<std::string, std::string> TextMapAt(const Json& json, std::string_view pointer) {
  std::map<std::string, std::string> texts;
  const Json object = ObjectAt(json, pointer);
  for (const auto& [name, text] : object.items()) texts[name] = AtOr<std::string>(text, "", "");
  return texts;
}

std::map<std::string, std::vector<std::string>> TextListsAt(const Json& json, std::string_view pointer) {
  std::map<std::string, std::vector<std::string>> lists;
  const Json object = ObjectAt(json, pointer);
  for (const auto& [name, list] : object.items()) lists[name] = TextsAt(list, "");
  return lists;
}

std::map<std::string, int64_t> NumbersAt(const Json& json, std::string_view pointer) {
  std::map<std::string, int64_t> numbers;
  const Json object = ObjectAt(json, pointer);
  for (const auto& [name, number] : object.items()) numbers[name] = AtOr<int64_t>(number, "", 0);
  return numbers;
}

}  // namespace

Json PeopleOf(const Observation& seen) {
  Json with_canary = Json::array();
  for (const auto& [role, canary] : seen.canary) with_canary.push_back(role);
  return {{"role_of", seen.role_of}, {"with_canary", std::move(with_canary)}};
}

Json EvidenceOf(const Observation& seen, const Redactor& redactor) {
  Json canaries = Json::object();
  for (const auto& [role, canary] : seen.canary) {
    if (seen.answer && seen.answer->body.find(canary) != std::string::npos) canaries[role] = redactor.Mask(canary);
  }
  return {{"answer", seen.answer ? AnswerJson(*seen.answer, redactor) : Json(nullptr)},
          {"silence", redactor.Mask(seen.silence)},
          {"target_died", seen.target_died},
          {"timed_out", seen.timed_out},
          {"took_us", seen.took.count()},
          {"caller", seen.caller},
          {"upstream", seen.upstream},
          {"target", seen.target},
          {"asked", seen.asked},
          {"shown", seen.shown},
          {"twin_refused", redactor.Mask(seen.twin_refused)},
          {"tally", seen.tally},
          {"canary", std::move(canaries)},
          {"others_seen", seen.others_seen},
          {"seen_of", seen.seen_of},
          {"ledger", LedgerJson(seen.ledger, redactor)},
          {"audit", AuditJson(seen.audit, redactor)},
          {"leaks", seen.leaks},
          {"growth", seen.growth},
          {"findings", FindingsJson(seen.findings, redactor)},
          {"unseen", redactor.MaskAll(Json(seen.unseen))}};
}

Result<Observation> ObservationFrom(const Json& evidence, const Json& people) {
  if (Find(evidence, "/answer") == nullptr || Find(evidence, "/unseen") == nullptr) {
    return Error(ErrorKind::kInvalidInput, "this is no stored observation: 'answer' or 'unseen' is missing");
  }
  Observation seen{.silence = AtOr<std::string>(evidence, "/silence", ""),
                   .target_died = AtOr<bool>(evidence, "/target_died", false),
                   .timed_out = AtOr<bool>(evidence, "/timed_out", false),
                   .took = std::chrono::microseconds(AtOr<int64_t>(evidence, "/took_us", 0)),
                   .caller = AtOr<std::string>(evidence, "/caller", ""),
                   .upstream = AtOr<std::string>(evidence, "/upstream", ""),
                   .target = AtOr<std::string>(evidence, "/target", ""),
                   .asked = AtOr<std::string>(evidence, "/asked", ""),
                   .shown = AtOr<std::string>(evidence, "/shown", ""),
                   .twin_refused = AtOr<std::string>(evidence, "/twin_refused", ""),
                   .tally = NumbersAt(evidence, "/tally"),
                   .role_of = TextMapAt(evidence.contains("role_of") ? evidence : people, "/role_of"),
                   .canary = TextMapAt(evidence, "/canary"),
                   .others_seen = TextsAt(evidence, "/others_seen"),
                   .seen_of = TextListsAt(evidence, "/seen_of"),
                   .leaks = TextListsAt(evidence, "/leaks"),
                   .growth = NumbersAt(evidence, "/growth"),
                   .unseen = TextMapAt(evidence, "/unseen")};
  for (const std::string& role : TextsAt(people, "/with_canary")) seen.canary.try_emplace(role, "(not in this answer)");
  if (const Json* answer = Find(evidence, "/answer"); answer->is_object()) seen.answer = AnswerFrom(*answer);
  const Json ledger = ObjectAt(evidence, "/ledger");
  for (const auto& [component, entries] : ledger.items()) {
    std::vector<LedgerEntry>& list = seen.ledger[component];
    for (const Json& entry : entries) {
      list.push_back({.method = AtOr<std::string>(entry, "/method", ""),
                      .target = AtOr<std::string>(entry, "/target", ""),
                      .status = static_cast<int>(AtOr<int64_t>(entry, "/status", 0)),
                      .owner = AtOr<std::string>(entry, "/owner", ""),
                      .disclosed = TextsAt(entry, "/disclosed")});
    }
  }
  const Json audit = ObjectAt(evidence, "/audit");
  for (const auto& [component, entries] : audit.items()) {
    std::vector<AuditEntry>& list = seen.audit[component];
    for (const Json& entry : entries) {
      list.push_back({.subject = AtOr<std::string>(entry, "/subject", ""),
                      .operation = AtOr<std::string>(entry, "/operation", ""),
                      .path = AtOr<std::string>(entry, "/path", ""),
                      .allowed = AtOr<bool>(entry, "/allowed", false)});
    }
  }
  const Json findings = ObjectAt(evidence, "/findings");
  for (const auto& [name, finding] : findings.items()) {
    seen.findings[name] = {.met = AtOr<bool>(finding, "/met", false),
                           .expected = AtOr<std::string>(finding, "/expected", ""),
                           .observed = AtOr<std::string>(finding, "/observed", ""),
                           .could_not = AtOr<std::string>(finding, "/could_not", ""),
                           .inapplicable = AtOr<std::string>(finding, "/inapplicable", "")};
  }
  return seen;
}

}  // namespace iff

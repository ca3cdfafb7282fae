#include "harness/scenario/load_fault.h"

#include <algorithm>

namespace iff {
namespace {

const std::vector<std::string> kOfHttp = {"refuse", "hold", "delay", "cut",     "sealed", "301",    "307",
                                          "500",    "503",  "429",   "garbage", "huge",   "trickle"};
const std::vector<std::string> kOfPostgresql = {"refuse", "hold", "delay", "cut", "garbage", "huge", "trickle"};

// With which clients say who they are and what they want; a server takes any setting, but a slip would meet nobody.
const std::vector<std::string> kParameters = {
    "user",        "database",  "application_name", "client_encoding",    "options",
    "replication", "DateStyle", "TimeZone",         "extra_float_digits", "search_path"};

bool IsSqlState(const std::string& text) {
  return text.size() == 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

// Of the classes success, warning and no data: with those nothing has failed.
bool IsNoError(const std::string& sqlstate) {
  return sqlstate.starts_with("00") || sqlstate.starts_with("01") || sqlstate.starts_with("02");
}

class FaultReader {
 public:
  FaultReader(YamlReader& reader, const std::string& at, const Vocabulary& vocabulary,
              const std::set<std::string>& roles)
      : reader_(reader), at_(at), vocabulary_(vocabulary), roles_(roles.begin(), roles.end()) {}

  FaultStep Read() {
    FaultStep step;
    step.component = reader_.OneOf(at_ + "/fault", {vocabulary_.components.begin(), vocabulary_.components.end()});
    database_ = vocabulary_.databases.contains(step.component);
    step.as = database_ ? AsOfPostgresql(step.component) : AsOfHttp(step.component);
    if (reader_.Has(at_ + "/of")) step.subject = reader_.OneOf(at_ + "/of", roles_);
    if (reader_.Has(at_ + "/nth")) step.nth = static_cast<uint64_t>(AtLeast("/nth", 1));
    step.path = reader_.Text(at_ + "/path");
    if (database_ && !step.path.empty()) {
      reader_.Mistake(at_ + "/path", "a start-up of PostgreSQL has no path: want 'startup', 'of' or 'nth'");
    }
    const bool names_start_ups = ReadStartUp(step);
    const bool answers = IsSqlState(step.as) || step.as == "garbage" || step.as == "huge" || step.as == "trickle";
    step.start_ups = database_ && (answers || names_start_ups || step.nth > 0 || !step.subject.empty());
    ReadAmounts(step);
    if (step.as == "sealed" && (step.nth > 0 || !(step.subject + step.path).empty())) {
      reader_.Mistake(at_, "it is sealed for everybody");
    }
    return step;
  }

 private:
  std::string AsOfHttp(const std::string& component) {
    const std::string as = reader_.Has(at_ + "/as") ? reader_.Text(at_ + "/as") : "";
    if (!IsSqlState(as) || component.empty()) return reader_.OneOf(at_ + "/as", kOfHttp);
    reader_.Mistake(at_ + "/as", "'" + as + "' is an SQLSTATE, and " + component + " does not speak PostgreSQL" +
                                     Known(vocabulary_.databases));
    return "";
  }

  std::string AsOfPostgresql(const std::string& component) {
    const std::string as = reader_.Has(at_ + "/as") ? reader_.Text(at_ + "/as") : "";
    if (IsSqlState(as)) {
      if (IsNoError(as))
        reader_.Mistake(at_ + "/as", "'" + as + "' is the SQLSTATE of no error: want one such as \"53300\"");
      return as;
    }
    const bool elsewhere = std::find(kOfHttp.begin(), kOfHttp.end(), as) != kOfHttp.end();
    if (!elsewhere || std::find(kOfPostgresql.begin(), kOfPostgresql.end(), as) != kOfPostgresql.end()) {
      return reader_.OneOf(at_ + "/as", kOfPostgresql);
    }
    std::string words;
    for (const std::string& word : kOfPostgresql) words += ", " + word;
    reader_.Mistake(at_ + "/as", "'" + as + "' is nothing " + component +
                                     " could be disturbed by, as it speaks PostgreSQL: want an SQLSTATE "
                                     "such as \"53300\", or one of" +
                                     words.substr(1));
    return "";
  }

  // True: something stands there.
  bool ReadStartUp(FaultStep& step) {
    const std::string at = at_ + "/startup";
    const Json* value = reader_.Get(at);
    if (value == nullptr) return false;
    if (!database_) {
      if (!step.component.empty()) {
        reader_.Mistake(
            at, step.component + " does not speak PostgreSQL, and has no start-ups: want 'path', 'of' or 'nth'");
      }
      return true;
    }
    if (*value == Json("any")) return true;
    if (!value->is_object() || value->empty()) {
      reader_.Mistake(at, "want 'any', or what a start-up holds: user, database, application_name, ...");
      return true;
    }
    reader_.Members(at, kParameters);
    for (const auto& [name, where] : reader_.Entries(at)) step.parameters[name] = reader_.Text(where, true);
    return true;
  }

  void ReadAmounts(FaultStep& step) {
    const bool slow = step.as == "delay" || step.as == "trickle";
    if (reader_.Has(at_ + "/delay")) {
      step.delay = reader_.Span(at_ + "/delay").value_or(std::chrono::milliseconds(0));
      if (!slow && !step.as.empty())
        reader_.Mistake(at_ + "/delay", "'delay' stands beside 'as: delay' or 'as: trickle'");
    } else if (step.as == "delay") {
      reader_.Mistake(at_, "how long is each piece delayed? want 'delay', a span of time");
    }
    if (!reader_.Has(at_ + "/after")) return;
    step.after = static_cast<uint64_t>(AtLeast("/after", 0));
    if (step.as != "cut" && !step.as.empty()) reader_.Mistake(at_ + "/after", "'after' stands beside 'as: cut'");
  }

  int64_t AtLeast(const std::string& member, int64_t least) {
    const int64_t number = reader_.Number(at_ + member).value_or(least);
    if (number < least) reader_.Mistake(at_ + member, "want " + std::to_string(least) + " or more");
    return std::max(number, least);
  }

  static std::string Known(const std::set<std::string>& names) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? " (does: " : ", ") + name;
    return known.empty() ? "" : known + ")";
  }

  YamlReader& reader_;
  const std::string at_;
  const Vocabulary& vocabulary_;
  const std::vector<std::string> roles_;
  bool database_ = false;
};

}  // namespace

FaultStep ReadFault(YamlReader& reader, const std::string& at, const Vocabulary& vocabulary,
                    const std::set<std::string>& roles) {
  return FaultReader(reader, at, vocabulary, roles).Read();
}

}  // namespace iff

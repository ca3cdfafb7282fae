// RunFromJson: the way back from the stored form. Strict, because every report can be drawn again
// from it, and a report must not show what no run has found.
#include <limits>
#include <optional>

#include "harness/run/result.h"

namespace iff {
namespace {

std::string Escaped(std::string_view name) {  // RFC 6901
  std::string text;
  for (const char c : name) {
    if (c == '~')
      text += "~0";
    else if (c == '/')
      text += "~1";
    else
      text += c;
  }
  return text;
}

// One value with its pointer. The first mistake of a whole document is kept; after it, everything
// reads as empty.
class Reader {
 public:
  Reader(const Json& value, std::string pointer, std::optional<Error>& mistake)
      : value_(&value), pointer_(std::move(pointer)), mistake_(&mistake) {}

  const Json& value() const { return *value_; }

  void Complain(const std::string& why) const {
    if (!*mistake_) mistake_->emplace(ErrorKind::kInvalidInput, (pointer_.empty() ? "/" : pointer_) + ": " + why);
  }

  bool Has(const char* name) const { return value_->is_object() && value_->contains(name); }

  Reader Member(const char* name) const {
    if (!value_->is_object()) {
      Complain(std::string("not an object but ") + value_->type_name());
    } else if (const auto found = value_->find(name); found != value_->end()) {
      return Reader(*found, pointer_ + "/" + name, *mistake_);
    } else {
      Reader(*value_, pointer_ + "/" + name, *mistake_).Complain("is missing");
    }
    return Reader(Nothing(), pointer_ + "/" + name, *mistake_);
  }

  std::string Text() const {
    if (const auto* text = value_->get_ptr<const std::string*>()) return *text;
    Complain(std::string("not a string but ") + value_->type_name());
    return {};
  }

  bool Flag() const {
    if (const auto* flag = value_->get_ptr<const bool*>()) return *flag;
    Complain(std::string("not a boolean but ") + value_->type_name());
    return false;
  }

  template <class T>
  T Number() const {
    // Positive numbers of a parsed text are unsigned; both kinds are read.
    if (value_->is_number_unsigned()) {
      const uint64_t number = *value_->get_ptr<const uint64_t*>();
      if (number <= static_cast<uint64_t>(std::numeric_limits<T>::max())) return static_cast<T>(number);
    } else if (value_->is_number_integer()) {
      const int64_t number = *value_->get_ptr<const int64_t*>();
      if (number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max()) {
        return static_cast<T>(number);
      }
    } else {
      Complain(std::string("not an integer but ") + value_->type_name());
      return 0;
    }
    Complain("out of range");
    return 0;
  }

  // Members that earlier versions did not write, or that say nothing when they are empty.
  std::string TextIfThere(const char* name) const { return Has(name) ? Member(name).Text() : std::string(); }
  template <class T>
  T NumberIfThere(const char* name) const {
    return Has(name) ? Member(name).Number<T>() : T{};
  }

  template <class T>
  std::vector<T> List(T (*read)(const Reader&)) const {
    std::vector<T> list;
    if (!value_->is_array()) {
      Complain(std::string("not an array but ") + value_->type_name());
      return list;
    }
    list.reserve(value_->size());
    size_t index = 0;
    for (const Json& item : *value_) {
      list.push_back(read(Reader(item, pointer_ + "/" + std::to_string(index++), *mistake_)));
      if (*mistake_) break;
    }
    return list;
  }

  std::map<std::string, std::string> Texts() const {
    std::map<std::string, std::string> texts;
    if (!value_->is_object()) {
      Complain(std::string("not an object but ") + value_->type_name());
      return texts;
    }
    for (const auto& [name, item] : value_->items()) {
      texts[name] = Reader(item, pointer_ + "/" + Escaped(name), *mistake_).Text();
    }
    return texts;
  }

  template <class T>
  void Expect(const char* name, const T& derived) const {
    if (*mistake_) return;
    const Reader member = Member(name);
    if (!*mistake_ && *member.value_ != Json(derived)) {
      member.Complain(Dump(*member.value_) + " does not follow from the checks, " + Dump(Json(derived)) + " does");
    }
  }

 private:
  static const Json& Nothing() {
    static const Json nothing;
    return nothing;
  }

  const Json* value_;
  std::string pointer_;
  std::optional<Error>* mistake_;
};

Verdict ReadVerdict(const Reader& reader) {
  const std::string text = reader.Text();
  for (const Verdict verdict : {Verdict::kPassed, Verdict::kFailed, Verdict::kErrored, Verdict::kInapplicable}) {
    if (text == Name(verdict)) return verdict;
  }
  reader.Complain("no verdict called '" + text + "'");
  return Verdict::kErrored;
}

Level ReadLevel(const Reader& reader) {
  const std::string text = reader.Text();
  if (text == Name(Level::kShould)) return Level::kShould;
  if (text != Name(Level::kMust)) reader.Complain("no level called '" + text + "'");
  return Level::kMust;
}

Gravity ReadGravity(const Reader& reader) {
  const std::string text = reader.Text();
  for (const Gravity gravity : kGravities) {
    if (text == Name(gravity)) return gravity;
  }
  reader.Complain("no gravity called '" + text + "'");
  return Gravity::kForm;
}

std::string ReadText(const Reader& reader) { return reader.Text(); }

Check ReadCheck(const Reader& reader) {
  return {.id = reader.Member("id").Text(),
          .level = ReadLevel(reader.Member("level")),
          .verdict = ReadVerdict(reader.Member("verdict")),
          .reason = reader.TextIfThere("reason"),
          .expected = reader.Member("expected").Text(),
          .observed = reader.Member("observed").Text(),
          .clause = reader.TextIfThere("clause"),
          .known = reader.Has("known") && reader.Member("known").Flag(),
          .tells = reader.Has("tells") && reader.Member("tells").Flag(),
          .exchange = reader.Has("exchange") ? reader.Member("exchange").Number<int64_t>() : 0};
}

std::pair<std::string, std::string> ReadPair(const Reader& reader) {
  const std::vector<std::string> both = reader.List(ReadText);
  if (both.size() == 2) return {both[0], both[1]};
  reader.Complain("not a name and a value");
  return {};
}

Exchange ReadExchange(const Reader& reader) {
  return {.lane = reader.Member("lane").Text(),
          .actor = reader.Member("actor").Text(),
          .credential = reader.Member("credential").Text(),
          .title = reader.Member("title").Text(),
          .started_us = reader.Member("started_us").Number<int64_t>(),
          .took_us = reader.Member("took_us").Number<int64_t>(),
          .method = reader.Member("method").Text(),
          .target = reader.Member("target").Text(),
          .request_headers = reader.Member("request_headers").List(ReadPair),
          .request_body = reader.Member("request_body").Text(),
          .status = reader.Member("status").Number<int>(),
          .response_headers = reader.Member("response_headers").List(ReadPair),
          .response_body = reader.Member("response_body").Text(),
          .failure = reader.Member("failure").Text(),
          .as_http = reader.Has("as_http"),
          .token = reader.Member("token").value()};
}

Downstream ReadDownstream(const Reader& reader) {
  Downstream downstream;
  const Result<void> read = FromJsonByFields(reader.value(), downstream);
  if (!read.ok()) reader.Complain(read.error().message());
  return downstream;
}

StepResult StepFrom(const Reader& reader) {
  return {.title = reader.Member("title").Text(),
          .line = reader.Member("line").Number<int>(),
          .at = reader.TextIfThere("at"),
          .checks = reader.Member("checks").List(ReadCheck),
          .trace = {.exchanges = reader.Member("exchanges").List(ReadExchange),
                    .downstream = ReadDownstream(reader.Member("downstream"))},
          .kind = reader.TextIfThere("kind"),
          .about = reader.TextIfThere("about"),
          .started_us = reader.NumberIfThere<int64_t>("started_us"),
          .took_us = reader.NumberIfThere<int64_t>("took_us")};
}

MatrixCell ReadCell(const Reader& reader) {
  return {.target = reader.Member("target").Text(),
          .caller = reader.Member("caller").Text(),
          .tool = reader.Member("tool").Text(),
          .owner = reader.Member("owner").Text(),
          .expected = reader.Member("expected").Flag(),
          .reached = reader.Member("reached").Flag(),
          .verdict = ReadVerdict(reader.Member("verdict")),
          .operation = reader.TextIfThere("operation"),
          .way = reader.TextIfThere("way"),
          .decision = reader.TextIfThere("decision")};
}

ScenarioResult ReadScenario(const Reader& reader) {
  ScenarioResult scenario{.id = reader.Member("id").Text(),
                          .suite = reader.Member("suite").Text(),
                          .target = reader.Member("target").Text(),
                          .title = reader.Member("title").Text(),
                          .file = reader.Member("file").Text(),
                          .started_us = reader.Member("started_us").Number<int64_t>(),
                          .took_us = reader.Member("took_us").Number<int64_t>(),
                          .steps = reader.Member("steps").List(StepFrom),
                          .matrix = reader.Member("matrix").List(ReadCell),
                          .principals = reader.Member("principals").List(ReadText),
                          .error = reader.Member("error").Text(),
                          .inapplicable = reader.Member("inapplicable").Text(),
                          .logs = reader.Member("logs").Texts(),
                          .attachments = reader.Has("attachments") ? reader.Member("attachments").Texts()
                                                                   : std::map<std::string, std::string>(),
                          .place = reader.NumberIfThere<int>("place")};
  if (reader.Has("tags")) scenario.tags = reader.Member("tags").List(ReadText);
  if (reader.Has("target_served")) scenario.target_served = reader.Member("target_served").List(ReadText);
  scenario.played_again = reader.TextIfThere("played_again");
  if (reader.Has("not_looked_at")) scenario.not_looked_at = reader.Member("not_looked_at").List(ReadText);
  reader.Expect("verdict", Name(scenario.verdict()));
  return scenario;
}

ComponentRecord ReadComponent(const Reader& reader) {
  return {.name = reader.Member("name").Text(),
          .version = reader.Member("version").Text(),
          .start_us = reader.Member("start_us").Number<int64_t>(),
          .how = reader.Member("how").Text()};
}

Difference ReadDifference(const Reader& reader) {
  Difference difference{.scenario = reader.Member("scenario").Text(),
                        .check = reader.Member("check").Text(),
                        .before = reader.Member("before").Text(),
                        .now = reader.Member("now").Text()};
  const Reader kind = reader.Member("kind");
  const std::string text = kind.Text();
  for (const Difference::Kind known :
       {Difference::Kind::kNew, Difference::Kind::kFixed, Difference::Kind::kStill, Difference::Kind::kLost}) {
    if (text != Name(known)) continue;
    difference.kind = known;
    return difference;
  }
  kind.Complain("no kind of difference called '" + text + "'");
  return difference;
}

ChangedDecision ReadDecision(const Reader& reader) {
  return {.target = reader.Member("target").Text(),
          .caller = reader.Member("caller").Text(),
          .operation = reader.Member("operation").Text(),
          .owner = reader.Member("owner").Text(),
          .way = reader.Member("way").Text(),
          .before = reader.Member("before").Text(),
          .now = reader.Member("now").Text()};
}

Comparison ReadComparison(const Reader& reader) {
  return {.run = reader.Member("run").Text(),
          .started = reader.Member("started").Text(),
          .checks_before = reader.Member("checks_before").Number<int>(),
          .checks_now = reader.Member("checks_now").Number<int>(),
          .differences = reader.Member("differences").List(ReadDifference),
          .decisions =
              reader.Has("decisions") ? reader.Member("decisions").List(ReadDecision) : std::vector<ChangedDecision>()};
}

HeldClause ReadClause(const Reader& reader) {
  return {.source = reader.Member("source").Text(),
          .name = reader.Member("clause").Text(),
          .says = reader.Member("says").Text(),
          .excluded = reader.TextIfThere("excluded"),
          .checks = reader.Member("checks").List(ReadText)};
}

std::vector<std::string> ReadTexts(const Reader& reader) { return reader.List(ReadText); }

std::map<std::string, std::string> ReadReasons(const Reader& reader, const char* name) {
  return reader.Has(name) ? reader.Member(name).Texts() : std::map<std::string, std::string>();
}

HeldClaim ReadClaim(const Reader& reader) {
  HeldClaim held{.claim = {.name = reader.Member("claim").Text(),
                           .asks = reader.Member("asks").Text(),
                           .refuted = reader.Member("refuted").Text(),
                           .served = reader.Has("served") && reader.Member("served").Flag(),
                           .of_tokens = reader.Has("of_tokens") && reader.Member("of_tokens").Flag()},
                 .excused = ReadReasons(reader, "excused"),
                 .accepted = ReadReasons(reader, "accepted")};
  held.claim.shown_by = reader.Member("shown_by").List(ReadTexts);
  if (reader.Has("but")) held.claim.but = reader.Member("but").List(ReadText);
  if (reader.Has("needs")) held.claim.needs = reader.Member("needs").List(ReadText);
  if (reader.Has("also")) held.claim.also = reader.Member("also").List(ReadText);
  return held;
}

NamedCause ReadCause(const Reader& reader) {
  return {.name = reader.Member("cause").Text(),
          .target = reader.Member("target").Text(),
          .says = reader.Member("says").Text(),
          .gravity = ReadGravity(reader.Member("gravity")),
          .fix = reader.Member("fix").Text(),
          .clause = reader.TextIfThere("clause"),
          .checks = reader.Member("checks").List(ReadText),
          .explains = reader.Member("explains").Number<int>(),
          .of = reader.Member("of").Number<int>()};
}

AcceptedCause ReadAccepted(const Reader& reader) {
  return {.name = reader.Member("cause").Text(),
          .target = reader.Member("target").Text(),
          .reason = reader.Member("reason").Text(),
          .until = reader.Member("until").Text(),
          .explains = reader.Member("explains").Number<int>()};
}

Shard ReadShard(const Reader& reader) {
  return {.index = reader.Member("index").Number<int>(), .of = reader.Member("of").Number<int>()};
}

}  // namespace

Result<RunResult> RunFromJson(const Json& json) {
  std::optional<Error> mistake;
  const Reader reader(json, "", mistake);
  const Reader schema = reader.Member("schema");
  if (const std::string text = schema.Text(); text != kResultSchema) {
    schema.Complain("'" + text + "' is no schema that can be read, " + std::string(kResultSchema) + " is" +
                    (text.starts_with("iff-result-") ? ": use the version of iff that wrote it, or run it again" : ""));
  }
  RunResult run{.id = reader.Member("id").Text(),
                .system = reader.Member("system").Text(),
                .started = reader.Member("started").Text(),
                .took_us = reader.Member("took_us").Number<int64_t>(),
                .command = reader.Member("command").Text(),
                .version = reader.Member("version").Text(),
                .components = reader.Member("components").List(ReadComponent),
                .scenarios = reader.Member("scenarios").List(ReadScenario),
                .unexpected_passes = reader.Member("unexpected_passes").List(ReadText),
                .error = reader.Member("error").Text(),
                .first_green_us = reader.Member("first_green_us").Number<int64_t>(),
                .narrowed = reader.Has("narrowed") && reader.Member("narrowed").Flag()};
  if (reader.Has("shard")) run.shard = ReadShard(reader.Member("shard"));
  if (reader.Has("compared")) run.compared = ReadComparison(reader.Member("compared"));
  if (reader.Has("clauses")) run.clauses = reader.Member("clauses").List(ReadClause);
  if (reader.Has("claims")) run.claims = reader.Member("claims").List(ReadClaim);
  if (reader.Has("causes")) run.causes = reader.Member("causes").List(ReadCause);
  run.program = reader.TextIfThere("program");
  if (reader.Has("accepted")) run.accepted = reader.Member("accepted").List(ReadAccepted);
  const RunResult::Totals totals = run.totals();
  const Reader sums = reader.Member("totals");
  sums.Expect("checks", totals.checks());
  sums.Expect("passed", totals.passed);
  sums.Expect("failed", totals.failed);
  sums.Expect("known", totals.known);
  sums.Expect("errored", totals.errored);
  sums.Expect("inapplicable", totals.inapplicable);
  reader.Expect("exit_code", static_cast<int>(run.exit_code()));
  if (mistake) return *std::move(mistake);
  return run;
}

}  // namespace iff

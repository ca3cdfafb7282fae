// What a server writes down: its audit trail and its log.
#include <algorithm>
#include <filesystem>

#include "harness/core/bytes.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

std::string WhyNoAudit(const TargetSpec& target) {
  return target.audit.empty() ? target.name + " writes no audit file that the system file names" : "";
}

// Why the target's audit trail cannot be read as records: there is none, or it has another form. What claims to be
// strict is held to this one, though nothing of it stands there.
std::string WhyNoRecords(const Sandbox& sandbox, const char* member = "/outcome") {
  const TargetSpec& target = sandbox.target();
  if (std::string why = WhyNoAudit(target); !why.empty()) return why;
  if (target.replicas > 1) return target.name + " has replicas, each with an audit trail of its own";
  if (target.strict) return "";
  std::string rest = sandbox.process().Audit();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const Result<Json> record = ParseJson(rest.substr(0, end));
    if (record.ok() && Find(*record, member) != nullptr) return "";
    rest = end < rest.size() ? rest.substr(end + 1) : "";
  }
  return "the audit trail of " + target.name + " has no records of the form that is known here (" + (member + 1) + ")";
}

ProbeOutcome NoneOf(const std::vector<std::string>& findings, const std::string& why) {
  ProbeOutcome outcome;
  for (const std::string& finding : findings) outcome.findings[finding] = {.inapplicable = why};
  return outcome;
}

// Counts the target's own records around three requests of known outcome.
Result<ProbeOutcome> AuditTrail(Sandbox& sandbox, const Json& arguments) {
  const std::string credential = AtOr<std::string>(arguments, "/credential", "alice");
  const Credential* held = sandbox.principals().FindCredential(credential);
  if (held == nullptr) return Error(ErrorKind::kInvalidInput, "audit_trail: no credential called " + credential);
  if (const std::string why = WhyNoRecords(sandbox); !why.empty()) {
    return NoneOf({"one-record-for-each-decision", "record-names-the-subject", "denial-is-recorded"}, why);
  }
  const Principal& principal = *sandbox.principals().Find(held->principal);
  const size_t before = sandbox.process().Audit().size();
  const Json params = TRY(sandbox.client().CallParams({.operation = "read_own"}, principal.persona));
  const SendOutcome allowed = sandbox.client().Send({.with = credential}, "tools/call", params, "audited call");
  const SendOutcome denied = sandbox.client().Send({}, "tools/call", params, "audited refusal");
  if (!allowed.answer || !denied.answer) return Error(ErrorKind::kUnavailable, allowed.silence + denied.silence);

  std::vector<Json> records;
  std::string rest = sandbox.process().Audit().substr(before);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const Result<Json> record = ParseJson(rest.substr(0, end));
    if (!record.ok()) return Error(ErrorKind::kProtocol, "the audit trail holds a line that is no record");
    records.push_back(*record);
    rest = end < rest.size() ? rest.substr(end + 1) : "";
  }
  ProbeOutcome outcome;
  outcome.findings["one-record-for-each-decision"] = {.met = records.size() == 2,
                                                      .expected = "2 records for 2 requests",
                                                      .observed = std::to_string(records.size()) + " records"};
  const bool named = std::any_of(records.begin(), records.end(), [&](const Json& record) {
    return AtOr<std::string>(record, "/subject", "") == principal.id &&
           AtOr<std::string>(record, "/outcome", "") == "allowed";
  });
  outcome.findings["record-names-the-subject"] = {.met = named,
                                                  .expected = "an allowed record of the caller's sub",
                                                  .observed = named ? "there is one" : "there is none"};
  const bool refused = std::any_of(records.begin(), records.end(), [](const Json& record) {
    return AtOr<std::string>(record, "/outcome", "") == "denied" && !AtOr<std::string>(record, "/reason", "").empty();
  });
  outcome.findings["denial-is-recorded"] = {.met = refused,
                                            .expected = "a denied record with a reason",
                                            .observed = refused ? "there is one" : "there is none"};
  return outcome;
}

// Ends a line, begins a record, colours a terminal, counts for printf, and turns what follows around.
const std::string kHostile = "iff-was-here\"\r\n{\"outcome\":\"allowed\"}\x1b[31m%n\xe2\x80\xae";
constexpr std::string_view kMark = "iff-was-here";

// What may not stand in a line for people as it is: control characters, and those that change the direction of text
// (Unicode 15, annex 9).
std::string Unfit(std::string_view line) {
  for (const char letter : line) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) return "a control character";
  }
  for (const std::string_view mark :
       {"\xe2\x80\xae", "\xe2\x80\xad", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x81\xa6", "\xe2\x81\xa7"}) {
    if (line.find(mark) != std::string_view::npos) return "a mark that turns text around";
  }
  return {};
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Why the lines are no chain: each names the hash of the one before, and its own, of that and of all before it
// (servers/guard/audit_file.h). "" if they are.
std::string BrokenLink(const std::vector<std::string>& lines) {
  std::string previous(64, '0');
  for (size_t i = 0; i < lines.size(); ++i) {
    const Result<Json> record = ParseJson(lines[i]);
    const std::string where = "line " + std::to_string(i + 1);
    if (!record.ok()) return where + " is no record";
    const size_t end = lines[i].rfind(",\"hash\"");
    if (AtOr<std::string>(*record, "/previous", "") != previous)
      return where + " does not name the hash of the one before";
    const std::string hash = Hex(Sha256(previous + lines[i].substr(0, end)));
    if (end == std::string::npos || AtOr<std::string>(*record, "/hash", "") != hash)
      return where + " was changed: its hash is another";
    previous = hash;
  }
  return {};
}

// Everything that a caller may choose and a server may write down, chosen to break it.
class HostileWords {
 public:
  // Before 2026-07-28 no field repeats the method, so that it may be anything.
  static constexpr const char* kRevision = "2025-11-25";
  static std::vector<std::string> Findings() {
    return {"hostile-words-break-no-line", "hostile-words-make-no-record", "fields-repeat-no-hostile-words",
            "records-are-a-chain"};
  }

  HostileWords(Sandbox& sandbox, std::string who) : sandbox_(sandbox), who_(std::move(who)) {}

  Result<ProbeOutcome> Play() {
    const Json own = TRY(sandbox_.client().CallParams({.operation = "read_own"}, who_));
    const std::string revision = kRevision;
    // The session is opened first.
    TRY(Answered(
        sandbox_.client().Send({.with = who_, .revision = revision}, "tools/list", Json::object(), "tools/list")));
    if (const std::string why = WhyNoRecords(sandbox_); !why.empty()) return NoneOf(Findings(), why);
    const size_t audited = sandbox_.process().Audit().size();
    const size_t logged = sandbox_.process().Log().size();
    Ask({.with = who_}, "tools/call", Json{{"name", kHostile}, {"arguments", Json::object()}}, "a tool");
    Ask({.with = who_, .revision = revision}, kHostile, Json::object(), "a method");
    const Forge forge = TRY(sandbox_.principals().MakeForge());
    const Secret& valid = sandbox_.principals().FindCredential(who_)->value;
    for (const char* claim : {"sub", "azp", "jti"}) {
      Credential hostile;
      hostile.value = TRY(forge.Reissue(valid, Json{{claim, kHostile}}));
      sandbox_.principals().Keep(std::string("hostile-") + claim, who_, std::move(hostile));
      Ask({.with = std::string("hostile-") + claim}, "tools/call", own, std::string("the claim ") + claim);
    }
    for (const char* attack : {"kid-newline", "kid-injection"}) {
      sandbox_.principals().Keep(
          attack, who_, TRY(sandbox_.principals().WrongIn(attack, *sandbox_.principals().FindCredential(who_))));
      Ask({.with = attack}, "tools/call", own, std::string("a key's name, ") + attack);
    }
    Ask({.with = who_}, "tools/call", own, "nothing");
    const HttpRequest plain = *sandbox_.client().last_request();
    for (const char* field : {"User-Agent", "Mcp-Session-Id", "X-Request-Id", "traceparent"}) {
      HttpRequest request = plain;
      request.headers.Set(field, std::string(kMark) + "\"},{\"outcome\":\"allowed\"}%n\xe2\x80\xae");
      Note(sandbox_.client().SendAgain(request, {.with = who_},
                                       std::string("the field ") + field + " holds hostile words"));
    }
    if (!silence_.empty()) return Error(ErrorKind::kUnavailable, silence_);
    return Told(sandbox_.process().Audit(), audited, sandbox_.process().Log().substr(logged));
  }

 private:
  static Result<void> Answered(const SendOutcome& sent) {
    if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
    return {};
  }
  void Ask(const Sending& sending, const std::string& method, const Json& params, const std::string& what) {
    Note(sandbox_.client().Send(sending, method, params, what + " holds hostile words"));
  }
  void Note(const SendOutcome& sent) {
    ++asked_;
    if (!sent.answer) {
      silence_ = sent.silence;
      return;
    }
    for (const auto& [name, value] : sent.answer->headers.fields()) {
      const bool repeats = value.find(kMark) != std::string::npos || value.find("outcome") != std::string::npos;
      if (repeats) repeated_ += (repeated_.empty() ? "" : ", ") + name;
    }
  }

  ProbeOutcome Told(const std::string& trail, size_t before, const std::string& log) const {
    ProbeOutcome outcome;
    const std::vector<std::string> records = LinesOf(std::string_view(trail).substr(before));
    std::string unfit;
    for (const std::string& record : records) {
      if (unfit.empty()) unfit = ParseJson(record).ok() ? Unfit(record) : "a line that is no record";
    }
    for (const std::string& line : LinesOf(log)) {
      if (unfit.empty()) unfit = line.starts_with('{') ? "a line of the caller's own in the log" : Unfit(line);
    }
    outcome.findings["hostile-words-break-no-line"] = {.met = unfit.empty() && !records.empty(),
                                                       .expected = "records and log lines of printable text",
                                                       .observed = unfit.empty() ? "so it is" : unfit};
    outcome.findings["hostile-words-make-no-record"] = {
        .met = records.size() == asked_,
        .expected = std::to_string(asked_) + " records for as many requests",
        .observed = std::to_string(records.size())};
    outcome.findings["fields-repeat-no-hostile-words"] = {.met = repeated_.empty(),
                                                          .expected = "no field of an answer",
                                                          .observed = repeated_.empty() ? "none" : repeated_};
    const std::string broken = BrokenLink(LinesOf(trail));
    outcome.findings["records-are-a-chain"] = {.met = broken.empty(),
                                               .expected = "each record vouches for the one before",
                                               .observed = broken.empty() ? "so it is" : broken};
    if (const std::string why = WhyNoRecords(sandbox_, "/hash"); !why.empty()) {
      outcome.findings["records-are-a-chain"] = {.inapplicable = why};
    }
    return outcome;
  }

  Sandbox& sandbox_;
  const std::string who_;
  size_t asked_ = 0;
  std::string silence_ = {};
  std::string repeated_ = {};  // fields of answers
};

Result<ProbeOutcome> PlayHostileWords(Sandbox& sandbox, const Json& arguments) {
  const std::string who = AtOr<std::string>(arguments, "/credential", "alice");
  if (sandbox.principals().FindCredential(who) == nullptr)
    return Error(ErrorKind::kInvalidInput, "hostile_words: no credential called " + who);
  std::string why = sandbox.target().Speaks(HostileWords::kRevision)
                        ? sandbox.principals().WhyNoKeys()
                        : sandbox.target().name + " does not speak revision " + HostileWords::kRevision;
  if (!why.empty()) return NoneOf(HostileWords::Findings(), why);
  return HostileWords(sandbox, who).Play();
}

// A file that takes no further byte: it is as large as its file system can have one, without taking room.
class FullFile {
 public:
  static Result<std::unique_ptr<FullFile>> Fill(const std::string& path) {
    std::error_code failed;
    const uintmax_t before = std::filesystem::file_size(path, failed);
    if (failed) return Error(ErrorKind::kUnavailable, "look at " + path + ": " + failed.message());
    // The largest size that can be set, by bisection.
    uintmax_t fits = before;
    for (uintmax_t step = uintmax_t{1} << 62; step > 0; step /= 2) {
      std::filesystem::resize_file(path, fits + step, failed);
      if (!failed) fits += step;
    }
    return std::unique_ptr<FullFile>(new FullFile(path, before));
  }
  FullFile(const FullFile&) = delete;
  FullFile& operator=(const FullFile&) = delete;
  ~FullFile() {
    std::error_code failed;
    std::filesystem::resize_file(path_, before_, failed);
  }

 private:
  FullFile(std::string path, uintmax_t before) : path_(std::move(path)), before_(before) {}

  const std::string path_;
  const uintmax_t before_;
};

Result<ProbeOutcome> PlayFullTrail(Sandbox& sandbox, const Json& arguments) {
  const std::string who = AtOr<std::string>(arguments, "/credential", "alice");
  const Credential* credential = sandbox.principals().FindCredential(who);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "full_trail: no credential called " + who);
  if (const std::string why = WhyNoRecords(sandbox); !why.empty()) {
    return NoneOf({"unrecorded-calls-give-nothing", "unrecorded-calls-are-refused", "recorded-calls-are-served-again"},
                  why);
  }
  const Json own = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  const auto call = [&](const std::string& title, bool& served) -> Result<std::string> {
    const Cursors marks = sandbox.observer().Mark();
    const SendOutcome sent = sandbox.client().Send({.with = who}, "tools/call", own, title);
    if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
    Observation seen;
    sandbox.observer().Observe(marks, credential->principal, sent, seen);
    served = seen.seen_of.contains(credential->principal);
    return StatusOf(sent);
  };
  std::string statuses;
  bool any = false;
  bool refused = true;
  {
    const std::unique_ptr<FullFile> full = TRY(FullFile::Fill(sandbox.process().audit_path()));
    for (int i = 0; i < 3; ++i) {
      bool served = false;
      const std::string status = TRY(call("while nothing can be written down", served));
      statuses += (statuses.empty() ? "" : ", ") + status;
      any = any || served;
      refused = refused && status == "HTTP 503";
    }
  }
  // The first one may be refused still: by it a server finds out.
  std::string after;
  bool served = false;
  (void)Eventually(Deadline::In(std::chrono::seconds(5)), [&]() -> Result<bool> {
    after = TRY(call("when it can be written down again", served));
    return served;
  });
  ProbeOutcome outcome;
  outcome.findings["unrecorded-calls-give-nothing"] = {
      .met = !any, .expected = "nothing of the caller's", .observed = statuses};
  outcome.findings["unrecorded-calls-are-refused"] = {.met = refused, .expected = "HTTP 503", .observed = statuses};
  outcome.findings["recorded-calls-are-served-again"] = {.met = served,
                                                         .expected = "what is the caller's own",
                                                         .observed = after,
                                                         .inapplicable = WhyNothingPrivate(sandbox)};
  return outcome;
}

}  // namespace

void AddRecordProbes(ProbeSet& probes) {
  probes["audit_trail"] = {AuditTrail, Aftermath::kAsTheyWere, Asks::kSingleRequests};
  probes["hostile_words"] = {PlayHostileWords, Aftermath::kAsTheyWere, Asks::kSingleRequests, Wants::kFreshTarget,
                             WhyNoAudit};
  probes["full_trail"] = {PlayFullTrail, Aftermath::kAsTheyWere, Asks::kSingleRequests};
}

}  // namespace iff

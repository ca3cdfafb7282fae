#include "servers/guard/audit_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <string_view>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/core/printable.h"

namespace iff {
namespace {

const std::string kGenesis(64, '0');
constexpr std::string_view kHashMember = ",\"hash\":\"";

// The longest text of a record: what comes of a token or a request is cut there, so that a line has a bound.
constexpr size_t kLongestText = 4096;

// REQUIRES: longer than that
std::string Cut(const std::string& text) {
  size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // whole characters
  return text.substr(0, end) + "...";
}

// ,"name":"text" in ASCII: a bidirectional or invisible character in a name cannot rearrange what a reader
// sees. By hand where there is nothing to escape, for every call writes a line.
void AppendText(std::string& line, std::string_view name, const std::string& given) {
  const std::string cut = given.size() > kLongestText ? Cut(given) : std::string();
  const std::string& text = cut.empty() ? given : cut;
  line.append(",\"").append(name).append("\":");
  if (IsPlainJsonText(text)) {
    line.append("\"").append(text).append("\"");
  } else {
    line += Json(text).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  }
}

std::string Chained(const std::string& previous, std::string_view body) {
  return Hex(Sha256(previous + std::string(body)));
}

struct Parsed {
  uint64_t sequence = 0;
  std::string previous = {};
  std::string hash = {};
  std::string_view body = {};  // what the hash covers
};

Result<Parsed> ParseLine(const std::string& line) {
  const size_t at = line.rfind(kHashMember);
  if (at == std::string::npos) return Error(ErrorKind::kRefused, "the line has no hash");
  const Json fields = TRY(ParseJson(line));
  Parsed parsed;
  parsed.sequence = AtOr<uint64_t>(fields, "/seq", 0);
  parsed.previous = AtOr<std::string>(fields, "/previous", "");
  parsed.hash = AtOr<std::string>(fields, "/hash", "");
  parsed.body = std::string_view(line).substr(0, at);
  return parsed;
}

class AuditFile final : public AuditTrail {
 public:
  AuditFile(int descriptor, bool sync, const Clock& clock, uint64_t sequence, std::string previous)
      : descriptor_(descriptor), fsync_(sync), clock_(clock), sequence_(sequence), previous_(std::move(previous)) {}
  ~AuditFile() override { ::close(descriptor_); }

  bool Record(const Decision& decision) override {
    // "hash" covers all that stands before it, so it comes last.
    std::string line;
    line.reserve(640);
    AppendText(line, "client", decision.client);
    line.front() = '{';
    AppendText(line, "correlation", decision.correlation);
    if (decision.count != 1) line.append(",\"count\":").append(std::to_string(decision.count));
    AppendText(line, "issuer", decision.issuer);
    AppendText(line, "method", decision.method);
    AppendText(line, "outcome", decision.outcome);
    AppendText(line, "previous", previous_);
    AppendText(line, "reason", decision.reason);
    line.append(",\"seq\":").append(std::to_string(sequence_ + 1));
    AppendText(line, "subject", decision.subject);
    AppendText(line, "time", Rfc3339(clock_.Now()));
    line.append(",\"took_us\":").append(std::to_string(decision.took_us));
    AppendText(line, "tool", decision.tool);
    const std::string hash = Chained(previous_, line);
    line += std::string(kHashMember) + hash + "\"}\n";
    if (!Append(line)) return false;
    ++sequence_;
    previous_ = hash;
    return true;
  }

 private:
  bool Append(std::string_view line) {
    // After half a line the next one starts on a line of its own.
    std::string whole = torn_ ? "\n" + std::string(line) : std::string(line);
    std::string_view rest = whole;
    while (!rest.empty()) {
      const ssize_t wrote = ::write(descriptor_, rest.data(), rest.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) {
        torn_ = torn_ || rest.size() != whole.size();
        Log(LogLevel::kError, "audit-not-written", {{"error", SystemError("write", errno).message()}});
        return false;
      }
      rest.remove_prefix(static_cast<size_t>(wrote));
    }
    torn_ = false;
    if (fsync_ && ::fdatasync(descriptor_) != 0) {
      Log(LogLevel::kError, "audit-not-synced", {{"error", SystemError("fdatasync", errno).message()}});
      return false;
    }
    return true;
  }

  int descriptor_;
  bool fsync_;
  const Clock& clock_;
  uint64_t sequence_;
  std::string previous_;
  bool torn_ = false;
};

class OrderedTrail final : public AuditTrail {
 public:
  explicit OrderedTrail(std::shared_ptr<AuditTrail> trail) : trail_(std::move(trail)) {}
  bool Record(const Decision& decision) override {
    const std::lock_guard<std::mutex> lock(writing_);
    return trail_->Record(decision);
  }

 private:
  std::shared_ptr<AuditTrail> trail_;
  std::mutex writing_ = {};
};

// Where the chain goes on: the last line of the file that is one of a chain, whatever stands behind it. Looks back
// through `size` bytes a block at a time. `torn`: the file does not end with a line.
Result<Parsed> LastLink(int descriptor, off_t size, bool& torn) {
  constexpr off_t kBlock = 65'536;
  constexpr size_t kLongestLine = size_t{1} << 20;
  std::string tail;  // from `start` to the end of what was not looked at
  off_t start = size;
  torn = false;
  while (true) {
    // The line break in front of the last line.
    const size_t newline = tail.size() < 2 ? std::string::npos : tail.rfind('\n', tail.size() - 2);
    if (newline == std::string::npos && start > 0) {
      // None of ours is as long: what is before it is taken for the line without an end, and left out.
      if (tail.size() > kLongestLine) tail.clear();
      const off_t from = std::max<off_t>(0, start - kBlock);
      std::string block(static_cast<size_t>(start - from), '\0');
      if (::pread(descriptor, block.data(), block.size(), from) != static_cast<ssize_t>(block.size())) {
        return SystemError("read", errno);
      }
      if (start == size) torn = block.back() != '\n';
      tail.insert(0, block);
      start = from;
      continue;
    }
    const size_t begin = newline == std::string::npos ? 0 : newline + 1;
    if (tail.ends_with('\n')) {
      Result<Parsed> link = ParseLine(tail.substr(begin, tail.size() - begin - 1));
      if (link.ok() && link.value().hash.size() == kGenesis.size()) {
        link.value().body = {};  // of a line that is gone
        return link;
      }
    }
    if (begin == 0) return Error(ErrorKind::kRefused, "no line of the file belongs to a chain");
    tail.resize(begin);
  }
}

}  // namespace

Result<std::shared_ptr<AuditTrail>> OpenAuditFile(const AuditFileOptions& options, const Clock& clock) {
  const int descriptor =
      ::open(options.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return SystemError("open audit file " + options.path, errno);
  struct stat seen = {};
  if (::fstat(descriptor, &seen) != 0 || !S_ISREG(seen.st_mode)) {
    ::close(descriptor);
    return Error(ErrorKind::kInvalidInput, "open audit file " + options.path + ": not a regular file");
  }
  // Two chains in one file are none.
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    const Error error = taken
                            ? Error(ErrorKind::kInvalidInput, "open audit file " + options.path +
                                                                  ": another server writes it; name a file of its own")
                            : SystemError("lock audit file " + options.path, errno);
    ::close(descriptor);
    return error;
  }
  if ((seen.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) {
    const Error error = SystemError("close audit file " + options.path + " to others", errno);
    ::close(descriptor);
    return error;
  }
  uint64_t sequence = 0;
  std::string previous = kGenesis;
  if (seen.st_size > 0) {
    bool torn = false;
    const Result<Parsed> parsed = LastLink(descriptor, seen.st_size, torn);
    if (torn && ::write(descriptor, "\n", 1) != 1) {
      const Error error = SystemError("end the half line in audit file " + options.path, errno);
      ::close(descriptor);
      return error;
    }
    if (parsed.ok()) {
      sequence = parsed.value().sequence;
      previous = parsed.value().hash;
    } else {
      Log(LogLevel::kWarning, "audit-chain-broken", {{"file", options.path}});
    }
  }
  return std::shared_ptr<AuditTrail>(
      std::make_shared<AuditFile>(descriptor, options.fsync, clock, sequence, std::move(previous)));
}

std::shared_ptr<AuditTrail> OneAfterTheOther(std::shared_ptr<AuditTrail> trail) {
  return std::make_shared<OrderedTrail>(std::move(trail));
}

Result<uint64_t> VerifyAuditFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) return SystemError("open audit file " + path, errno);
  std::string previous = kGenesis;
  uint64_t count = 0;
  std::string line;
  while (std::getline(file, line)) {
    const std::string where = "verify audit file " + path + ": line " + std::to_string(count + 1);
    const Parsed parsed = TRY(ParseLine(line).While(where));
    if (parsed.sequence != count + 1) return Error(ErrorKind::kRefused, where + ": out of sequence");
    if (parsed.previous != previous) return Error(ErrorKind::kRefused, where + ": does not follow the line before");
    if (parsed.hash != Chained(previous, parsed.body)) return Error(ErrorKind::kRefused, where + ": was changed");
    previous = parsed.hash;
    ++count;
  }
  return count;
}

}  // namespace iff

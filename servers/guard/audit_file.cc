#include "servers/guard/audit_file.h"

#include <fcntl.h>
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

// ,"name":"text" in ASCII: a bidirectional or invisible character in a name cannot rearrange what a reader
// sees. By hand where there is nothing to escape, for every call writes a line.
void AppendText(std::string& line, std::string_view name, const std::string& text) {
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

// The last whole line of the file, which is at most 64 KiB long.
std::string LastLine(int descriptor, off_t size, bool& torn) {
  constexpr off_t kMost = 65'536;
  const off_t start = size > kMost ? size - kMost : 0;
  std::string tail(static_cast<size_t>(size - start), '\0');
  const ssize_t got = ::pread(descriptor, tail.data(), tail.size(), start);
  tail.resize(got > 0 ? static_cast<size_t>(got) : 0);
  torn = !tail.empty() && tail.back() != '\n';
  const size_t end = tail.rfind('\n');
  if (end == std::string::npos) return {};
  const size_t begin = end == 0 ? std::string::npos : tail.rfind('\n', end - 1);
  return tail.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1));
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
  if ((seen.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) {
    const Error error = SystemError("close audit file " + options.path + " to others", errno);
    ::close(descriptor);
    return error;
  }
  uint64_t sequence = 0;
  std::string previous = kGenesis;
  if (seen.st_size > 0) {
    bool torn = false;
    const std::string last = LastLine(descriptor, seen.st_size, torn);
    if (torn && ::write(descriptor, "\n", 1) != 1) {
      const Error error = SystemError("end the half line in audit file " + options.path, errno);
      ::close(descriptor);
      return error;
    }
    const Result<Parsed> parsed = ParseLine(last);
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

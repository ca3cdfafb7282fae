// What moves files in and out of an engine: images and copies.
#include "harness/container/engine.h"
#include "harness/core/bytes.h"

namespace iff {
namespace {

constexpr std::chrono::minutes kPullWithin(30);
constexpr std::chrono::minutes kCopyWithin(10);

std::string Megabytes(int64_t bytes) { return std::to_string((bytes + 500'000) / 1'000'000); }

// What a pull says line by line, summed up over the image's layers.
class PullProgress {
 public:
  PullProgress(std::string reference, const std::function<void(std::string_view)>& tell)
      : reference_(std::move(reference)), tell_(tell) {}

  void Feed(std::string_view bytes) {
    line_.append(bytes);
    for (size_t feed = line_.find('\n'); feed != std::string::npos; feed = line_.find('\n')) {
      Take(line_.substr(0, feed));
      line_.erase(0, feed + 1);
    }
  }
  // Why it failed, or "".
  const std::string& problem() const { return problem_; }

 private:
  void Take(const std::string& line) {
    const Result<Json> json = ParseJson(line);
    if (!json.ok() || !json->is_object()) return;
    if (const std::string error = AtOr<std::string>(*json, "/error", ""); !error.empty()) problem_ = error;
    const int64_t total = AtOr<int64_t>(*json, "/progressDetail/total", 0);
    if (AtOr<std::string>(*json, "/status", "") != "Downloading" || total <= 0) return;
    layers_[AtOr<std::string>(*json, "/id", "")] = {AtOr<int64_t>(*json, "/progressDetail/current", 0), total};
    int64_t done = 0;
    int64_t all = 0;
    for (const auto& [id, layer] : layers_) {
      done += layer.first;
      all += layer.second;
    }
    // A tenth at a time: a log is no place for a line per packet.
    const int64_t tenth = done * 10 / all;
    if (tenth == told_ || !tell_) return;
    told_ = tenth;
    tell_("pulling " + reference_ + ": " + Megabytes(done) + " of " + Megabytes(all) + " MB");
  }

  const std::string reference_;
  const std::function<void(std::string_view)>& tell_;
  std::string line_;
  std::string problem_;
  std::map<std::string, std::pair<int64_t, int64_t>> layers_;
  int64_t told_ = -1;
};

}  // namespace

Result<void> Engine::Pull(const std::string& reference, const std::function<void(std::string_view)>& progress) {
  const std::string attempt = "pull image " + reference;
  if (progress) progress("pulling " + reference);
  PullProgress lines(reference, progress);
  const HttpRequest request{.method = "POST", .target = "/v1.41/images/create?fromImage=" + PercentEncode(reference)};
  // It answers 200 before it knows whether it can: how it went is told in the body.
  const Result<HttpResponse> answer = client_.Stream(request, Deadline::In(kPullWithin), [&](std::string_view bytes) {
    lines.Feed(bytes);
    return true;
  });
  if (!answer.ok()) return EngineUnreachable(endpoint_, answer.error()).While(attempt);
  lines.Feed("\n");
  if (!lines.problem().empty()) return EngineRefusal(attempt, answer->status, lines.problem());
  const std::optional<ImageSummary> there = TRY(FindImage(reference));
  if (!there) return EngineRefusal(attempt, answer->status, "no such image");
  return {};
}

Result<void> Engine::Import(const std::string& reference, std::string tar, const std::vector<std::string>& changes) {
  std::string target = "/images/create?fromSrc=-&repo=" + PercentEncode(reference);
  for (const std::string& change : changes) target += "&changes=" + PercentEncode(change);
  const HttpResponse answer = TRY(Send({.attempt = "import image " + reference,
                                        .method = "POST",
                                        .target = target,
                                        .body = std::move(tar),
                                        .content_type = "application/x-tar",
                                        .within = kCopyWithin}));
  PullProgress lines(reference, {});
  lines.Feed(answer.body + "\n");
  if (!lines.problem().empty()) return EngineRefusal("import image " + reference, 0, lines.problem());
  return {};
}

Result<std::string> Engine::CopyOut(const std::string& id, const std::string& path) {
  HttpResponse answer = TRY(Send({.attempt = "copy " + path + " out of " + id.substr(0, 12),
                                  .target = "/containers/" + id + "/archive?path=" + PercentEncode(path),
                                  .within = kCopyWithin}));
  return std::move(answer.body);
}

Result<void> Engine::CopyIn(const std::string& id, const std::string& directory, std::string tar) {
  TRY(Send({.attempt = "copy into " + directory + " of " + id.substr(0, 12),
            .method = "PUT",
            .target = "/containers/" + id + "/archive?path=" + PercentEncode(directory),
            .body = std::move(tar),
            .content_type = "application/x-tar",
            .within = kCopyWithin}));
  return {};
}

}  // namespace iff

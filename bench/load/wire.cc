#include "bench/load/wire.h"

#include <algorithm>
#include <charconv>

namespace iff {
namespace {

constexpr size_t kLongestHead = size_t{64} << 10;
constexpr size_t kLongestBody = size_t{64} << 20;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool ParseSize(std::string_view text, int base, size_t& size) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  return problem == std::errc() && end == text.data() + text.size() && size <= kLongestBody;
}

}  // namespace

std::string WireRequest(const HttpRequest& request, const Endpoint& endpoint) {
  std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (request.headers.Find("Host") == nullptr) bytes += "Host: " + endpoint.Authority() + "\r\n";
  for (const auto& [name, value] : request.headers.fields()) bytes += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST") {
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return bytes + "\r\n" + request.body;
}

void ResponseFramer::Reset() {
  state_ = State::kHead;
  head_.clear();
  line_.clear();
  body_.clear();
  left_ = 0;
  status_ = 0;
  keep_alive_ = true;
}

std::string ResponseFramer::Field(std::string_view name) const {
  std::string_view rest = head_;
  rest.remove_prefix(std::min(rest.find("\r\n"), rest.size() - std::min<size_t>(2, rest.size())) + 2);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && EqualsIgnoreCase(line.substr(0, colon), name)) {
      return std::string(Trim(line.substr(colon + 1)));
    }
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
  }
  return {};
}

void ResponseFramer::ReadHead() {
  // "HTTP/1.1 200 OK"
  if (head_.size() < 12 || !head_.starts_with("HTTP/1.") ||
      std::from_chars(head_.data() + 9, head_.data() + 12, status_).ec != std::errc()) {
    state_ = State::kBroken;
    return;
  }
  if (status_ / 100 == 1) {  // an interim answer; the real one follows
    Reset();
    return;
  }
  const std::string connection = Field("connection");
  keep_alive_ =
      !EqualsIgnoreCase(connection, "close") && (head_[7] == '1' || EqualsIgnoreCase(connection, "keep-alive"));
  const std::string length = Field("content-length");
  if (status_ == 204 || status_ == 304) {
    state_ = State::kDone;
  } else if (Field("transfer-encoding").find("chunked") != std::string::npos) {
    state_ = State::kChunkSize;
  } else if (length.empty()) {
    state_ = State::kUntilClose;
    keep_alive_ = false;
  } else if (!ParseSize(length, 10, left_)) {
    state_ = State::kBroken;
  } else {
    state_ = left_ == 0 ? State::kDone : State::kSized;
  }
}

size_t ResponseFramer::FeedLine(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  const size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes.substr(0, taken));
  if (line_.size() > kLongestHead) state_ = State::kBroken;
  return taken;
}

size_t ResponseFramer::Feed(std::string_view bytes) {
  const size_t offered = bytes.size();
  while (!bytes.empty() && state_ != State::kDone && state_ != State::kBroken) {
    size_t taken = 0;
    switch (state_) {
      case State::kHead: {
        const size_t before = head_.size();
        head_.append(bytes.substr(0, std::min(bytes.size(), kLongestHead)));
        const size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
        if (end == std::string::npos) {
          taken = head_.size() - before;
          if (head_.size() > kLongestHead) state_ = State::kBroken;
          break;
        }
        taken = end + 4 - before;
        head_.resize(end + 2);
        ReadHead();
        break;
      }
      case State::kSized:
      case State::kChunk:
        taken = std::min(left_, bytes.size());
        body_.append(bytes.substr(0, taken));
        left_ -= taken;
        if (left_ == 0) state_ = state_ == State::kSized ? State::kDone : State::kChunkEnd;
        break;
      case State::kChunkSize:
        taken = FeedLine(bytes);
        if (!line_.ends_with('\n')) break;
        if (!ParseSize(Trim(std::string_view(line_).substr(0, line_.find_first_of(";\r\n"))), 16, left_) ||
            body_.size() + left_ > kLongestBody) {
          state_ = State::kBroken;
        } else {
          state_ = left_ == 0 ? State::kTrailer : State::kChunk;
        }
        line_.clear();
        break;
      case State::kChunkEnd:
      case State::kTrailer:
        taken = FeedLine(bytes);
        if (!line_.ends_with('\n')) break;
        if (state_ == State::kChunkEnd) {
          state_ = State::kChunkSize;
        } else if (line_ == "\r\n") {
          state_ = State::kDone;
        }
        line_.clear();
        break;
      case State::kUntilClose:
        taken = bytes.size();
        body_.append(bytes);
        break;
      case State::kDone:
      case State::kBroken:
        break;
    }
    bytes.remove_prefix(taken);
  }
  return offered - bytes.size();
}

void ResponseFramer::FeedEnd() { state_ = state_ == State::kUntilClose ? State::kDone : State::kBroken; }

}  // namespace iff

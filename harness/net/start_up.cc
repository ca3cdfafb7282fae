#include "harness/net/start_up.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace iff {
namespace {

constexpr size_t kLength = 4;
constexpr size_t kHead = 8;          // the length, itself included, and the code
constexpr size_t kLongest = 10'000;  // PostgreSQL takes no longer one
constexpr uint32_t kCancelRequest = 80'877'102;
constexpr uint32_t kSslRequest = 80'877'103;
constexpr uint32_t kGssEncRequest = 80'877'104;
constexpr uint32_t kMajor = 3;

uint32_t NumberAt(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (const char byte : bytes.substr(at, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string AsBytes(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

// Names and values in turn, each ended by a zero byte, and another one behind the last. Nothing: it is not so, or it
// does not say who.
std::optional<StartUp> Parse(std::string_view message) {
  StartUp start_up{.bytes = std::string(message)};
  std::string_view rest = message.substr(kHead);
  const auto next = [&rest]() -> std::optional<std::string> {
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    return text;
  };
  while (true) {
    const std::optional<std::string> name = next();
    if (!name) return std::nullopt;
    if (name->empty()) break;
    std::optional<std::string> value = next();
    if (!value) return std::nullopt;
    start_up.parameters[*name] = *std::move(value);
  }
  if (!rest.empty() || !start_up.parameters.contains("user")) return std::nullopt;
  return start_up;
}

}  // namespace

void StartUpReader::FromClient(std::string_view bytes) {
  // Whoever does not wait for the answer speaks another protocol.
  if (state_ == State::kComponentAnswers && !bytes.empty()) state_ = State::kUnreadable;
  if (state_ != State::kClientSpeaks) return;
  message_ += bytes;
  if (message_.size() < kLength) return;
  const size_t length = NumberAt(message_, 0);
  if (length < kHead || length > kLongest) {
    state_ = State::kUnreadable;
  } else if (message_.size() >= length) {
    const uint32_t code = NumberAt(message_, kLength);
    const bool asks = code == kSslRequest || code == kGssEncRequest;
    state_ = State::kUnreadable;
    if (asks && length == kHead && message_.size() == length) {
      state_ = State::kComponentAnswers;
    } else if (code == kCancelRequest) {
      state_ = State::kCancels;
    } else if (code >> 16 == kMajor) {
      start_up_ = Parse(std::string_view(message_).substr(0, length));
      if (start_up_) state_ = State::kBegun;
    }
  } else {
    return;
  }
  message_.clear();
}

void StartUpReader::FromComponent(std::string_view bytes) {
  if (state_ != State::kComponentAnswers || bytes.empty()) return;
  // N: go on as you are. Anything else is encrypted from here on, or the end.
  state_ = bytes == "N" ? State::kClientSpeaks : State::kUnreadable;
}

std::string StartUpRefusal(std::string_view sqlstate, std::string_view message) {
  std::string fields;
  const auto add = [&fields](char field, std::string_view text) {
    (fields += field).append(text.substr(0, text.find('\0'))).push_back('\0');
  };
  add('S', "FATAL");
  add('V', "FATAL");
  add('C', sqlstate);
  add('M', message);
  fields.push_back('\0');
  return "E" + AsBytes(static_cast<uint32_t>(kLength + fields.size())) + fields;
}

}  // namespace iff

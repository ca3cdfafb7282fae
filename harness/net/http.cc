#include "harness/net/http.h"

#include <algorithm>

#include "harness/core/bytes.h"

namespace iff {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// As in a form: + is a blank; what is not well encoded stays as it is.
std::string DecodeQueryPart(std::string text) {
  std::replace(text.begin(), text.end(), '+', ' ');
  const Result<std::string> decoded = PercentDecode(text);
  return decoded.ok() ? decoded.value() : text;
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

void Headers::Set(std::string_view name, std::string value) {
  Remove(name);
  Add(std::string(name), std::move(value));
}

void Headers::Remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return EqualsIgnoreCase(field.first, name); });
}

const std::string* Headers::Find(std::string_view name) const {
  for (const auto& [seen, value] : fields_) {
    if (EqualsIgnoreCase(seen, name)) return &value;
  }
  return nullptr;
}

std::vector<std::string> Headers::All(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [seen, value] : fields_) {
    if (EqualsIgnoreCase(seen, name)) values.push_back(value);
  }
  return values;
}

std::string Headers::Get(std::string_view name) const {
  const std::string* const found = Find(name);
  return found != nullptr ? *found : std::string();
}

std::string HttpRequest::Path() const { return target.substr(0, target.find('?')); }

std::map<std::string, std::string> HttpRequest::Query() const {
  std::map<std::string, std::string> query;
  const size_t mark = target.find('?');
  if (mark == std::string::npos) return query;
  std::string_view rest = std::string_view(target).substr(mark + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    query[DecodeQueryPart(std::string(pair.substr(0, equals)))] = DecodeQueryPart(std::string(value));
  }
  return query;
}

std::vector<ServerSentEvent> EventStreamParser::Feed(std::string_view chunk) {
  std::vector<ServerSentEvent> complete;
  for (const char c : chunk) {
    const bool same_line_end = after_return_ && c == '\n';
    after_return_ = c == '\r';
    if (same_line_end) continue;
    if (c == '\r' || c == '\n') {
      TakeLine(complete);
    } else {
      buffer_ += c;
    }
  }
  return complete;
}

void EventStreamParser::TakeLine(std::vector<ServerSentEvent>& complete) {
  std::string_view line = buffer_;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::exchange(first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    if (std::exchange(has_data_, false)) {
      event_.data.pop_back();  // the line feed that every data line ends with
      complete.push_back(event_);
    }
    event_.event = "message";
    event_.data.clear();  // the id stays: it is that of the last event seen
  } else {
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
      event_.data.append(value).push_back('\n');
      has_data_ = true;
    } else if (field == "event") {
      event_.event = value.empty() ? "message" : std::string(value);
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
      event_.id = std::string(value);
    }
  }
  buffer_.clear();
}

}  // namespace iff

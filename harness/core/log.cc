#include "harness/core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "harness/core/clock.h"

namespace iff {
namespace {

// The only global state: where lines go. Standard error, because stdio servers own standard output.
spdlog::logger& Sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("iff", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view Word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

std::string LogQuote(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  bool quote = text.empty();
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || byte >= 0x80) {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
      quote = true;
    } else {
      quote = quote || c == ' ' || c == '=';
      out += c;
    }
  }
  return quote ? '"' + out + '"' : out;
}

void Log(LogLevel level, std::string_view event, LogFields fields) {
  if (!Sink().should_log(Level(level))) return;
  std::string line = Rfc3339(SystemClock::Instance().Now());
  line.append(" ").append(Word(level)).append(" ").append(event);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=").append(LogQuote(value));
  }
  Sink().log(Level(level), line);
  Sink().flush();
}

void SetLogLevel(LogLevel level) { Sink().set_level(Level(level)); }

}  // namespace iff

// What travels between a target and a component. A header of values: whoever reads scenario files asks for it too.
#pragma once

#include <string>
#include <utility>

namespace iff {

// As the component's driver declares it: it decides which faults can be put before the component.
enum class Protocol {
  kHttp,
  kStartups,  // each connection begins with a startup message, which says who connects and what for
  kBytes,     // anything else: connections can be disturbed, requests within them cannot be told apart
};

// A protocol, and what it is called where a mistake is reported.
struct SpokenProtocol {
  // NOLINTNEXTLINE(google-explicit-constructor): a protocol is one without a name.
  SpokenProtocol(Protocol spoken = Protocol::kHttp, std::string called = "HTTP")
      : protocol(spoken), title(std::move(called)) {}

  Protocol protocol;
  std::string title;  // "HTTP"
};

}  // namespace iff

// What travels between a target and a component. A header of values: whoever reads scenario files asks for it too.
#pragma once

#include <string>
#include <utility>

namespace iff {

// As the component's driver declares it: it decides which faults can be put before the component.
enum class Protocol {
  kBytes,  // nothing is known of it: connections can be disturbed, requests within them cannot be told apart
  kHttp,
  kStartups,  // each connection begins with a startup message, which says who connects and what for
};

// A protocol, and what it is called where a mistake is reported.
struct SpokenProtocol {
  SpokenProtocol() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): HTTP has one name only.
  SpokenProtocol(Protocol spoken) : protocol(spoken), title(spoken == Protocol::kHttp ? "HTTP" : title) {}
  SpokenProtocol(Protocol spoken, std::string called) : protocol(spoken), title(std::move(called)) {}

  Protocol protocol = Protocol::kBytes;
  std::string title = "a protocol of its own";  // "HTTP"
};

}  // namespace iff

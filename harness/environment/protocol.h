// What travels between a target and a component. A header of values: whoever reads scenario files asks for it too.
#pragma once

namespace iff {

// As the component's driver declares it: it decides which faults can be put before the component.
enum class Protocol {
  kHttp,
  kPostgresql,
  kBytes,  // anything else: connections can be disturbed, requests within them cannot be told apart
};

}  // namespace iff

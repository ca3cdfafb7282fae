#include "harness/run/operations_pages.h"

namespace iff {

std::vector<std::string> OperationsPages(const std::string& own) {
  std::vector<std::string> pages = {"/",
                                    "/health",
                                    "/healthz",
                                    "/health/live",
                                    "/health/ready",
                                    "/livez",
                                    "/readyz",
                                    "/ready",
                                    "/metrics",
                                    "/stats",
                                    "/status",
                                    "/server-status",
                                    "/info",
                                    "/version",
                                    "/env",
                                    "/.env",
                                    "/config",
                                    "/debug",
                                    "/debug/vars",
                                    "/debug/pprof/",
                                    "/debug/pprof/cmdline",
                                    "/actuator",
                                    "/actuator/health",
                                    "/actuator/info",
                                    "/actuator/env",
                                    "/actuator/metrics",
                                    "/actuator/httptrace",
                                    "/actuator/sessions",
                                    "/sessions",
                                    "/connections",
                                    "/clients",
                                    "/users",
                                    "/admin",
                                    "/api/health",
                                    "/api/sessions",
                                    "/api/status"};
  if (own != "/") {
    for (const char* page : {"/health", "/status", "/metrics", "/sessions", "/debug", "/info"})
      pages.push_back(own + page);
  }
  return pages;
}

}  // namespace iff

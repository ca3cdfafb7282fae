// iff-container run ORDER          stands in for one container: starts it, hands its output on, passes signals on,
// removes it
//                                  and ends as it ended.
// iff-container keep ENGINE RUN    lives as long as standard input is open, then removes what has the run's label.
// The launcher of containers starts both.
#include <cstdio>
#include <string_view>

#include "harness/container/container_order.h"
#include "harness/container/engine.h"
#include "harness/container/keep_container.h"

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  const auto complain = [](const iff::Error& error) {
    std::fprintf(stderr, "iff-container: %s\n", error.message().c_str());
    return iff::kNotStarted;
  };
  if (verb == "run" && argc == 3) {
    const iff::Result<iff::ContainerOrder> order = iff::ReadOrder(argv[2]);
    return order.ok() ? iff::RunContainer(*order) : complain(order.error());
  }
  if (verb == "keep" && argc == 4) {
    const iff::Result<iff::Endpoint> engine = iff::FindEngine({.docker_host = argv[2]});
    return engine.ok() ? iff::KeepContainers(*engine, argv[3]) : complain(engine.error());
  }
  std::fprintf(stderr, "usage: iff-container run ORDER | keep ENGINE RUN (the launcher of containers starts it)\n");
  return 64;
}

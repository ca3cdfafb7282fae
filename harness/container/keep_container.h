// The two lives of iff-container.
#pragma once

#include "harness/container/container_order.h"

namespace iff {

// Answers the exit code; ends by a signal where the container did.
int RunContainer(const ContainerOrder& order);

// 0 when nothing with the run's label is left.
int KeepContainers(const Endpoint& engine, const std::string& run);

}  // namespace iff

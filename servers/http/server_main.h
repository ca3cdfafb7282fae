// A whole MCP server around a set of tools: configuration, listener, doors, broker, shutdown.
//
//   int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::JiraServer()); }
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/broker.h"
#include "servers/guard/metrics.h"
#include "servers/http/config.h"
#include "servers/http/seams.h"
#include "servers/mcp/tool.h"

namespace iff {

// What tools are built from. Everything outlives the tools.
struct ServerContext {
  EventLoop& loop;
  const Config& config;
  const Seams& seams;
  CredentialBroker& broker;
  Metrics& metrics;
  const Clock& clock;
};

struct ServerDefinition {
  std::string program = {};  // "iff-mcp-jira"
  std::string title = {};
  std::string instructions = {};  // for the model
  std::string target = {};        // whose credential is fetched: "jira"
  CredentialKind kind = CredentialKind::kStored;
  ServerNeeds needs = {};
  std::string read_scope = {};
  std::string write_scope = {};
  // The tools of its own; whoami is added.
  std::function<std::vector<Tool>(const ServerContext&)> tools = {};
};

// Runs until SIGTERM or SIGINT, with --stdio also until end of input. Exit codes: 0 ended in order, 2 could
// not start, 64 the command line or the configuration is wrong.
int RunServer(int argc, char** argv, ServerDefinition definition, Seams seams = {});

}  // namespace iff

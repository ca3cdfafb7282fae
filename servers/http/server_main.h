// A whole MCP server around a set of tools: configuration, listener, guard, credentials, shutdown.
//
//   int main(int argc, char** argv) { return iff::RunServer(argc, argv, iff::JiraServer()); }
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential_source.h"
#include "servers/credentials/upstream.h"
#include "servers/guard/metrics.h"
#include "servers/http/config.h"
#include "servers/http/hooks.h"
#include "servers/http/routes.h"
#include "servers/mcp/tool.h"

namespace iff {

using CredentialSources = std::map<std::string, std::unique_ptr<CredentialSource>>;  // by target

// What tools and routes are built from. Everything outlives them.
struct ServerContext {
  EventLoop& loop;
  const Config& config;
  const Hooks& hooks;
  const CredentialSources& sources;
  Metrics& metrics;
  const Clock& clock;
  // Tells everybody who may read them: that the first is new among what they are listed, that the second has changed.
  std::function<void(const std::string& added, const std::string& changed)> tell = {};

  // REQUIRES: the definition has a source for `target`
  CredentialSource& Source(const std::string& target) const;
  UpstreamContext UpstreamWith(const std::string& target, const UpstreamSettings& settings) const {
    return {loop, Source(target), settings, hooks, metrics};
  }
};

struct ServerDefinition {
  std::string program = {};  // "iff-mcp-jira"
  std::string title = {};
  std::string instructions = {};  // for the model
  // All of its scopes, as its RFC 9728 document lists them. The first one is named in the challenge to a caller without
  // a token.
  std::vector<std::string> scopes = {};
  std::vector<SettingsPart> settings = {};     // beside what every server reads and what its sources read
  std::vector<SourceDefinition> sources = {};  // of the callers' credentials; may be none
  // The tools of its own; whoami is added.
  std::function<std::vector<Tool>(const ServerContext&)> tools = {};
  // Or all that it offers, where there is more; it then tells of changes.
  std::function<void(const ServerContext&, Offer&)> offer = {};
  // Plain HTTP beside MCP.
  std::function<std::vector<Route>(const ServerContext&)> routes = {};
};

// Runs until SIGTERM or SIGINT, with --stdio also until end of input. Exit codes: 0 ended in order, 2 could
// not start, 64 the command line or the configuration is wrong.
int RunServer(int argc, char** argv, ServerDefinition definition, Hooks hooks = {});

}  // namespace iff

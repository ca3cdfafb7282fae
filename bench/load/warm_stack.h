// The shipped Jira server under a driver, with all it talks to for a call: an issuer that exchanges tokens, a Vault in
// which each person's own token lies, a Jira that believes those tokens. These are stand-ins on loopback within this
// process, so that what is counted of the server's process is the server's.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/regime.h"
#include "harness/launch/launcher.h"
#include "harness/net/http_server.h"
#include "servers/testing/stand_ins.h"

namespace iff {

// People and stand-ins, for any number of servers.
class WarmWorld {
 public:
  struct Member {
    Secret token = {};
    Secret authorization = {};  // the field by which Jira knows this person
    std::string summary = {};   // of the issue that this person sees, and nobody else
  };

  // `core`: where the stand-ins work; -1: anywhere.
  WarmWorld(int people, int core);

  const std::vector<Member>& people() const { return people_; }
  FakeIssuer& issuer() { return issuer_; }
  FakeVault& vault() { return vault_; }
  Endpoint jira() const { return jira_->endpoint(); }
  // What Jira says, for those who put themselves before it. Thread-safe once the world is made.
  HttpResponse Answer(const HttpRequest& request) const;
  // Exchanges, logins and reads so far.
  int fetches() const { return issuer_.exchanges + vault_.logins + vault_.reads; }

 private:
  std::optional<Pinned> here_;  // while it is made: a thread begins where the one that makes it is
  FakeIssuer issuer_;
  FakeVault vault_;
  std::vector<Member> people_;
  std::map<std::string, std::string> issues_;  // by the Authorization field that may see it
  std::unique_ptr<HttpServer> jira_;
};

struct WarmOptions {
  std::string program = {};     // iff-mcp-jira; absolute
  std::string supervisor = {};  // iff-supervisor
  int core = -1;                // the server's; -1: any
  int identities = 1;           // the first of the world's people
  // Further variables of the server.
  std::map<std::string, std::string> environment = {};
};

class WarmStack {
 public:
  // Starts the server and calls it once as each person. kRefused: somebody was not answered with what is theirs, or the
  // server does not keep everybody's credential.
  static Result<std::unique_ptr<WarmStack>> Start(WarmWorld& world, const WarmOptions& options);

  const Endpoint& endpoint() const { return endpoint_; }
  int pid() const { return service_->pid(); }
  // Whole requests, one for each identity.
  const std::vector<std::string>& requests() const { return requests_; }
  // Credentials the server keeps at the moment, as it says itself.
  Result<int> Kept() const;

 private:
  WarmStack() = default;
  Result<void> WarmUp(const WarmWorld& world, int identities);

  std::unique_ptr<ProcessLauncher> launcher_;
  std::optional<Service> service_;
  std::optional<Pinned> pinned_;
  Endpoint endpoint_;
  std::vector<std::string> requests_;
};

}  // namespace iff

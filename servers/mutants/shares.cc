// Whoever strains a server takes something of it from the others: its time, its memory, its files.
#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- who is meant: by the request, and by what it was answered

bool HasToken(const HttpRequest& request) { return request.headers.Find("Authorization") != nullptr; }

bool IsWrongToken(const HttpRequest& request, const HttpResponse& answer) {
  return answer.status == 401 && HasToken(request);
}
bool IsStranger(const HttpRequest& request, const HttpResponse& answer) {
  return answer.status == 401 && !HasToken(request);
}
bool IsBeyondBudget(const HttpRequest& request, const HttpResponse& answer) {
  return answer.status == 429 && HasToken(request);
}
bool IsCall(const HttpRequest& request, const HttpResponse& answer) {
  return answer.status == 200 && MethodOf(request) == "tools/call";
}
bool IsPing(const HttpRequest& request, const HttpResponse& answer) {
  return answer.status == 200 && MethodOf(request) == "ping";
}
bool IsHandshake(const HttpRequest& request, const HttpResponse& answer) {
  return answer.status == 200 && MethodOf(request) == "initialize";
}
bool WantsHandshake(const HttpRequest& request, const HttpResponse&) { return MethodOf(request) == "initialize"; }
bool IsUnknownMethod(const HttpRequest& request, const HttpResponse&) {
  return MethodOf(request).starts_with("no/such");
}
bool IsLongMethod(const HttpRequest& request, const HttpResponse&) { return MethodOf(request).size() > 1000; }
bool IsNoJson(const HttpRequest& request, const HttpResponse&) {
  return request.method == "POST" && MethodOf(request).empty();
}

// -- what it takes from the others

// The thread that serves them, for as long as it takes to find a costly password's hash: who waits behind eight of them
// waits for longer than a busy machine makes anybody wait.
void Work(const HttpRequest&) {
  const Deadline end = Deadline::In(std::chrono::milliseconds(200));
  while (!end.Passed()) {
  }
}

// From the hundredth within a second on.
void WorkOnMany(const HttpRequest& request) {
  static auto began = std::chrono::steady_clock::now();
  static int calls = 0;
  if (std::chrono::steady_clock::now() - began > std::chrono::seconds(1)) {
    began = std::chrono::steady_clock::now();
    calls = 0;
  }
  if (++calls > 100) Work(request);
}

constexpr size_t kAtLength = size_t{32} << 10;

void Keep(const HttpRequest& request) {
  static auto* const kept = new std::vector<std::string>;
  kept->emplace_back(std::max(request.body.size(), kAtLength), 'x');
}

void Write(const HttpRequest&) { std::cerr << std::string(kAtLength / 4, 'x') << '\n'; }

void LeaveOpen(const HttpRequest&) { (void)open("/dev/null", O_RDONLY | O_CLOEXEC); }

// After each answer to who is meant.
template <bool (*kIsMeant)(const HttpRequest&, const HttpResponse&), void (*kTakes)(const HttpRequest&)>
void After(Hooks& hooks) {
  hooks.on_response = [](const HttpRequest& request, HttpResponse& answer) {
    if (kIsMeant(request, answer)) kTakes(request);
  };
}

}  // namespace

Family ShareMutants() {
  Family family{.name = "shares", .suites = {"fair_shares"}};
  // Each is served soon, and everybody behind them is not.
  family.Add({.name = "works-long-on-many-calls",
              .fault = "From the hundredth call within a second on, each keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/within-budget"}},
             After<IsCall, WorkOnMany>);
  family.Add({.name = "works-long-beyond-the-budget",
              .fault = "A call that is refused for its budget keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/beyond-budget"}},
             After<IsBeyondBudget, Work>);
  family.Add({.name = "works-long-on-wrong-tokens",
              .fault = "A wrong token keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/wrong-tokens"}},
             After<IsWrongToken, Work>);
  family.Add({.name = "works-long-on-strangers",
              .fault = "A request without a token keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/strangers"}},
             After<IsStranger, Work>);
  family.Add({.name = "works-long-on-pings",
              .fault = "A ping, which nobody counts, keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/pings"}},
             After<IsPing, Work>);
  family.Add({.name = "works-long-on-unknown-methods",
              .fault = "A method that there is not keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/unknown-methods"}},
             After<IsUnknownMethod, Work>);
  family.Add({.name = "works-long-on-long-methods",
              .fault = "A long name of a method keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/long-methods"}},
             After<IsLongMethod, Work>);
  family.Add({.name = "works-long-on-bodies-without-json",
              .fault = "A body that is no JSON keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/no-json"}},
             After<IsNoJson, Work>);
  family.Add({.name = "works-long-on-handshakes",
              .fault = "A handshake keeps the thread that serves all.",
              .targets = {"jira"},
              .suites = {"fair_shares/handshakes"}},
             After<WantsHandshake, Work>);

  // Until there is none left.
  family.Add({.name = "keeps-calls",
              .fault = "Every call is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/within-budget"}},
             After<IsCall, Keep>);
  family.Add({.name = "keeps-wrong-tokens",
              .fault = "Every request with a wrong token is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/wrong-tokens"}},
             After<IsWrongToken, Keep>);
  family.Add({.name = "keeps-strangers",
              .fault = "Every request without a token is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/strangers"}},
             After<IsStranger, Keep>);
  family.Add({.name = "keeps-pings",
              .fault = "Every ping is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/pings"}},
             After<IsPing, Keep>);
  family.Add({.name = "keeps-long-methods",
              .fault = "Every long name of a method is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/long-methods"}},
             After<IsLongMethod, Keep>);
  family.Add({.name = "keeps-bodies-without-json",
              .fault = "Every body that is no JSON is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/no-json"}},
             After<IsNoJson, Keep>);
  family.Add({.name = "keeps-handshakes",
              .fault = "Whatever a client said of itself is kept in memory.",
              .targets = {"jira"},
              .suites = {"fair_shares/handshakes"}},
             After<IsHandshake, Keep>);
  family.Add({.name = "lists-at-length",
              .fault = "A list of tools is a megabyte, kept for whoever does not read it.",
              .targets = {"jira"},
              .suites = {"fair_shares/unread"}},
             [](Hooks& hooks) {
               hooks.on_response = [](const HttpRequest& request, HttpResponse& answer) {
                 if (answer.status == 200 && MethodOf(request) == "tools/list")
                   answer.body += std::string(1 << 20, ' ');
               };
             });

  family.Add({.name = "reads-bodies-without-end",
              .fault = "There is no bound on what strangers' bodies take together.",
              .targets = {"jira"},
              .suites = {"fair_shares/bodies"}},
             [](Hooks& hooks) {
               hooks.adjust_listener = [](HttpServerOptions& listener) { listener.bodies_limit = size_t{1} << 30; };
             });

  // A disk that is full ends the audit trail, and with it everybody's calls.
  family.Add({.name = "writes-refused-calls-at-length",
              .fault = "A call that is refused for its budget is logged with all that is known of it.",
              .targets = {"jira"},
              .suites = {"fair_shares/beyond-budget"}},
             After<IsBeyondBudget, Write>);
  family.Add({.name = "writes-wrong-tokens-at-length",
              .fault = "A request with a wrong token is logged with all that is known of it.",
              .targets = {"jira"},
              .suites = {"fair_shares/wrong-tokens"}},
             After<IsWrongToken, Write>);
  family.Add({.name = "writes-strangers-at-length",
              .fault = "A request without a token is logged with all that is known of it.",
              .targets = {"jira"},
              .suites = {"fair_shares/strangers"}},
             After<IsStranger, Write>);
  family.Add({.name = "writes-unknown-methods-at-length",
              .fault = "A method that there is not is logged with all that is known of the request.",
              .targets = {"jira"},
              .suites = {"fair_shares/unknown-methods"}},
             After<IsUnknownMethod, Write>);
  family.Add({.name = "writes-methods-whole",
              .fault = "The name of a method is logged as it came, however long.",
              .targets = {"jira"},
              .suites = {"fair_shares/long-methods"}},
             After<IsLongMethod, Write>);
  family.Add({.name = "writes-bodies-without-json",
              .fault = "A body that is no JSON is logged whole.",
              .targets = {"jira"},
              .suites = {"fair_shares/no-json"}},
             After<IsNoJson, Write>);

  // Whoever has several clients or sets of scopes has as many shares.
  family.Add({.name = "shares-threads-by-key",
              .fault = "The database's threads are shared out by client and scopes, not by person.",
              .targets = {"postgres"},
              .suites = {"fair_shares/statements"}},
             [](Hooks& hooks) { hooks.sql_rules = SharesThreadsByKey(); });

  family.Add({.name = "leaves-a-file-open",
              .fault = "Each call leaves a file open.",
              .targets = {"jira"},
              .suites = {"fair_shares/within-budget"}},
             After<IsCall, LeaveOpen>);

  return family;
}

}  // namespace iff

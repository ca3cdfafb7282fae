// The audit trail, logs and metrics.
#include <cctype>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "harness/core/bytes.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

// -- alters-a-record

class Forgetful final : public AuditTrail {
 public:
  Forgetful(std::shared_ptr<AuditTrail> inner, std::string path) : inner_(std::move(inner)), path_(std::move(path)) {}
  bool Record(const Decision& decision) override {
    const bool recorded = inner_->Record(decision);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const size_t at = text.str().find("\"outcome\":\"denied\"");
    if (at == std::string::npos) return recorded;
    file.seekp(static_cast<std::streamoff>(at));
    file << "\"outcome\":\"failed\"";
    return recorded;
  }

 private:
  std::shared_ptr<AuditTrail> inner_;
  std::string path_;
};

// -- audit-silent

class AuditSilentTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;
  bool Record(const Decision&) override { return true; }
};

// -- audit-without-denials

class AuditWithoutDenialsTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;

  bool Record(const Decision& decision) override { return decision.outcome == "denied" || inner_->Record(decision); }
};

// -- audit-without-subject

class AuditWithoutSubjectTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;

  bool Record(const Decision& decision) override {
    Decision told = decision;
    told.subject.clear();
    return inner_->Record(told);
  }
};

// -- audits-tokens

class AuditsTokensNoting final : public InnerAuthenticator {
 public:
  AuditsTokensNoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<std::string> last)
      : InnerAuthenticator(std::move(inner)), last_(std::move(last)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    *last_ = request->headers.Get("Authorization");
    return inner_->Authenticate(std::move(request));
  }

 private:
  std::shared_ptr<std::string> last_;
};

class AuditsTokensTrail final : public InnerTrail {
 public:
  AuditsTokensTrail(std::shared_ptr<AuditTrail> inner, std::shared_ptr<std::string> last)
      : InnerTrail(std::move(inner)), last_(std::move(last)) {}

  bool Record(const Decision& decision) override {
    Decision told = decision;
    told.reason += " " + *last_;
    return inner_->Record(told);
  }

 private:
  std::shared_ptr<std::string> last_;
};

// -- challenge-quotes-the-request

class Repeating final : public InnerAuthenticator {
 public:
  Repeating(std::shared_ptr<Authenticator> inner, std::shared_ptr<std::string> said)
      : InnerAuthenticator(std::move(inner)), said_(std::move(said)) {}
  std::string Challenge(const Denial& denial) const override {
    return inner_->Challenge(denial) + ", error_description=\"refused: " + *said_ + "\"";
  }

 private:
  std::shared_ptr<std::string> said_;
};

// The claims of a token that was not looked at further.
std::string WhatItClaims(const std::string& token) {
  const size_t begin = token.find('.');
  const size_t end = begin == std::string::npos ? begin : token.find('.', begin + 1);
  if (end == std::string::npos) return {};
  std::string plain;
  for (const char letter : DecodeBase64Url(token.substr(begin + 1, end - begin - 1)).value_or("")) {
    plain += std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ? letter : ' ';
  }
  return plain;
}

// -- logs-tokens

class Chatty final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    std::fprintf(stderr, "debug authorization=%s\n", request->headers.Get("Authorization").c_str());
    return inner_->Authenticate(std::move(request));
  }
};

// -- metrics-name-people

class MetricsNamePeopleTrail final : public InnerTrail {
 public:
  using InnerTrail::InnerTrail;

  bool Record(const Decision& decision) override {
    Decision told = decision;
    if (!told.subject.empty()) told.reason = told.subject;
    return inner_->Record(told);
  }
};

// -- serves-unrecorded

class Careless final : public AuditTrail {
 public:
  explicit Careless(std::shared_ptr<AuditTrail> inner) : inner_(std::move(inner)) {}
  bool Record(const Decision& decision) override {
    (void)inner_->Record(decision);
    return true;
  }

 private:
  std::shared_ptr<AuditTrail> inner_;
};

// -- writes-records-by-hand

class ByHand final : public AuditTrail {
 public:
  ByHand(std::shared_ptr<AuditTrail> inner, std::string path) : inner_(std::move(inner)), path_(std::move(path)) {}
  bool Record(const Decision& decision) override {
    std::ofstream(path_, std::ios::app) << "{\"method\":\"" << decision.method << "\",\"tool\":\"" << decision.tool
                                        << "\"}\n";
    return inner_->Record(decision);
  }

 private:
  std::shared_ptr<AuditTrail> inner_;
  std::string path_;
};

}  // namespace

Family AuditMutants() {
  Family family{.name = "audit", .suites = {"audit", "tokens/effects", "tokens/every-method", "isolation/own-things"}};

  // Whoever gets into the machine has an interest in what the trail says of it.
  family.Add({.name = "alters-a-record",
              .fault = "A denial is written over in the trail afterwards.",
              .targets = {"jira"},
              .suites = {"audit/hostile-words"}},
             [](Hooks& hooks) {
               const auto path = std::make_shared<std::string>();
               hooks.adjust_config = [path](Config& config) { *path = config.audit_file; };
               hooks.wrap_audit = [path](std::shared_ptr<AuditTrail> inner) -> std::shared_ptr<AuditTrail> {
                 return std::make_shared<Forgetful>(std::move(inner), *path);
               };
             });

  family.Add({.name = "audit-silent", .fault = "Nothing is audited.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_audit = WrapIn<AuditSilentTrail, AuditTrail>(); });

  // An attack leaves no trace.
  family.Add({.name = "audit-without-denials", .fault = "Only what was allowed is audited.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_audit = WrapIn<AuditWithoutDenialsTrail, AuditTrail>(); });

  family.Add({.name = "audit-without-subject",
              .fault = "The audit trail says what was done, not by whom.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_audit = WrapIn<AuditWithoutSubjectTrail, AuditTrail>(); });

  family.Add({.name = "audits-tokens", .fault = "Tokens are written to the audit trail.", .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto last = std::make_shared<std::string>();
               hooks.wrap_authenticator = [last](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<AuditsTokensNoting>(std::move(right), last);
               };
               hooks.wrap_audit = [last](std::shared_ptr<AuditTrail> right) {
                 return std::make_shared<AuditsTokensTrail>(std::move(right), last);
               };
             });

  // Helpful to whoever looks for a fault, and to whoever wants words of theirs in somebody's answer.
  family.Add(
      {.name = "challenge-quotes-the-request",
       .fault = "The challenge repeats what came with the request that is refused.",
       .targets = {"jira"},
       .suites = {"audit/hostile-words"}},
      [](Hooks& hooks) {
        const auto said = std::make_shared<std::string>();
        hooks.on_request = [said](HttpRequest& request) { *said = WhatItClaims(request.headers.Get("Authorization")); };
        hooks.wrap_authenticator = [said](std::shared_ptr<Authenticator> inner) -> std::shared_ptr<Authenticator> {
          return std::make_shared<Repeating>(std::move(inner), said);
        };
      });

  // Whoever reads logs can act as everybody.
  family.Add({.name = "logs-tokens", .fault = "Tokens are written to the log.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Chatty, Authenticator>(); });

  // Metrics are open to everybody who can reach the server.
  family.Add({.name = "metrics-name-people", .fault = "Metrics are labelled with who called.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_audit = WrapIn<MetricsNamePeopleTrail, AuditTrail>(); });

  // A full disk, and nobody can say any more who did what.
  family.Add({.name = "serves-unrecorded",
              .fault = "That a record could not be written is nobody's concern.",
              .targets = {"jira"},
              .suites = {"audit/sink-down"}},
             [](Hooks& hooks) {
               hooks.wrap_audit = [](std::shared_ptr<AuditTrail> inner) -> std::shared_ptr<AuditTrail> {
                 return std::make_shared<Careless>(std::move(inner));
               };
             });

  // A caller that chooses a method's or a tool's name chooses what the trail says.
  family.Add({.name = "writes-records-by-hand",
              .fault = "A second record of each call is put together from texts, and nothing is escaped.",
              .targets = {"jira"},
              .suites = {"audit/hostile-words"}},
             [](Hooks& hooks) {
               const auto path = std::make_shared<std::string>();
               hooks.adjust_mcp = [](McpServerOptions& options) {
                 options.recorded_method = [](const std::string& method) { return method; };
               };
               hooks.adjust_config = [path](Config& config) { *path = config.audit_file; };
               hooks.wrap_audit = [path](std::shared_ptr<AuditTrail> inner) -> std::shared_ptr<AuditTrail> {
                 return std::make_shared<ByHand>(std::move(inner), *path);
               };
             });

  return family;
}

}  // namespace iff

// The certificates of a scenario whose target demands some: a CA, one of the target, one of each principal, and wrong
// ones of each.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/identity/principal.h"
#include "harness/mcp/wire.h"
#include "harness/net/certificates.h"
#include "harness/net/http.h"

namespace iff {

// Constant once made.
class SandboxCertificates {
 public:
  // Their files lie in `directory`, and are as lasting.
  SandboxCertificates(const std::string& directory, const std::vector<Principal>& principals);

  const WireTls& tls() const { return tls_; }
  // The words of a system file that name the target's files: "certificate", "certificate_key", "client_ca".
  const std::map<std::string, std::string>& words() const { return words_; }
  // The thumbprint (x5t#S256) of the persona's; "": there is no such persona.
  std::string ThumbprintOf(std::string_view persona) const;
  // What proxies of all kinds would say if the persona's certificate had been shown to them.
  Headers FieldsOfProxies(std::string_view persona) const;

  // A wrong certificate.
  struct Wrong {
    std::string name = {};   // in `tls`, instead of a thumbprint
    std::string binds = {};  // the thumbprint that a token bound to it says; "": the token stays as it is
  };
  // That of the attack for the persona. REQUIRES: it is one of WrongCertificates(), and the persona has a certificate.
  Wrong WrongFor(const std::string& attack, const std::string& persona) const;

 private:
  WireTls tls_;
  std::map<std::string, std::string> words_;
  std::map<std::string, MadeCertificate> made_;  // by persona
  std::map<std::string, std::string> wrong_;     // name -> what it binds
};

}  // namespace iff

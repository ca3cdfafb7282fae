// Client certificates wrong in exactly one way, for a connection that shows one instead of a good one.
//
//   const WrongCertificate made = MakeWrongCertificate("certificate-expired", {.maker = maker, .ca = ca, ...});
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/jose/forge.h"
#include "harness/net/certificates.h"

namespace iff {

// By `row` of the attack catalogue.
const std::vector<Attack>& WrongCertificates();
const Attack* FindWrongCertificate(std::string_view id);  // nullptr: none is called so

// Whose is to be wrong, and what there is to make it from.
struct CertificateContext {
  CertificateMaker& maker;
  const MadeCa& ca;                // the one whose certificates the server takes
  const std::string& name;         // principal of the owner's good one
  const MadeCertificate& own;      // that one
  const MadeCertificate& another;  // somebody else's good one
};

struct WrongCertificate {
  MadeCertificate shown = {};
  // A token has to be bound to the wrong certificate itself, so that nothing but the certificate is wrong; false: the
  // owner's token stays bound to the good one, and this is to pass for it.
  bool binds = false;
  bool revoked = false;  // wrong only where a list of the CA says so
};

// REQUIRES: there is such an attack.
WrongCertificate MakeWrongCertificate(std::string_view id, const CertificateContext& context);

}  // namespace iff

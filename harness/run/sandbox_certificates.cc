#include "harness/run/sandbox_certificates.h"

#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/run/texts.h"
#include "harness/run/wrong_certificates.h"

namespace iff {
namespace {

// What a wrong certificate is found by, among thumbprints of right ones.
std::string NameOfWrong(const std::string& persona, const std::string& attack) { return persona + " " + attack; }

}  // namespace

SandboxCertificates::SandboxCertificates(const std::string& directory, const std::vector<Principal>& principals) {
  CertificateMaker maker(directory);
  const MadeCa ca = maker.Ca("iff");
  const MadeCertificate own = maker.MakeServer(ca);
  tls_.ca_file = ca.file;
  for (const Principal& principal : principals) {
    const MadeCertificate made = maker.Make(ca, principal.name);
    tls_.certificates[made.thumbprint] = made.Client(ca.file);
    made_[principal.persona] = made;
  }
  const MadeCertificate nobodys = maker.Make(ca, "nobody");
  std::vector<MadeCertificate> revoked;
  for (const Principal& principal : principals) {
    const auto another = std::find_if(principals.begin(), principals.end(),
                                      [&](const Principal& each) { return each.persona != principal.persona; });
    const CertificateContext context{.maker = maker,
                                     .ca = ca,
                                     .name = principal.name,
                                     .own = made_.at(principal.persona),
                                     .another = another == principals.end() ? nobodys : made_.at(another->persona)};
    for (const Attack& attack : WrongCertificates()) {
      const WrongCertificate wrong = MakeWrongCertificate(attack.id, context);
      const std::string name = NameOfWrong(principal.persona, attack.id);
      tls_.certificates[name] = wrong.shown.Client(ca.file);
      wrong_[name] = wrong.binds ? wrong.shown.thumbprint : "";
      if (wrong.revoked) revoked.push_back(wrong.shown);
    }
  }
  words_ = {{"certificate", own.certificate_file},
            {"certificate_key", own.key_file},
            {"client_ca", maker.Revoking(ca, revoked)}};
}

std::string SandboxCertificates::ThumbprintOf(std::string_view persona) const {
  const auto made = made_.find(std::string(persona));
  return made == made_.end() ? "" : made->second.thumbprint;
}

Headers SandboxCertificates::FieldsOfProxies(std::string_view persona) const {
  const auto made = made_.find(std::string(persona));
  if (made == made_.end()) return {};
  const std::string pem = WholeFile(made->second.certificate_file);
  std::string base64;
  for (std::string_view rest = pem; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (!rest.starts_with("-----")) base64 += rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::string escaped = PercentEncode(pem);
  const Result<std::string> der = DecodeBase64(base64);
  Headers fields;
  fields.Set("Client-Cert", ":" + base64 + ":");  // RFC 9440
  fields.Set("X-Forwarded-Client-Cert", "Hash=" + Hex(Sha256(der.value_or(""))) + ";Cert=\"" + escaped + "\"");
  for (const char* const name : {"X-SSL-Client-Cert", "ssl-client-cert", "X-Client-Cert"}) fields.Set(name, escaped);
  for (const char* const name : {"X-SSL-Client-Verify", "ssl-client-verify"}) fields.Set(name, "SUCCESS");
  return fields;
}

SandboxCertificates::Wrong SandboxCertificates::WrongFor(const std::string& attack, const std::string& persona) const {
  const std::string name = NameOfWrong(persona, attack);
  return {.name = name, .binds = wrong_.at(name)};
}

}  // namespace iff

#include "harness/run/wrong_certificates.h"

#include <algorithm>
#include <functional>

#include "harness/core/result.h"

namespace iff {
namespace {

struct Wrong {
  Attack attack = {};
  std::function<WrongCertificate(const CertificateContext&)> make = {};
};

const std::vector<Wrong>& All() {
  static const std::vector<Wrong> all = {
      {{.id = "certificate-expired",
        .row = "E29",
        .title = "A certificate whose time is over proves nothing",
        .clause = "RFC 5280 section 6.1.3"},
       [](const CertificateContext& context) {
         return WrongCertificate{.shown = context.maker.Make(context.ca, context.name, {.expired = true}),
                                 .binds = true};
       }},
      {{.id = "certificate-of-another-ca",
        .row = "E29",
        .title = "A certificate of a CA that the server does not know proves nothing",
        .clause = "RFC 5280 section 6.1"},
       [](const CertificateContext& context) {
         return WrongCertificate{.shown = context.maker.Make(context.maker.Ca("another"), context.name), .binds = true};
       }},
      {{.id = "certificate-for-servers",
        .row = "E29",
        .title = "A certificate that is for servers alone is no client's",
        .clause = "RFC 5280 section 4.2.1.12"},
       [](const CertificateContext& context) {
         return WrongCertificate{
             .shown = context.maker.Make(context.ca, context.name, {.usage = CertificateUsage::kServer}),
             .binds = true};
       }},
      {{.id = "certificate-revoked",
        .row = "E29",
        .title = "A certificate that its CA has taken back proves nothing",
        .clause = "RFC 5280 section 6.1.3"},
       [](const CertificateContext& context) {
         return WrongCertificate{.shown = context.maker.Make(context.ca, context.name), .binds = true, .revoked = true};
       }},
      // CVE-2023-2422
      {{.id = "certificate-behind-anothers",
        .row = "E28",
        .title = "A certificate that only lies in another's chain is not the connection's",
        .clause = "RFC 8705 section 3"},
       [](const CertificateContext& context) {
         return WrongCertificate{.shown = context.maker.Behind(context.another, context.own)};
       }},
      {{.id = "certificate-of-a-namesake",
        .row = "E30",
        .title = "A certificate with the same name is another one",
        .clause = "RFC 8705 section 3.1"},
       [](const CertificateContext& context) {
         return WrongCertificate{.shown = context.maker.Make(context.ca, context.name)};
       }},
  };
  return all;
}

}  // namespace

const std::vector<Attack>& WrongCertificates() {
  static const std::vector<Attack> attacks = [] {
    std::vector<Attack> named;
    for (const Wrong& wrong : All()) named.push_back(wrong.attack);
    return named;
  }();
  return attacks;
}

const Attack* FindWrongCertificate(std::string_view id) {
  for (const Wrong& wrong : All()) {
    if (wrong.attack.id == id) return &wrong.attack;
  }
  return nullptr;
}

WrongCertificate MakeWrongCertificate(std::string_view id, const CertificateContext& context) {
  const auto wrong = std::find_if(All().begin(), All().end(), [&](const Wrong& each) { return each.attack.id == id; });
  Invariant(wrong != All().end(), "a certificate is wrong in a way there is");
  return wrong->make(context);
}

}  // namespace iff

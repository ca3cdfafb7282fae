#include "harness/run/wrong_certificates.h"

#include <gmock/gmock.h>

#include <map>

#include "harness/core/result_matchers.h"
#include "harness/net/http.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using testing::AllOf;
using testing::Field;
using testing::HasSubstr;

// Each is refused for what its title says, or is somebody else's; so nothing is refused because it cannot be shown.
TEST(WrongCertificates, AreWrongInWhatTheirTitlesSay) {
  CertificateMaker maker;
  const MadeCa ca = maker.Ca("ca");
  const MadeCertificate server_own = maker.MakeServer(ca);
  const MadeCertificate alice = maker.Make(ca, "alice");
  const MadeCertificate bob = maker.Make(ca, "bob");
  const std::string name = "alice";
  const CertificateContext context{.maker = maker, .ca = ca, .name = name, .own = alice, .another = bob};
  std::map<std::string, WrongCertificate> made;
  std::vector<MadeCertificate> revoked;
  for (const Attack& attack : WrongCertificates()) {
    EXPECT_FALSE(attack.row.empty() || attack.title.empty() || attack.clause.empty()) << attack.id;
    ASSERT_NE(FindWrongCertificate(attack.id), nullptr);
    EXPECT_EQ(FindWrongCertificate(attack.id)->title, attack.title);
    made[attack.id] = MakeWrongCertificate(attack.id, context);
    if (made[attack.id].revoked) revoked.push_back(made[attack.id].shown);
  }
  const auto server =
      HttpServer::Start([](const HttpRequest& request) { return HttpResponse{.body = request.client_certificate}; }, 0,
                        {.certificate_file = server_own.certificate_file,
                         .key_file = server_own.key_file,
                         .client_ca_file = maker.Revoking(ca, revoked),
                         .client_certificates = ClientCertificates::kAsked});
  ASSERT_THAT(server, IsOk());
  const auto ask = [&](const MadeCertificate& shown) {
    HttpClient client((*server)->endpoint(), {.tls = shown.Client(ca.file)});
    return client.Send({}, Deadline::In(std::chrono::seconds(10)));
  };
  const std::map<std::string, const char*> alerts = {{"certificate-expired", "certificate expired"},
                                                     {"certificate-of-another-ca", "unknown ca"},
                                                     {"certificate-for-servers", "unsupported certificate"},
                                                     {"certificate-revoked", "certificate revoked"}};
  for (const auto& [id, wrong] : made) {
    SCOPED_TRACE(id);
    const auto alert = alerts.find(id);
    EXPECT_EQ(wrong.binds, alert != alerts.end());
    if (alert != alerts.end()) {
      EXPECT_THAT(ask(wrong.shown),
                  FailsWith(ErrorKind::kRefused, AllOf(HasSubstr("the peer refused"), HasSubstr(alert->second))));
    } else {
      EXPECT_THAT(ask(wrong.shown),
                  IsOkAndHolds(Field(&HttpResponse::body,
                                     id == "certificate-behind-anothers" ? bob.thumbprint : wrong.shown.thumbprint)));
    }
    EXPECT_THAT(ask(alice), IsOkAndHolds(Field(&HttpResponse::body, alice.thumbprint)));
  }
  EXPECT_EQ(made.size(), alerts.size() + 2);
  EXPECT_NE(made.at("certificate-of-a-namesake").shown.thumbprint, alice.thumbprint);
  EXPECT_EQ(FindWrongCertificate("certificate-good"), nullptr);
}

}  // namespace
}  // namespace iff

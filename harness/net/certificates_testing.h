// Certificates made on the spot, for tests of TLS. A directory of PEM files that goes when this goes.
//
//   TestCertificates files;
//   const TestCa ca = files.Ca("ca");
//   const TestCertificate alice = files.Make(ca, "alice", {.usage = TestUsage::kClient});
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/net/tls.h"

namespace iff {

enum class TestUsage { kNone, kServer, kClient };  // extended key usage; kNone: the extension is absent

struct TestCertificateOptions {
  TestUsage usage = TestUsage::kClient;
  bool expired = false;
  // Subject alternative names, each as given, whatever bytes are in it.
  std::vector<std::string> dns = {};
  std::vector<std::string> ip = {};
};

struct TestCertificate {
  std::string certificate_file = {};
  std::string key_file = {};
  std::string thumbprint = {};  // x5t#S256

  TlsClientOptions Client(std::string ca_file) const {
    return {.ca_file = std::move(ca_file), .certificate_file = certificate_file, .key_file = key_file};
  }
};

struct TestCa {
  std::string file = {};
  std::shared_ptr<X509> certificate = {};
  std::shared_ptr<EVP_PKEY> key = {};
};

class TestCertificates {
 public:
  TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;
  ~TestCertificates();

  TestCa Ca(const std::string& name);
  // An end-entity certificate of `ca` with the common name `name`, which may have any bytes; files are numbered.
  TestCertificate Make(const TestCa& ca, std::string_view name, const TestCertificateOptions& options = {});
  // A server of this machine: localhost, 127.0.0.1 and ::1.
  TestCertificate MakeServer(const TestCa& ca);
  // The first with the second's certificate behind it in its chain.
  TestCertificate Behind(const TestCertificate& first, const TestCertificate& second);
  // The CA's certificate together with a list that revokes those given.
  std::string Revoking(const TestCa& ca, const std::vector<TestCertificate>& revoked);

 private:
  std::string NewFile();
  std::string directory_;
  int made_ = 0;
};

}  // namespace iff

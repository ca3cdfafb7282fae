// Certificates made on the spot, for whoever has to show that TLS is judged rightly: good for a day, of CAs nobody else
// trusts. PEM files in a directory, keys readable by their owner alone.
//
//   CertificateMaker files;
//   const MadeCa ca = files.Ca("ca");
//   const MadeCertificate alice = files.Make(ca, "alice", {.usage = CertificateUsage::kClient});
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/net/tls.h"

namespace iff {

enum class CertificateUsage { kNone, kServer, kClient };  // extended key usage; kNone: the extension is absent

struct CertificateOptions {
  CertificateUsage usage = CertificateUsage::kClient;
  bool expired = false;
  // Subject alternative names, each as given, whatever bytes are in it.
  std::vector<std::string> dns = {};
  std::vector<std::string> ip = {};
};

struct MadeCertificate {
  std::string certificate_file = {};
  std::string key_file = {};
  std::string thumbprint = {};  // x5t#S256

  TlsClientOptions Client(std::string ca_file) const {
    return {.ca_file = std::move(ca_file), .certificate_file = certificate_file, .key_file = key_file};
  }
};

struct MadeCa {
  std::string file = {};
  std::shared_ptr<X509> certificate = {};
  std::shared_ptr<EVP_PKEY> key = {};
};

class CertificateMaker {
 public:
  CertificateMaker();  // in a directory that goes when this goes
  explicit CertificateMaker(std::string directory) : directory_(std::move(directory)), removes_(false) {}
  CertificateMaker(const CertificateMaker&) = delete;
  CertificateMaker& operator=(const CertificateMaker&) = delete;
  ~CertificateMaker();

  MadeCa Ca(const std::string& name);
  // An end-entity certificate of `ca` with the common name `name`, which may have any bytes; files are numbered.
  MadeCertificate Make(const MadeCa& ca, std::string_view name, const CertificateOptions& options = {});
  // A server of this machine: localhost, 127.0.0.1 and ::1.
  MadeCertificate MakeServer(const MadeCa& ca);
  // The first with the second's certificate behind it in its chain.
  MadeCertificate Behind(const MadeCertificate& first, const MadeCertificate& second);
  // The CA's certificate together with a list that revokes those given.
  std::string Revoking(const MadeCa& ca, const std::vector<MadeCertificate>& revoked);

 private:
  std::string NewFile();
  std::string directory_;
  bool removes_ = true;
  int made_ = 0;
};

}  // namespace iff

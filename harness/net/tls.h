// TLS 1.2 and later for the servers and clients of this folder: which files, and what they are for. A client verifies
// its peer's name or address (RFC 9525); a server may ask for certificates of clients, which is half of mutual TLS (RFC
// 8705). Nobody renegotiates or resumes: every connection has a handshake of its own, so that what was proven on one is
// never believed on another.
#pragma once

#include <string>

#include "harness/core/result.h"

namespace iff {

enum class ClientCertificates {
  kNotAsked,
  kAsked,     // who shows none is served; who shows one that does not verify is not
  kRequired,  // who shows none is not served either
};

struct TlsServerOptions {
  std::string certificate_file = {};  // PEM, ours first, then those between it and the CA
  std::string key_file = {};          // PEM, without a passphrase
  // PEM, the CAs whose certificates are taken from clients: not expired, for clientAuth where they say for what
  // (RFC 5280 section 4.2.1.12). With revocation lists in the same file, each such CA needs a current one.
  std::string client_ca_file = {};
  ClientCertificates client_certificates = ClientCertificates::kNotAsked;

  // Nothing is set: plain HTTP.
  bool empty() const {
    return certificate_file.empty() && key_file.empty() && client_ca_file.empty() &&
           client_certificates == ClientCertificates::kNotAsked;
  }
};

struct TlsClientOptions {
  // PEM. Default: the system's CAs, or those SSL_CERT_FILE and SSL_CERT_DIR name.
  std::string ca_file = {};
  // Shown to a server that asks; both or neither. PEM, as in TlsServerOptions. Default: none.
  std::string certificate_file = {};
  std::string key_file = {};
};

// Whether a server could start with them. kInvalidInput: a file cannot be used, and which, or the options contradict
// themselves.
Result<void> CheckTls(const TlsServerOptions& options);

}  // namespace iff

#include "harness/net/certificates.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/bytes.h"
#include "harness/core/result.h"

namespace iff {
namespace {

constexpr long kHour = 3600;

void Must(bool done) { Invariant(done, "OpenSSL makes a certificate"); }

// A file of one kind of PEM.
template <class Write>
void WritePem(const std::string& path, const Write& write) {
  const int opened = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::FILE* const file = opened < 0 ? nullptr : ::fdopen(opened, "a");
  Must(file != nullptr);
  const int written = write(file);
  Must(std::fclose(file) == 0 && written == 1);
}

std::shared_ptr<X509> ReadCertificate(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "re");
  Must(file != nullptr);
  X509* const read = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  Must(read != nullptr);
  return {read, X509_free};
}

// `value` with the bytes it has, in a type that holds them.
void AddName(X509_NAME* name, std::string_view value) {
  Must(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                  reinterpret_cast<const unsigned char*>(value.data()), static_cast<int>(value.size()),
                                  -1, 0) == 1);
}

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  Must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

void AddAlternative(GENERAL_NAMES* names, int type, std::string_view bytes) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_STRING* const text = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
  Must(ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size())) == 1);
  GENERAL_NAME_set0_value(name, type, text);
  Must(sk_GENERAL_NAME_push(names, name) > 0);
}

void AddAlternatives(X509* certificate, const CertificateOptions& options) {
  if (options.dns.empty() && options.ip.empty()) return;
  GENERAL_NAMES* const names = GENERAL_NAMES_new();
  for (const std::string& name : options.dns) AddAlternative(names, GEN_DNS, name);
  for (const std::string& text : options.ip) {
    char address[sizeof(in6_addr)];
    const bool wide = text.find(':') != std::string::npos;
    Must(::inet_pton(wide ? AF_INET6 : AF_INET, text.c_str(), address) == 1);
    AddAlternative(names, GEN_IPADD, std::string_view(address, wide ? 16 : 4));
  }
  Must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1);
  GENERAL_NAMES_free(names);
}

// Without issuer, validity and signature.
std::shared_ptr<X509> Blank(std::string_view name, EVP_PKEY* key) {
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  Must(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  static std::atomic<long> serial = 1;
  Must(ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++) == 1);
  AddName(X509_get_subject_name(certificate.get()), name);
  Must(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

void Between(X509* certificate, long from, long to) {
  Must(X509_gmtime_adj(X509_getm_notBefore(certificate), from) != nullptr);
  Must(X509_gmtime_adj(X509_getm_notAfter(certificate), to) != nullptr);
}

std::shared_ptr<EVP_PKEY> NewKey() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

}  // namespace

CertificateMaker::CertificateMaker() : directory_("/tmp/iff-certificates-XXXXXX") {
  Must(::mkdtemp(directory_.data()) != nullptr);
}

CertificateMaker::~CertificateMaker() {
  if (!removes_) return;
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string CertificateMaker::NewFile() { return directory_ + "/certificate-" + std::to_string(++made_) + ".pem"; }

MadeCa CertificateMaker::Ca(const std::string& name) {
  MadeCa ca;
  ca.key = NewKey();
  ca.certificate = Blank(name, ca.key.get());
  X509* const own = ca.certificate.get();
  Must(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
  Between(own, -48 * kHour, 48 * kHour);
  AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(own, own, NID_subject_key_identifier, "hash");
  Must(X509_sign(own, ca.key.get(), EVP_sha256()) > 0);
  ca.file = NewFile();
  WritePem(ca.file, [&](std::FILE* file) { return PEM_write_X509(file, own); });
  return ca;
}

MadeCertificate CertificateMaker::Make(const MadeCa& ca, std::string_view name, const CertificateOptions& options) {
  const std::shared_ptr<EVP_PKEY> key = NewKey();
  const std::shared_ptr<X509> certificate = Blank(name, key.get());
  X509* const own = certificate.get();
  Must(X509_set_issuer_name(own, X509_get_subject_name(ca.certificate.get())) == 1);
  options.expired ? Between(own, -24 * kHour, -kHour) : Between(own, -kHour, 24 * kHour);
  AddExtension(own, ca.certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(own, ca.certificate.get(), NID_key_usage, "critical,digitalSignature");
  if (options.usage == CertificateUsage::kServer)
    AddExtension(own, ca.certificate.get(), NID_ext_key_usage, "serverAuth");
  if (options.usage == CertificateUsage::kClient)
    AddExtension(own, ca.certificate.get(), NID_ext_key_usage, "clientAuth");
  AddAlternatives(own, options);
  Must(X509_sign(own, ca.key.get(), EVP_sha256()) > 0);

  MadeCertificate made;
  made.certificate_file = NewFile();
  made.key_file = NewFile();
  WritePem(made.certificate_file, [&](std::FILE* file) { return PEM_write_X509(file, own); });
  WritePem(made.key_file, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  unsigned char* der = nullptr;
  const int size = i2d_X509(own, &der);
  Must(size > 0);
  made.thumbprint = Base64Url(Sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size))));
  OPENSSL_free(der);
  return made;
}

MadeCertificate CertificateMaker::MakeServer(const MadeCa& ca) {
  return Make(ca, "server", {.usage = CertificateUsage::kServer, .dns = {"localhost"}, .ip = {"127.0.0.1", "::1"}});
}

MadeCertificate CertificateMaker::Behind(const MadeCertificate& first, const MadeCertificate& second) {
  MadeCertificate both = first;
  both.certificate_file = NewFile();
  std::ofstream(both.certificate_file) << std::ifstream(first.certificate_file).rdbuf()
                                       << std::ifstream(second.certificate_file).rdbuf();
  return both;
}

std::string CertificateMaker::Revoking(const MadeCa& ca, const std::vector<MadeCertificate>& revoked) {
  const std::shared_ptr<X509_CRL> list(X509_CRL_new(), X509_CRL_free);
  const std::shared_ptr<ASN1_TIME> past(X509_gmtime_adj(nullptr, -kHour), ASN1_TIME_free);
  const std::shared_ptr<ASN1_TIME> future(X509_gmtime_adj(nullptr, kHour), ASN1_TIME_free);
  Must(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1);
  Must(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(ca.certificate.get())) == 1);
  Must(X509_CRL_set1_lastUpdate(list.get(), past.get()) == 1 &&
       X509_CRL_set1_nextUpdate(list.get(), future.get()) == 1);
  for (const MadeCertificate& one : revoked) {
    const std::shared_ptr<X509> certificate = ReadCertificate(one.certificate_file);
    X509_REVOKED* const entry = X509_REVOKED_new();
    Must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get())) == 1);
    Must(X509_REVOKED_set_revocationDate(entry, past.get()) == 1);
    Must(X509_CRL_add0_revoked(list.get(), entry) == 1);
  }
  Must(X509_CRL_sort(list.get()) == 1 && X509_CRL_sign(list.get(), ca.key.get(), EVP_sha256()) > 0);
  const std::string path = NewFile();
  WritePem(path, [&](std::FILE* file) { return PEM_write_X509(file, ca.certificate.get()); });
  WritePem(path, [&](std::FILE* file) { return PEM_write_X509_CRL(file, list.get()); });
  return path;
}

}  // namespace iff

// How a sandbox reaches its target: over HTTP, through a stream, or through a process for each person.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/core/bytes.h"
#include "harness/run/sandbox.h"
#include "harness/run/texts.h"
#include "harness/run/wrong_certificates.h"

namespace iff {
namespace {

// Both ends of a process; the sandbox keeps it, for its log and its end.
class ServiceChannel final : public LineChannel {
 public:
  explicit ServiceChannel(std::shared_ptr<Service> service) : service_(std::move(service)) {}

  Result<void> Write(std::string_view line) override { return service_->WriteLine(line); }
  Result<std::string> Read(Deadline deadline) override { return service_->ReadLine(deadline); }

 private:
  std::shared_ptr<Service> service_;
};

void Replace(std::string& text, std::string_view what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// What a wrong certificate is found by, among thumbprints of right ones.
std::string NameOfWrong(const std::string& persona, const std::string& attack) { return persona + " " + attack; }

}  // namespace

std::map<std::string, std::string> Sandbox::MakeCertificates() {
  CertificateMaker maker(target_directory_);
  const MadeCa ca = maker.Ca("iff");
  const MadeCertificate own = maker.MakeServer(ca);
  tls_.ca_file = ca.file;
  for (const Principal& principal : principals_) {
    const MadeCertificate made = maker.Make(ca, principal.name);
    tls_.certificates[made.thumbprint] = made.Client(ca.file);
    certificates_[principal.persona] = made;
  }
  const MadeCertificate nobodys = maker.Make(ca, "nobody");
  std::vector<MadeCertificate> revoked;
  for (const Principal& principal : principals_) {
    const auto another = std::find_if(principals_.begin(), principals_.end(),
                                      [&](const Principal& each) { return each.persona != principal.persona; });
    const CertificateContext context{
        .maker = maker,
        .ca = ca,
        .name = principal.name,
        .own = certificates_.at(principal.persona),
        .another = another == principals_.end() ? nobodys : certificates_.at(another->persona)};
    for (const Attack& attack : WrongCertificates()) {
      const WrongCertificate wrong = MakeWrongCertificate(attack.id, context);
      const std::string name = NameOfWrong(principal.persona, attack.id);
      tls_.certificates[name] = wrong.shown.Client(ca.file);
      binds_to_wrong_[name] = wrong.binds ? wrong.shown.thumbprint : "";
      if (wrong.revoked) revoked.push_back(wrong.shown);
    }
  }
  target_endpoint_.scheme = "https";
  return {{"certificate", own.certificate_file},
          {"certificate_key", own.key_file},
          {"client_ca", maker.Revoking(ca, revoked)}};
}

Result<Credential> Sandbox::WithWrongCertificate(const std::string& attack, const Credential& from) const {
  const std::string name = NameOfWrong(from.principal, attack);
  const auto bound = binds_to_wrong_.find(name);
  if (from.certificate.empty() || bound == binds_to_wrong_.end()) {
    return Error(ErrorKind::kInvalidInput, from.alias + " is not bound to a certificate: there is none to be wrong");
  }
  Credential wrong{.value = from.value, .certificate = name};
  if (!bound->second.empty()) {
    const Forge forge = TRY(MakeForge(from.issuer));
    wrong.value = TRY(forge.Reissue(from.value, {{"cnf", {{"x5t#S256", bound->second}}}}, Json::object()));
  }
  return wrong;
}

std::string Sandbox::CertificateOf(std::string_view persona) const {
  const auto made = certificates_.find(std::string(persona));
  return made == certificates_.end() ? "" : made->second.thumbprint;
}

Headers Sandbox::FieldsOfProxies(const std::string& persona) const {
  const auto made = certificates_.find(persona);
  if (made == certificates_.end()) return {};
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

std::unique_ptr<Wire> Sandbox::MakeWire() {
  switch (target_->transport) {
    case Transport::kHttp:
      break;
    case Transport::kSse:
      return MakeSseWire(target_endpoint_, target_->path);
    case Transport::kStdio:
      return MakeStdioWire([this](const std::string& persona) { return StartProcess(persona); });
  }
  if (replicas_.empty()) return MakeHttpWire(target_endpoint_, tls_);
  std::vector<Endpoint> all{target_endpoint_};
  for (const auto& replica : replicas_) all.push_back(replica->endpoint);
  return MakeRoundRobinWire(all, tls_);
}

std::string Sandbox::Negotiated(const std::string& credential, const std::string& revision) {
  const Result<Connection*> connection = ConnectionFor(revision);
  return connection.ok() ? (*connection)->Negotiated(IdentityOf({.with = credential})) : "";
}

std::string Sandbox::IdentityOf(const Sending& sending) {
  if (target_->transport != Transport::kStdio) return sending.session_of.empty() ? sending.with : sending.session_of;
  const Credential* credential = sending.with.empty() ? nullptr : FindCredential(sending.with);
  if (credential == nullptr) return "";
  const std::lock_guard lock(mutex_);
  started_with_.emplace(credential->principal, sending.with);
  return credential->principal;
}

Result<std::unique_ptr<LineChannel>> Sandbox::StartProcess(const std::string& persona) {
  std::optional<Credential> credential;
  {
    const std::lock_guard lock(mutex_);
    const auto name = started_with_.find(persona);
    if (name != started_with_.end()) credential = credentials_.at(name->second);
  }
  if (!credential) return Error(ErrorKind::kInternal, "nobody called '" + persona + "' has shown a credential");
  ServiceSpec spec = target_spec_;
  spec.name += "-" + persona;
  // Where such a server looks for it: the process is the person's own, and so is its environment.
  for (auto& [name, value] : spec.environment) Replace(value, kCredentialWord, credential->value.Reveal());
  for (std::string& word : spec.argv) Replace(word, kCredentialWord, credential->value.Reveal());
  auto service = std::make_shared<Service>(TRY(
      context_.target_launcher.Launch(std::move(spec)).While("launch target " + target_->name + " for " + persona)));
  const std::lock_guard lock(mutex_);
  processes_.push_back(service);
  return std::unique_ptr<LineChannel>(std::make_unique<ServiceChannel>(std::move(service)));
}

std::optional<std::string> Sandbox::TargetExited() const {
  if (service_) {
    for (const auto& replica : replicas_) {
      if (!replica->service) continue;
      if (const auto ended = replica->service->exited()) return replica->spec.name + ": " + *ended;
    }
    return service_->exited();
  }
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Service>& process : processes_) {
    if (const auto ended = process->exited()) return ended;
  }
  return {};
}

std::vector<Service*> Sandbox::target_services() {
  std::vector<Service*> all;
  if (service_) all.push_back(&*service_);
  for (const auto& replica : replicas_) {
    if (replica->service) all.push_back(&*replica->service);
  }
  return all;
}

std::string Sandbox::TargetLog() const {
  std::string log;
  if (service_) {
    log = service_->LogSince(logged_before_);
    for (const auto& replica : replicas_) {
      if (replica->service) log += replica->service->LogSince(0);
    }
    return log;
  }
  const std::lock_guard lock(mutex_);
  for (const std::shared_ptr<Service>& process : processes_) log += process->LogSince(0);
  return log;
}

Result<std::string> Sandbox::SearchableLog() const {
  const std::string log = TargetLog();
  // What it logged for an earlier scenario shows that it logs.
  if (!log.empty() || logged_before_ > 0) return log;
  const std::lock_guard lock(mutex_);
  if (processes_.empty()) return Error(ErrorKind::kUnavailable, "it is empty");
  for (const std::shared_ptr<Service>& process : processes_) {
    if (access(process->log_path().c_str(), R_OK) != 0) return SystemError("read the log of " + process->name(), errno);
  }
  return log;
}

}  // namespace iff

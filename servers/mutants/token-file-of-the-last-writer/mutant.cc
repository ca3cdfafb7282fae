#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

// As a command-line tool keeps the one login it has.
class TokenFile {
 public:
  TokenFile() {
    std::string name =
        std::string(std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp") + "/iff-mutant-XXXXXX";
    const int descriptor = mkstemp(name.data());
    if (descriptor >= 0) close(descriptor);
    path_ = descriptor >= 0 ? name : "";
  }
  ~TokenFile() { unlink(path_.c_str()); }

  void Write(const std::string& token) const { std::ofstream(path_, std::ios::trunc) << token; }
  std::string Read() const {
    std::string token;
    std::ifstream in(path_);
    std::getline(in, token);
    return token;
  }

 private:
  std::string path_;
};

struct Logins {
  TokenFile file = {};
  std::map<std::string, std::string> known = {};  // subject -> Authorization
};

class Writing final : public InnerAuthenticator {
 public:
  Writing(std::shared_ptr<Authenticator> inner, std::shared_ptr<Logins> logins)
      : InnerAuthenticator(std::move(inner)), logins_(std::move(logins)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok()) logins_->file.Write(logins_->known[judged.value()->claims.subject]);
    co_return judged;
  }

 private:
  std::shared_ptr<Logins> logins_;
};

}  // namespace

Seams TokenFileOfTheLastWriter() {
  Seams seams;
  const auto logins = std::make_shared<Logins>();
  seams.wrap_authenticator = [logins](std::shared_ptr<Authenticator> right) -> std::shared_ptr<Authenticator> {
    return std::make_shared<Writing>(std::move(right), logins);
  };
  seams.on_upstream_request = [logins](HttpRequest& request, const Caller& caller, const Credential&) {
    logins->known[caller.claims.subject] = request.headers.Get("Authorization");
    const std::string written = logins->file.Read();
    if (!written.empty()) request.headers.Set("Authorization", written);
  };
  return seams;
}

}  // namespace iff

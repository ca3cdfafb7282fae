#include <cctype>
#include <memory>
#include <string>
#include <utility>

#include "harness/core/bytes.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Repeating final : public InnerAuthenticator {
 public:
  Repeating(std::shared_ptr<Authenticator> inner, std::shared_ptr<std::string> said)
      : InnerAuthenticator(std::move(inner)), said_(std::move(said)) {}
  std::string Challenge(const Denial& denial) const override {
    return inner_->Challenge(denial) + ", error_description=\"refused: " + *said_ + "\"";
  }

 private:
  std::shared_ptr<std::string> said_;
};

// The claims of a token that was not looked at further.
std::string WhatItClaims(const std::string& token) {
  const size_t begin = token.find('.');
  const size_t end = begin == std::string::npos ? begin : token.find('.', begin + 1);
  if (end == std::string::npos) return {};
  std::string plain;
  for (const char letter : DecodeBase64Url(token.substr(begin + 1, end - begin - 1)).value_or("")) {
    plain += std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' ? letter : ' ';
  }
  return plain;
}

}  // namespace

Seams ChallengeQuotesTheRequest() {
  Seams seams;
  const auto said = std::make_shared<std::string>();
  seams.on_request = [said](HttpRequest& request) { *said = WhatItClaims(request.headers.Get("Authorization")); };
  seams.wrap_authenticator = [said](std::shared_ptr<Authenticator> inner) -> std::shared_ptr<Authenticator> {
    return std::make_shared<Repeating>(std::move(inner), said);
  };
  return seams;
}

}  // namespace iff

// The issuer's keys: when they are fetched, which are believed, and what holds while there are none.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/jose/token.h"
#include "harness/net/http.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/judging.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- believes-whatever-is-published

using PublishedKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string NumberOf(const Json& jwk, const char* member) {
  return DecodeBase64Url(jwk.value(member, "")).value_or("");
}

const unsigned char* BytesIn(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Whatever OpenSSL takes for a key: of any size, for any use.
PublishedKey AnyKey(const Json& jwk) {
  EVP_PKEY* made = nullptr;
  if (jwk.value("kty", "") == "OKP") {
    const std::string x = NumberOf(jwk, "x");
    made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesIn(x), x.size());
  } else if (jwk.value("kty", "") == "RSA") {
    const std::string n = NumberOf(jwk, "n");
    const std::string e = NumberOf(jwk, "e");
    BIGNUM* const modulus = BN_bin2bn(BytesIn(n), static_cast<int>(n.size()), nullptr);
    BIGNUM* const exponent = BN_bin2bn(BytesIn(e), static_cast<int>(e.size()), nullptr);
    OSSL_PARAM_BLD* const builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
  }
  return {made, EVP_PKEY_free};
}

bool SignedByAny(const TokenParts& parts, const std::string& set) {
  const Result<Json> published = ParseJson(set);
  if (!published.ok()) return false;
  for (const Json& jwk : published->value("keys", Json::array())) {
    if (jwk.value("kid", "") != parts.HeaderText("kid")) continue;
    const PublishedKey key = AnyKey(jwk);
    if (key == nullptr) continue;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const EVP_MD* const digest = jwk.value("kty", "") == "OKP" ? nullptr : EVP_sha256();
    if (EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), BytesIn(parts.signature), parts.signature.size(), BytesIn(parts.signed_text),
                         parts.signed_text.size()) == 1) {
      return true;
    }
  }
  return false;
}

// -- blames-caller-for-missing-keys

class Blaming final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() || judged.error().status != 503) co_return judged;
    Denial denial = judged.error();
    denial.status = 401;
    denial.error = "invalid_token";
    judged = Outcome(std::move(denial));
    co_return judged;
  }
};

// -- ends-without-keys

class Ending final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() && judged.error().status == 503) std::_Exit(3);
    co_return judged;
  }
};

// -- never-gets-over-a-bad-key-set

class UnlessSpoiled final : public InnerAuthenticator {
 public:
  UnlessSpoiled(std::shared_ptr<Authenticator> inner, std::shared_ptr<bool> spoiled)
      : InnerAuthenticator(std::move(inner)), spoiled_(std::move(spoiled)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!*spoiled_) co_return judged;
    Denial denial;
    denial.status = 503;
    co_return Outcome(std::move(denial));
  }

 private:
  std::shared_ptr<bool> spoiled_;
};

// -- serves-without-keys

class OpenWithoutKeys final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() || judged.error().status != 503) co_return judged;
    constexpr size_t kScheme = 7;  // "Bearer "
    const std::string shown = request->headers.Get("Authorization");
    const Result<UnverifiedToken> read = DecodeUnverified(shown.substr(std::min(kScheme, shown.size())));
    if (!read.ok()) co_return judged;
    auto caller = std::make_shared<Caller>();
    caller->claims.issuer = AtOr<std::string>(read.value().payload, "/iss", "");
    caller->claims.subject = AtOr<std::string>(read.value().payload, "/sub", "");
    judged = Outcome(std::shared_ptr<const Caller>(std::move(caller)));
    co_return judged;
  }
};

// -- spoiled-by-odd-keys

Result<KeySet> AllOrNone(std::string_view set) {
  const Json published = TRY(ParseJson(set));
  for (const Json& jwk : published.value("keys", Json::array())) {
    if (jwk.value("kty", "") == "RSA") TRY(PublicKey::FromJwk(jwk));
  }
  return KeySet::Parse(set);
}

}  // namespace

Family KeyMutants() {
  Family family{.name = "keys", .suites = {"keys", "lifetime/key-rotation"}};

  // A flood of worthless tokens becomes a flood at the issuer.
  family.Add({.name = "asks-for-every-unknown-key",
              .fault = "The issuer is asked for its keys whenever a token names one that is not known.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_keys = [](KeySourceOptions& options) { options.cool_down = std::chrono::seconds(0); };
             });

  // Whoever can put up a web page signs for everybody; and the server makes requests for them, to wherever they like.
  family.Add({.name = "asks-where-the-token-says",
              .fault = "A key that is not known is fetched from where the token says that it is.",
              .targets = {"jira"},
              .suites = {"keys/named", "tokens/keys"}},
             [](Hooks& hooks) {
               hooks.adjust_bearer = RememberNoVerdicts;
               hooks.verify = VerifyDespite(Refusal::kUnknownKey, [](const TokenParts& parts, const KeySet&) {
                 for (const char* where : {"jku", "x5u"}) {
                   const Result<Url> url = ParseUrl(parts.HeaderText(where));
                   if (!url.ok() || url.value().endpoint.scheme != "http") continue;
                   HttpClient client(url.value().endpoint);
                   const Result<HttpResponse> answer =
                       client.Send({.target = url.value().target}, Deadline::In(std::chrono::seconds(1)));
                   if (!answer.ok()) continue;
                   const Result<KeySet> keys = KeySet::Parse(answer.value().body);
                   if (keys.ok() && SignedByIssuer(parts, keys.value())) return true;
                 }
                 return false;
               });
             });

  // The signature is verified, by OpenSSL alone, which minds neither.
  family.Add({.name = "believes-whatever-is-published",
              .fault = "Every key that the issuer publishes is believed, of whatever size and for whatever use.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto published = std::make_shared<std::string>();
               hooks.adjust_keys = [published](KeySourceOptions& options) {
                 options.parse = [published](std::string_view set) {
                   *published = set;
                   return KeySet::Parse(set);
                 };
               };
               const Excuse signed_by_any = [published](const TokenParts& parts, const KeySet&) {
                 return SignedByAny(parts, *published);
               };
               // It may be unknown, unfit, or another of the same name than the one that fits.
               hooks.verify = [unknown = VerifyDespite(Refusal::kUnknownKey, signed_by_any),
                               unfit = VerifyDespite(Refusal::kAlgorithm, signed_by_any),
                               namesake = VerifyDespite(Refusal::kSignature, signed_by_any)](
                                  std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
                 Result<Claims, Refusal> seen = unknown(token, keys, policy, now);
                 if (!seen.ok()) seen = unfit(token, keys, policy, now);
                 return seen.ok() ? seen : namesake(token, keys, policy, now);
               };
             });

  // Clients throw good tokens away and send their people to log in, at an issuer that is gone.
  family.Add({.name = "blames-caller-for-missing-keys",
              .fault = "Where the issuer's keys cannot be had, the caller is told that the token is bad.",
              .targets = {"jira"},
              .suites = {"keys/cold", "keys/kept"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Blaming, Authenticator>(); });

  // Whoever starts it before its issuer, or while that is away, has no server until somebody starts it again.
  family.Add({.name = "ends-without-keys",
              .fault = "A server without the keys of its issuer ends at the first request.",
              .targets = {"jira"},
              .suites = {"keys/cold"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Ending, Authenticator>(); });

  // A short outage becomes a long one.
  family.Add({.name = "gives-up-on-the-issuer",
              .fault = "After a fetch of the keys that failed, nobody tries again for an hour.",
              .targets = {"jira"},
              .suites = {"keys/cold", "keys/kept"}},
             [](Hooks& hooks) {
               hooks.adjust_keys = [](KeySourceOptions& options) { options.cool_down = std::chrono::hours(1); };
             });

  // Whoever stole a key and keeps the issuer out of reach is believed until somebody notices.
  family.Add({.name = "keeps-keys-for-ever",
              .fault = "Keys are used for as long as no others can be had.",
              .targets = {"jira"},
              .suites = {"keys/kept"}},
             [](Hooks& hooks) {
               hooks.adjust_keys = [](KeySourceOptions& options) { options.max_age = std::chrono::hours(1000); };
             });

  // Everybody is shut out whenever the issuer is slow for a moment.
  family.Add({.name = "keeps-no-keys",
              .fault = "Keys that are due to be fetched again are not used any more, whether that succeeds or not.",
              .targets = {"jira"},
              .suites = {"keys/kept"}},
             [](Hooks& hooks) {
               hooks.adjust_keys = [](KeySourceOptions& options) { options.max_age = options.refresh_after; };
             });

  // A key that was stolen, and that its issuer took back, is believed for as long as the server runs.
  family.Add({.name = "keeps-withdrawn-keys",
              .fault = "Keys are added to those from before, and none is ever taken out.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto all = std::make_shared<Json>(Json{{"keys", Json::array()}});
               hooks.adjust_keys = [all](KeySourceOptions& options) {
                 options.parse = [all](std::string_view set) {
                   const Result<Json> published = ParseJson(set);
                   if (!published.ok()) return KeySet::Parse(set);
                   for (const Json& key : published.value().value("keys", Json::array())) {
                     bool known = false;
                     for (const Json& kept : (*all)["keys"]) known = known || kept == key;
                     if (!known) (*all)["keys"].push_back(key);
                   }
                   return KeySet::Parse(Dump(*all));
                 };
               };
             });

  // One bad answer of the issuer, which somebody caused by naming a key that nobody knows, shuts out everybody.
  family.Add({.name = "never-gets-over-a-bad-key-set",
              .fault = "A key set that could not be read is never forgotten: from then on there are no keys.",
              .targets = {"jira"},
              .suites = {"keys/in-vain"}},
             [](Hooks& hooks) {
               const auto spoiled = std::make_shared<bool>(false);
               hooks.adjust_keys = [spoiled](KeySourceOptions& options) {
                 options.parse = [spoiled](std::string_view set) {
                   Result<KeySet> keys = KeySet::Parse(set);
                   if (!keys.ok()) *spoiled = true;
                   return keys;
                 };
               };
               hooks.wrap_authenticator = [spoiled](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<UnlessSpoiled>(std::move(right), spoiled);
               };
             });

  // Availability was thought more important: an attacker has only to keep the issuer away, or to come early.
  family.Add({.name = "serves-without-keys",
              .fault = "Without keys to verify with, a token is believed as it stands.",
              .targets = {"jira"},
              .suites = {"keys/cold", "keys/kept"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OpenWithoutKeys, Authenticator>(); });

  // Whoever gets an odd key published shuts everybody out.
  family.Add({.name = "spoiled-by-odd-keys",
              .fault = "One RSA key that cannot be used makes the whole set unusable.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.adjust_keys = [](KeySourceOptions& options) { options.parse = AllOrNone; }; });

  // An issuer that sends a byte now and then holds every request of whoever names a key that is not known.
  family.Add({.name = "waits-long-for-keys",
              .fault = "A key set is waited for as long as it takes.",
              .targets = {"jira"},
              .suites = {"keys/in-vain", "keys/unknown"}},
             [](Hooks& hooks) {
               hooks.adjust_keys = [](KeySourceOptions& options) { options.timeout = std::chrono::minutes(10); };
             });

  return family;
}

}  // namespace iff

#include "harness/jose/key.h"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <thread>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Algorithm kAll[] = {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
                              Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa};

// RFC 7515 appendix A.2.1
Json RsaExample() {
  return {
      {"kty", "RSA"},
      {"n",
       "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
       "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
       "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
       "TW9gb54h4FRWyuXpoQ"},
      {"e", "AQAB"}};
}

// RFC 7515 appendix A.3.1
Json EcExample() {
  return {{"kty", "EC"},
          {"crv", "P-256"},
          {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
          {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};
}

// RFC 8037 appendix A.2
Json Ed25519Example() {
  return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
}

constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

bool Verifies(const Json& jwk, Algorithm algorithm, const std::string& text, std::string_view signature) {
  const Result<PublicKey> key = PublicKey::FromJwk(jwk);
  return key.ok() && key->Verify(algorithm, text, DecodeBase64Url(signature).value());
}

TEST(PublicKey, VerifiesTheRs256ExampleOfRfc7515) {
  const std::string text = "eyJhbGciOiJSUzI1NiJ9." + std::string(kPayload);
  const std::string_view signature =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
      "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
      "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
      "Ge77Rw";
  EXPECT_TRUE(Verifies(RsaExample(), Algorithm::kRs256, text, signature));
  EXPECT_FALSE(Verifies(RsaExample(), Algorithm::kRs256, text + "x", signature));
}

TEST(PublicKey, VerifiesTheEs256ExampleOfRfc7515) {
  const std::string text = "eyJhbGciOiJFUzI1NiJ9." + std::string(kPayload);
  const std::string_view signature =
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  EXPECT_TRUE(Verifies(EcExample(), Algorithm::kEs256, text, signature));
  EXPECT_FALSE(Verifies(EcExample(), Algorithm::kEs256, text + "x", signature));
}

TEST(PublicKey, VerifiesTheEd25519ExampleOfRfc8037) {
  const std::string text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string_view signature =
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_TRUE(Verifies(Ed25519Example(), Algorithm::kEdDsa, text, signature));
  EXPECT_FALSE(Verifies(Ed25519Example(), Algorithm::kEdDsa, text + "x", signature));
}

TEST(SigningKey, MakesTheEd25519SignatureOfRfc8037) {
  const std::string seed = DecodeBase64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").value();
  const std::string prefix = DecodeBase64Url("MC4CAQAwBQYDK2VwBCIEIA").value();  // PKCS #8 around 32 bytes
  const Secret pem("-----BEGIN PRIVATE KEY-----\n" + Base64(prefix + seed) + "\n-----END PRIVATE KEY-----\n");
  const Result<SigningKey> key = SigningKey::FromPem(pem, Algorithm::kEdDsa, "");
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(Base64Url(key->Sign("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(PublicKey, HasTheThumbprintOfRfc7638) {
  const Json jwk = {{"kty", "RSA"},
                    {"n",
                     "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
                     "BJECPebWKRXjBZCiFV4n3oknjhM"
                     "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
                     "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5"
                     "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
                     "kEgU8awapJzKnqDKg"
                     "w"},
                    {"e", "AQAB"},
                    {"alg", "RS256"},
                    {"kid", "2011-04-29"}};
  const Result<PublicKey> key = PublicKey::FromJwk(jwk);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->Thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(PublicKey::FromJwk(Ed25519Example())->Thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(PublicKey, ThumbprintLeavesForeignMembersOut) {
  Json decorated = Ed25519Example();
  decorated.update({{"n", "AQAB"}, {"e", "AQAB"}, {"y", "AQAB"}, {"kid", "one"}});
  EXPECT_EQ(PublicKey::FromJwk(decorated)->Thumbprint(), PublicKey::FromJwk(Ed25519Example())->Thumbprint());
}

TEST(SigningKey, SignsWhatItsPublicHalfVerifies) {
  for (const Algorithm algorithm : kAll) {
    const SigningKey key = SigningKey::Generate(algorithm, "one");
    const PublicKey published = key.Public();
    const std::string signature = key.Sign("text");
    EXPECT_TRUE(published.Verify(algorithm, "text", signature)) << Name(algorithm);
    EXPECT_FALSE(published.Verify(algorithm, "texT", signature)) << Name(algorithm);
    EXPECT_FALSE(published.Verify(algorithm, "text", "")) << Name(algorithm);
    EXPECT_FALSE(published.Verify(algorithm, "text", signature + '\0')) << Name(algorithm);
    EXPECT_TRUE(published.Verify(algorithm, "text", signature)) << "a context survives a refusal";
    EXPECT_EQ(ERR_peek_error(), 0U) << "a refusal leaves nothing behind";
    EXPECT_EQ(published.id(), "one");
    EXPECT_EQ(published.use(), "sig");
  }
}

TEST(SigningKey, SignsAsAnotherAlgorithmOfItsType) {
  const SigningKey key = SigningKey::Generate(Algorithm::kRs256);
  EXPECT_TRUE(key.Public().Verify(Algorithm::kPs256, "text", key.SignAs(Algorithm::kPs256, "text")));
  EXPECT_FALSE(key.Public().Verify(Algorithm::kRs256, "text", key.SignAs(Algorithm::kRs384, "text")));
}

TEST(SigningKey, IsNamedByItsThumbprintUnlessTold) {
  const SigningKey key = SigningKey::Generate(Algorithm::kEs256);
  EXPECT_EQ(key.id(), key.Public().Thumbprint());
  EXPECT_EQ(key.Public().id(), key.id());
}

TEST(SigningKey, SurvivesAJourneyThroughPem) {
  for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa}) {
    const SigningKey key = SigningKey::Generate(algorithm);
    EXPECT_THAT(key.Pkcs8Pem().Reveal(), StartsWith("-----BEGIN PRIVATE KEY-----\n"));
    const Result<SigningKey> again = SigningKey::FromPem(key.Pkcs8Pem(), algorithm, "");
    ASSERT_THAT(again, IsOk()) << Name(algorithm);
    EXPECT_EQ(again->PublicJwk(), key.PublicJwk());
  }
}

TEST(SigningKey, RefusesPemOfAnotherType) {
  const SigningKey key = SigningKey::Generate(Algorithm::kEs256);
  EXPECT_THAT(SigningKey::FromPem(key.Pkcs8Pem(), Algorithm::kRs256, ""),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("not one for RS256")));
  EXPECT_THAT(SigningKey::FromPem(key.Pkcs8Pem(), Algorithm::kEs384, ""),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("not one for ES384")));
  EXPECT_THAT(SigningKey::FromPem(Secret("nonsense"), Algorithm::kRs256, ""),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("not an unencrypted private key")));
}

TEST(SigningKey, MakesACertificateOfItself) {
  const SigningKey key = SigningKey::Generate(Algorithm::kRs256);
  const std::string pem = key.SelfSignedCertificatePem("realm");
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* const certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(certificate)), 0);
  EXPECT_GT(X509_cmp_current_time(X509_get0_notAfter(certificate)), 0);
  X509_free(certificate);
  BIO_free(bio);
}

TEST(SigningKey, HashesItsSubjectPublicKeyInfo) {
  const SigningKey key = SigningKey::Generate(Algorithm::kEs256);
  std::string body = key.Public().Pem();
  body = body.substr(body.find('\n') + 1);
  body = body.substr(0, body.find("-----"));
  std::erase(body, '\n');
  EXPECT_EQ(key.SubjectPublicKeyInfoHash(), Base64Url(Sha256(DecodeBase64(body).value())));
}

Json With(Json jwk, const char* name, const Json& value) {
  jwk[name] = value;
  return jwk;
}

Json RsaWith(const std::string& modulus, const std::string& exponent) {
  return {{"kty", "RSA"}, {"n", Base64Url(modulus)}, {"e", Base64Url(exponent)}};
}

TEST(PublicKey, RefusesWeakRsaNumbers) {
  const std::string exponent("\x01\x00\x01", 3);
  const std::string good = DecodeBase64Url(RsaExample()["n"].get<std::string>()).value();
  ASSERT_THAT(PublicKey::FromJwk(RsaWith(good, exponent)), IsOk());
  const auto refuses = [&](const std::string& modulus, const std::string& e, const char* why) {
    EXPECT_THAT(PublicKey::FromJwk(RsaWith(modulus, e)), FailsWith(ErrorKind::kInvalidInput, HasSubstr(why)));
  };
  refuses(good.substr(0, 127) + '\x01', exponent, "below 2048 bits");
  refuses('\x01' + good.substr(1, 254) + '\x01', exponent, "below 2048 bits");
  refuses(good.substr(0, 255) + '\x02', exponent, "modulus is even");
  refuses(std::string(1025, '\xff'), exponent, "above 8192 bits");
  refuses(good, "\x01", "below 65537");
  refuses(good, "\x03", "below 65537");
  refuses(good, std::string("\x01\x00\x02", 3), "exponent is even");
  refuses(good, std::string(9, '\x01'), "exponent above 64 bits");
  refuses(std::string(1, '\0') + good, exponent, "leading zeros");
}

TEST(PublicKey, RefusesWhatIsNoPublicKey) {
  const auto refuses = [](const Json& jwk, const char* why) {
    EXPECT_THAT(PublicKey::FromJwk(jwk), FailsWith(ErrorKind::kInvalidInput, HasSubstr(why)));
  };
  refuses(Json::array(), "not an object");
  refuses(With(EcExample(), "kty", "oct"), "unknown type or curve");
  refuses(With(EcExample(), "crv", "secp256k1"), "unknown type or curve");
  refuses(With(Ed25519Example(), "crv", "Ed448"), "unknown type or curve");
  refuses(With(EcExample(), "d", "AQAB"), "private member");
  refuses(With(EcExample(), "k", "AQAB"), "private member");
  refuses(With(EcExample(), "kid", 7), "kid is not text");
  refuses(With(EcExample(), "kid", ""), "kid is not plain");
  refuses(With(EcExample(), "kid", "a\nb"), "kid is not plain");
  refuses(With(EcExample(), "kid", std::string(257, 'k')), "kid is not plain");
  refuses(With(EcExample(), "use", "tls"), "unknown use");
  refuses(With(EcExample(), "alg", 256), "alg is not text");
  refuses(With(EcExample(), "key_ops", "verify"), "key_ops is not an array");
  refuses(With(EcExample(), "key_ops", Json::array({"verify", "verify"})), "key_ops repeats itself");
  refuses(With(EcExample(), "x", "AQAB"), "wrong length");
  refuses(With(EcExample(), "x", "===="), "not base64url");
  refuses(With(EcExample(), "y", EcExample()["x"]), "not on its curve");
  refuses(With(Ed25519Example(), "x", Base64Url(std::string(32, '\0'))), "small order");
  refuses(With(Ed25519Example(), "x", Base64Url(std::string(31, '\0') + '\x80')), "small order");
  refuses(With(Ed25519Example(), "x", "AQAB"), "wrong length");
}

TEST(PublicKey, MayVerifyOnlyWhatItWasPublishedFor) {
  const auto may = [](const Json& jwk, Algorithm algorithm) {
    const Result<PublicKey> key = PublicKey::FromJwk(jwk);
    return key.ok() && key->MayVerify(algorithm);
  };
  EXPECT_TRUE(may(RsaExample(), Algorithm::kRs256));
  EXPECT_TRUE(may(RsaExample(), Algorithm::kPs256));
  EXPECT_FALSE(may(RsaExample(), Algorithm::kEs256));
  EXPECT_FALSE(may(EcExample(), Algorithm::kEs384));
  EXPECT_TRUE(may(With(RsaExample(), "alg", "RS256"), Algorithm::kRs256));
  EXPECT_FALSE(may(With(RsaExample(), "alg", "RS256"), Algorithm::kRs384));
  EXPECT_FALSE(may(With(RsaExample(), "alg", "RSA-OAEP"), Algorithm::kRs256));
  EXPECT_FALSE(may(With(RsaExample(), "use", "enc"), Algorithm::kRs256));
  EXPECT_TRUE(may(With(RsaExample(), "key_ops", Json::array({"verify"})), Algorithm::kRs256));
  EXPECT_FALSE(may(With(RsaExample(), "key_ops", Json::array({"wrapKey"})), Algorithm::kRs256));
}

TEST(PublicKey, VerifiesInManyThreadsAtOnce) {
  const SigningKey key = SigningKey::Generate(Algorithm::kRs256);
  const PublicKey published = key.Public();
  const std::string good = key.Sign("text");
  std::vector<std::jthread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        if (!published.Verify(Algorithm::kRs256, "text", good)) ++wrong;
        if (published.Verify(Algorithm::kRs256, "other", good)) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

std::string KeySetText(const std::vector<Json>& members) {
  Json document = Json::object();
  document["keys"] = members;
  return Dump(document);
}

TEST(KeySet, LeavesOutWhatCannotBeUsed) {
  const Result<KeySet> keys = KeySet::Parse(KeySetText({With(RsaExample(), "kid", "good"),
                                                        With(With(RsaExample(), "kid", "weak"), "e", "AQ"),
                                                        {{"kty", "AKP"}, {"kid", "future"}},
                                                        7,
                                                        nullptr,
                                                        With(With(EcExample(), "kid", "leaked"), "d", "AQAB")}));
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->size(), 1U);
  EXPECT_TRUE(keys->Contains("good"));
  EXPECT_FALSE(keys->Contains("weak"));
  const std::map<std::string, size_t> why = {{"read jwk: it holds a private member", 1},
                                             {"read jwk: not an object", 2},
                                             {"read jwk: rsa exponent is even or below 65537", 1},
                                             {"read jwk: unknown type or curve", 1}};
  EXPECT_EQ(keys->left_out(), why) << "and nobody would hear of a private key that is published";
}

TEST(KeySet, RefusesWhatIsNoSet) {
  EXPECT_THAT(KeySet::Parse("<html>"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("read key set")));
  EXPECT_THAT(KeySet::Parse("{}"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no array at /keys")));
  EXPECT_THAT(KeySet::Parse("[]"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no array at /keys")));
  EXPECT_THAT(KeySet::Parse(R"({"keys":{}})"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no array at /keys")));
  EXPECT_THAT(KeySet::Parse(R"({"keys":[],"keys":[]})"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("duplicate")));
  EXPECT_THAT(KeySet::Parse(std::string(2 << 20, ' ')), FailsWith(ErrorKind::kInvalidInput, HasSubstr("1 MiB")));
}

TEST(KeySet, FindsAKeyByNameAndAlgorithm) {
  const SigningKey rsa = SigningKey::Generate(Algorithm::kRs256, "shared");
  const SigningKey ec = SigningKey::Generate(Algorithm::kEs256, "shared");
  const KeySet keys({rsa.Public(), ec.Public()});
  ASSERT_NE(keys.Find("shared", Algorithm::kRs256), nullptr);
  EXPECT_EQ(keys.Find("shared", Algorithm::kRs256)->Thumbprint(), rsa.Public().Thumbprint());
  EXPECT_EQ(keys.Find("shared", Algorithm::kEs256)->Thumbprint(), ec.Public().Thumbprint());
  EXPECT_EQ(keys.Find("shared", Algorithm::kPs256), nullptr);
  EXPECT_EQ(keys.Find("other", Algorithm::kRs256), nullptr);
  EXPECT_EQ(KeySet().Find("shared", Algorithm::kRs256), nullptr);
}

TEST(KeySet, DoesNotGuessBetweenTwoKeysOfOneName) {
  const SigningKey one = SigningKey::Generate(Algorithm::kEs256, "shared");
  const SigningKey two = SigningKey::Generate(Algorithm::kEs256, "shared");
  EXPECT_EQ(KeySet({one.Public(), two.Public()}).Find("shared", Algorithm::kEs256), nullptr);
  EXPECT_NE(KeySet({one.Public(), one.Public()}).Find("shared", Algorithm::kEs256), nullptr);
}

TEST(KeySet, FindsTheOnlyKeyThatFitsWithoutAName) {
  const SigningKey one = SigningKey::Generate(Algorithm::kEs256, "one");
  const SigningKey two = SigningKey::Generate(Algorithm::kEs256, "two");
  const SigningKey other = SigningKey::Generate(Algorithm::kEdDsa, "other");
  EXPECT_NE(KeySet({one.Public(), other.Public()}).Find("", Algorithm::kEs256), nullptr);
  EXPECT_EQ(KeySet({one.Public(), two.Public()}).Find("", Algorithm::kEs256), nullptr);
}

TEST(Algorithm, IsNamedExactly) {
  for (const Algorithm algorithm : kAll) EXPECT_THAT(ParseAlgorithm(Name(algorithm)), IsOkAndHolds(algorithm));
  for (const char* const name : {"none", "HS256", "rs256", "RS256 ", "", "ES256K"}) {
    EXPECT_THAT(ParseAlgorithm(name), FailsWith(ErrorKind::kInvalidInput, HasSubstr("unknown name"))) << name;
  }
}

}  // namespace
}  // namespace iff

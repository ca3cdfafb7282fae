// Attacks on how a token is written: segments, base64url, JSON.
#include "harness/core/bytes.h"
#include "harness/jose/specimen.h"

namespace iff {
namespace {

using namespace std::string_literals;

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Compact text again, its three segments as given.
std::string Joined(std::string_view header, std::string_view payload, std::string_view signature) {
  return std::string(header) + '.' + std::string(payload) + '.' + std::string(signature);
}

Result<std::string> StandardAlphabet(const Specimen& valid) {
  // A signature may have neither - nor _ (one of fifteen of EdDSA): a claim nobody reads makes for another one.
  std::string token = Joined(valid.header_segment, valid.payload_segment, valid.signature_segment);
  for (int attempt = 0; attempt < 64; ++attempt) {
    const size_t signature = token.rfind('.') + 1;
    bool changed = false;
    for (size_t i = signature; i < token.size(); ++i) {
      if (token[i] == '-')
        token[i] = '+';
      else if (token[i] == '_')
        token[i] = '/';
      else
        continue;
      changed = true;
    }
    if (changed) return token;
    token = TRY(valid.WithClaims({{"filler", std::string(static_cast<size_t>(attempt) + 1, 'f')}}));
  }
  return Inapplicable("the signature is the same in both alphabets");
}

// The last character carries unused bits: the same bytes under another spelling.
Result<std::string> TrailingBits(const Specimen& valid) {
  if (valid.signature_segment.size() % 4 == 0) return Inapplicable("the signature has no unused bits");
  std::string signature = valid.signature_segment;
  signature.back() = kBase64Url[kBase64Url.find(signature.back()) | 1];
  return Joined(valid.header_segment, valid.payload_segment, signature);
}

std::string Padded(std::string segment) {
  while (segment.size() % 4 != 0) segment += '=';
  return segment;
}

// A validly signed token above `size` bytes, by a claim nobody reads.
std::string Grown(const Specimen& valid, size_t size) {
  Json payload = valid.payload;
  std::string& filler = (payload["filler"] = "").get_ref<std::string&>();
  std::string token = valid.WithPayloadText(Dump(payload));
  while (token.size() <= size) {
    filler.append((size - token.size()) * 3 / 4 + 1, 'f');
    token = valid.WithPayloadText(Dump(payload));
  }
  return token;
}

// A second value for a claim, before the honest one or behind it.
std::string Twice(const Specimen& valid, const std::string& member, bool first) {
  const std::string text = Dump(valid.payload);
  if (first) return valid.WithPayloadText(WithFirstMember(text, member));
  return valid.WithPayloadText(text.substr(0, text.size() - 1) + ',' + member + '}');
}

std::string InUtf16(const std::string& text) {
  std::string wide;
  for (const char c : text) wide += {c, '\0'};
  return wide;
}

Result<std::string> CaseVariant(const Specimen& valid, const std::string& claim, const std::string& variant) {
  Json changes = Json::object();
  changes[claim] = nullptr;
  changes[variant] = TRY(At<Json>(valid.payload, "/" + claim).While("forge token"));
  return valid.WithClaims(changes);
}

std::vector<Forgery> ShapeForgeries() {
  return {
      {{"two-tokens-joined", "A05", "Two tokens joined by a comma are none", "RFC 9110 section 11.6.2"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string token = Joined(valid.header_segment, valid.payload_segment, valid.signature_segment);
         return token + ',' + token;
       }},
      {{"trailing-junk", "A09", "A token with something behind it is none", "RFC 9110 section 5.5"},
       [](const Specimen& valid) -> Result<std::string> {
         return Joined(valid.header_segment, valid.payload_segment, valid.signature_segment) + " junk";
       }},
      {{"two-segments", "B05", "Header and payload alone open nothing", "RFC 7515 section 7.1"},
       [](const Specimen& valid) -> Result<std::string> { return valid.SignedText(); }},
      {{"four-segments", "B05", "A fourth segment is refused", "RFC 7515 section 7.1"},
       [](const Specimen& valid) -> Result<std::string> {
         return Joined(valid.header_segment, valid.payload_segment, valid.signature_segment) + ".e30";
       }},
      {{"trailing-dot", "B05", "A dot behind the signature is refused", "RFC 7515 section 7.1"},
       [](const Specimen& valid) -> Result<std::string> {
         return Joined(valid.header_segment, valid.payload_segment, valid.signature_segment) + '.';
       }},
      {{"empty-header", "B05", "A token without a header opens nothing", "RFC 7515 section 7.1"},
       [](const Specimen& valid) -> Result<std::string> {
         return Joined("", valid.payload_segment, valid.signature_segment);
       }},
      {{"empty-payload", "B05", "A token without a payload opens nothing", "RFC 7515 section 7.1"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string text = valid.header_segment + '.';
         return text + '.' + Base64Url(valid.key->Sign(text));
       }},
      {{"many-dots", "B05", "Thousands of dots are refused at once", "RFC 7515 section 7.1"},
       [](const Specimen& valid) -> Result<std::string> { return valid.header_segment + std::string(4000, '.'); }},
      {{"jwe-five-parts", "B34", "An encrypted token is not an access token here", "RFC 8725 section 3.12"},
       [](const Specimen& valid) -> Result<std::string> {
         Json header = valid.header;
         header["alg"] = "RSA-OAEP";
         header["enc"] = "A256GCM";
         return Base64Url(Dump(header)) + '.' + Base64Url(RandomBytes(256)) + '.' + Base64Url(RandomBytes(12)) + '.' +
                Base64Url(RandomBytes(valid.payload_text.size())) + '.' + Base64Url(RandomBytes(16));
       }},
      {{"pbes2-huge-count", "B37", "A password count in the billions is not worked off", "RFC 8725 section 3.1"},
       [](const Specimen& valid) -> Result<std::string> {
         Json header = valid.header;
         header.update({{"alg", "PBES2-HS256+A128KW"}, {"enc", "A128GCM"}, {"p2c", 2'000'000'000}, {"p2s", "c2FsdA"}});
         return Base64Url(Dump(header)) + '.' + Base64Url(RandomBytes(24)) + '.' + Base64Url(RandomBytes(12)) + '.' +
                Base64Url(RandomBytes(valid.payload_text.size())) + '.' + Base64Url(RandomBytes(16));
       }},
      {{"nested-token", "B36", "A token inside a token is not unwrapped", "RFC 8725 section 3.3"},
       [](const Specimen& valid) -> Result<std::string> {
         Json header = valid.header;
         header["cty"] = "JWT";
         const std::string inner = Joined(valid.header_segment, valid.payload_segment, valid.signature_segment);
         return valid.Signed(Dump(header), inner);
       }},
      {{"json-serialization", "B38", "The flattened JSON form is not a bearer token", "RFC 7515 section 7.2"},
       [](const Specimen& valid) -> Result<std::string> {
         return Dump({{"protected", valid.header_segment},
                      {"payload", valid.payload_segment},
                      {"signature", valid.signature_segment}});
       }},
      {{"json-general-serialization", "B38", "The general JSON form is not a bearer token", "RFC 7515 section 7.2"},
       [](const Specimen& valid) -> Result<std::string> {
         const Json one = {{"protected", valid.header_segment}, {"signature", valid.signature_segment}};
         Json whole = {{"payload", valid.payload_segment}};
         whole["signatures"] = Json::array({one});
         return Dump(whole);
       }},
      {{"base64-padding", "B39", "Padding is not part of base64url here", "RFC 7515 appendix C"},
       [](const Specimen& valid) -> Result<std::string> {
         std::string signature = Padded(valid.signature_segment);
         if (signature == valid.signature_segment) signature += "====";
         return Joined(valid.header_segment, valid.payload_segment, signature);
       }},
      {{"base64-standard-alphabet", "B39", "Plus and slash are not base64url", "RFC 7515 appendix C"},
       StandardAlphabet},
      // RFC 4648 section 3.5: a decoder MAY refuse bits that are not zero.
      {{"base64-trailing-bits", "B39", "Unused bits are zero", "RFC 7515 appendix C", "", true}, TrailingBits},
      {{"base64-foreign-character", "B39", "A foreign character is not skipped", "RFC 7515 appendix C"},
       [](const Specimen& valid) -> Result<std::string> {
         const size_t half = valid.signature_segment.size() / 2;
         return Joined(valid.header_segment, valid.payload_segment,
                       valid.signature_segment.substr(0, half) + '~' + valid.signature_segment.substr(half));
       }},
      {{"token-8k", "B49", "A token above 8 KiB is refused", "RFC 6585 section 5", "", true},
       [](const Specimen& valid) -> Result<std::string> { return Grown(valid, 8192); }},
      {{"token-64k", "B49", "A token above 64 KiB is refused", "RFC 6585 section 5", "", true},
       [](const Specimen& valid) -> Result<std::string> { return Grown(valid, 65'536); }},
  };
}

std::vector<Forgery> JsonForgeries() {
  return {
      // RFC 7515 and 7519, section 4 each, let a parser take the last of several members; RFC 8259 lets it skip a byte
      // order mark and do what it likes with half a surrogate pair. Refusing is better, and no clause demands it.
      {{"duplicate-header-member", "B40", "A header with alg twice is refused", "RFC 7515 section 4", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithHeaderText(WithFirstMember(Dump(valid.header), R"("alg":"none")"));
       }},
      {{"duplicate-kid-escaped", "B40", "A header with kid twice, once in escapes, is refused", "RFC 7515 section 4",
        "", true},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithHeaderText(WithFirstMember(Dump(valid.header), R"("\u006bid":"another")"));
       }},
      {{"duplicate-sub-claim", "B41", "A second sub before the first is refused", "RFC 7519 section 4", "", true},
       [](const Specimen& valid) -> Result<std::string> { return Twice(valid, R"("sub":"mallory")", true); }},
      {{"duplicate-sub-claim-last", "B41", "A second sub behind the first is refused", "RFC 7519 section 4", "", true},
       [](const Specimen& valid) -> Result<std::string> { return Twice(valid, R"("sub":"mallory")", false); }},
      {{"duplicate-aud-claim", "B41", "A second aud is refused", "RFC 7519 section 4", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         return Twice(valid, R"("aud":"https://other.example.invalid/mcp")", true);
       }},
      {{"duplicate-exp-claim", "B41", "A second exp is refused", "RFC 7519 section 4", "", true},
       [](const Specimen& valid) -> Result<std::string> { return Twice(valid, R"("exp":1)", true); }},
      {{"duplicate-claim-escaped", "B42", "A second sub hidden by an escape is refused", "RFC 8259 section 8.3", "",
        true},
       [](const Specimen& valid) -> Result<std::string> { return Twice(valid, R"("\u0073ub":"mallory")", false); }},
      {{"case-variant-claims", "B43", "Sub is not sub", "RFC 7519 section 10.1.1"},
       [](const Specimen& valid) { return CaseVariant(valid, "sub", "Sub"); }},
      {{"case-variant-aud", "B43", "AUD is not aud", "RFC 7519 section 10.1.1"},
       [](const Specimen& valid) { return CaseVariant(valid, "aud", "AUD"); }},
      {{"case-variant-exp", "B43", "Exp is not exp", "RFC 7519 section 10.1.1"},
       [](const Specimen& valid) { return CaseVariant(valid, "exp", "Exp"); }},
      {{"payload-invalid-utf8", "B44", "Claims that are not UTF-8 are refused", "RFC 8725 section 3.7"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("name", "\"\xff\xfe\""); }},
      {{"payload-overlong-utf8", "B44", "An overlong encoding is refused", "RFC 8725 section 3.7"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("name", "\"\xc0\xaf\""); }},
      {{"payload-lone-surrogate", "B44", "Half a surrogate pair is refused", "RFC 8725 section 3.7", "", true},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("name", R"("\ud800")"); }},
      {{"payload-byte-order-mark", "B44", "A byte order mark is refused", "RFC 8725 section 3.7", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithPayloadText("\xef\xbb\xbf" + Dump(valid.payload));
       }},
      {{"payload-utf16", "B44", "Claims in UTF-16 are refused", "RFC 8725 section 3.7"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithPayloadText(InUtf16(Dump(valid.payload)));
       }},
      {{"payload-not-object", "B46", "Claims in an array are none", "RFC 7519 section 7.2"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithPayloadText('[' + Dump(valid.payload) + ']');
       }},
      {{"payload-string", "B46", "Claims in a string are none", "RFC 7519 section 7.2"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithPayloadText(Dump(Dump(valid.payload))); }},
      {{"header-not-object", "B46", "A header in an array is none", "RFC 7515 section 4"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithHeaderText('[' + Dump(valid.header) + ']');
       }},
      {{"trailing-bytes", "B46", "Bytes behind the claims are refused", "RFC 7519 section 7.2"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithPayloadText(Dump(valid.payload) + "{}"); }},
      {{"trailing-nul", "B46", "A NUL does not end the claims", "RFC 7519 section 7.2"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithPayloadText(Dump(valid.payload) + "\0{}"s);
       }},
      {{"deep-nesting", "B47", "Claims nested a thousand deep are refused", "RFC 8259 section 9", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithRawClaim("nested", std::string(1000, '[') + std::string(1000, ']'));
       }},
      // As large as such a token has to be: the first limit it meets is that of its size.
      {{"nesting-bottomless", "B47", "Claims nested a hundred thousand deep are refused", "RFC 8259 section 9", "",
        true},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithRawClaim("nested", std::string(100'000, '[') + std::string(100'000, ']'));
       }},
      {{"claims-without-number", "B47", "Tens of thousands of claims are refused", "RFC 8259 section 9", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         Json payload = valid.payload;
         for (int i = 0; i < 20'000; ++i) payload["claim" + std::to_string(i)] = i;
         return valid.WithPayloadText(Dump(payload));
       }},
  };
}

}  // namespace

std::vector<Forgery> TextForgeries() {
  std::vector<Forgery> all = ShapeForgeries();
  const std::vector<Forgery> json = JsonForgeries();
  all.insert(all.end(), json.begin(), json.end());
  Need(TokenPart::kAudience, {"duplicate-aud-claim", "case-variant-aud"}, all);
  return all;
}

}  // namespace iff

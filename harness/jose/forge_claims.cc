// Attacks on what a token says: times, issuer, audience, client, subject, kind of token.
#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/jose/specimen.h"

namespace iff {
namespace {

constexpr int64_t kHour = 3600;

// The same token, `seconds` older. Every date moves, so that only its age is wrong.
Result<std::string> Older(const Specimen& valid, int64_t seconds) {
  Json changes = Json::object();
  for (const char* const name : {"exp", "iat", "nbf", "auth_time"}) {
    if (!valid.payload.contains(name)) continue;
    const int64_t date = TRY(valid.Date(name));
    changes[name] = date - seconds;
  }
  return valid.WithClaims(changes);
}

Result<std::string> ExpiringAt(const Specimen& valid, int64_t moment) {
  const int64_t expires = TRY(valid.Date("exp"));
  if (expires <= moment) return Unfit("the valid token has expired already");
  return Older(valid, expires - moment);
}

Result<std::string> WithIssuer(const Specimen& valid, const std::string& issuer) {
  const std::string ours = TRY(valid.Text("iss"));
  if (issuer == ours) return Inapplicable("the issuer has no such look-alike");
  return valid.WithClaims({{"iss", issuer}});
}

// https://host/a/b -> https://host/a/other
std::string Sibling(const std::string& url, const std::string& name) {
  return url.substr(0, url.rfind('/') + 1) + name;
}

std::string SwitchedCase(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

std::string SwitchedSlash(std::string url) {
  if (url.ends_with('/')) {
    url.pop_back();
  } else {
    url += '/';
  }
  return url;
}

Result<std::string> OtherPort(const std::string& url) {
  const UrlParts parts = TRY(SplitUrl(url));
  const size_t colon = parts.authority.rfind(':');
  const std::string standard = parts.scheme == "https" ? ":443" : ":80";
  const std::string authority =
      colon == std::string::npos ? parts.authority + standard : parts.authority.substr(0, colon);
  return parts.scheme + "://" + authority + parts.path;
}

// The first letter behind the scheme that `from` has, replaced.
Result<std::string> Disguised(const std::string& url, char from, std::string_view to) {
  const UrlParts parts = TRY(SplitUrl(url));
  const size_t at = url.find(from, parts.scheme.size() + 3);
  if (at == std::string::npos) return Inapplicable("no letter to disguise in " + url);
  return url.substr(0, at) + std::string(to) + url.substr(at + 1);
}

std::string ClientOf(const Specimen& valid) {
  return AtOr<std::string>(valid.payload, "/azp", AtOr<std::string>(valid.payload, "/client_id", "client"));
}

// In each claim that names one.
Result<std::string> WithClient(const Specimen& valid, const Json& client) {
  Json changes = Json::object();
  for (const char* const name : {"azp", "client_id"}) {
    if (valid.payload.contains(name)) changes[name] = client;
  }
  if (changes.empty()) return Unfit("the token names no client");
  return valid.WithClaims(changes);
}

// Another server beside ours.
Result<std::string> Peer(const Specimen& valid) {
  const std::string ours = TRY(valid.Audience());
  const Result<UrlParts> parts = SplitUrl(ours);
  if (!parts.ok()) return ours + "-other";
  return parts->scheme + "://" + parts->authority + (parts->path == "/other" ? "/another" : "/other");
}

std::vector<Forgery> TimeForgeries() {
  return {
      {{"expired", "C01", "An expired token opens nothing", "RFC 7519 section 4.1.4"},
       [](const Specimen& valid) { return ExpiringAt(valid, valid.now - 600); }},
      {{"expired-one-second-ago", "C02", "A token one second past its end opens nothing", "RFC 7519 section 4.1.4", "",
        true},
       [](const Specimen& valid) { return ExpiringAt(valid, valid.now - 1); }},
      {{"expires-now", "C02", "A token is over in the second its exp names", "RFC 7519 section 4.1.4", "", true},
       [](const Specimen& valid) { return ExpiringAt(valid, valid.now); }},
      {{"exp-missing", "C03", "A token without an end opens nothing", "RFC 9068 section 2.2"},
       [](const Specimen& valid) { return valid.WithClaims({{"exp", nullptr}}); }},
      {{"exp-string", "B48", "An end written as text is no date", "RFC 7519 section 2"},
       [](const Specimen& valid) -> Result<std::string> {
         const int64_t expires = TRY(valid.Date("exp"));
         return valid.WithClaims({{"exp", std::to_string(expires)}});
       }},
      {{"exp-float", "B48", "An end between two seconds is refused", "RFC 7519 section 2", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         const int64_t expires = TRY(valid.Date("exp"));
         return valid.WithRawClaim("exp", std::to_string(expires) + ".5");
       }},
      {{"exp-float-huge", "B48", "An end beyond all numbers is no date", "RFC 7519 section 2"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("exp", "1e400"); }},
      {{"exp-float-large", "B48", "An end beyond the age of the world is no date", "RFC 7519 section 2", "", true},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("exp", "1e300"); }},
      {{"exp-not-a-number", "B48", "NaN is no JSON", "RFC 8259 section 6"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("exp", "NaN"); }},
      {{"exp-negative", "B48", "An end before 1970 is past", "RFC 7519 section 2"},
       [](const Specimen& valid) { return valid.WithClaims({{"exp", -1}}); }},
      {{"exp-above-int64", "B48", "An end of 2^63 does not wrap", "RFC 7519 section 2", "", true},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("exp", "9223372036854775808"); }},
      {{"exp-wraps-around", "B48", "An end of 2^64 and more does not wrap", "RFC 7519 section 2", "", true},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("exp", "18446744075509551616"); }},
      {{"exp-null", "B48", "An end of null is no date", "RFC 7519 section 2"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("exp", "null"); }},
      {{"exp-array", "B48", "An end in an array is no date", "RFC 7519 section 2"},
       [](const Specimen& valid) -> Result<std::string> {
         const int64_t expires = TRY(valid.Date("exp"));
         return valid.WithClaims({{"exp", Json::array({expires})}});
       }},
      {{"exp-true", "B48", "An end of true is no date", "RFC 7519 section 2"},
       [](const Specimen& valid) { return valid.WithClaims({{"exp", true}}); }},
      {{"nbf-future", "C05", "A token before its time opens nothing", "RFC 7519 section 4.1.5"},
       [](const Specimen& valid) { return valid.WithClaims({{"nbf", valid.now + kHour}}); }},
      {{"nbf-string", "B48", "A beginning written as text is no date", "RFC 7519 section 2"},
       [](const Specimen& valid) { return valid.WithClaims({{"nbf", std::to_string(valid.now - 1)}}); }},
      {{"iat-future", "C05", "A token of tomorrow opens nothing", "RFC 9068 section 2.2", "", true},
       [](const Specimen& valid) { return valid.WithClaims({{"iat", valid.now + kHour}}); }},
      {{"iat-missing", "C05", "A token that hides its age opens nothing", "RFC 9068 section 2.2", "", true},
       [](const Specimen& valid) { return valid.WithClaims({{"iat", nullptr}}); }},
      {{"lifetime-too-long", "C06", "A token for ten years opens nothing", "RFC 9700 section 2.2", "", true},
       [](const Specimen& valid) { return valid.WithClaims({{"exp", valid.now + 10 * 365 * 24 * kHour}}); }},
  };
}

std::vector<Forgery> IssuerForgeries() {
  return {
      {{"iss-wrong", "C08", "Another issuer's token opens nothing", "RFC 8725 section 3.8"},
       [](const Specimen& valid) { return WithIssuer(valid, "https://issuer.example.invalid"); }},
      {{"iss-trailing-slash", "C09", "A slash more or less is another issuer", "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         return WithIssuer(valid, SwitchedSlash(issuer));
       }},
      {{"iss-case", "C09", "Other letters' case is another issuer", "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         return WithIssuer(valid, SwitchedCase(issuer));
       }},
      {{"iss-port", "C09", "The standard port spelt out, or a port left out, is another issuer",
        "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         const std::string other = TRY(OtherPort(issuer));
         return WithIssuer(valid, other);
       }},
      {{"iss-scheme", "C09", "The other of http and https is another issuer", "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         const UrlParts parts = TRY(SplitUrl(issuer));
         const std::string scheme = parts.scheme == "https" ? "http" : "https";
         return WithIssuer(valid, scheme + "://" + parts.authority + parts.path);
       }},
      {{"iss-percent-encoded", "C09", "A percent-encoded letter is another issuer", "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         const std::string other = TRY(Disguised(issuer, 'e', "%65"));
         return WithIssuer(valid, other);
       }},
      {{"iss-homograph", "C09", "A look-alike letter is another issuer", "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         const std::string other = TRY(Disguised(issuer, 'e', "\xd0\xb5"));  // Cyrillic ie
         return WithIssuer(valid, other);
       }},
      {{"iss-array", "C10", "An issuer among several is none", "RFC 7519 section 4.1.1"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         return valid.WithClaims({{"iss", Json::array({issuer, "https://issuer.example.invalid"})}});
       }},
      {{"iss-null", "C10", "An issuer of null is none", "RFC 7519 section 4.1.1"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("iss", "null"); }},
      {{"iss-missing", "C10", "A token that names no issuer opens nothing", "RFC 9068 section 2.2"},
       [](const Specimen& valid) { return valid.WithClaims({{"iss", nullptr}}); }},
      {{"other-realm", "C11", "Another realm of the same issuer opens nothing", "RFC 8725 section 3.8"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string issuer = TRY(valid.Text("iss"));
         return WithIssuer(valid, Sibling(issuer, "other"));
       }},
  };
}

std::vector<Forgery> AudienceForgeries() {
  return {
      {{"aud-missing", "C12", "A token for nobody opens nothing", "RFC 9068 section 4"},
       [](const Specimen& valid) { return valid.WithClaims({{"aud", nullptr}}); }},
      {{"aud-empty-array", "C12", "An empty list of audiences opens nothing", "RFC 9068 section 4"},
       [](const Specimen& valid) { return valid.WithClaims({{"aud", Json::array()}}); }},
      {{"aud-null", "C12", "An audience of null opens nothing", "RFC 7519 section 4.1.3"},
       [](const Specimen& valid) -> Result<std::string> { return valid.WithRawClaim("aud", "null"); }},
      {{"aud-object", "C12", "An audience in an object opens nothing", "RFC 7519 section 4.1.3"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         Json audience = Json::object();
         audience[ours] = true;
         return valid.WithClaims({{"aud", audience}});
       }},
      {{"aud-other-server", "C13", "A token for another server opens nothing", "RFC 8725 section 3.9"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string peer = TRY(Peer(valid));
         return valid.WithAudience(peer);
       }},
      // Who looks for its own name anywhere in the token finds it.
      {{"aud-other-server-client-us", "C43", "A client called like us is not the audience", "RFC 9068 section 4"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         const std::string peer = TRY(Peer(valid));
         return valid.WithClaims({{"aud", peer}, {"client_id", ours}});
       }},
      {{"aud-prefix", "C14", "A longer name is another audience", "RFC 8725 section 3.9"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         return valid.WithAudience(ours + "-admin");
       }},
      {{"aud-truncated", "C14", "A shorter name is another audience", "RFC 8725 section 3.9"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         return valid.WithAudience(ours.substr(0, ours.size() - 1));
       }},
      {{"aud-suffix", "C14", "Our name at another's end is another audience", "RFC 8725 section 3.9"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         return valid.WithAudience("https://other.example.invalid/?" + ours);
       }},
      {{"aud-trailing-slash", "C14", "A slash more or less is another audience", "RFC 8725 section 3.9"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         return valid.WithAudience(SwitchedSlash(ours));
       }},
      {{"aud-case", "C14", "Other letters' case is another audience", "RFC 8725 section 3.9"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         return valid.WithAudience(SwitchedCase(ours));
       }},
      {{"aud-list-in-text", "C14", "Our name in a list written as text is another audience", "RFC 7519 section 4.1.3"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         const std::string peer = TRY(Peer(valid));
         return valid.WithAudience(ours + " " + peer);
       }},
      {{"aud-account-only", "C15", "The issuer's own account service is not us", "RFC 9068 section 4"},
       [](const Specimen& valid) { return valid.WithClaims({{"aud", "account"}}); }},
      {{"aud-client-only", "C15", "The client is not the audience", "RFC 9068 section 4"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string client = ClientOf(valid);
         const std::string ours = TRY(valid.Audience());
         if (client == ours) return Inapplicable("the client is the audience");
         return valid.WithClaims({{"aud", client}});
       }},
      {{"aud-us-and-peer", "C17", "A token for us and a peer opens neither", "RFC 9700 section 2.3", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string ours = TRY(valid.Audience());
         const std::string peer = TRY(Peer(valid));
         return valid.WithClaims({{"aud", Json::array({ours, peer})}});
       }},
      {{"aud-replaced-by-client-id", "C43", "A client_id does not stand in for the audience", "RFC 9068 section 4"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string client = ClientOf(valid);
         return valid.WithClaims({{"aud", nullptr}, {"client_id", client}});
       }},
  };
}

std::vector<Forgery> PrincipalForgeries() {
  return {
      {{"azp-unknown", "C18", "A client nobody allowed opens nothing", "RFC 9068 section 2.2", "", true},
       [](const Specimen& valid) { return WithClient(valid, "unknown-client"); }},
      {{"azp-missing", "C18", "A token that names no client opens nothing", "RFC 9068 section 2.2", "", true},
       [](const Specimen& valid) { return WithClient(valid, nullptr); }},
      {{"client-disagrees", "C18", "Two names for the client are none", "RFC 9068 section 2.2", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         const bool authorized = valid.payload.contains("azp");
         const std::string client = TRY(valid.Text(authorized ? "azp" : "client_id"));
         return valid.WithClaims({{authorized ? "client_id" : "azp", client + "-other"}});
       }},
      {{"sub-missing", "C26", "A token about nobody opens nothing", "RFC 9068 section 2.2"},
       [](const Specimen& valid) { return valid.WithClaims({{"sub", nullptr}}); }},
      {{"sub-empty", "C26", "An empty subject is nobody", "RFC 9068 section 2.2"},
       [](const Specimen& valid) { return valid.WithClaims({{"sub", ""}}); }},
      {{"sub-number", "C26", "A subject is text, not a number", "RFC 7519 section 4.1.2"},
       [](const Specimen& valid) { return valid.WithClaims({{"sub", 7}}); }},
      {{"sub-array", "C26", "A subject is text, not an array", "RFC 7519 section 4.1.2"},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string subject = TRY(valid.Text("sub"));
         return valid.WithClaims({{"sub", Json::array({subject})}});
       }},
      {{"sub-too-long", "C26", "A subject has at most 255 bytes", "OpenID Connect Core 1.0 section 2", "", true},
       [](const Specimen& valid) { return valid.WithClaims({{"sub", std::string(300, 's')}}); }},
      {{"sub-control-characters", "C26", "A subject breaks no log line", "RFC 9068 section 2.2", "", true},
       [](const Specimen& valid) -> Result<std::string> {
         const std::string subject = TRY(valid.Text("sub"));
         return valid.WithClaims({{"sub", subject + "\r\nlevel=info"}});
       }},
      // RFC 9449 section 7.2: who knows bearer tokens alone will take a bound one for such.
      {{"cnf-bound-as-bearer", "C35", "A token bound to a key is not a bearer token", "RFC 9449 section 7.1", "", true},
       [](const Specimen& valid) {
         return valid.WithClaims({{"cnf", {{"jkt", ForeignKey(Algorithm::kEs256).Public().Thumbprint()}}}});
       }},
      {{"cnf-certificate-as-bearer", "C35", "A token bound to a certificate is not a bearer token",
        "RFC 8705 section 3", "", true},
       [](const Specimen& valid) {
         return valid.WithClaims({{"cnf", {{"x5t#S256", Base64Url(Sha256("certificate"))}}}});
       }},
  };
}

std::vector<Forgery> KindForgeries() {
  return {
      {{"id-token", "C19", "An ID token is not an access token", "RFC 9068 section 5"},
       [](const Specimen& valid) { return valid.WithClaims({{"typ", "ID"}}); }},
      {{"id-token-by-hash", "C19", "A token with at_hash is an ID token", "OpenID Connect Core 1.0 section 3.1.3.6"},
       [](const Specimen& valid) { return valid.WithClaims({{"at_hash", Base64Url(Sha256("token").substr(0, 16))}}); }},
      {{"id-token-by-use", "C19", "A token_use of id is an ID token", "RFC 8725 section 3.12"},
       [](const Specimen& valid) { return valid.WithClaims({{"token_use", "id"}}); }},
      {{"refresh-token", "C20", "A refresh token is not an access token", "RFC 8725 section 3.12"},
       [](const Specimen& valid) { return valid.WithClaims({{"typ", "Refresh"}}); }},
      {{"offline-token", "C20", "An offline token is not an access token", "RFC 8725 section 3.12"},
       [](const Specimen& valid) { return valid.WithClaims({{"typ", "Offline"}}); }},
      {{"logout-token", "C21", "A logout token is not an access token", "RFC 8725 section 3.11"},
       [](const Specimen& valid) { return valid.WithHeader({{"typ", "logout+jwt"}}); }},
      {{"logout-event", "C21", "A security event is not an access token", "RFC 8725 section 3.12"},
       [](const Specimen& valid) {
         const Json event = {{"http://schemas.openid.net/event/backchannel-logout", Json::object()}};
         return valid.WithClaims({{"events", event}});
       }},
      {{"introspection-token", "C21", "An introspection answer is not an access token", "RFC 9701 section 8.1"},
       [](const Specimen& valid) { return valid.WithHeader({{"typ", "token-introspection+jwt"}}); }},
      {{"id-jag", "C23", "An identity assertion grant is not an access token", "RFC 8725 section 3.11"},
       [](const Specimen& valid) { return valid.WithHeader({{"typ", "oauth-id-jag+jwt"}}); }},
      {{"dpop-proof", "C25", "A proof of possession is not an access token", "RFC 9068 section 4"},
       [](const Specimen& valid) { return valid.WithHeader({{"typ", "dpop+jwt"}}); }},
      {{"typ-unknown", "C25", "An unknown type is not an access token", "RFC 9068 section 4"},
       [](const Specimen& valid) { return valid.WithHeader({{"typ", "unknown+jwt"}}); }},
      {{"typ-missing", "C25", "A token that hides its type opens nothing", "RFC 9068 section 4", "", true},
       [](const Specimen& valid) { return valid.WithHeader({{"typ", nullptr}}); }},
      {{"typ-array", "C25", "A type is text, not an array", "RFC 7515 section 4.1.9"},
       [](const Specimen& valid) -> Result<std::string> {
         return valid.WithHeader({{"typ", Json::array({AtOr<std::string>(valid.header, "/typ", "JWT")})}});
       }},
  };
}

}  // namespace

std::vector<Forgery> ClaimForgeries() {
  std::vector<Forgery> all = TimeForgeries();
  const std::vector<Forgery> kinds = Needing({TokenPart::kKinds}, KindForgeries());
  for (const std::vector<Forgery>& part :
       {Needing({TokenPart::kIssuer}, IssuerForgeries()), Needing({TokenPart::kAudience}, AudienceForgeries()),
        PrincipalForgeries(), kinds}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  Need(TokenPart::kIssuedAt, {"iat-future", "iat-missing"}, all);
  Need(TokenPart::kClient,
       {"azp-unknown", "azp-missing", "client-disagrees", "aud-client-only", "aud-replaced-by-client-id"}, all);
  Need(TokenPart::kKindInTyp, {"id-token", "refresh-token", "offline-token"}, all);
  Need(TokenPart::kType,
       {"logout-token", "introspection-token", "id-jag", "dpop-proof", "typ-unknown", "typ-missing", "typ-array"}, all);
  return all;
}

}  // namespace iff

#include <string>

#include "harness/net/http.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AsksWhereTheTokenSays() {
  Seams seams;
  seams.remember_verdicts = false;
  seams.verify = VerifyDespite(Refusal::kUnknownKey, [](const TokenParts& parts, const KeySet&) {
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
  return seams;
}

}  // namespace iff

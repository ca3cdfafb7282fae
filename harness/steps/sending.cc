#include "harness/steps/sending.h"

#include <algorithm>
#include <vector>

namespace iff {

std::string_view Sending::Schema() {
  return R"({
  "with": {"description": "Credential to present; without: none.", "$ref": "#/$defs/text"},
  "as": {"description": "How it is presented. Default: header.", "enum": ["header", "lower_case_scheme", "query", "header_and_query", "body", "cookie", "basic", "twice", "bare", "bearer", "dpop", "without_proof", "two_proofs", "certificate_in_fields"]},
  "certificate_of": {"description": "Persona whose client certificate is shown, or nobody. Default: what the credential is bound to.", "$ref": "#/$defs/text"},
  "revision": {"description": "Revision of the protocol. Default: the newest.", "enum": ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"]},
  "session_of": {"description": "Use the session of this credential.", "$ref": "#/$defs/text"},
  "times": {"description": "Send it so often, one after the other. Default: 1.", "type": "integer", "minimum": 1, "maximum": 10000},
  "patience": {"description": "How long each answer may take. Default: 10s.", "$ref": "#/$defs/span"},
  "eventually": {"description": "Do it again until every check of the step passes or this has passed.", "$ref": "#/$defs/span"}
})";
}

Sending Sending::Read(StepReader& in, const std::string& at) {
  const std::vector<std::string> presentations = {"header",     "lower_case_scheme",
                                                  "query",      "header_and_query",
                                                  "body",       "cookie",
                                                  "basic",      "twice",
                                                  "bare",       "bearer",
                                                  "dpop",       "without_proof",
                                                  "two_proofs", "certificate_in_fields"};
  Sending sending{
      .with = in.CredentialName(at + "/with", false),
      .revision = in.OneOf(at + "/revision", {"2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"}, false),
      .session_of = in.CredentialName(at + "/session_of", false),
      .times = in.Number(at + "/times").value_or(1)};
  if (const std::string as = in.OneOf(at + "/as", presentations, false); !as.empty()) {
    const auto found = std::find(presentations.begin(), presentations.end(), as) - presentations.begin();
    sending.as = static_cast<Presentation>(found);
  }
  if (in.Has(at + "/certificate_of")) {
    sending.certificate_of =
        in.Text(at + "/certificate_of") == "nobody" ? "nobody" : in.Persona(at + "/certificate_of");
  }
  if (!sending.certificate_of.empty() || sending.as == Presentation::kCertificateInFields) in.WantCertificates(at);
  if (sending.times < 1 || sending.times > 10'000) in.Mistake(at + "/times", "want 1 to 10000");
  if (const auto span = in.Span(at + "/patience")) sending.patience = *span;
  if (const auto span = in.Span(at + "/eventually")) sending.eventually = *span;
  return sending;
}

StepEffects Sending::Effects() const { return {.presents = with, .idles = eventually.count() > 0, .requests = times}; }

}  // namespace iff

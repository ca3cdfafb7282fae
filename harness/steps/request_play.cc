#include <utility>

#include "harness/core/bytes.h"
#include "harness/net/http.h"
#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/request.h"

namespace iff {
namespace {

// What the request waits for that no answer gave.
struct Filler {
  const Play& play;
  std::string missing = {};

  // `encode`: how a value is written where it goes, so that it stays one value there.
  std::string Fill(std::string_view text, std::string (*encode)(std::string_view) = nullptr) {
    return FillCaptured(text, [&](const std::string& name) -> std::string {
      const Secret* value = play.Captured(name);
      if (value == nullptr) {
        missing = name;
        return "";
      }
      return encode == nullptr ? value->Reveal() : encode(value->Reveal());
    });
  }
  Json FillAll(Json value) {
    if (value.is_string()) return Fill(value.get<std::string>());
    if (!value.is_structured()) return value;
    for (auto& item : value.items()) item.value() = FillAll(item.value());
    return value;
  }
};

HttpRequest MadeBy(const RequestStep& step, Filler& filler) {
  HttpRequest request{.method = step.method, .target = filler.Fill(step.path, PercentEncode)};
  if (step.json) {
    request.headers.Set("Content-Type", "application/json");
    request.body = Dump(filler.FillAll(*step.json));
  } else if (step.form) {
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    for (const auto& [name, value] : *step.form) {
      request.body += (request.body.empty() ? "" : "&") + PercentEncode(name) + "=" + PercentEncode(filler.Fill(value));
    }
  } else if (step.raw) {
    request.body = filler.Fill(*step.raw);
  }
  for (const auto& [name, value] : step.headers) request.headers.Set(name, filler.Fill(value));
  return request;
}

std::optional<std::string> PartOf(const AnswerCapture& capture, const McpAnswer& answer) {
  switch (capture.part) {
    case AnswerCapture::Part::kStatus:
      return std::to_string(answer.status);
    case AnswerCapture::Part::kHeader:
      if (const std::string* value = answer.headers.Find(capture.where)) return *value;
      return {};
    case AnswerCapture::Part::kJson:
      break;
  }
  const Result<Json> body = ParseJson(answer.body);
  const Json* found = body.ok() ? Find(*body, capture.where) : nullptr;
  if (found == nullptr || found->is_null() || found->is_structured()) return {};
  return Unquoted(*found);
}

}  // namespace

WhyNotHere RequestStep::WhyNot(const Surroundings& around) const {
  if (!to.empty()) return {.step = around.NoComponent(to)};
  return {.step = around.OverStdio() ? around.NoHttp() : around.NotSpoken(sending)};
}

void RequestStep::Perform(Play& play) const {
  const std::string caller = play.CallerOf(sending);
  // As the file has it: what was captured may be a secret.
  const std::string asked = method + " " + path;
  play.Title(Play::Name(caller) + " asks " + (to.empty() ? "" : to + " for ") + asked +
             (sending.times > 1 ? ", " + std::to_string(sending.times) + " times" : ""));
  Filler filler{play};
  const HttpRequest request = MadeBy(*this, filler);
  if (!filler.missing.empty()) {
    return play.Fail("no answer gave '" + filler.missing + "', which the request is to hold");
  }
  const auto take = [&](const McpAnswer& answer) -> Result<void> {
    for (const AnswerCapture& capture : captures) {
      std::optional<std::string> found = PartOf(capture, answer);
      std::optional<Secret> value;
      if (found) value.emplace(std::move(*found));
      TRY(play.Capture(capture.name, std::move(value), capture.secret, caller));
    }
    return {};
  };
  play.SendAndJudge(sending, asked,
                    [&] { return play.sandbox().client().SendHttp(request, sending, to, asked, take); });
}

}  // namespace iff

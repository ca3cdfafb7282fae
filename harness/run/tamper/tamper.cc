#include "harness/run/tamper/tamper.h"

#include <algorithm>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/run/tamper/ways.h"

namespace iff {
namespace {

const std::vector<tamper::TamperedRequest>& All() {
  static const std::vector<tamper::TamperedRequest> all = [] {
    std::vector<tamper::TamperedRequest> tables = tamper::TamperedFields();
    for (auto* const more : {tamper::TamperedBodies, tamper::TamperedFraming, tamper::TamperedCredentials}) {
      for (tamper::TamperedRequest& tampered : more()) tables.push_back(std::move(tampered));
    }
    return tables;
  }();
  return all;
}

const tamper::TamperedRequest* Find(std::string_view id) {
  const auto found = std::find_if(All().begin(), All().end(), [&](const auto& each) { return each.attack.id == id; });
  return found == All().end() ? nullptr : &*found;
}

bool CallsATool(const HttpRequest& request) {
  const Result<Json> message = ParseJson(request.body);
  return message.ok() && AtOr<std::string>(*message, "/method", "") == "tools/call";
}

}  // namespace

const std::vector<Attack>& TamperedRequests() {
  static const std::vector<Attack> attacks = [] {
    std::vector<Attack> named;
    for (const tamper::TamperedRequest& tampered : All()) named.push_back(tampered.attack);
    return named;
  }();
  return attacks;
}

const Attack* FindTamperedRequest(std::string_view id) {
  const tamper::TamperedRequest* found = Find(id);
  return found == nullptr ? nullptr : &found->attack;
}

std::string WhyNotTampered(std::string_view id, const ClientFields& fields) {
  const tamper::TamperedRequest* found = Find(id);
  Invariant(found != nullptr, "a request is tampered with in a way there is");
  return found->declared_alone && fields.who.empty()
             ? "no component that iff knows declares header fields of its clients"
             : "";
}

void Tamper(std::string_view id, HttpRequest& request, const Tampering& with) {
  const tamper::TamperedRequest* found = Find(id);
  Invariant(found != nullptr, "a request is tampered with in a way there is");
  if (CallsATool(request)) found->change(request, with);
}

}  // namespace iff

#include <memory>
#include <set>
#include <utility>

#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

// Callers who are asking for a list, by the id of their request.
using Listing = std::set<std::string>;

class ListsHiddenToolsNoting final : public InnerAuthenticator {
 public:
  ListsHiddenToolsNoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<Listing> listing)
      : InnerAuthenticator(std::move(inner)), listing_(std::move(listing)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() && MethodOf(*request) == "tools/list") listing_->insert(judged.value()->correlation);
    co_return judged;
  }

 private:
  std::shared_ptr<Listing> listing_;
};

class Showing final : public Authorizer {
 public:
  explicit Showing(std::shared_ptr<Listing> listing) : listing_(std::move(listing)) {}
  bool May(const Caller& caller, const std::string& scope) const override {
    return listing_->contains(caller.correlation) || caller.Has(scope);
  }

 private:
  std::shared_ptr<Listing> listing_;
};

}  // namespace

Seams ListsHiddenTools() {
  Seams seams;
  const auto listing = std::make_shared<Listing>();
  seams.wrap_authenticator = [listing](std::shared_ptr<Authenticator> right) {
    return std::make_shared<ListsHiddenToolsNoting>(std::move(right), listing);
  };
  seams.wrap_authorizer = [listing](std::shared_ptr<Authorizer>) { return std::make_shared<Showing>(listing); };
  return seams;
}

}  // namespace iff

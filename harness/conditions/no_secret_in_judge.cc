#include "harness/conditions/no_secret_in.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

std::string NoSecretIn::WhyNot(const Surroundings& around) const {
  std::string why;
  for (const std::string& place : places) {
    why = around.NoPlace(place);
    if (why.empty()) return "";
  }
  return why;
}

Weighed NoSecretIn::Judged(const Judging& in) const {
  std::vector<std::string> names;
  std::vector<Place> looked_into;
  for (const std::string& name : places) {
    const std::optional<Place> place = FindPlace(name);
    if (!place) return {Verdict::kErrored, "no secret in " + name, "", name + " was not looked into"};
    if (in.terms.lacks.contains(*place)) continue;
    names.push_back(name);
    looked_into.push_back(*place);
  }
  const std::string expected = "no secret in " + WithCommas(names);
  if (looked_into.empty()) return {Verdict::kErrored, expected, "", "no place was looked into"};
  std::vector<std::string> found;
  for (const Place place : looked_into) {
    const std::string name(Name(place));
    if (const NotObservable* const why = in.seen.WhyNot(place)) {
      return {Verdict::kErrored, expected, "", name + " could not be read: " + why->reason};
    }
    const auto leaks = in.seen.leaks.find(place);
    if (leaks == in.seen.leaks.end()) return {Verdict::kErrored, expected, "", name + " was not looked into"};
    for (const std::string& alias : leaks->second) found.push_back(alias + " in " + name);
  }
  Weighed weighed = Met(found.empty(), expected, found.empty() ? "none" : WithCommas(found));
  if (!found.empty()) weighed.reason = WithCommas(found);
  if (!found.empty() && looked_into == std::vector<Place>{Place::kDownstream}) {
    weighed.observed = WithCommas(in.seen.leaks.at(Place::kDownstream));
    weighed.reason = (in.seen.target.empty() ? "the server" : in.seen.target) + " handed on the token that " +
                     in.seen.caller + " had sent to it: " + weighed.observed;
    weighed.tells = true;
  }
  for (const Place place : looked_into) weighed = in.Inspected(place, std::move(weighed));
  return found.empty() ? in.Believed(std::move(weighed)) : weighed;
}

}  // namespace iff

// A container engine in this process, for tests: it knows its images, and its containers live as far as three programs
// need: /bin/echo prints and ends, /bin/sh -c 'exit N' ends, /bin/sleep lives until it is signalled.
//
//   FakeEngine fake;
//   fake.AddImage("base");
//   Engine engine(fake.endpoint());
#pragma once

#include <map>
#include <memory>
#include <string>

#include "harness/net/endpoint.h"

namespace iff {

class FakeEngine {
 public:
  FakeEngine();
  ~FakeEngine();

  Endpoint endpoint() const;
  void AddImage(const std::string& reference, const std::map<std::string, std::string>& labels = {});
  // From now on every request whose target contains `part` gets this answer, an engine's message in it.
  void Refuse(const std::string& part, int status, const std::string& message);
  // What /version says it speaks. Default: 1.41.
  void Speak(const std::string& api);
  // The body of the request that created the container called `name`, as text.
  std::string Created(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace iff

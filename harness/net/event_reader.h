// Server-sent events of one answer, taken one by one.
#pragma once

#include <memory>

#include "harness/net/http.h"

namespace iff {

// An answer that goes on: its events are read when somebody asks for the next one. One thread at a time; destroying it
// hangs up.
class EventReader {
 public:
  // Sends the request and waits until it is known what the answer is. Errors as those of HttpClient::Send.
  static Result<std::unique_ptr<EventReader>> Open(const Endpoint& endpoint, const HttpRequest& request,
                                                   Deadline deadline, const TlsClientOptions& tls = {});
  ~EventReader();

  // False: the answer is no stream of events, and head() has all of it.
  bool streams() const;
  const HttpResponse& head() const;
  // kTimeout: none came. kUnavailable: the stream has ended.
  Result<ServerSentEvent> Next(Deadline deadline);

 private:
  struct State;
  explicit EventReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff

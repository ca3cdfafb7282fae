// A connection that speaks HTTP for one request and carries the peer's own bytes from then on, both ways: how a
// container engine hands out a container's standard streams.
//
//   auto stream = TRY(UpgradedStream::Open(engine, {.method = "POST", .target = "/containers/x/attach?..."},
//   deadline)); poll(stream.descriptor()) ... stream.Read() ... stream.Write(bytes)
#pragma once

#include <string>
#include <string_view>

#include "harness/core/clock.h"
#include "harness/core/result.h"
#include "harness/net/http.h"

namespace iff {

class UpgradedStream {
 public:
  // Sends the request with the headers that ask for an upgrade; 101 and 200 both mean that it was granted. Any
  // other answer is kRefused with the answer's body.
  static Result<UpgradedStream> Open(const Endpoint& endpoint, const HttpRequest& request, Deadline deadline);
  UpgradedStream(UpgradedStream&& other) noexcept;
  UpgradedStream& operator=(UpgradedStream&& other) noexcept;
  ~UpgradedStream();

  // For poll; does not block.
  int descriptor() const { return descriptor_; }
  // Bytes that came together with the answer's head are not seen by poll: true while there are some.
  bool has_ahead() const { return !ahead_.empty(); }
  // What there is, without waiting: "" when there is nothing yet. kUnavailable once the peer has closed it.
  Result<std::string> Read();
  Result<void> Write(std::string_view bytes, Deadline deadline);
  // Tells the peer that nothing more will be written; it may still be read from.
  void CloseWriting();

 private:
  UpgradedStream(int descriptor, std::string ahead) : descriptor_(descriptor), ahead_(std::move(ahead)) {}
  int descriptor_ = -1;
  std::string ahead_;
};

}  // namespace iff

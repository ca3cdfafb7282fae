// HTTP/1.1 as a load driver needs it: where an answer ends, what its status is, and nothing else. Lean on
// purpose: what the driver spends is taken from what it can offer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/net/http.h"

namespace iff {

// The bytes of `request` as they go out, with Host and Content-Length.
std::string WireRequest(const HttpRequest& request, const Endpoint& endpoint);

// One answer after the other from a stream of bytes.
//
//   while (!bytes.empty() && !framer.broken()) {
//     bytes.remove_prefix(framer.Feed(bytes));
//     if (framer.done()) { ...; framer.Reset(); }
//   }
class ResponseFramer {
 public:
  // Takes bytes up to the end of the answer; answers how many it took.
  size_t Feed(std::string_view bytes);
  // The peer closed: ends an answer that has neither a length nor chunks.
  void FeedEnd();
  void Reset();

  bool done() const { return state_ == State::kDone; }
  bool broken() const { return state_ == State::kBroken; }
  bool begun() const { return !head_.empty() || state_ != State::kHead; }
  int status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }
  const std::string& body() const { return body_; }
  // The first value of a header field, "" if there is none; `name` in lower case.
  std::string Field(std::string_view name) const;

 private:
  enum class State { kHead, kSized, kChunkSize, kChunk, kChunkEnd, kTrailer, kUntilClose, kDone, kBroken };

  void ReadHead();
  size_t FeedLine(std::string_view bytes);  // into line_; whole when it ends with a line feed

  State state_ = State::kHead;
  std::string head_ = {};
  std::string line_ = {};
  std::string body_ = {};
  size_t left_ = 0;
  int status_ = 0;
  bool keep_alive_ = true;
};

}  // namespace iff

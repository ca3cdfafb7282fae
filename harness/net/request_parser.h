// Reads one request from the bytes of a connection, stricter than Beast alone: what two readers could
// understand differently is refused. For this folder's sources only.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/net/asio.h"
#include "harness/net/http.h"

namespace iff {

// Room for the large bodies that there are at once, of all connections together. One thread's.
class BodyRoom {
 public:
  // A body of that many bytes needs none of it.
  static constexpr size_t kSmall = size_t{16} << 10;

  explicit BodyRoom(size_t most) : left_(most) {}

  // What one body has of it; gives it back with itself.
  class Part {
   public:
    Part() = default;
    explicit Part(std::shared_ptr<BodyRoom> room) : room_(std::move(room)) {}
    Part(Part&& other) noexcept : room_(std::move(other.room_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Part& operator=(Part&& other) noexcept {
      std::swap(room_, other.room_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Part() {
      if (room_ != nullptr) room_->left_ += bytes_;
    }
    // Has as many bytes from now on, where it had fewer. False: there is no room.
    bool GrowTo(size_t bytes) {
      if (room_ == nullptr || bytes <= kSmall || bytes <= bytes_) return true;
      if (bytes - bytes_ > room_->left_) return false;
      room_->left_ -= bytes - std::exchange(bytes_, bytes);
      return true;
    }

   private:
    std::shared_ptr<BodyRoom> room_ = {};  // nullptr: no bound
    size_t bytes_ = 0;
  };

 private:
  size_t left_;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  struct Limits {
    size_t header = 0;
    size_t body = 0;
    std::shared_ptr<BodyRoom> room = {};                // nullptr: no bound
    std::function<void(std::string&)>* tidy = nullptr;  // as in HttpServerOptions; not owned, nullptr for none
  };
  struct Refusal {
    int status = 400;
    std::string_view why = {};
  };

  RequestParser(HttpRequest& request, const Limits& limits);

  // Takes what it can of `bytes`, all that came and was not taken yet. Then either done(), or refusal(),
  // or more bytes are needed.
  size_t Take(std::string_view bytes);

  bool done() const { return is_done(); }
  const std::optional<Refusal>& refusal() const { return refusal_; }
  // The header is complete and the client waits for 100 before it sends the body. True once.
  bool TakeContinue();
  bool http10() const { return version_ == 10; }
  // The body's room, for whoever has the request. REQUIRES: done()
  BodyRoom::Part TakeRoomAway() { return std::move(room_); }

 private:
  using View = boost::beast::string_view;
  using Verb = boost::beast::http::verb;
  using Field = boost::beast::http::field;

  // Take, of what the owner's tidy makes of them.
  size_t TakeTidied(std::string_view bytes);
  // Looks at the raw header, which must be complete before Beast sees it. False: not complete yet.
  bool Scan(std::string_view bytes);
  void Refuse(int status, std::string_view why);
  void RefuseBecauseOf(const BoostError& error);
  void JudgeHeader();
  void JudgeTarget();

  // Room for `size` bytes of body, or the refusal of the request.
  void MakeRoom(size_t size, BoostError& error);

  void on_request_impl(Verb, View method, View target, int version, BoostError&) override;
  void on_response_impl(int, View, int, BoostError&) override {}
  void on_field_impl(Field field, View name, View value, BoostError& error) override;
  void on_header_impl(BoostError& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, BoostError& error) override;
  size_t on_body_impl(View body, BoostError& error) override;
  void on_chunk_header_impl(std::uint64_t, View, BoostError&) override {}
  size_t on_chunk_body_impl(std::uint64_t, View body, BoostError& error) override { return on_body_impl(body, error); }
  void on_finish_impl(BoostError&) override {}

  HttpRequest& request_;
  const Limits limits_;
  BodyRoom::Part room_;
  size_t scanned_ = 0;
  bool header_whole_ = false;  // the raw header was scanned
  bool trailing_ = false;      // fields are trailers from now on
  bool expects_continue_ = false;
  int version_ = 11;
  size_t hosts_ = 0;
  size_t lengths_ = 0;
  size_t encodings_ = 0;
  std::optional<Refusal> refusal_ = {};
};

}  // namespace iff

// One connection through a gate, and its way to the component. For this folder's sources only.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/net/asio.h"
#include "harness/net/gate.h"
#include "harness/net/request_parser.h"
#include "harness/net/start_up.h"

namespace iff {

class GateRelay : public std::enable_shared_from_this<GateRelay> {
 public:
  // The gate it belongs to.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void Gone(GateRelay& relay) = 0;

    tcp::endpoint peer = {};
    GateReads reads = GateReads::kRequests;
    GateFault fault = {};
    std::function<void(const Passage&)> watcher = {};
    std::atomic<uint64_t> connections = 0;
    std::atomic<uint64_t> to_component = 0;
    std::atomic<uint64_t> to_client = 0;
    std::atomic<uint64_t> disturbed = 0;
    std::atomic<uint64_t> unread = 0;
    uint64_t aimed_at = 0;  // requests or start-ups that the fault's aim is for, since it was set
  };

  GateRelay(Owner& owner, tcp::socket client);

  // Behaves as the owner's fault says from now on.
  void Obey();
  // With a reset, or in good order.
  void Close(bool reset);

  std::list<std::shared_ptr<GateRelay>>::iterator place = {};  // the owner's

 private:
  // One direction: reads a chunk, then passes it on, then reads the next.
  struct Way {
    Way(tcp::socket& source, tcp::socket& sink) : from(source), to(sink), timer(source.get_executor()) {}

    tcp::socket& from;
    tcp::socket& to;
    asio::steady_timer timer;
    std::string chunk = {};  // read and not yet passed on
    bool reading = false;
    bool passing = false;  // waits for its delay or is being written
    bool delayed = false;  // the chunk has waited
    bool ended = false;    // the source sent its last byte
    bool done = false;     // and the sink was told
  };

  void Connect();
  void Step(Way& way);
  void ReadChunk(Way& way);
  void Pass(Way& way);
  void BeginAnswering();
  void StopAnswering();
  void TakeRequest();
  // How this connection is disturbed at the moment.
  GateMode Mode() const;
  // Reads what the client sent up to the end of a request, and decides whether the fault is for it.
  void Judge();
  bool Meets(std::string_view bytes);
  // The same of what the client sent up to the end of its start-up.
  void JudgeStartUp();
  bool Meets(const StartUp& start_up);
  bool Holds(std::string_view bytes) const;  // what the fault is for
  bool IsTheNth();
  void Suffer();
  bool Answers() const;  // the gate itself, in one way or another
  void Answer(bool with_body);
  std::string HttpHead() const;
  void Trickle(size_t at);
  void EndAnswer();

  Owner* owner_;     // null once closed
  uint64_t number_;  // among the owner's connections
  tcp::socket client_;
  tcp::socket component_;
  Way up_;
  Way down_;
  bool connecting_ = false;
  bool connected_ = false;
  bool awaiting_ = false;   // the client spoke last
  bool answering_ = false;  // the component is cut off, the gate answers
  bool answered_ = false;
  bool trickling_ = false;  // the answer is under way, slowly
  bool judged_ = false;     // what is about to pass to the component is a whole request that was judged, or no start-up
  bool met_ = false;        // the last one met the fault
  bool counted_ = false;    // the start-up, as disturbed
  bool told_unread_ = false;
  uint64_t cut_left_ = 0;
  std::string seen_ = {};  // what the client sent while the gate answers, or before it is judged
  size_t understood_ = 0;  // of it, by the parser
  HttpRequest request_ = {};
  std::optional<RequestParser> parser_ = {};
  std::optional<StartUpReader> start_up_ = {};  // where startup messages are read
  std::string answer_ = {};
};

}  // namespace iff

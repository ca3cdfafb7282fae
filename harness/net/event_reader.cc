#include "harness/net/event_reader.h"

#include <deque>
#include <utility>

#include "harness/net/client_connection.h"

namespace iff {

// Nothing runs but within Open and Next: they turn the loop until what they wait for is there.
struct EventReader::State {
  // Turns until `reached`, the exchange is over, or the deadline passes.
  template <class Reached>
  void Turn(Deadline deadline, const Reached& reached) {
    while (!over && !reached()) {
      if (io.run_one_until(deadline.at()) == 0) return;
    }
  }

  asio::io_context io{1};
  std::shared_ptr<ClientConnection> connection = std::make_shared<ClientConnection>(io);
  std::string title = {};
  HttpResponse head = {};
  bool streams = false;
  bool over = false;
  Result<HttpResponse> end = Error(ErrorKind::kUnavailable, "not over");  // once it is over
  EventStreamParser parser = {};
  std::deque<ServerSentEvent> events = {};
};

EventReader::EventReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventReader::~EventReader() = default;

bool EventReader::streams() const { return state_->streams; }
const HttpResponse& EventReader::head() const { return state_->head; }

Result<std::unique_ptr<EventReader>> EventReader::Open(const Endpoint& endpoint, const HttpRequest& request,
                                                       Deadline deadline, const TlsClientOptions& tls) {
  constexpr size_t kBodyLimit = size_t{16} << 20;
  const auto plain =
      TRY(MakeOrder(endpoint, request, Deadline(Deadline::SteadyTime::max()), kBodyLimit, TlsTo(endpoint, tls)));
  auto state = std::make_unique<State>();
  State& mine = *state;
  mine.title = plain->title;
  Order order = *plain;
  order.on_head = [&mine](const HttpResponse& head) {
    mine.head = head;
    mine.streams = head.status == 200 && head.headers.Get("Content-Type").starts_with("text/event-stream");
  };
  order.on_chunk = [&mine](std::string_view chunk) {
    if (!mine.streams) {
      mine.head.body += chunk;
      return mine.head.body.size() <= kBodyLimit;
    }
    for (ServerSentEvent& event : mine.parser.Feed(chunk)) mine.events.push_back(std::move(event));
    return true;
  };
  mine.connection->Start(std::make_shared<const Order>(std::move(order)), [&mine](ClientConnection::Outcome outcome) {
    mine.over = true;
    mine.end = std::move(outcome.answer);
  });
  mine.Turn(deadline, [&mine] { return mine.streams; });
  if (mine.over && !mine.end.ok()) return mine.end.error();
  if (!mine.over && !mine.streams) return Error(ErrorKind::kTimeout, mine.title + ": no answer in time");
  return std::unique_ptr<EventReader>(new EventReader(std::move(state)));
}

Result<ServerSentEvent> EventReader::Next(Deadline deadline) {
  State& mine = *state_;
  mine.Turn(deadline, [&mine] { return !mine.events.empty(); });
  if (!mine.events.empty()) {
    ServerSentEvent event = std::move(mine.events.front());
    mine.events.pop_front();
    return event;
  }
  if (mine.over) return Error(ErrorKind::kUnavailable, mine.title + ": the stream has ended");
  return Error(ErrorKind::kTimeout, mine.title + ": no event in time");
}

}  // namespace iff

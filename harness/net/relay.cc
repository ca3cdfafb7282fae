#include "harness/net/relay.h"

#include <atomic>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/net/client_connection.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

constexpr size_t kMostKept = size_t{16} << 20;  // of an answer

// Belongs to one connection and not to what is said on it (RFC 9110 section 7.6.1).
bool IsOfTheConnection(std::string_view name) {
  for (const char* one : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
                          "Upgrade", "Content-Length", "Expect", "Accept-Encoding"}) {
    if (EqualsIgnoreCase(name, one)) return true;
  }
  return false;
}

// A page of some other site may make its own name mean this machine: what it asks for then carries that name.
bool NamesUs(const HttpRequest& request, const std::string& address) {
  const std::string host = request.headers.Get("Host");
  const std::string name =
      host.substr(0, host.rfind(':') == std::string::npos || host.ends_with("]") ? host.size() : host.rfind(':'));
  return host.empty() || name == address || name == "127.0.0.1" || name == "[::1]" ||
         EqualsIgnoreCase(name, "localhost");
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); !from.empty() && at != std::string::npos; at = text.find(from, at + to.size())) {
    // "127.0.0.1:80" is no part of "127.0.0.1:8080".
    const size_t end = at + from.size();
    if (end < text.size() && text[end] >= '0' && text[end] <= '9') continue;
    text.replace(at, from.size(), to);
  }
  return text;
}

bool IsStream(const HttpResponse& head) { return head.headers.Get("Content-Type").starts_with("text/event-stream"); }

}  // namespace

struct HttpRelay::State {
  // One exchange; lives until the client has its answer and `passed` was called.
  struct Under {
    std::shared_ptr<const HttpRequest> request = {};
    std::shared_ptr<Responder> responder = {};  // touched on the loop's thread alone
    std::shared_ptr<asio::io_context> io = std::make_shared<asio::io_context>(1);
    Passed seen = {};
    bool over = false;  // answered; guarded by the mutex, as is seen.alone
    std::atomic<bool> finished = false;
    std::thread thread = {};
  };

  explicit State(HttpRelayOptions chosen) : options(std::move(chosen)) {}

  ~State() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
      for (const auto& one : under_way) {
        if (one->io != nullptr) one->io->stop();
      }
    }
    // No new ones begin any more, and nobody else takes one off the list.
    for (const auto& one : under_way) one->thread.join();
    loop.Stop();
    if (thread.joinable()) thread.join();
  }

  // On the loop's thread.
  void Take(std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    const std::lock_guard lock(mutex);
    if (closing) return responder->Send({.status = 503});
    if (!NamesUs(*request, options.address)) {
      return responder->Send(
          {.status = 403, .headers = {{"Content-Type", "text/plain"}}, .body = "this is not the host you asked for\n"});
    }
    std::erase_if(under_way, [](const std::shared_ptr<Under>& one) {
      if (one->finished) one->thread.join();
      return one->finished.load();
    });
    auto under = std::make_shared<Under>();
    under->request = std::move(request);
    under->seen.number = ++number;
    for (const auto& other : under_way) {
      // A stream that is only listened to does nothing.
      if (other->over || other->request->method != "POST" || under->request->method != "POST") continue;
      other->seen.alone = under->seen.alone = false;
    }
    // Who hangs up is not answered any more: the server is to see that too.
    responder->OnDisconnect([weak = std::weak_ptr(under->io)] {
      if (const auto io = weak.lock()) io->stop();
    });
    under->responder = std::move(responder);
    under_way.push_back(under);
    under->thread = std::thread([this, under] { Pass(*under); });
  }

  void Pass(Under& under) {
    if (options.passing) options.passing(under.seen.number, *under.request);
    const std::string asked = under.request->headers.Get("Host");
    const std::string ours = asked.empty() ? server->endpoint().Authority() : asked;
    std::function<void()> deliver = Ask(under, ours);
    {
      const std::lock_guard lock(mutex);
      under.over = true;  // whatever comes from now on does not overlap
      under.io.reset();   // and with it the connection, if it still stands
    }
    if (options.passed) options.passed(under.seen);
    // Only now: what a client does next, it does after this was heard of.
    loop.Post(std::move(deliver));
    under.finished = true;
  }

  // Answers what ends the answer to the client, for the loop.
  std::function<void()> Ask(Under& under, const std::string& ours) {
    HttpRequest request = Inward(*under.request, ours);
    const Result<std::shared_ptr<const Order>> made =
        MakeOrder(options.server, request, Deadline::In(options.patience), kMostKept, tls);
    under.seen.request = *under.request;
    HttpResponse& answer = under.seen.answer;
    bool streams = false;
    if (made.ok()) {
      Order order = **made;
      order.on_head = [&](const HttpResponse& head) {
        answer = head;
        streams = IsStream(head);
        if (!streams) return;
        loop.Post([responder = under.responder, outward = Outward(head, ours, under.request->Path())] {
          responder->Begin(outward);
        });
      };
      order.on_chunk = [&](std::string_view chunk) {
        if (streams) {
          loop.Post([responder = under.responder, text = std::string(chunk)] { responder->Write(text); });
        }
        if (answer.body.size() + chunk.size() <= kMostKept) {
          answer.body.append(chunk);
        } else if (!streams) {
          return false;
        }
        return true;
      };
      under.seen.silence = Error(ErrorKind::kUnavailable, order.title + ": the client hung up");
      const auto connection = std::make_shared<ClientConnection>(*under.io);
      connection->Start(std::make_shared<const Order>(std::move(order)), [&](ClientConnection::Outcome outcome) {
        under.seen.silence.reset();
        if (!outcome.answer.ok()) under.seen.silence = outcome.answer.error();
      });
      under.io->run();
    } else {
      under.seen.silence = made.error();
    }
    // The loop is the only one to touch a responder; it drops this one too.
    return [responder = std::exchange(under.responder, nullptr), streams, silent = under.seen.silence.has_value(),
            outward = Outward(answer, ours, under.request->Path())] {
      if (streams) {
        if (!silent) responder->End();
      } else if (silent) {
        responder->Send(
            {.status = 502, .headers = {{"Content-Type", "text/plain"}}, .body = "the server does not answer\n"});
      } else {
        responder->Send(outward);
      }
    };
  }

  HttpRequest Inward(const HttpRequest& from, const std::string& ours) const {
    HttpRequest to{.method = from.method, .target = from.target, .headers = {}, .body = from.body};
    for (const auto& [name, value] : from.headers.fields()) {
      if (IsOfTheConnection(name)) continue;
      if (EqualsIgnoreCase(name, "Host")) {
        to.headers.Add("Host", options.server.Authority());
      } else if (EqualsIgnoreCase(name, "Origin") || EqualsIgnoreCase(name, "Referer")) {
        to.headers.Add(name, Replaced(value, "http://" + ours, options.server.Url()));
      } else {
        to.headers.Add(name, value);
      }
    }
    return to;
  }

  HttpResponse Outward(const HttpResponse& from, const std::string& ours, const std::string& path) const {
    HttpResponse to{.status = from.status, .headers = {}, .body = from.body};
    for (const auto& [name, value] : from.headers.fields()) {
      if (!IsOfTheConnection(name)) to.headers.Add(name, Replaced(value, options.server.Url(), "http://" + ours));
    }
    if (path.starts_with("/.well-known/")) to.body = Replaced(to.body, options.server.Url(), "http://" + ours);
    return to;
  }

  const HttpRelayOptions options;
  const ClientTls tls = TlsTo(options.server, options.tls);
  EventLoop loop;
  std::unique_ptr<AsyncHttpServer> server = {};
  std::thread thread = {};
  std::mutex mutex;
  std::list<std::shared_ptr<Under>> under_way = {};
  uint64_t number = 0;
  bool closing = false;
};

HttpRelay::HttpRelay(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpRelay::~HttpRelay() = default;

Result<std::unique_ptr<HttpRelay>> HttpRelay::Open(HttpRelayOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  HttpServerOptions listening;
  listening.address = state->options.address;
  listening.port = state->options.port;
  listening.body_limit = kMostKept;
  state->server = TRY(AsyncHttpServer::Start(
      state->loop, std::move(listening),
      [raw = state.get()](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
        raw->Take(std::move(request), std::move(responder));
      }));
  state->thread = std::thread([raw = state.get()] { raw->loop.Run(); });
  return std::unique_ptr<HttpRelay>(new HttpRelay(std::move(state)));
}

Endpoint HttpRelay::endpoint() const { return state_->server->endpoint(); }

}  // namespace iff

// The same server over two descriptors: one message a line, nothing else.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>

#include "harness/core/log.h"
#include "servers/mcp/receive.h"
#include "servers/mcp/subscriptions.h"

namespace iff {
namespace {

// Longest line that is read. Beyond it the line is refused and skipped.
constexpr size_t kLongestLine = size_t{4} << 20;
// Time for running calls to end after the input did.
constexpr std::chrono::milliseconds kGrace = std::chrono::seconds(2);

// Everything lives on the loop's thread but the reading.
class LineStream final : public std::enable_shared_from_this<LineStream> {
 public:
  LineStream(std::shared_ptr<Serving> serving, int input, int output, std::string authorization)
      : serving_(std::move(serving)), input_(input), output_(output), wake_(eventfd(0, EFD_CLOEXEC)) {
    auto request = std::make_shared<HttpRequest>();
    request->method = "POST";
    request->target = serving_->options.path;
    request->headers.Add("Host", "localhost");
    if (!authorization.empty()) request->headers.Add("Authorization", std::move(authorization));
    request_ = std::move(request);
    session_->open = false;
  }
  ~LineStream() {
    if (reader_.joinable()) {
      const uint64_t one = 1;
      (void)!write(wake_, &one, sizeof one);
      reader_.join();
    }
    close(wake_);
  }

  void Start(std::function<void(int)> over) {
    over_ = std::move(over);
    const std::weak_ptr<LineStream> weak = weak_from_this();
    EventLoop* loop = &serving_->loop;
    reader_ = std::thread([input = input_, wake = wake_, weak, loop] { Read(input, wake, weak, *loop); });
  }

  void WriteLine(const std::string& text) {
    std::string line = text + "\n";
    std::string_view left = line;
    while (!left.empty() && !broken_) {
      const ssize_t wrote = write(output_, left.data(), left.size());
      if (wrote > 0) {
        left.remove_prefix(static_cast<size_t>(wrote));
      } else if (errno != EINTR) {
        broken_ = true;  // nobody reads us any more; the end of the input will follow
      }
    }
  }
  bool broken() const { return broken_; }

 private:
  static void Read(int input, int wake, const std::weak_ptr<LineStream>& weak, EventLoop& loop) {
    std::string buffer;
    bool skipping = false;
    char chunk[16384];
    while (true) {
      pollfd waiting[2] = {{.fd = input, .events = POLLIN, .revents = 0}, {.fd = wake, .events = POLLIN, .revents = 0}};
      if (poll(waiting, 2, -1) < 0 && errno == EINTR) continue;
      if (waiting[1].revents != 0) return;
      const ssize_t got = read(input, chunk, sizeof chunk);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;  // what is left in the buffer is no message
      buffer.append(chunk, static_cast<size_t>(got));
      size_t begin = 0;
      for (size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n', begin)) {
        std::string line = buffer.substr(begin, end - begin);
        begin = end + 1;
        if (std::exchange(skipping, false)) continue;
        Post(weak, loop, std::move(line));
      }
      buffer.erase(0, begin);
      if (buffer.size() > kLongestLine) {
        if (!skipping) Post(weak, loop, "[]");  // answered as an invalid request
        skipping = true;
        buffer.clear();
      }
    }
    loop.Post([weak] {
      if (const auto self = weak.lock()) self->EndOfInput();
    });
  }

  static void Post(const std::weak_ptr<LineStream>& weak, EventLoop& loop, std::string line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    loop.Post([weak, line = std::move(line)] {
      if (const auto self = weak.lock()) Spawn(Handle(self, line));
    });
  }

  static Task<void> Handle(std::shared_ptr<LineStream> self, std::string line);

  void EndOfInput() {
    ended_ = true;
    const std::weak_ptr<LineStream> weak = weak_from_this();
    serving_->loop.After(kGrace, [weak] {
      if (const auto self = weak.lock()) self->Finish();
    });
    if (active_ == 0) Finish();
  }

  void Finish() {
    if (!over_) return;
    CloseSession(*session_, "end_of_input");
    std::exchange(over_, {})(0);
  }

  std::shared_ptr<Serving> serving_;
  std::shared_ptr<const HttpRequest> request_;
  std::shared_ptr<Session> session_ = std::make_shared<Session>();
  int input_;
  int output_;
  int wake_;
  std::thread reader_;
  std::function<void(int)> over_ = {};
  size_t active_ = 0;
  bool ended_ = false;
  bool broken_ = false;
};

class LineChannel final : public Channel {
 public:
  LineChannel(std::shared_ptr<LineStream> stream, bool wants_answer)
      : stream_(std::move(stream)), wants_answer_(wants_answer) {}
  bool streams() const override { return true; }
  void Send(const std::string& message) override {
    if (!done_) stream_->WriteLine(message);
  }
  void Answer(HttpResponse response) override {
    if (std::exchange(done_, true) || !wants_answer_ || response.body.empty()) return;
    stream_->WriteLine(response.body);
  }
  void Close() override { done_ = true; }
  bool closed() const override { return done_ || stream_->broken(); }
  void OnClose(std::function<void()>) override {}  // the end of the input says it for all

 private:
  std::shared_ptr<LineStream> stream_;
  bool wants_answer_ = true;
  bool done_ = false;
};

Task<void> LineStream::Handle(std::shared_ptr<LineStream> self, std::string line) {
  ++self->active_;
  Result<Message, RpcError> message = ParseMessage(line);
  // An unreadable message may have been a request; a notification or response never has an answer.
  const bool wants_answer = !message.ok() || message.value().kind == MessageKind::kRequest;
  auto channel = std::make_shared<LineChannel>(self, wants_answer);
  auto turn = std::make_shared<Turn>(self->serving_, channel, self->request_);
  turn->over_http = false;
  if (message.ok()) turn->message = std::move(message).value();
  auto judging = self->serving_->guard.authenticator->Authenticate(self->request_);
  auto judged = co_await std::move(judging);
  if (!judged.ok()) {
    turn->Refuse(judged.error());
  } else if (turn->SetCaller(std::move(judged).value()); !message.ok()) {
    turn->Fail(message.error(), "invalid_request");
  } else {
    turn->session = self->session_;
    co_await Receive(turn);
  }
  --self->active_;
  if (self->ended_ && self->active_ == 0) self->Finish();
}

}  // namespace

Task<void> McpServer::ServeStdio(int input, int output, std::string authorization) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error to handle, not the end of us
  auto stream = std::make_shared<LineStream>(serving_, input, output, std::move(authorization));
  Await<int>::Start start = [&stream](std::function<void(int)> done) { stream->Start(std::move(done)); };
  Await<int> over(std::move(start));
  co_await over;
}

}  // namespace iff

#include "harness/net/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "harness/core/result_matchers.h"
#include "harness/net/certificates.h"
#include "harness/net/event_reader.h"
#include "harness/net/http_async.h"
#include "harness/net/http_server.h"
#include "harness/net/tls_session.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Deadline Soon() { return Deadline::In(10s); }
auto Says(const std::string& body) { return IsOkAndHolds(Field(&HttpResponse::body, body)); }

class Socket {
 public:
  Socket() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  explicit Socket(const Endpoint& peer) : Socket() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(peer.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor_); }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

class TlsTest : public ::testing::Test {
 protected:
  // Answers with what it knows of the client.
  void Serve(ClientCertificates asked = ClientCertificates::kNotAsked, std::string client_ca_file = {}) {
    TlsServerOptions options = For(own);
    options.client_certificates = asked;
    if (asked != ClientCertificates::kNotAsked)
      options.client_ca_file = client_ca_file.empty() ? ca.file : client_ca_file;
    auto started = HttpServer::Start(
        [this](const HttpRequest& request) {
          ++handled;
          return HttpResponse{.body = request.body.empty() ? request.client_certificate : request.body};
        },
        0, options);
    ASSERT_THAT(started, IsOk());
    server = std::move(started).value();
  }
  static TlsServerOptions For(const MadeCertificate& certificate) {
    return {.certificate_file = certificate.certificate_file, .key_file = certificate.key_file};
  }
  Result<HttpResponse> Ask(const TlsClientOptions& tls, const HttpRequest& request = {},
                           std::string host = "127.0.0.1") const {
    Endpoint endpoint = server->endpoint();
    endpoint.host = std::move(host);
    HttpClient client(endpoint, {.tls = tls});
    return client.Send(request, Soon());
  }
  Result<HttpResponse> Ask() const { return Ask({.ca_file = ca.file}); }
  // What a client thinks of a server with such a certificate.
  Result<HttpResponse> AskOne(const MadeCertificate& certificate, std::string host = "127.0.0.1") {
    own = certificate;
    Serve();
    return Ask({.ca_file = ca.file}, {}, std::move(host));
  }

  CertificateMaker files;
  const MadeCa ca = files.Ca("ca");
  MadeCertificate own = files.MakeServer(ca);
  std::unique_ptr<HttpServer> server;
  std::atomic<int> handled{0};
};

TEST_F(TlsTest, CarriesRequestsAndAnswersOfAnySize) {
  Serve();
  EXPECT_THAT(server->endpoint().Url("/"), StartsWith("https://127.0.0.1:"));
  HttpClient client(server->endpoint(), {.tls = {.ca_file = ca.file}});
  for (const size_t size : {size_t{1}, size_t{16} << 10, size_t{5} << 20, size_t{3}}) {
    std::string body(size, 'a');
    for (size_t i = 0; i < size; i += 1000) body[i] = static_cast<char>('b' + i % 7);
    EXPECT_THAT(client.Send({.method = "POST", .body = body}, Soon()), Says(body)) << size;
  }
}

TEST_F(TlsTest, VerifiesTheServersNameOrAddress) {
  Serve();
  EXPECT_THAT(Ask(), IsOk());
  EXPECT_THAT(Ask({.ca_file = ca.file}, {}, "localhost"), IsOk());
  const auto named = [&](std::string name) {
    return files.Make(ca, "localhost", {.usage = CertificateUsage::kServer, .dns = {std::move(name)}});
  };
  const auto refused = [](const char* why) { return FailsWith(ErrorKind::kRefused, HasSubstr(why)); };
  EXPECT_THAT(AskOne(named("localhost"), "localhost"), IsOk());
  EXPECT_THAT(AskOne(named("localhost")), refused("IP address mismatch"));
  EXPECT_THAT(AskOne(named("other.example"), "localhost"), refused("hostname mismatch"));
  EXPECT_THAT(AskOne(named(std::string("localhost\0.example", 18)), "localhost"), refused("hostname mismatch"));
  EXPECT_THAT(AskOne(named("*"), "localhost"), refused("hostname mismatch"));
  EXPECT_THAT(AskOne(named("local*"), "localhost"), refused("hostname mismatch"));
  // The common name alone is no name (RFC 9525 section 1.2).
  EXPECT_THAT(AskOne(files.Make(ca, "localhost", {.usage = CertificateUsage::kServer}), "localhost"),
              refused("hostname mismatch"));
  EXPECT_EQ(handled, 3);
}

TEST_F(TlsTest, TakesNoServerWhoseCertificateDoesNotVerify) {
  const auto refused = [](const char* why) { return FailsWith(ErrorKind::kRefused, HasSubstr(why)); };
  EXPECT_THAT(AskOne(files.Make(ca, "s", {.usage = CertificateUsage::kServer, .expired = true, .ip = {"127.0.0.1"}})),
              refused("certificate has expired"));
  EXPECT_THAT(AskOne(files.Make(ca, "s", {.usage = CertificateUsage::kClient, .ip = {"127.0.0.1"}})),
              refused("certificate purpose"));
  EXPECT_THAT(AskOne(files.MakeServer(files.Ca("other"))), refused("unable to get local issuer certificate"));
  EXPECT_EQ(handled, 0);
  // Nor one the system's CAs know nothing of.
  EXPECT_THAT(Ask({}), refused("unable to get local issuer certificate"));
}

TEST_F(TlsTest, KnowsTheClientByItsCertificate) {
  Serve(ClientCertificates::kAsked);
  const MadeCertificate alice = files.Make(ca, "alice");
  const MadeCertificate any_use = files.Make(ca, "bob", {.usage = CertificateUsage::kNone});
  EXPECT_THAT(Ask(alice.Client(ca.file)), Says(alice.thumbprint));
  EXPECT_THAT(Ask(any_use.Client(ca.file)), Says(any_use.thumbprint));
  EXPECT_THAT(Ask(), Says(""));
  EXPECT_EQ(alice.thumbprint.size(), 43u);
}

// CVE-2023-2422: what else lies in the chain is nobody's identity.
TEST_F(TlsTest, KnowsTheClientByItsOwnCertificateOnly) {
  Serve(ClientCertificates::kAsked);
  const MadeCertificate alice = files.Make(ca, "alice");
  const MadeCertificate bob = files.Make(ca, "bob");
  EXPECT_THAT(Ask(files.Behind(bob, alice).Client(ca.file)), Says(bob.thumbprint));
  // In front of it, it would need alice's key.
  MadeCertificate thief = files.Behind(alice, bob);
  thief.key_file = bob.key_file;
  EXPECT_THAT(Ask(thief.Client(ca.file)), FailsWith(ErrorKind::kInvalidInput, HasSubstr("key values mismatch")));
}

TEST_F(TlsTest, NeverAsksUnlessTold) {
  Serve();
  EXPECT_THAT(Ask(files.Make(ca, "alice").Client(ca.file)), Says(""));
}

TEST_F(TlsTest, ServesNobodyWhoseCertificateDoesNotVerify) {
  const MadeCertificate revoked = files.Make(ca, "mallory");
  const MadeCertificate alice = files.Make(ca, "alice");
  Serve(ClientCertificates::kAsked, files.Revoking(ca, {revoked}));
  const std::vector<std::pair<MadeCertificate, const char*>> rows = {
      {files.Make(ca, "alice", {.expired = true}), "certificate expired"},
      {files.Make(ca, "alice", {.usage = CertificateUsage::kServer}), "unsupported certificate"},
      {files.Make(files.Ca("other"), "alice"), "unknown ca"},
      {files.Make(files.Ca("ca"), "alice"), "decrypt error"},  // a CA that only calls itself the same
      {revoked, "certificate revoked"},
  };
  for (const auto& [certificate, alert] : rows) {
    SCOPED_TRACE(alert);
    EXPECT_THAT(Ask(certificate.Client(ca.file)),
                FailsWith(ErrorKind::kRefused, AllOf(HasSubstr("the peer refused"), HasSubstr(alert))));
    EXPECT_THAT(Ask(alice.Client(ca.file)), Says(alice.thumbprint));
  }
  EXPECT_EQ(handled, static_cast<int>(rows.size()));
}

TEST_F(TlsTest, ServesNobodyWithoutACertificateWhereItIsRequired) {
  Serve(ClientCertificates::kRequired);
  EXPECT_THAT(Ask(), FailsWith(ErrorKind::kRefused, HasSubstr("certificate required")));
  EXPECT_EQ(handled, 0);
  const MadeCertificate alice = files.Make(ca, "alice");
  EXPECT_THAT(Ask(alice.Client(ca.file)), Says(alice.thumbprint));
}

TEST_F(TlsTest, TellsPlainHttpWhereItIs) {
  Serve();
  Endpoint plain = server->endpoint();
  plain.scheme = "http";
  HttpClient client(plain);
  EXPECT_THAT(client.Send({.method = "POST", .body = std::string(100'000, 'x')}, Soon()),
              IsOkAndHolds(AllOf(Field(&HttpResponse::status, 400),
                                 Field(&HttpResponse::body, "plain http on a port for https\n"))));
  EXPECT_THAT(SendRaw(plain, "\x01nonsense", Soon()), IsOkAndHolds(StartsWith("HTTP/1.1 400")));
  EXPECT_EQ(handled, 0);
  EXPECT_THAT(Ask(), IsOk());
}

TEST_F(TlsTest, TellsTlsFromAServerOfPlainHttp) {
  const auto plain = HttpServer::Start([](const HttpRequest&) { return HttpResponse{}; }).value();
  Endpoint endpoint = plain->endpoint();
  endpoint.scheme = "https";
  HttpClient client(endpoint, {.tls = {.ca_file = ca.file}});
  EXPECT_THAT(client.Send({}, Soon()), FailsWith(ErrorKind::kProtocol, HasSubstr("does not speak TLS")));
}

TEST_F(TlsTest, RefusesFilesItCannotUse) {
  const MadeCertificate other = files.MakeServer(ca);
  const auto invalid = [](const std::string& why) { return FailsWith(ErrorKind::kInvalidInput, HasSubstr(why)); };
  const std::string missing = own.key_file + ".not";
  EXPECT_THAT(CheckTls(For(own)), IsOk());
  EXPECT_THAT(CheckTls({.certificate_file = missing, .key_file = own.key_file}),
              invalid("certificate file " + missing));
  EXPECT_THAT(CheckTls({.certificate_file = own.certificate_file, .key_file = missing}),
              invalid("key file " + missing));
  EXPECT_THAT(CheckTls({.certificate_file = own.certificate_file}), invalid("go together"));
  EXPECT_THAT(CheckTls({.certificate_file = own.certificate_file, .key_file = other.key_file}), invalid("mismatch"));
  TlsServerOptions asking = For(own);
  asking.client_certificates = ClientCertificates::kAsked;
  EXPECT_THAT(CheckTls(asking), invalid("need the CA file"));
  asking.client_ca_file = own.key_file;
  EXPECT_THAT(CheckTls(asking), invalid("CA file " + own.key_file));
  TlsServerOptions silent = For(own);
  silent.client_ca_file = ca.file;
  EXPECT_THAT(CheckTls(silent), invalid("no client is asked"));
  Serve();
  EXPECT_THAT(Ask({.ca_file = missing}), invalid("CA file " + missing));
}

// -- what OpenSSL's own client sees

struct Handshake {
  bool done = false;
  bool resumed = false;
  bool renegotiated = false;
  std::string protocol = {};
  std::shared_ptr<SSL_SESSION> session = {};
};

Handshake ShakeHands(const Endpoint& peer, int version, SSL_SESSION* session = nullptr) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  const Socket socket(peer);
  const std::shared_ptr<SSL> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), socket.get());
  if (session != nullptr) SSL_set_session(ssl.get(), session);
  Handshake seen;
  seen.done = SSL_connect(ssl.get()) == 1;
  if (!seen.done) return seen;
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_GT(SSL_write(ssl.get(), kRequest.data(), static_cast<int>(kRequest.size())), 0);
  char answer[4096];
  EXPECT_GT(SSL_read(ssl.get(), answer, sizeof answer), 0);  // tickets would come with it
  seen.protocol = SSL_get_version(ssl.get());
  seen.resumed = SSL_session_reused(ssl.get()) == 1;
  seen.session = {SSL_get1_session(ssl.get()), SSL_SESSION_free};
  if (version == TLS1_2_VERSION) {
    seen.renegotiated = SSL_renegotiate(ssl.get()) == 1 && SSL_do_handshake(ssl.get()) == 1 &&
                        SSL_write(ssl.get(), kRequest.data(), static_cast<int>(kRequest.size())) > 0 &&
                        SSL_read(ssl.get(), answer, sizeof answer) > 0 && SSL_renegotiate_pending(ssl.get()) == 0;
  }
  return seen;
}

TEST_F(TlsTest, NeverResumesNorRenegotiates) {
  Serve(ClientCertificates::kAsked);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Handshake first = ShakeHands(server->endpoint(), version);
    ASSERT_TRUE(first.done);
    EXPECT_FALSE(first.renegotiated);
    EXPECT_EQ(SSL_SESSION_has_ticket(first.session.get()), 0) << first.protocol;
    const Handshake second = ShakeHands(server->endpoint(), version, first.session.get());
    EXPECT_TRUE(second.done);
    EXPECT_FALSE(second.resumed) << second.protocol;
  }
  EXPECT_EQ(ShakeHands(server->endpoint(), TLS1_3_VERSION).protocol, "TLSv1.3");
}

TEST_F(TlsTest, SpeaksNothingOlder) {
  Serve();
  EXPECT_FALSE(ShakeHands(server->endpoint(), TLS1_1_VERSION).done);
  EXPECT_TRUE(ShakeHands(server->endpoint(), TLS1_2_VERSION).done);
}

// -- ends

TEST_F(TlsTest, SaysGoodbyeAfterItsLastAnswer) {
  Serve();
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const Socket socket(server->endpoint());
  const std::shared_ptr<SSL> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), socket.get());
  ASSERT_EQ(SSL_connect(ssl.get()), 1);
  constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  ASSERT_GT(SSL_write(ssl.get(), kRequest.data(), static_cast<int>(kRequest.size())), 0);
  char answer[4096];
  int count = 1;
  while (count > 0) count = SSL_read(ssl.get(), answer, sizeof answer);
  EXPECT_EQ(SSL_get_error(ssl.get(), count), SSL_ERROR_ZERO_RETURN);
}

// Answers one request with "half", whose end only the end of the connection tells.
void AnswerHalf(int listener, const TlsServerOptions& options, bool farewell) {
  const auto context = TlsContext::ForServer(options).value();
  const Socket socket(::accept(listener, nullptr, nullptr));
  const auto session = TlsSession::Accept(*context, socket.get()).value();
  const auto until_done = [&](const std::function<TlsSession::Step()>& step) {
    while (true) {
      const TlsSession::Step seen = step();
      if (seen.wants == TlsSession::Wants::kNothing) return;
      pollfd waited = {.fd = socket.get(), .events = POLLIN, .revents = 0};
      if (::poll(&waited, 1, 10'000) != 1) return;
    }
  };
  char block[4096];
  until_done([&] { return session->Shake(); });
  until_done([&] { return session->Read(asio::buffer(block)); });
  until_done([&] { return session->Write("HTTP/1.1 200 OK\r\n\r\nhalf"); });
  if (farewell) session->Farewell();
}

TEST_F(TlsTest, TellsAnEndFromACut) {
  for (const bool farewell : {true, false}) {
    const Socket listener;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::thread peer(AnswerHalf, listener.get(), For(own), farewell);
    HttpClient client(Endpoint{.scheme = "https", .port = ntohs(address.sin_port)}, {.tls = {.ca_file = ca.file}});
    const Result<HttpResponse> answer = client.Send({.method = "POST"}, Soon());
    peer.join();
    if (farewell) {
      EXPECT_THAT(answer, Says("half"));
    } else {
      EXPECT_THAT(answer, FailsWith(ErrorKind::kUnavailable, HasSubstr("without a goodbye within the answer")));
    }
  }
}

// -- on a loop

class AsyncTlsTest : public TlsTest {
 protected:
  void Start(AsyncHandler handler, HttpServerOptions options = {}) {
    options.tls = For(own);
    auto started = AsyncHttpServer::Start(loop, std::move(options), std::move(handler));
    ASSERT_THAT(started, IsOk());
    http = std::move(started).value();
    thread = std::thread([this] { loop.Run(); });
  }
  ~AsyncTlsTest() override {
    loop.Stop();
    if (thread.joinable()) thread.join();
  }
  template <class T>
  T OnLoop(const std::function<T()>& work) {
    std::promise<T> done;
    loop.Post([&] { done.set_value(work()); });
    return done.get_future().get();
  }
  size_t Connections() {
    return OnLoop<size_t>([this] { return http->connections(); });
  }
  void AwaitConnections(size_t count) {
    EXPECT_THAT(Eventually(Soon(), [&]() -> Result<bool> { return Connections() == count; }), IsOk());
  }

  EventLoop loop;
  std::unique_ptr<AsyncHttpServer> http;
  std::thread thread;
};

TEST_F(AsyncTlsTest, KeepsConnections) {
  Start([](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    responder->Send({.body = request->target});
  });
  HttpClient client(http->endpoint(), {.tls = {.ca_file = ca.file}});
  for (int i = 0; i < 5; ++i) EXPECT_THAT(client.Send({.target = "/again"}, Soon()), Says("/again"));
  EXPECT_EQ(Connections(), 1u);
}

TEST_F(AsyncTlsTest, GivesUpWhoDoesNotShakeHands) {
  Start([](std::shared_ptr<const HttpRequest>, std::shared_ptr<Responder>) {}, {.request_timeout = 50ms});
  const Socket silent(http->endpoint());
  const Socket slow(http->endpoint());
  ASSERT_EQ(::send(slow.get(), "\x16\x03\x01", 3, MSG_NOSIGNAL), 3);
  AwaitConnections(2);
  char byte = 0;
  EXPECT_EQ(::recv(silent.get(), &byte, 1, 0), 0);
  EXPECT_EQ(::recv(slow.get(), &byte, 1, 0), 0);
  AwaitConnections(0);
}

TEST_F(AsyncTlsTest, StreamsEventsAndNoticesAHangup) {
  std::promise<void> gone;
  Start([&](std::shared_ptr<const HttpRequest>, std::shared_ptr<Responder> responder) {
    responder->Begin({.headers = {{"Content-Type", "text/event-stream"}}});
    responder->Write("data: " + std::string(100'000, 'x') + "\n\n");
    responder->Write("data: two\n\n");
    responder->OnDisconnect([&gone, responder] { gone.set_value(); });
  });
  auto reader = EventReader::Open(http->endpoint(), {}, Soon(), {.ca_file = ca.file});
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT((*reader)->Next(Soon()), IsOkAndHolds(Field(&ServerSentEvent::data, std::string(100'000, 'x'))));
  EXPECT_THAT((*reader)->Next(Soon()), IsOkAndHolds(Field(&ServerSentEvent::data, "two")));
  reader->reset();
  EXPECT_EQ(gone.get_future().wait_for(10s), std::future_status::ready);
  AwaitConnections(0);
}

TEST_F(AsyncTlsTest, DrainsWhenRunningRequestsAreAnswered) {
  std::promise<std::shared_ptr<Responder>> running;
  Start([&](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    if (request->target == "/idle") return responder->Send({});
    running.set_value(std::move(responder));
  });
  HttpClient idle(http->endpoint(), {.tls = {.ca_file = ca.file}});
  EXPECT_THAT(idle.Send({.target = "/idle"}, Soon()), IsOk());
  const Socket shaking(http->endpoint());
  HttpClient busy(http->endpoint(), {.tls = {.ca_file = ca.file}});
  auto answer = std::async(std::launch::async, [&] { return busy.Send({}, Soon()); });
  std::shared_ptr<Responder> responder = running.get_future().get();
  AwaitConnections(3);
  std::promise<void> drained;
  loop.Post([&] { http->Drain(10s, [&drained] { drained.set_value(); }); });
  AwaitConnections(1);
  loop.Post([&] { std::exchange(responder, nullptr)->Send({.body = std::string(1'000'000, 'y')}); });
  EXPECT_THAT(answer.get(), Says(std::string(1'000'000, 'y')));
  EXPECT_EQ(drained.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(AsyncTlsTest, AnswersAnAsynchronousClient) {
  Start([](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
    responder->Send({.body = request->body});
  });
  AsyncHttpClient client(loop, http->endpoint(), {.max_connections = 2, .tls = {.ca_file = ca.file}});
  std::promise<int> all;
  int answered = 0;
  loop.Post([&] {
    for (int i = 0; i < 20; ++i) {
      Spawn([](AsyncHttpClient& from, int number, int& count, std::promise<int>& done) -> Task<void> {
        const std::string body(static_cast<size_t>(number) * 5000, 'z');
        HttpRequest request;
        request.method = "POST";
        request.body = body;
        const Result<HttpResponse> answer = co_await from.Send(std::move(request), Soon(), std::string());
        EXPECT_THAT(answer, Says(body));
        if (++count == 20) done.set_value(count);
      }(client, i, answered, all));
    }
  });
  EXPECT_EQ(all.get_future().get(), 20);
  EXPECT_EQ(Connections(), 2u);
  loop.Stop();
  thread.join();
}

}  // namespace
}  // namespace iff

// What this folder's sources share of Boost.Asio. Nobody else includes this.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <string>

#include "harness/core/result.h"
#include "harness/net/endpoint.h"
#include "harness/net/event_loop.h"

namespace iff {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
// Over TCP or a unix socket.
using StreamEndpoint = boost::asio::generic::stream_protocol::endpoint;
using StreamSocket = boost::asio::generic::stream_protocol::socket;
using BoostError = boost::system::error_code;

struct EventLoop::Context {
  asio::io_context io{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> stays = asio::make_work_guard(io);
  asio::signal_set signals{io};
  std::function<void(int)> on_signal = {};
};

// Address literals and "localhost" at once; other names ask the system's resolver and block.
Result<tcp::endpoint> Resolve(const Endpoint& endpoint);
// The same; with the scheme unix, the socket whose path is the endpoint's host.
Result<StreamEndpoint> PeerOf(const Endpoint& endpoint);

// The system's words for `error`, in lower case: "connection refused".
std::string Reason(const BoostError& error);

}  // namespace iff

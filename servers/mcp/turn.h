// One message from arrival to answer: who sent it, in which revision, and the one way it ends. Every
// ending writes exactly one audit record. Tools see it as their Conversation.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "servers/http/channel.h"
#include "servers/mcp/json_rpc.h"
#include "servers/mcp/serving.h"

namespace iff {

class Turn final : public Conversation, public std::enable_shared_from_this<Turn> {
 public:
  Turn(std::shared_ptr<Serving> serving, std::shared_ptr<Channel> channel, std::shared_ptr<const HttpRequest> request);
  ~Turn() override;

  // Filled in by whoever receives the message, in this order, as far as it gets.
  std::shared_ptr<const Caller> caller = {};
  Message message = {};
  Revision revision = Revision::k20260728;
  std::shared_ptr<Session> session = {};
  Json capabilities = Json::object();  // what the client declared
  std::string tool = {};               // for the audit record

  Serving& serving() const { return *serving_; }
  const std::shared_ptr<Serving>& shared_serving() const { return serving_; }
  Channel& channel() const { return *channel_; }
  const std::shared_ptr<Channel>& shared_channel() const { return channel_; }
  // The HTTP request, or what stands for one on a stream, where there are no headers to compare.
  const HttpRequest& request() const { return *request_; }
  const std::shared_ptr<const HttpRequest>& shared_request() const { return request_; }
  bool over_http = true;
  const Json& params() const { return message.params; }
  const Json& meta() const;
  const std::string& correlation() const { return correlation_; }
  bool ended() const { return ended_; }

  // Reads what of _meta concerns this message alone. False if it is malformed.
  bool ReadMeta();
  // Takes the caller and gives it the correlation id of this message if it has none.
  void SetCaller(std::shared_ptr<const Caller> judged);
  // Makes the message cancellable: by the client's notice, its hanging up, or after `limit`.
  void Begin(std::chrono::milliseconds limit);
  // It may take as long as it likes from now on.
  void LiftLimit();
  void SetMrtr(Json responses, Json state);

  // Takes one from the caller's budget of `group`, or refuses the message.
  bool Charge(const std::string& group);

  // The endings. Only the first counts. Of whoever is known, what ends in a failure or refusal and was not charged yet
  // is charged as a list is: nothing that is asked for is for nothing.
  void Succeed(Json result);
  void SucceedAs(Json result, std::string outcome, std::string reason);
  void Fail(RpcError error, std::string reason);
  void Refuse(const Denial& denial);                                             // by the guard
  void Respond(HttpResponse response, std::string outcome, std::string reason);  // without a message
  void Accept();                                                                 // 202
  // It was answered with a stream that stays open.
  void Opened();
  // Ends without an answer: the client does not want one any more.
  void Cancel(const std::string& reason);
  void AddHeader(std::string name, std::string value) { headers_.emplace_back(std::move(name), std::move(value)); }

  // Conversation
  void Progress(double progress, double total, std::string text) override;
  void LogMessage(std::string level, std::string logger, Json data) override;
  Task<Result<Json>> Ask(std::string method, Json params) override;
  bool cancelled() const override { return cancelled_; }
  void OnCancel(std::function<void()> callback) override;
  const Json& input_responses() const override { return input_responses_; }
  const Json& request_state() const override { return request_state_; }
  const Json& client_capabilities() const override { return capabilities; }
  bool stateless() const override { return revision == Revision::k20260728; }

 private:
  // Was charged, or is now; false: the budget is spent, and the message was refused for that.
  bool IsPaidFor();
  bool Record(std::string outcome, std::string reason);
  void End(HttpResponse response, std::string outcome, std::string reason);
  void Detach();
  HttpResponse Unavailable() const;

  std::shared_ptr<Serving> serving_;
  std::shared_ptr<Channel> channel_;
  std::shared_ptr<const HttpRequest> request_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::string correlation_ = {};
  std::vector<std::pair<std::string, std::string>> headers_ = {};
  Json progress_token_ = nullptr;
  std::string log_level_ = {};
  Json input_responses_ = nullptr;
  Json request_state_ = nullptr;
  std::vector<std::function<void()>> on_cancel_ = {};
  std::function<void()> stop_timer_ = {};
  bool charged_ = false;
  bool running_ = false;
  bool ended_ = false;
  bool cancelled_ = false;
};

// A capability of the client that `method` of ours needs: "sampling" for "sampling/createMessage".
std::string NeededCapability(std::string_view method);
// True if `params` of such a request are within what the client declared.
bool Declares(const Json& capabilities, std::string_view method, const Json& params);

}  // namespace iff

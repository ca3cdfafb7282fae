#include "harness/run/target_client.h"

#include <gmock/gmock.h>

#include "harness/run/run_testing.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

// MCP 2025-11-25, transports, session management: a server MAY assign a session id at initialization.
TEST(TargetClient, AsksNobodyWhoseSessionItIsWhereNoneIsGivenOut) {
  const auto play = [](const std::string& session) {
    const auto server =
        HttpServer::Start([&](const HttpRequest& request) -> HttpResponse {
          const Json message = ParseJson(request.body).value_or(nullptr);
          const bool handshake = AtOr<std::string>(message, "/method", "") == "initialize";
          Json result = {{"content", Json::array({{{"type", "text"}, {"text", "hers"}}})}};
          if (handshake) result = {{"protocolVersion", "2025-11-25"}};
          HttpResponse answer{.headers = {{"Content-Type", "application/json"}}};
          if (handshake && !session.empty()) answer.headers.Add("Mcp-Session-Id", session);
          answer.body = Dump(Json{{"jsonrpc", "2.0"}, {"id", AtOr<Json>(message, "/id", nullptr)}, {"result", result}});
          return answer;
        }).value();
    RunRig rig;
    rig.system.targets["tracker"].url = server->endpoint().Url("/mcp");
    rig.system.targets["tracker"].revisions = {"2025-11-25"};
    Step borrows = CallOwn("bob", {Expect("is-refused", HttpStatusIs{{401, 403, 404}})});
    std::get<CallStep>(borrows.action).sending.session_of = "alice";
    Scenario scenario = ScenarioOf(
        "suite/borrowed@tracker",
        {Obtain("alice"), Obtain("bob"), CallOwn("alice", {Expect("is-answered", HttpStatusIs{{200}})}), borrows});
    scenario.principals.push_back(Given("bob"));
    return CheckIn(rig.RunOne(scenario), "is-refused");
  };
  EXPECT_EQ(play("s-1").verdict, Verdict::kFailed);
  const Check without = play("");
  EXPECT_EQ(without.verdict, Verdict::kInapplicable);
  EXPECT_THAT(without.reason, HasSubstr("tracker gives out no sessions"));
}

}  // namespace
}  // namespace iff

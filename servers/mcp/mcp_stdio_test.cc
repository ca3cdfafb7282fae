// MCP over standard input and output, line by line.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "servers/testing/mcp_testing.h"

namespace iff {
namespace {

class Stdio : public McpTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe2(in_, O_CLOEXEC), 0);
    ASSERT_EQ(pipe2(out_, O_CLOEXEC), 0);
  }
  void TearDown() override {
    CloseInput();
    Await([&] { return over_.load(); });
    close(in_[0]);
    close(out_[0]);
    close(out_[1]);
  }
  void Serve(const std::string& token) {
    StartServer();
    OnLoop([&] { Spawn(Run(mcp->ServeStdio(in_[0], out_[1], "Bearer " + token), &over_)); });
  }
  static Task<void> Run(Task<void> serving, std::atomic<bool>* over) {
    co_await std::move(serving);
    *over = true;
  }
  void Write(const std::string& text) {
    EXPECT_EQ(write(in_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void CloseInput() {
    if (in_[1] >= 0) close(std::exchange(in_[1], -1));
  }
  Json ReadLine() {
    std::string line;
    char c = 0;
    while (read(out_[0], &c, 1) == 1 && c != '\n') line += c;
    const Result<Json> parsed = ParseJson(line);
    EXPECT_TRUE(parsed.ok()) << line;
    return parsed.ok() ? parsed.value() : Json();
  }

  int in_[2] = {-1, -1};
  int out_[2] = {-1, -1};
  std::atomic<bool> over_{false};
};

TEST_F(Stdio, SpeaksBothErasLineByLine) {
  Serve("alice");
  const Json meta{{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                  {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
  const Json call{
      {"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/call"}, {"params", {{"name", "echo"}, {"_meta", meta}}}};
  Write(Dump(call) + "\n\n");
  EXPECT_EQ(ReadLine()["result"]["resultType"], "complete");
  Write(R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})"
        "\n");
  EXPECT_EQ(ReadLine()["error"]["code"], -32600);  // no handshake yet
  Write(R"({"jsonrpc":"2.0","id":3,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})"
        "\n");
  EXPECT_EQ(ReadLine()["result"]["protocolVersion"], "2025-11-25");
  Write(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
        "\n"
        R"({"jsonrpc":"2.0","id":4,"method":"ping"})"
        "\n");
  EXPECT_EQ(ReadLine()["id"], 4);
  Write("garbage\n");
  EXPECT_EQ(ReadLine()["error"]["code"], -32700);
}

TEST_F(Stdio, RefusesWithoutAGoodCredential) {
  Serve("mallory");
  Write(R"({"jsonrpc":"2.0","id":9,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})"
        "\n");
  const Json answer = ReadLine();
  EXPECT_EQ(answer["id"], 9);
  EXPECT_EQ(answer["error"]["code"], 401);
}

TEST_F(Stdio, CancelsByNoticeAndEndsWithTheInput) {
  Serve("alice");
  const Json meta{{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                  {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
  const Json call{
      {"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/call"}, {"params", {{"name", "hold"}, {"_meta", meta}}}};
  Write(Dump(call) + "\n");
  Await([&] { return log.runs == 1; });
  Write(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"
        "\n");
  Await([&] { return log.cancels == 1; });
  Write(R"({"jsonrpc":"2.0","id":2,"me)");  // the end comes in the middle
  CloseInput();
  Await([&] { return over_.load(); });
}

}  // namespace
}  // namespace iff

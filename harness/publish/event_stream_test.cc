#include "harness/publish/event_stream.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/json.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

class EventStreamTest : public testing::Test {
 protected:
  EventStreamTest() : path_(testing::TempDir() + "events-" + std::to_string(getpid()) + ".jsonl") {}
  ~EventStreamTest() override { std::filesystem::remove(path_); }
  std::string Written() const {
    std::ifstream in(path_, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  const std::string path_;
  Redactor redactor_;
};

TEST_F(EventStreamTest, CanBeReadWhileItIsWritten) {
  const Result<std::unique_ptr<EventStream>> stream = EventStream::Open(path_, -1, redactor_);
  ASSERT_THAT(stream, IsOk());
  (*stream)->Write("{\"event\":\"a\"}\n");
  EXPECT_EQ(Written(), "{\"event\":\"a\"}\n");
  (*stream)->Write("{\"event\":\"b\"}\n{\"event\":\"c\"}\n");
  EXPECT_EQ(Written(), "{\"event\":\"a\"}\n{\"event\":\"b\"}\n{\"event\":\"c\"}\n");
}

TEST_F(EventStreamTest, WithholdsALineWithASecretAndSaysSo) {
  redactor_.Register(Secret("s3cret-value"), "alice.password");
  const Result<std::unique_ptr<EventStream>> stream = EventStream::Open(path_, -1, redactor_);
  ASSERT_THAT(stream, IsOk());
  (*stream)->Write("{\"event\":\"a\"}\n{\"event\":\"b\",\"x\":\"s3cret\\u002dvalue\"}\n{\"event\":\"c\"}\n");
  std::istringstream lines(Written());
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const Result<Json> event = ParseJson(line);
    ASSERT_THAT(event, IsOk());
    events.push_back(AtOr<std::string>(*event, "/event", "") + AtOr<std::string>(*event, "/held", ""));
  }
  EXPECT_EQ(events, (std::vector<std::string>{"a", "withheldalice.password (plain)", "c"}));
}

TEST_F(EventStreamTest, WritesToADescriptorThatItLeavesOpen) {
  const int descriptor = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(descriptor, 0);
  {
    const Result<std::unique_ptr<EventStream>> stream = EventStream::Open("-", descriptor, redactor_);
    ASSERT_THAT(stream, IsOk());
    (*stream)->Write("{}\n");
  }
  EXPECT_EQ(write(descriptor, "x", 1), 1);
  close(descriptor);
  EXPECT_EQ(Written(), "{}\nx");
}

TEST_F(EventStreamTest, NamesTheFileItCannotMake) {
  EXPECT_THAT(EventStream::Open(path_ + "/no/such", -1, redactor_),
              FailsWith(ErrorKind::kSystem, HasSubstr("open " + path_ + "/no/such for the events")));
}

}  // namespace
}  // namespace iff

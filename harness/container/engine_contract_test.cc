// What we take for granted of an engine. The same cases hold the fake to it and, in the tier `docker`, a real engine,
// which $IFF_CONTRACT_ENGINE names together with an image that has a shell.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "harness/container/engine.h"
#include "harness/container/fake_engine.h"
#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

Deadline Soon() { return Deadline::In(60s); }

class EngineContract : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const real = std::getenv("IFF_CONTRACT_ENGINE");
    if (real != nullptr) {
      const Result<Endpoint> endpoint = FindEngine({.docker_host = real});
      ASSERT_THAT(endpoint, IsOk());
      engine_ = std::make_unique<Engine>(*endpoint);
      const char* const image = std::getenv("IFF_CONTRACT_IMAGE");
      ASSERT_NE(image, nullptr);
      image_ = image;
    } else {
      fake_ = std::make_unique<FakeEngine>();
      fake_->AddImage(image_);
      engine_ = std::make_unique<Engine>(fake_->endpoint());
    }
  }

  void TearDown() override {
    const Result<std::vector<ContainerSummary>> left = engine_->List(label_);
    ASSERT_THAT(left, IsOk());
    for (const ContainerSummary& container : *left) EXPECT_THAT(engine_->Remove(container.id), IsOk());
  }

  std::string Make(const std::vector<std::string>& argv) {
    Json command = Json::array();
    for (size_t i = 1; i < argv.size(); ++i) command.push_back(argv[i]);
    Json body = Json::object();
    body["Image"] = image_;
    body["Entrypoint"] = Json::array({argv[0]});
    body["Cmd"] = command;
    body["User"] = "0:0";
    body["Labels"] = label_;
    body["AttachStdout"] = body["AttachStderr"] = true;
    body["HostConfig"] = {{"NetworkMode", "host"}, {"Memory", int64_t{64} << 20}, {"CapDrop", Json::array({"ALL"})}};
    const Result<std::string> made = engine_->Create(tag_ + "-" + std::to_string(++made_), body);
    EXPECT_THAT(made, IsOk());
    return made.ok() ? *made : "";
  }

  const std::string tag_ = "iff-contract-" + Hex(RandomBytes(6));
  const EngineLabels label_ = {{"iff.contract", tag_}};
  std::string image_ = "base:1";
  std::unique_ptr<FakeEngine> fake_;
  std::unique_ptr<Engine> engine_;
  int made_ = 0;
};

TEST_F(EngineContract, TellsItsVersion) {
  EXPECT_THAT(engine_->Version(), IsOkAndHolds(Field(&EngineVersion::title, HasSubstr("Engine"))));
}

TEST_F(EngineContract, KnowsWhichImagesItHas) {
  EXPECT_THAT(engine_->FindImage(image_), IsOkAndHolds(Optional(Field(&ImageSummary::id, HasSubstr("sha256:")))));
  EXPECT_THAT(engine_->FindImage("iff-nobody/has-this:1"), IsOkAndHolds(::testing::Eq(std::nullopt)));
}

TEST_F(EngineContract, RefusesAContainerOfAnImageItHasNot) {
  EXPECT_THAT(engine_->Create(tag_, {{"Image", "iff-nobody/has-this:1"}}),
              FailsWith(ErrorKind::kUnavailable, AllOf(HasSubstr("iff-nobody/has-this:1"), HasSubstr("local-images"))));
}

TEST_F(EngineContract, RunsAContainerToItsEnd) {
  const std::string id = Make({"/bin/sh", "-c", "exit 7"});
  EXPECT_THAT(engine_->Start(id), IsOk());
  EXPECT_THAT(engine_->Wait(id, Soon()), IsOkAndHolds(7));
  const Result<ContainerState> state = engine_->Inspect(id);
  ASSERT_THAT(state, IsOk());
  EXPECT_FALSE(state->running);
  EXPECT_FALSE(state->out_of_memory);
  EXPECT_EQ(state->exit_code, 7);
  EXPECT_EQ(state->memory_limit, int64_t{64} << 20);
}

TEST_F(EngineContract, HandsOutWhatAContainerPrints) {
  const std::string id = Make({"/bin/echo", "hello"});
  Result<UpgradedStream> stream = engine_->Attach(id, false);
  ASSERT_THAT(stream, IsOk());
  EXPECT_THAT(engine_->Start(id), IsOk());
  Demultiplexer demultiplexer;
  std::string printed;
  const Result<void> ended = Eventually(Soon(), [&]() -> Result<bool> {
    const Result<std::string> read = stream->Read();
    if (!read.ok()) return true;  // its end
    demultiplexer.Feed(*read, [&](int, std::string_view bytes) { printed.append(bytes); });
    return false;
  });
  EXPECT_THAT(ended, IsOk());
  EXPECT_EQ(printed, "hello\n");
}

TEST_F(EngineContract, SignalsAContainer) {
  const std::string id = Make({"/bin/sleep", "600"});
  EXPECT_THAT(engine_->Start(id), IsOk());
  EXPECT_THAT(engine_->Signal(id, SIGKILL), IsOk());
  EXPECT_THAT(engine_->Wait(id, Soon()), IsOkAndHolds(128 + SIGKILL));
  // One that has ended is not a reason to complain.
  EXPECT_THAT(engine_->Signal(id, SIGTERM), IsOk());
}

TEST_F(EngineContract, ListsByLabelAndRemoves) {
  const std::string id = Make({"/bin/sleep", "600"});
  EXPECT_THAT(engine_->Start(id), IsOk());
  EXPECT_THAT(
      engine_->List(label_),
      IsOkAndHolds(ElementsAre(AllOf(Field(&ContainerSummary::id, id), Field(&ContainerSummary::running, true)))));
  EXPECT_THAT(engine_->List({{"iff.contract", "another"}}), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(engine_->Remove(id), IsOk());
  EXPECT_THAT(engine_->List(label_), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(engine_->Remove(id), IsOk());
}

TEST_F(EngineContract, ExecutesInAContainer) {
  const std::string id = Make({"/bin/sleep", "600"});
  EXPECT_THAT(engine_->Start(id), IsOk());
  const Result<ExecOutcome> outcome = engine_->Exec(id, {"/bin/echo", "inside"}, Soon());
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->output, "inside\n");
  EXPECT_EQ(outcome->exit_code, 0);
}

TEST_F(EngineContract, CopiesInAndOut) {
  const std::string id = Make({"/bin/sleep", "600"});
  // A tar of one file `note` with five bytes, as short as the format allows.
  std::string tar(2048, '\0');
  const auto put = [&](size_t at, std::string_view text) { tar.replace(at, text.size(), text); };
  put(0, "note");
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, "00000000005");
  put(136, "00000000000");
  put(148, "        0");
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  unsigned sum = 0;
  for (size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[i]);
  char digits[8] = {};
  std::snprintf(digits, sizeof digits, "%06o", sum);
  put(148, std::string_view(digits, 7));
  put(512, "hello");
  EXPECT_THAT(engine_->CopyIn(id, "/tmp", tar), IsOk());
  const Result<std::string> out = engine_->CopyOut(id, "/tmp/note");
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ(out->substr(0, 4), "note");
  EXPECT_THAT(*out, HasSubstr("hello"));
  EXPECT_THAT(engine_->CopyOut(id, "/tmp-nothing/there"),
              FailsWith(ErrorKind::kRefused, HasSubstr("/tmp-nothing/there")));
}

TEST_F(EngineContract, KeepsVolumesByLabel) {
  EXPECT_THAT(engine_->CreateVolume(tag_, label_), IsOk());
  EXPECT_THAT(engine_->ListVolumes(label_),
              IsOkAndHolds(ElementsAre(AllOf(Field(&NamedThing::name, tag_), Field(&NamedThing::labels, label_)))));
  EXPECT_THAT(engine_->RemoveVolume(tag_), IsOk());
  EXPECT_THAT(engine_->ListVolumes(label_), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace iff

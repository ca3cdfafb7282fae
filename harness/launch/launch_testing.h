// What the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"
#include "harness/launch/launcher.h"
#include "harness/launch/proc.h"

namespace iff {

// A directory for run directories; what is left in it at the end fails the test.
class LaunchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string made = (std::filesystem::temp_directory_path() / "iff-launch-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    std::filesystem::permissions(made, std::filesystem::perms(0711));
    base_ = std::filesystem::canonical(made).string();
  }

  void TearDown() override {
    EXPECT_THAT(NothingLeft(Deadline::In(5s)), IsOk());
    std::filesystem::remove_all(base_);
  }

  std::unique_ptr<ProcessLauncher> StartLauncher() const {
    auto launcher = ProcessLauncher::Start({.base_directory = base_});
    EXPECT_THAT(launcher, IsOk());
    return std::move(launcher).value();
  }

  // No run directory, and no process that works in one.
  Result<void> NothingLeft(Deadline deadline) const {
    return Eventually(deadline, [this]() -> Result<bool> {
      for (const auto& entry : std::filesystem::directory_iterator(base_)) {
        return Error(ErrorKind::kUnavailable, "left behind: " + entry.path().string());
      }
      for (const pid_t pid : ProcessesIn(base_)) {
        return Error(ErrorKind::kUnavailable, "left running: " + std::to_string(pid));
      }
      return true;
    });
  }

  std::string base_;
};

inline bool Lives(pid_t pid) { return StartTime(pid).has_value(); }

inline Result<void> EventuallyEnds(pid_t pid, Deadline deadline = Deadline::In(5s)) {
  return Eventually(deadline, [pid]() -> Result<bool> {
    if (!Lives(pid)) return true;
    return Error(ErrorKind::kUnavailable, "process " + std::to_string(pid) + " lives");
  });
}

inline ServiceSpec Shell(std::string script) { return {.name = "shell", .argv = {"/bin/sh", "-c", std::move(script)}}; }

// The number in `path` once it is there.
inline pid_t ReadPid(const std::string& path) {
  pid_t pid = 0;
  const Result<void> found = Eventually(Deadline::In(5s), [&]() -> Result<bool> {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line) || file.eof()) return Error(ErrorKind::kUnavailable, path + " is not written");
    pid = static_cast<pid_t>(std::strtol(line.c_str(), nullptr, 10));
    return pid > 0;
  });
  EXPECT_THAT(found, IsOk());
  return pid;
}

}  // namespace iff

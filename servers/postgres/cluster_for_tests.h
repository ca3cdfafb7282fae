// A PostgreSQL of its own for a test suite, trusting everybody on loopback. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/clock.h"
#include "servers/postgres/session.h"

namespace iff {

class ClusterForTests {
 public:
  // Starts one, or fails the test.
  ClusterForTests() {
    std::string name = "/tmp/iff-cluster-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    if (const passwd* const owner = ::getpwnam("postgres"); owner != nullptr && ::geteuid() == 0) {
      EXPECT_EQ(::chown(directory_.c_str(), owner->pw_uid, owner->pw_gid), 0);
    }
    int status = -1;
    const std::string bin = "/usr/lib/postgresql/15/bin/";
    ::waitpid(
        Spawned({bin + "initdb", "-D", directory_ + "/d", "-U", "owner", "-A", "trust", "-N", "--no-instructions"}),
        &status, 0);
    EXPECT_EQ(status, 0);
    options_.address = port_.endpoint();
    options_.database = "postgres";
    options_.user = "owner";
    process_ = Spawned({bin + "postgres", "-D", directory_ + "/d", "-p", std::to_string(port_.port()), "-k", directory_,
                        "-h", "127.0.0.1", "-F"});
    const Result<void> ready =
        Eventually(Deadline::In(20s), [this]() -> Result<bool> { return Session::Open(options_).ok(); });
    EXPECT_TRUE(ready.ok()) << ready.error();
  }
  ~ClusterForTests() {
    if (process_ > 0) {
      ::kill(process_, SIGQUIT);
      ::waitpid(process_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  // As the superuser.
  const SessionOptions& options() const { return options_; }
  void Run(const std::vector<std::string>& statements) {
    StatementLimits open;
    open.read_only = false;
    const auto session = Session::Open(options_).value();
    for (const std::string& sql : statements) {
      const auto outcome = session->Run(sql, {}, open);
      EXPECT_TRUE(outcome.ok()) << sql << ": " << outcome.error().message;
    }
  }
  // The first cell of the first row.
  Json Ask(const std::string& sql) {
    const auto session = Session::Open(options_).value();
    return session->Run(sql, {}, {}).value()["rows"][0][0];
  }

 private:
  static pid_t Spawned(std::vector<std::string> words) {
    if (::geteuid() == 0) {  // PostgreSQL refuses root
      words.insert(words.begin(),
                   {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"});
    }
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t process = 0;
    EXPECT_EQ(::posix_spawnp(&process, argv[0], nullptr, nullptr, argv.data(), environ), 0);
    return process;
  }

  std::string directory_;
  HeldPort port_ = HeldPort::Acquire().value();
  SessionOptions options_;
  pid_t process_ = 0;
};

}  // namespace iff

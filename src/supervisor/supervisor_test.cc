#include "supervisor/supervisor.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "telemetry/testing/captured_log.h"

namespace fastness::supervisor {
namespace {

namespace fs = std::filesystem;

// Children which are shell scripts: each is told its part, and writes what it sees to a file.
class Family : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-family-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto blocked = os::Signals::block({SIGTERM, SIGINT, SIGCHLD});
    ASSERT_TRUE(blocked);
    signals_.emplace(std::move(blocked).value());
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_child(const std::string& name, const std::string& script) {
    const fs::path path = folder_ / name;
    std::ofstream(path) << "#!/bin/sh\ncd " << folder_.string() << "\n" << script << "\n";
    fs::permissions(path, fs::perms(0700));
  }
  Supervisor supervisor() {
    Supervisor::Options options;
    options.programs = folder_.string();
    options.configuration = "the configuration\n";
    options.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                       std::chrono::seconds(60)};
    return {std::move(options), *signals_, clock_, log_.log()};
  }
  [[nodiscard]] std::string text_of(const char* file) const {
    std::ifstream in(folder_ / file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  // Ends at once when asked to, as a shell that waits does not.
  static constexpr const char* kServe = "printf 1 >&5; exec 5>&-; exec sleep 600";

  fs::path folder_;
  std::optional<os::Signals> signals_;
  SystemClock clock_;
  telemetry::testing::CapturedLog log_;
};

TEST_F(Family, ChildrenGetTheConfigurationAndNoOtherDescriptor) {
  const std::string look =
      "cat <&3 >$0.config; for n in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && printf $n; done "
      ">$0.open;";
  write_child("fastness-vault", look + kServe);
  write_child("fastness-hub", look + kServe);
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  children.stop();

  for (const char* name : {"fastness-vault", "fastness-hub"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(text_of((std::string(name) + ".config").c_str()), "the configuration\n");
    EXPECT_EQ(text_of((std::string(name) + ".open").c_str()), "345");
  }
}

TEST_F(Family, AChildThatEndsBeforeItServesFailsTheStart) {
  write_child("fastness-vault", kServe);
  write_child("fastness-hub", "exit 3");
  Supervisor children = supervisor();

  const auto started = children.start();

  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "fastness-hub ended with exit status 3 before it served");
}

TEST_F(Family, WhenOneDiesBothStartAnew) {
  write_child("fastness-vault", std::string("echo vault >>starts;") + kServe);
  // The first hub dies; the second asks everything to stop.
  write_child("fastness-hub",
              "echo hub >>starts; if [ $(grep -c hub starts) = 1 ]; then printf 1 >&5; exit 9; fi; "
              "kill -TERM $PPID;" +
                  std::string(kServe));
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("starts"), "vault\nhub\nvault\nhub\n");
  EXPECT_TRUE(log_.contains("event=child_died child=hub with=\"exit status 9\""));
  EXPECT_TRUE(log_.contains("event=restarting"));
}

TEST_F(Family, TheHubDrainsBeforeTheVaultEnds) {
  const std::string drain =
      "trap 'echo $(basename $0) >>ends; exit 0' TERM; printf 1 >&5; exec 5>&-;"
      "while :; do sleep 0.01; done";
  write_child("fastness-vault", drain);
  write_child("fastness-hub", drain);
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ::raise(SIGTERM);
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("ends"), "fastness-hub\nfastness-vault\n");
}

TEST_F(Family, ASecondSignalDoesNotWaitForDraining) {
  write_child("fastness-vault", kServe);
  write_child("fastness-hub",
              "trap 'kill -INT $PPID' TERM; printf 1 >&5; exec 5>&-;"
              "while :; do sleep 0.01; done");
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ::raise(SIGTERM);
  ASSERT_TRUE(children.run());

  EXPECT_TRUE(log_.contains("event=killing child=fastness-hub why=\"asked twice\""));
}

}  // namespace
}  // namespace fastness::supervisor

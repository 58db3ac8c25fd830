#include "supervisor/supervisor.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

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
  void write_file(const char* name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
  }
  Supervisor supervisor(std::chrono::milliseconds hurry_after = std::chrono::seconds(60)) {
    Supervisor::Options options;
    options.hurry_after = hurry_after;
    options.programs = folder_.string();
    options.vault_arguments = {"--directory", "somewhere"};
    options.hub_configuration = "the configuration\n";
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

  // End at once when asked to, as a shell that waits does not.
  static constexpr const char* kVault = "exec sleep 600";
  static constexpr const char* kHub = "printf 1 >&5; exec 5>&-; exec sleep 600";

  fs::path folder_;
  std::optional<os::Signals> signals_;
  SystemClock clock_;
  telemetry::testing::CapturedLog log_;
};

// A chore is started while both run, again after it has ended, and is ended with them.
TEST_F(Family, AChoreIsStartedAgainAndEndsWithTheChildren) {
  write_child("fastness-vault", kVault);
  write_child("fastness-hub", kHub);
  write_child("chore",
              "printf x >>chore.runs; [ $(wc -c <chore.runs) -lt 3 ] && exit $(wc -c <chore.runs); "
              "kill -TERM $1; exec sleep 600");
  Supervisor::Options options;
  options.programs = folder_.string();
  options.hub_configuration = "x";
  const std::chrono::milliseconds soon(1);
  options.chore = {
      {(folder_ / "chore").string(), {std::to_string(::getpid())}, {}, {}}, soon, soon, soon};
  Supervisor children(std::move(options), *signals_, clock_, log_.log());

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("chore.runs"), "xxx");
}

TEST_F(Family, ChildrenGetWhatIsTheirsAndNoOtherDescriptor) {
  const std::string look =
      "for n in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && printf $n; done >$0.open; "
      "echo $* >$0.arguments;";
  write_child("fastness-vault", look + kVault);
  write_child("fastness-hub", look + "cat <&3 >$0.config;" + kHub);
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  children.stop();

  EXPECT_EQ(text_of("fastness-vault.arguments"), "--directory somewhere --connections 3\n");
  EXPECT_EQ(text_of("fastness-vault.open"), "3");
  EXPECT_EQ(text_of("fastness-hub.arguments"), "\n");
  EXPECT_EQ(text_of("fastness-hub.open"), "345");
  EXPECT_EQ(text_of("fastness-hub.config"), "the configuration\n");
}

TEST_F(Family, AHubThatEndsBeforeItServesFailsTheStart) {
  write_child("fastness-vault", kVault);
  write_child("fastness-hub", "exit 3");
  Supervisor children = supervisor();

  const auto started = children.start();

  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "fastness-hub ended with exit status 3");
}

TEST_F(Family, AVaultThatNeedsAPersonIsNotStartedAgain) {
  write_child("fastness-vault", "exit 3");
  write_child("fastness-hub", "exec sleep 600");
  Supervisor children = supervisor();

  const auto started = children.start();

  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::unauthenticated);
}

TEST_F(Family, WhenTheHubDiesItAloneStartsAnewWithAConnectionOfItsOwn) {
  write_child("fastness-vault", std::string("echo vault >>starts;") + kVault);
  // The first hub dies; the second asks everything to stop.
  write_child("fastness-hub",
              "until [ -s starts ]; do sleep 0.01; done; echo hub >>starts;"
              "if [ $(grep -c hub starts) = 1 ]; then printf 1 >&5; exit 9; fi; "
              "kill -TERM $PPID;" +
                  std::string(kHub));
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("starts"), "vault\nhub\nhub\n");
  EXPECT_TRUE(log_.contains("event=child_died child=hub with=\"exit status 9\""));
  EXPECT_TRUE(log_.contains("event=restarting"));
}

// Each connection is a message of one byte; whose end it brings, only real children can look at.
TEST_F(Family, WhenTheVaultDiesItAloneStartsAnewAndBothGetAConnection) {
  write_child(
      "fastness-vault",
      "echo $$ >vault.pid; echo vault >>starts; head -c 1 <&3 | wc -c >>vault.connections;" +
          std::string(kVault));
  write_child("fastness-hub",
              "head -c 1 <&4 | wc -c >>hub.connections; echo hub >>starts;"
              "until [ -s vault.connections ]; do sleep 0.01; done;"
              "printf 1 >&5; exec 5>&-; kill -KILL $(cat vault.pid);"
              "head -c 1 <&4 | wc -c >>hub.connections;"
              "until [ $(grep -c 1 vault.connections) = 2 ]; do sleep 0.01; done;"
              "echo joined >>starts; kill -TERM $PPID; exec sleep 600");
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("hub.connections"), "1\n1\n");
  const std::string starts = text_of("starts");
  EXPECT_EQ(starts.size(), std::string("vault\nhub\nvault\njoined\n").size()) << starts;
  EXPECT_EQ(starts.find("hub"), starts.rfind("hub")) << "one hub all the time";
  EXPECT_TRUE(log_.contains("event=child_died child=vault with=\"signal 9\""));
  EXPECT_FALSE(log_.contains("event=child_died child=hub"));
}

TEST_F(Family, WhenBothDieBothStartAnew) {
  write_child("fastness-vault", std::string("echo $$ >vault.pid; echo vault >>starts;") + kVault);
  write_file("hubs", "");
  // The first hub takes its vault with it; the second asks everything to stop.
  write_child("fastness-hub",
              "until [ $(cat starts | wc -l) = $(($(cat hubs | wc -l) * 2 + 1)) ];"
              "do sleep 0.01; done; echo hub >>starts; echo hub >>hubs;"
              "if [ $(grep -c hub starts) = 1 ]; then printf 1 >&5; kill -KILL $(cat vault.pid) $$;"
              "else kill -TERM $PPID; fi;" +
                  std::string(kHub));
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("starts"), "vault\nhub\nvault\nhub\n");
}

// Else whoever took the hub over would stay there, with the vault's count of its attempts at zero.
TEST_F(Family, AHubThatItsVaultAccusesDoesNotOutliveIt) {
  write_child("fastness-vault",
              "echo vault >>starts;"
              "if [ $(grep -c vault starts) = 1 ]; then"
              " until [ -e served ]; do sleep 0.01; done; exit 4; fi;" +
                  std::string(kVault));
  write_file("hubs", "");
  write_child("fastness-hub",
              "until [ $(cat starts | wc -l) = $(($(cat hubs | wc -l) * 2 + 1)) ];"
              "do sleep 0.01; done; echo hub >>starts; echo hub >>hubs;"
              "if [ $(grep -c hub starts) = 2 ]; then kill -TERM $PPID; fi;"
              "printf 1 >&5; exec 5>&-; echo >served; exec sleep 600");
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("starts"), "vault\nhub\nvault\nhub\n");
}

TEST_F(Family, AVaultThatNeedsAPersonWhenItIsStartedAgainEndsEverything) {
  write_child("fastness-vault",
              "echo $$ >vault.pid; echo vault >>starts;"
              "if [ $(grep -c vault starts) = 2 ]; then exit 3; fi;" +
                  std::string(kVault));
  write_child("fastness-hub",
              "until [ -s starts ]; do sleep 0.01; done; trap 'echo drained >drained; exit 0' TERM;"
              "printf 1 >&5; kill -KILL $(cat vault.pid); while :; do sleep 0.01; done");
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  const auto ended = children.run();

  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Errc::unauthenticated);
  EXPECT_EQ(text_of("starts"), "vault\nvault\n");
  EXPECT_EQ(text_of("drained"), "drained\n");
}

// While the next vault is an hour away.
TEST_F(Family, AHubThatIsAskedToEndWithoutAVaultDoesNotWaitForOne) {
  write_child("fastness-vault", "echo $$ >vault.pid;" + std::string(kVault));
  write_child("fastness-hub",
              "trap '' TERM; head -c 1 <&4 >first; until [ -s vault.pid ]; do sleep 0.01; done;"
              "printf 1 >&5; kill -KILL $(cat vault.pid);"
              "while kill -0 $(cat vault.pid) 2>/dev/null; do sleep 0.01; done;"
              "kill -TERM $PPID; head -c 1 <&4 | wc -c >rest");
  Supervisor::Options options;
  options.programs = folder_.string();
  options.backoff.first = std::chrono::hours(1);
  Supervisor children(std::move(options), *signals_, clock_, log_.log());

  ASSERT_TRUE(children.start());
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("rest"), "0\n") << "the way by which vaults come is closed";
  EXPECT_FALSE(log_.contains("event=killing"));
}

TEST_F(Family, APassphraseFromAPipeIsGivenOnce) {
  os::Pipe pipe = std::move(os::Pipe::make()).value();
  ASSERT_EQ(::write(pipe.write_end.number(), "secret", 6), 6);
  pipe.write_end.close();
  write_child("fastness-vault", "echo $* >>arguments; cat <&4 >passphrase; echo $$ >vault.pid;" +
                                    std::string(kVault));
  write_child("fastness-hub",
              "until [ -s vault.pid ]; do sleep 0.01; done; printf 1 >&5;"
              "kill -KILL $(cat vault.pid); exec sleep 600");
  Supervisor::Options options;
  options.programs = folder_.string();
  options.passphrase = std::move(pipe.read_end);
  options.backoff.first = std::chrono::milliseconds(1);
  Supervisor children(std::move(options), *signals_, clock_, log_.log());

  ASSERT_TRUE(children.start());
  const auto ended = children.run();

  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Errc::unauthenticated);
  EXPECT_EQ(text_of("arguments"), "--connections 3 --passphrase 4\n");
  EXPECT_EQ(text_of("passphrase"), "secret");
}

TEST_F(Family, TheHubDrainsBeforeTheVaultEnds) {
  const std::string drain =
      "trap 'echo $(basename $0) >>ends; exit 0' TERM; printf 1 >&5; while :; do sleep 0.01; done";
  write_child("fastness-vault", "exec 5>/dev/null; " + drain);
  write_child("fastness-hub", drain);
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ::raise(SIGTERM);
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("ends"), "fastness-hub\nfastness-vault\n");
}

TEST_F(Family, TheSameCtrlCTwiceIsStillOnce) {
  write_child("fastness-vault", kVault);
  write_child(
      "fastness-hub",
      "trap 'echo drained >drained; exit 0' TERM; printf 1 >&5; while :; do sleep 0.01; done");
  Supervisor children = supervisor();

  ASSERT_TRUE(children.start());
  ::raise(SIGINT);
  ::raise(SIGTERM);
  ASSERT_TRUE(children.run());

  EXPECT_EQ(text_of("drained"), "drained\n");
  EXPECT_FALSE(log_.contains("event=killing"));
}

TEST_F(Family, ASecondSignalDoesNotWaitForDraining) {
  write_child("fastness-vault", kVault);
  write_child("fastness-hub",
              "trap 'kill -INT $PPID' TERM; printf 1 >&5; while :; do sleep 0.01; done");
  Supervisor children = supervisor(std::chrono::milliseconds(0));

  ASSERT_TRUE(children.start());
  ::raise(SIGTERM);
  ASSERT_TRUE(children.run());

  EXPECT_TRUE(log_.contains("event=killing child=fastness-hub why=\"asked twice\""));
}

}  // namespace
}  // namespace fastness::supervisor

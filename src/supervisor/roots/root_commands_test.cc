#include "supervisor/roots/root_commands.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/process.h"
#include "supervisor/instance_directory.h"

namespace fastness::supervisor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// A directory whose instance does not run, and a vault that is a shell script: it is told its part,
// and writes what it sees to a file.
class StoppedInstance : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-roots-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    config_.data.dir = (folder_ / "data").string();
    ASSERT_TRUE(InstanceDirectory::open(config_.data.dir, std::nullopt));
    write(folder_ / "data/vault/root.sealed", "sealed");
    command_.file = (folder_ / "file.pem").string();
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  [[nodiscard]] std::string text_of(const std::string& file) const {
    std::ifstream in(folder_ / file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void write_vault(const std::string& script) {
    const fs::path path = folder_ / "fastness-vault";
    write(path, "#!/bin/sh\necho $* >" + (folder_ / "arguments").string() + "\ncd " +
                    (folder_ / "data/vault").string() + "\n" + script + "\n");
    fs::permissions(path, fs::perms(0700));
  }
  Result<std::string> request(HandedOver handed = {}) {
    return request_root_of_stopped(config_, std::nullopt, folder_.string(), std::move(handed),
                                   command_);
  }
  Result<std::string> accept() {
    return accept_root_of_stopped(config_, std::nullopt, folder_.string(), {}, command_);
  }

  static constexpr const char* kPrepares = "echo asked >root-request.pem";

  fs::path folder_;
  config::Config config_;
  RootCommand command_;
};

TEST_F(StoppedInstance, ItsVaultSaysWhatTheActiveRootIsAsked) {
  write_vault(kPrepares);

  const auto said = request();

  ASSERT_TRUE(said) << said.error().message;
  EXPECT_THAT(*said, HasSubstr("to where the active root is, and sign it there"));
  EXPECT_EQ(text_of("file.pem"), "asked\n");
  EXPECT_THAT(text_of("arguments"), HasSubstr("--directory " + config_.data.dir + "/vault "));
  EXPECT_THAT(text_of("arguments"), HasSubstr(" --request-root renew\n"));
}

TEST_F(StoppedInstance, ItsVaultSaysWhatTheStandbyRootIsAsked) {
  write_vault(kPrepares);
  command_.is_switch = true;
  command_.form = OutputForm::json;

  const auto said = request();

  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(*said, "{\"file\":\"" + command_.file + "\"}\n");
  EXPECT_THAT(text_of("arguments"), HasSubstr(" --request-root switch\n"));
}

TEST_F(StoppedInstance, WhatOpensItsVaultIsHandedOnUnreadAndNothingElseIs) {
  write_vault(std::string("for n in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && printf $n; done "
                          ">../../open; cat <&3 >../../passphrase; ") +
              kPrepares);
  auto made = os::Pipe::make();
  ASSERT_TRUE(made);
  os::Pipe pipe = std::move(made).value();
  ASSERT_EQ(::write(pipe.write_end.number(), "five words", 10), 10);
  pipe.write_end.close();
  HandedOver handed;
  handed.passphrase = std::move(pipe.read_end);

  const auto said = request(std::move(handed));

  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(text_of("open"), "3");
  EXPECT_EQ(text_of("passphrase"), "five words");
  EXPECT_THAT(text_of("arguments"), HasSubstr(" --passphrase 3\n"));
}

TEST_F(StoppedInstance, AVaultThatRefusesLeavesNoFile) {
  write_vault("echo of before >root-request.pem; exit 4");

  const auto said = request();

  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, Errc::permission_denied);
  EXPECT_FALSE(fs::exists(command_.file));
}

TEST_F(StoppedInstance, AFileThatIsThereIsLeftAsItIs) {
  write_vault(kPrepares);
  write(command_.file, "mine");

  const auto said = request();

  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, Errc::already_exists);
  EXPECT_EQ(text_of("file.pem"), "mine");
  EXPECT_FALSE(fs::exists(folder_ / "arguments")) << "the vault was not started";
}

TEST_F(StoppedInstance, WhoeverElseIsAtWorkOnItIsNotDisturbed) {
  write_vault(kPrepares);
  const auto other = InstanceDirectory::open(config_.data.dir, std::nullopt);
  ASSERT_TRUE(other);

  for (const auto& said : {request(), accept()}) {
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().code, Errc::unavailable);
    EXPECT_THAT(said.error().message, HasSubstr("another command works on it"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "arguments")) << "the vault was not started";
}

TEST_F(StoppedInstance, NoneIsMadeByASlipInThePath) {
  write_vault(kPrepares);
  config_.data.dir = (folder_ / "dato").string();

  for (const auto& said : {request(), accept()}) {
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().code, Errc::not_found);
  }
  EXPECT_FALSE(fs::exists(config_.data.dir));
}

TEST_F(StoppedInstance, ItsVaultTakesWhatWasSigned) {
  write_vault("printf '{\"number\":2}'");

  const auto said = accept();

  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(*said,
            "Taken. This is root set 2. Start the instance: it shows its new certificate.\n");
  EXPECT_THAT(text_of("arguments"), HasSubstr(" --accept-root " + command_.file + "\n"));
  command_.form = OutputForm::json;
  EXPECT_EQ(accept().value(), "{\"number\":2}\n");
}

TEST_F(StoppedInstance, WhatItsVaultDoesNotTakeIsAnError) {
  write_vault("exit 2");

  const auto said = accept();

  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, Errc::invalid_argument);
}

TEST_F(StoppedInstance, ARootIsMovedOutOnlyWhileNobodyElseHoldsTheDirectory) {
  write_vault("");
  const auto move = [&] {
    return move_root_out(config_, std::nullopt, folder_.string(), {}, Action::host_ca_export,
                         command_);
  };
  {
    const auto other = InstanceDirectory::open(config_.data.dir, std::nullopt);
    ASSERT_TRUE(other);

    const auto refused = move();

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::already_exists);
    EXPECT_THAT(refused.error().message, HasSubstr("stop it first"));
    EXPECT_FALSE(fs::exists(folder_ / "arguments"));
  }
  ASSERT_TRUE(move());
  EXPECT_THAT(text_of("arguments"), HasSubstr(" --export-active-root " + command_.file + "\n"));
  EXPECT_THAT(text_of("arguments"), Not(HasSubstr("--codes")));
}

}  // namespace
}  // namespace fastness::supervisor

#include "supervisor/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fastness::supervisor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<CommandLine, Said> parse(std::vector<std::string> words) {
  words.insert(words.begin(), "fastnessd");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_command_line(arguments);
}

TEST(CommandLine, RunsByDefault) {
  const auto command = parse({"--data-dir", "/srv/f/", "--set", "listen.https=[\"127.0.0.1:0\"]",
                              "--set", "log.level=debug", "--passphrase-fd", "9"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->action, Action::run);
  EXPECT_THAT(command->assignments,
              ElementsAre("listen.https=[\"127.0.0.1:0\"]", "log.level=debug", "data.dir=/srv/f"));
  EXPECT_EQ(command->passphrase_descriptor, 9);
}

TEST(CommandLine, MakesRelativePathsAbsolute) {
  const auto command = parse({"--data-dir", "here", "--config", "a.toml", "--check-config"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->action, Action::check_config);
  EXPECT_TRUE(command->config_file->starts_with('/'));
  EXPECT_TRUE(command->assignments[0].starts_with("data.dir=/"));
}

TEST(CommandLine, HostInitTakesItsOwnOptions) {
  const auto command = parse({"host", "init", "--data-dir", "/d", "--organisation", "Home",
                              "--email", "a@b.c", "--api-key", "--json"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->action, Action::host_init);
  EXPECT_EQ(command->init.organisation, "Home");
  EXPECT_EQ(command->init.email, "a@b.c");
  EXPECT_TRUE(command->init.api_key);
  EXPECT_EQ(command->init.form, OutputForm::json);
  EXPECT_THAT(command->assignments, ElementsAre("data.dir=/d"));
}

TEST(CommandLine, MistakesAreStatusTwoAndHelpIsNone) {
  EXPECT_EQ(parse({"--nonsense"}).error().exit_status, 2);
  EXPECT_EQ(parse({"host"}).error().exit_status, 2);
  EXPECT_EQ(parse({"host", "init"}).error().exit_status, 2);
  EXPECT_EQ(parse({"--check-config", "--print-config"}).error().exit_status, 2);
  EXPECT_EQ(parse({"--passphrase-fd", "-3"}).error().exit_status, 2);

  const auto help = parse({"--help"});
  ASSERT_FALSE(help);
  EXPECT_EQ(help.error().exit_status, 0);
  EXPECT_THAT(help.error().text, HasSubstr("Examples:"));
  EXPECT_THAT(parse({"--version"}).error().text, HasSubstr("fastnessd "));
}

}  // namespace
}  // namespace fastness::supervisor

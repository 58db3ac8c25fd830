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
  EXPECT_EQ(command->host.organisation, "Home");
  EXPECT_EQ(command->host.email, "a@b.c");
  EXPECT_TRUE(command->host.api_key);
  EXPECT_EQ(command->host.form, OutputForm::json);
  EXPECT_THAT(command->assignments, ElementsAre("data.dir=/d"));
}

TEST(CommandLine, HostCommandsAreTold) {
  const auto status = parse({"host", "status", "--data-dir", "/d", "--json"});
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_EQ(status->action, Action::host_status);
  EXPECT_EQ(status->host.form, OutputForm::json);
  EXPECT_EQ(status->host.email, "");
  const auto link = parse({"host", "setup-link", "--email", "a@b.c"});
  ASSERT_TRUE(link) << link.error().text;
  EXPECT_EQ(link->action, Action::host_setup_link);
  EXPECT_EQ(link->host.email, "a@b.c");
  EXPECT_EQ(parse({"host", "init", "--organisation", "O"})->host.email, "owner@localhost");
}

TEST(CommandLine, AMistakeNamesWhatWasMeant) {
  struct Case {
    std::vector<std::string> words;
    const char* says;
  };
  for (const Case& each :
       {Case{{"hots"}, "there is no command \"hots\"; did you mean host?"},
        Case{{"host", "sttus"}, "there is no command \"sttus\"; did you mean status?"},
        Case{{"host", "zzzzzz"}, "see fastnessd host --help"},
        Case{{"host"}, "name a command of fastnessd host: init, status, setup-link"},
        Case{{"--chek-config"}, "there is no option --chek-config; did you mean --check-config?"},
        Case{{"--data-dir", "host", "--sett=a"}, "no option --sett; did you mean --set?"},
        Case{{"host", "init", "--organization", "O"}, "did you mean --organisation?"},
        Case{{"host", "init"}, "--organisation is required"}}) {
    const auto command = parse(each.words);
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().exit_status, 2);
    EXPECT_THAT(command.error().text, HasSubstr(each.says));
  }
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

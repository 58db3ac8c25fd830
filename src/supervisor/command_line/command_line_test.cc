#include "supervisor/command_line/command_line.h"

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

TEST(CommandLine, TheCommandsForIncidentsAreTold) {
  const auto open = parse({"host", "incident", "open", "--reason", "a login was stolen", "--by",
                           "ada", "--aware", "3h", "--restrict", "read-only"});
  ASSERT_TRUE(open) << open.error().text;
  EXPECT_EQ(open->action, Action::incident_open);
  EXPECT_EQ(open->incident.reason, "a login was stolen");
  EXPECT_EQ(open->incident.by, "ada");
  EXPECT_EQ(open->incident.aware, "3h");
  EXPECT_EQ(open->incident.level, "read-only");
  const auto evidence = parse({"host", "incident", "evidence", "there", "--since", "7d", "--json"});
  ASSERT_TRUE(evidence) << evidence.error().text;
  EXPECT_EQ(evidence->action, Action::incident_evidence);
  EXPECT_TRUE(evidence->incident.directory.starts_with('/'));
  EXPECT_EQ(evidence->incident.form, OutputForm::json);
  const auto note = parse({"host", "incident", "note", "to the CSIRT", "--did", "early-warning"});
  ASSERT_TRUE(note) << note.error().text;
  EXPECT_EQ(note->incident.did, "early-warning");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"host", "incident"},
        {"host", "incident", "open"},
        {"host", "incident", "open", "--reason", "x", "--restrict", "normal"},
        {"host", "incident", "note", "x", "--did", "nothing"},
        {"host", "incident", "close"},
        {"host", "incident", "close", "--statement", "x", "--statement-file", "y"},
        {"host", "incident", "evidence"}}) {
    const auto refused = parse(wrong);
    ASSERT_FALSE(refused) << wrong.back();
    EXPECT_EQ(refused.error().exit_status, 2);
  }
}

TEST(CommandLine, TheCommandsForRootsAreTold) {
  const auto request = parse({"host", "ca", "root-request", "r.pem", "--switch"});
  ASSERT_TRUE(request) << request.error().text;
  EXPECT_EQ(request->action, Action::host_ca_request);
  EXPECT_EQ(request->root.file, "r.pem");
  EXPECT_TRUE(request->root.is_switch);
  const auto sign = parse({"host", "ca", "sign-root", "--root", "a.pem", "--root", "b.pem", "--in",
                           "r.pem", "--out", "s.pem", "--code-fd", "7", "--yes"});
  ASSERT_TRUE(sign) << sign.error().text;
  EXPECT_EQ(sign->action, Action::host_ca_sign);
  EXPECT_THAT(sign->root.roots, ElementsAre("a.pem", "b.pem"));
  EXPECT_EQ(sign->root.file, "r.pem");
  EXPECT_EQ(sign->root.output, "s.pem");
  EXPECT_EQ(sign->root.code_descriptor, 7);
  EXPECT_TRUE(sign->root.is_agreed);
  const auto change =
      parse({"host", "ca", "switch-to-standby", "b.pem", "--data-dir", "/d", "--json"});
  ASSERT_TRUE(change) << change.error().text;
  EXPECT_EQ(change->action, Action::host_ca_switch);
  EXPECT_EQ(change->root.form, OutputForm::json);
  EXPECT_FALSE(change->root.is_agreed);
  EXPECT_FALSE(change->root.code_descriptor);
  EXPECT_THAT(change->assignments, ElementsAre("data.dir=/d"));
  EXPECT_EQ(parse({"host", "ca", "accept-root", "s.pem"})->action, Action::host_ca_accept);
  EXPECT_TRUE(parse({"host", "ca", "export-root", "b.pem", "--standby"})->root.is_standby);
  EXPECT_EQ(parse({"host", "ca", "forget-root", "b.pem"})->action, Action::host_ca_forget);

  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"host", "ca"},
           {"host", "ca", "switch-to-standby"},
           {"host", "ca", "sign-root", "--in", "r.pem", "--out", "s.pem"},
           {"host", "ca", "export-root"},
           {"host", "ca", "accept-root", "a.pem", "b.pem"}}) {
    const auto refused = parse(wrong);
    ASSERT_FALSE(refused) << ::testing::PrintToString(wrong);
    EXPECT_EQ(refused.error().exit_status, 2);
  }
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
  const auto reset = parse({"host", "reset-factors", "--email", "a@b.c"});
  ASSERT_TRUE(reset) << reset.error().text;
  EXPECT_EQ(reset->action, Action::host_reset_factors);
  EXPECT_EQ(reset->host.email, "a@b.c");
  EXPECT_EQ(parse({"host", "init", "--organisation", "O"})->host.email, "owner@localhost");
}

TEST(CommandLine, RecoveryCommandsAreTold) {
  const auto create =
      parse({"host", "kit", "create", "--data-dir", "/d", "--shares", "3/5", "/stick/a.kit"});
  ASSERT_TRUE(create) << create.error().text;
  EXPECT_EQ(create->action, Action::kit_create);
  EXPECT_EQ(create->recovery.kit, "/stick/a.kit");
  EXPECT_EQ(create->recovery.split, "3/5");
  EXPECT_EQ(create->recovery.secret_descriptor, std::nullopt);
  EXPECT_THAT(create->assignments, ElementsAre("data.dir=/d"));

  const auto rehearse =
      parse({"host", "kit", "rehearse", "--by-shares", "--kit-passphrase-fd", "3", "a.kit"});
  ASSERT_TRUE(rehearse) << rehearse.error().text;
  EXPECT_EQ(rehearse->action, Action::kit_rehearse);
  EXPECT_TRUE(rehearse->recovery.kit.starts_with('/'));
  EXPECT_TRUE(rehearse->recovery.is_by_shares);
  EXPECT_EQ(rehearse->recovery.secret_descriptor, 3);

  EXPECT_EQ(parse({"host", "kit", "show", "/a.kit"})->action, Action::kit_show);
  EXPECT_EQ(parse({"host", "backup", "create", "/b"})->recovery.backup, "/b");
  const auto restore = parse({"host", "restore", "--kit", "/k", "--backup", "/b", "/new"});
  ASSERT_TRUE(restore) << restore.error().text;
  EXPECT_EQ(restore->action, Action::restore);
  EXPECT_EQ(restore->recovery.directory, "/new");
  EXPECT_EQ(restore->recovery.form, OutputForm::text);
  EXPECT_FALSE(restore->recovery.is_scrubbed);
  EXPECT_TRUE(parse({"host", "restore", "--scrub", "--kit", "/k", "--backup", "/b", "/new"})
                  ->recovery.is_scrubbed);
}

TEST(CommandLine, BackupsAreLookedAt) {
  const auto verify =
      parse({"host", "backup", "verify", "--kit", "/k", "--by-shares", "--json", "/b"});
  ASSERT_TRUE(verify) << verify.error().text;
  EXPECT_EQ(verify->action, Action::backup_verify);
  EXPECT_EQ(verify->recovery.backup, "/b");
  EXPECT_EQ(verify->recovery.kit, "/k");
  EXPECT_TRUE(verify->recovery.is_by_shares);
  EXPECT_EQ(verify->recovery.form, OutputForm::json);
  EXPECT_EQ(parse({"host", "backup", "verify", "/b"})->recovery.kit, "");
  const auto list = parse({"host", "backup", "list", "/backup"});
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_EQ(list->action, Action::backup_list);
  EXPECT_EQ(list->recovery.directory, "/backup");
  EXPECT_EQ(parse({"host", "backup", "schedule"})->action, Action::backup_schedule);
  EXPECT_FALSE(parse({"host", "backup", "schedule"})->recovery.makes_what_is_due);
  EXPECT_TRUE(parse({"host", "backup", "schedule", "--make"})->recovery.makes_what_is_due);
}

TEST(CommandLine, RecoveryCommandsSayWhatTheyLack) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"host", "kit"},
        {"host", "kit", "create"},
        {"host", "backup", "create"},
        {"host", "backup", "verify"},
        {"host", "backup", "list"},
        {"host", "restore", "--kit", "/k", "/new"},
        {"host", "restore", "--kit", "/k", "--backup", "/b"}}) {
    const auto refused = parse(words);
    ASSERT_FALSE(refused) << words.back();
    EXPECT_EQ(refused.error().exit_status, 2);
  }
}

TEST(CommandLine, TheVaultIsAskedForItsStatus) {
  const auto status = parse({"host", "vault", "status", "--data-dir", "/d", "--json"});
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_EQ(status->action, Action::vault_status);
  EXPECT_EQ(status->vault.form, OutputForm::json);
  EXPECT_THAT(status->assignments, ElementsAre("data.dir=/d"));
  EXPECT_EQ(parse({"host", "vault", "status"})->vault.form, OutputForm::text);
}

TEST(CommandLine, AMigrationIsToldOfWhatIsMeant) {
  const auto plain = parse({"host", "vault", "migrate", "--data-dir", "/d"});
  ASSERT_TRUE(plain) << plain.error().text;
  EXPECT_EQ(plain->action, Action::vault_migrate);
  EXPECT_FALSE(plain->vault.is_agreed || plain->vault.changes_passphrase);
  EXPECT_EQ(plain->vault.new_passphrase_descriptor, std::nullopt);
  const auto all = parse({"host", "vault", "migrate", "--set", "vault.key=passphrase", "--yes",
                          "--change-passphrase", "--passphrase-fd", "3", "--new-passphrase-fd", "0",
                          "--token-pin-fd", "5"});
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_TRUE(all->vault.is_agreed && all->vault.changes_passphrase);
  EXPECT_EQ(all->vault.new_passphrase_descriptor, 0);
  EXPECT_EQ(all->passphrase_descriptor, 3);
  EXPECT_EQ(all->token_pin_descriptor, 5);
  EXPECT_THAT(all->assignments, ElementsAre("vault.key=passphrase"));
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{
           {"host", "vault"},
           {"host", "vault", "migrat"},
           {"host", "vault", "migrate", "--new-passphrase-fd", "-1"},
           {"host", "vault", "migrate", "--new-passphrase", "secret"},
           {"host", "vault", "migrate", "--json"}}) {
    EXPECT_EQ(parse(bad).error().exit_status, 2) << bad.back();
  }
}

TEST(CommandLine, AuthorityCommandsAreTold) {
  const auto rotate = parse({"ca", "rotate", "--data-dir", "/d", "--emergency", "--cut-off", "90",
                             "--reason", "stolen", "--yes", "--json"});
  ASSERT_TRUE(rotate) << rotate.error().text;
  EXPECT_EQ(rotate->action, Action::ca_rotate);
  EXPECT_TRUE(rotate->authority.is_emergency && rotate->authority.is_agreed);
  EXPECT_EQ(rotate->authority.cut_off, "90");
  EXPECT_EQ(rotate->authority.reason, "stolen");
  EXPECT_EQ(rotate->authority.form, OutputForm::json);
  EXPECT_THAT(rotate->assignments, ElementsAre("data.dir=/d"));
  const auto destroy = parse({"ca", "destroy", "3", "--devices", "12"});
  ASSERT_TRUE(destroy) << destroy.error().text;
  EXPECT_EQ(destroy->authority.generation, 3U);
  EXPECT_EQ(destroy->authority.devices, 12U);
  EXPECT_FALSE(destroy->authority.is_agreed);
  EXPECT_EQ(parse({"ca", "rotate", "--reason", "x", "--soak", "0"})->authority.soak_minutes, 0);
  EXPECT_EQ(parse({"ca", "abort"})->action, Action::ca_abort);
  EXPECT_EQ(parse({"ca", "unlock"})->action, Action::ca_unlock);
  EXPECT_EQ(parse({"ca", "status"})->action, Action::ca_status);
  EXPECT_EQ(parse({"ca", "distrust", "1", "--cut-off", "never"})->action, Action::ca_distrust);
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{"ca"},
                                             {"ca", "rotate"},
                                             {"ca", "rotate", "--reason", "x", "--soak", "-1"},
                                             {"ca", "rotate", "--reason", "x", "--soak", "10081"},
                                             {"ca", "distrust", "--cut-off", "1"},
                                             {"ca", "distrust", "1"},
                                             {"ca", "distrust", "-1", "--cut-off", "1"},
                                             {"ca", "destroy", "x"}}) {
    EXPECT_EQ(parse(bad).error().exit_status, 2) << bad.back();
  }
}

TEST(CommandLine, APersonsDataIsAskedForByTheirAddress) {
  const auto exported =
      parse({"host", "user", "export", "a@b.c", "/tmp/a.json", "--data-dir", "/d"});
  ASSERT_TRUE(exported) << exported.error().text;
  EXPECT_EQ(exported->action, Action::user_export);
  EXPECT_EQ(exported->user.email, "a@b.c");
  EXPECT_EQ(exported->user.file, "/tmp/a.json");
  const auto erased = parse({"host", "user", "erase", "a@b.c", "--yes", "--json"});
  ASSERT_TRUE(erased) << erased.error().text;
  EXPECT_EQ(erased->action, Action::user_erase);
  EXPECT_TRUE(erased->user.is_agreed);
  EXPECT_EQ(erased->user.form, OutputForm::json);
  EXPECT_FALSE(parse({"host", "user", "erase"}));
  EXPECT_FALSE(parse({"host", "user", "export", "a@b.c"}));
}

TEST(CommandLine, APartIsSwitchedOffAndOnByItsName) {
  const auto off =
      parse({"host", "switch", "off", "live", "--reason", "it leaks", "--data-dir", "/d"});
  ASSERT_TRUE(off) << off.error().text;
  EXPECT_EQ(off->action, Action::switch_off);
  EXPECT_EQ(off->switches.component, "live");
  EXPECT_EQ(off->switches.reason, "it leaks");
  const auto on = parse({"host", "switch", "on", "mqtt-secrets", "--json"});
  ASSERT_TRUE(on) << on.error().text;
  EXPECT_EQ(on->action, Action::switch_on);
  EXPECT_EQ(on->switches.form, OutputForm::json);
  EXPECT_EQ(parse({"host", "switch", "list"})->action, Action::switch_list);
  EXPECT_FALSE(parse({"host", "switch", "off", "everything"}));
  EXPECT_FALSE(parse({"host", "switch", "on"}));
}

TEST(CommandLine, OperatorsAreAddedReviewedAndRemoved) {
  const auto add = parse({"host", "operator", "add", "a@b.c", "--data-dir", "/d"});
  ASSERT_TRUE(add) << add.error().text;
  EXPECT_EQ(add->action, Action::operator_add);
  EXPECT_EQ(add->staff.email, "a@b.c");
  EXPECT_EQ(parse({"host", "operator", "remove", "a@b.c"})->action, Action::operator_remove);
  const auto review = parse({"host", "operator", "review", "--json"});
  ASSERT_TRUE(review) << review.error().text;
  EXPECT_EQ(review->action, Action::operator_review);
  EXPECT_EQ(review->staff.form, OutputForm::json);
  EXPECT_EQ(parse({"host", "operator", "end", "5a8b"})->staff.grant, "5a8b");
  EXPECT_TRUE(parse({"host", "operator", "seal-codes", "--yes"})->staff.is_agreed);
  EXPECT_FALSE(parse({"host", "operator", "add"}));
  EXPECT_FALSE(parse({"host", "operator", "end"}));
}

TEST(CommandLine, OrdersAreGuardedListedAndApproved) {
  EXPECT_EQ(parse({"host", "order", "guard", "--data-dir", "/d"})->action, Action::order_guard);
  EXPECT_EQ(parse({"host", "order", "unguard"})->action, Action::order_unguard);
  const auto list = parse({"host", "order", "list", "--json"});
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_EQ(list->action, Action::order_list);
  EXPECT_EQ(list->order.form, OutputForm::json);
  const auto approve = parse({"host", "order", "approve-by-codes", "5a8b", "--codes-fd", "7"});
  ASSERT_TRUE(approve) << approve.error().text;
  EXPECT_EQ(approve->action, Action::order_approve);
  EXPECT_EQ(approve->order.order, "5a8b");
  EXPECT_EQ(approve->order.codes_descriptor, 7);
  EXPECT_EQ(parse({"host", "order", "signatures", "5a8b"})->action, Action::order_signatures);
  EXPECT_FALSE(parse({"host", "order", "approve-by-codes"}));
  EXPECT_FALSE(parse({"host", "order"}));
}

TEST(CommandLine, AccountsAreListedSuspendedAndResumed) {
  const auto suspend =
      parse({"host", "account", "suspend", "a@b.c", "--reason", "stolen", "--data-dir", "/d"});
  ASSERT_TRUE(suspend) << suspend.error().text;
  EXPECT_EQ(suspend->action, Action::account_suspend);
  EXPECT_EQ(suspend->account.email, "a@b.c");
  EXPECT_EQ(suspend->account.reason, "stolen");
  EXPECT_EQ(parse({"host", "account", "resume", "a@b.c"})->action, Action::account_resume);
  EXPECT_EQ(parse({"host", "account", "end-sessions", "a@b.c"})->action,
            Action::account_end_sessions);
  const auto list = parse({"host", "account", "list", "--json"});
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_EQ(list->action, Action::account_list);
  EXPECT_EQ(list->account.form, OutputForm::json);
  EXPECT_FALSE(parse({"host", "account", "suspend", "a@b.c"})) << "it needs a reason";
  EXPECT_FALSE(parse({"host", "account", "resume"}));
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
        Case{{"host"},
             "name a command of fastnessd host: init, status, setup-link, reset-factors, restrict"},
        Case{{"--chek-config"}, "there is no option --chek-config; did you mean --check-config?"},
        Case{{"--data-dir", "host", "--sett=a"}, "no option --sett; did you mean --set?"},
        Case{{"host", "init", "--organization", "O"}, "did you mean --organisation?"},
        Case{{"host", "reset-factors"}, "--email is required"},
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

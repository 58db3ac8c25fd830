// A host is lost whose server root was elsewhere, or has been given up, or stood beside a token:
// what comes back, and what must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "roots/ceremony.h"
#include "vault/migration.h"
#include "vault/recovery/recovery_fixture_test.h"
#include "vault/roots/sign_root.h"
#include "vault/testing/soft_token.h"

namespace fastness::vault {
namespace {

using roots::Purpose;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kNewHost;
using testing::RecoveryTest;
using testing::secret_text;
using testing::SoftTokens;

class LostRootTest : public RecoveryTest {
 protected:
  using Roots = std::vector<OpenedRoot>;

  static Roots opened(const Result<SealedRoot>& taken, RootRole role) {
    Roots roots;
    roots.push_back(
        open_sealed_root(taken.value().to_file(role), secret_text(taken.value().code)).value());
    return roots;
  }

  // To its owner, who has it from then on.
  Roots carry_active_root_away() {
    Roots roots = opened(vault->server_authority().export_active(), RootRole::active);
    EXPECT_TRUE(vault->server_authority().forget(roots[0]));
    return roots;
  }

  // What a root signs when it is asked.
  std::string ask(Vault& whose, Purpose purpose, const Roots& roots) {
    const std::string pem = whose.server_authority().prepare(purpose).value();
    return sign_root(roots::RootRequest::parse_pem(pem).value(), roots, clock.now(), random)
        .value()
        .to_pem();
  }

  // The standby root, which is the active one from then on.
  Roots switch_to_standby() {
    Roots roots = opened(vault->server_authority().export_standby(), RootRole::standby);
    EXPECT_TRUE(vault->server_authority().accept(ask(*vault, Purpose::switch_to_standby, roots)));
    return roots;
  }

  Result<vault_ipc::IssuedServerCertificate> certify(Vault& by) {
    return by.answer(vault_ipc::IssueServerCertificate{{"a.example"}, key.public_key().to_spki()});
  }

  // Whether whoever trusts only this root gets through to what the vault certifies.
  bool reaches(Vault& of, const Bytes& root) {
    const auto issued = certify(of);
    if (!issued) return false;
    const auto issuer = crypto::Certificate::parse(issued->chain.at(1)).value();
    return issuer.is_signed_by(crypto::Certificate::parse(root)->public_key().value());
  }

  void expect_to_ask_for_a_root(Vault& restored) {
    EXPECT_FALSE(restored.server_authority().has_issuer());
    EXPECT_FALSE(restored.server_authority().has_active().value());
    const auto refused = certify(restored);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("fastness host ca root-request"));
    const auto labels = restored.sealed_key_labels().value();
    EXPECT_THAT(labels, ::testing::Not(::testing::Contains(ServerAuthority::kRootLabel)));
  }

  vault_ipc::ServerAnchors anchors() { return vault->server_authority().anchors(); }
};

TEST_F(LostRootTest, AKitSaysThatTheRootLiesElsewhereAndDoesNotHaveIt) {
  EXPECT_EQ(make_kit().header.server_root, ServerRootPlace::in_kit);
  carry_active_root_away();

  const auto made = make_kit();

  EXPECT_EQ(parse(made).header().server_root, ServerRootPlace::elsewhere);
  EXPECT_FALSE(open_kit(made).server_root);
  const auto done = vault->recovery().rehearse(parse(made), enough(made));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->server_root, ServerRootPlace::elsewhere);
}

TEST_F(LostRootTest, ANewHostServesOnceTheRootThatLiesElsewhereHasSigned) {
  static_cast<void>(issue(device, key).value());
  const auto before = anchors();
  const Roots owner = carry_active_root_away();
  const auto made = make_kit();
  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  expect_to_ask_for_a_root(*vault);
  EXPECT_EQ(anchors().active, before.active);
  EXPECT_TRUE(issue(device, key)) << "devices are another hierarchy";
  EXPECT_EQ(vault->server_authority().export_active().error().code, Errc::not_found);

  ASSERT_TRUE(vault->answer(vault_ipc::PrepareRoots{Purpose::renew_issuer}));
  vault = open_restored();  // the owner may take days
  const std::string answer = ask(*vault, Purpose::renew_issuer, owner);
  ASSERT_TRUE(vault->answer(vault_ipc::AcceptRoots{answer}));
  EXPECT_TRUE(reaches(*vault, before.active));
  vault = open_restored();
  EXPECT_TRUE(reaches(*vault, before.active));
  EXPECT_EQ(vault->answer(vault_ipc::AcceptRoots{answer}).error().code, Errc::not_found);
}

// Whoever lost the active root with the host can do this instead.
TEST_F(LostRootTest, ANewHostMaySwitchToTheStandbyRootAtOnce) {
  const auto before = anchors();
  const Roots standby = opened(vault->server_authority().export_standby(), RootRole::standby);
  carry_active_root_away();
  const auto made = make_kit();
  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  ASSERT_TRUE(vault->server_authority().accept(ask(*vault, Purpose::switch_to_standby, standby)));

  EXPECT_EQ(anchors().number, 2U);
  EXPECT_TRUE(reaches(*vault, before.standby));
  EXPECT_TRUE(vault->server_authority().has_standby().value());
}

TEST_F(LostRootTest, ARootThatWasGivenUpDoesNotComeBackOutOfAnOlderKit) {
  const auto before = anchors();
  const auto made = make_kit();
  ASSERT_EQ(made.header.server_root, ServerRootPlace::in_kit);
  const Roots owner = switch_to_standby();
  const auto after = anchors();
  ASSERT_EQ(after.number, 2U);

  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  EXPECT_EQ(anchors().number, 2U);
  EXPECT_EQ(anchors().active, before.standby);
  EXPECT_EQ(anchors().standby, after.standby);
  EXPECT_EQ(anchors().documents, after.documents);
  expect_to_ask_for_a_root(*vault);
  EXPECT_TRUE(vault->answer(vault_ipc::ReadCustody{})->kits.empty()) << "a new one is to be made";

  ASSERT_TRUE(vault->server_authority().accept(ask(*vault, Purpose::renew_issuer, owner)));
  EXPECT_TRUE(reaches(*vault, before.standby));
  EXPECT_FALSE(reaches(*vault, before.active));
}

TEST_F(LostRootTest, ABackupOfAnOlderRootSetTakesTheKitNowhereBack) {
  const auto backup = begin_backup();
  switch_to_standby();
  const auto after = anchors();
  clock.advance(std::chrono::minutes(1));
  const auto made = make_kit();
  EXPECT_EQ(made.header.server_root, ServerRootPlace::elsewhere);

  ASSERT_TRUE(restore(made, backup.head));
  vault = open_restored();

  EXPECT_EQ(anchors().number, 2U);
  EXPECT_EQ(anchors().active, after.active);
  EXPECT_EQ(anchors().documents, after.documents);
}

TEST_F(LostRootTest, ARootThatWasCarriedAwayStaysWithItsOwnerThoughAnOlderKitHasIt) {
  const auto before = anchors();
  const auto made = make_kit();
  const Roots owner = carry_active_root_away();

  ASSERT_TRUE(restore(made, begin_backup().head));
  vault = open_restored();

  expect_to_ask_for_a_root(*vault);
  ASSERT_TRUE(vault->server_authority().accept(ask(*vault, Purpose::renew_issuer, owner)));
  EXPECT_TRUE(reaches(*vault, before.active));
}

TEST_F(LostRootTest, ARehearsalSaysWhichKitsAreToBeDestroyed) {
  const auto first = make_kit();
  carry_active_root_away();
  const auto taken_out = vault->recovery().rehearse(parse(first), enough(first));
  ASSERT_FALSE(taken_out);
  EXPECT_THAT(taken_out.error().message, HasSubstr("taken out of the vault since"));

  const auto second = make_kit();
  Roots both = opened(vault->server_authority().export_standby(), RootRole::standby);
  ASSERT_TRUE(vault->server_authority().accept(ask(*vault, Purpose::switch_to_standby, both)));
  const auto switched = vault->recovery().rehearse(parse(second), enough(second));
  ASSERT_FALSE(switched);
  EXPECT_THAT(switched.error().message, HasSubstr("has changed its roots since"));
}

TEST_F(LostRootTest, AKitWhoseHeaderSaysOtherwiseThanItsContentsIsRefused) {
  const auto made = make_kit();
  const KitContents contents = open_kit(made);
  const auto secret = secret_of_kit(made.header, enough(made)).value();
  for (const auto claimed : {ServerRootPlace::in_token, ServerRootPlace::elsewhere}) {
    KitHeader header = made.header;
    header.server_root = claimed;
    const auto kit = SealedKit::parse(SealedKit::seal(header, contents, secret, random)).value();
    EXPECT_EQ(kit.open(secret).error().code, Errc::corrupted);
  }
  KitHeader unknown = made.header;
  unknown.server_root = static_cast<ServerRootPlace>(3);
  EXPECT_EQ(SealedKit::parse(SealedKit::seal(unknown, contents, secret, random)).error().code,
            Errc::invalid_argument);
}

// ------------------------------------------------------------- after a migration

TEST_F(LostRootTest, AKitOfBeforeIsTheSameVaultsAfterAnotherPassphrase) {
  const auto made = make_kit();
  vault.reset();
  MigrationSecrets secrets;
  secrets.next = secret_text("five-other-words-of-mine-9Kd2");
  secrets.changes_opener = true;
  ASSERT_TRUE(
      migrate({.files = files, .directory = testing::kDirectory, .clock = clock, .random = random},
              std::move(secrets)));
  vault = open("five-other-words-of-mine-9Kd2").value();

  const auto done = vault->recovery().rehearse(parse(made), enough(made));

  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(vault->answer(vault_ipc::ReadCustody{})->opener, vault_ipc::RootOpener::passphrase);
  ASSERT_TRUE(restore(made, begin_backup().head));
  EXPECT_TRUE(certify(*open_restored()));
}

TEST_F(LostRootTest, AnInstanceThatWentOverToATokenComesBackBesideIt) {
  constexpr char kPin[] = "4711-0815";
  SoftTokens tokens;
  tokens.make("fastness", kPin);
  auto module = tokens.load();
  const auto root = anchors().active;
  vault.reset();
  ASSERT_TRUE(migrate({.files = files,
                       .directory = testing::kDirectory,
                       .clock = clock,
                       .random = random,
                       .token = TokenChoice{module.get(), "fastness", SoftTokens::secret(kPin)}},
                      {}));
  vault = Vault::open({.files = files,
                       .directory = testing::kDirectory,
                       .clock = clock,
                       .random = random,
                       .token = TokenChoice{module.get(), "fastness"}})
              .value();
  const auto made = make_kit();
  EXPECT_EQ(made.header.server_root, ServerRootPlace::in_kit) << "it stayed in its sealed file";
  const auto rehearsed = vault->recovery().rehearse(parse(made), enough(made));
  ASSERT_TRUE(rehearsed) << rehearsed.error().message;
  const auto backup = begin_backup();
  vault.reset();
  module.reset();  // a process may have the module loaded once
  tokens.make("new", kPin);
  module = tokens.load();

  const auto done =
      restore(made, backup.head, TokenChoice{module.get(), "new", SoftTokens::secret(kPin)});

  ASSERT_TRUE(done) << done.error().message;
  vault = open_restored(TokenChoice{module.get(), "new"});
  EXPECT_TRUE(reaches(*vault, root));
  EXPECT_THAT(vault->sealed_key_labels().value(), ElementsAre("server-root"))
      << "all others are in the token";
  EXPECT_EQ(vault->answer(vault_ipc::ReadCustody{})->token, "new");
  EXPECT_TRUE(issue(device, key));
  vault.reset();  // before its module
}

// ------------------------------------------------------------- two stories of the roots

PublicHistory history_of(std::uint32_t number, Bytes active, Bytes standby,
                         std::vector<Bytes> documents, std::chrono::seconds at) {
  PublicHistory history;
  history.taken_at = Timestamp(at);
  history.anchors = {number, std::move(active), std::move(standby), std::move(documents)};
  return history;
}

TEST(RootStories, TheLaterSetIsTakenWhicheverTheClockSaysIsYounger) {
  using std::chrono::seconds;
  for (const auto at : {seconds(1), seconds(3)}) {
    const auto first = history_of(1, {1}, {2}, {}, seconds(2));
    const auto second = history_of(2, {2}, {3}, {{9}}, at);
    EXPECT_EQ(merge(first, second)->anchors.number, 2U);
    EXPECT_EQ(merge(second, first)->anchors.active, Bytes{2});
    // Two switches later nothing needs to be left of the first set.
    const auto third = history_of(3, {4}, {5}, {{9}, {8}}, at);
    EXPECT_EQ(merge(first, third)->anchors.standby, Bytes{5});
  }
}

TEST(RootStories, ARootThatWasCarriedAwayIsWhateverTheClockSays) {
  using std::chrono::seconds;
  for (const auto at : {seconds(1), seconds(2), seconds(3)}) {
    auto here = history_of(1, {1}, {2}, {}, seconds(2));
    here.server_root = ServerRootPlace::in_kit;
    auto away = history_of(1, {1}, {2}, {}, at);
    away.server_root = ServerRootPlace::elsewhere;
    EXPECT_EQ(merge(here, away)->server_root, ServerRootPlace::elsewhere);
    EXPECT_EQ(merge(away, here)->server_root, ServerRootPlace::elsewhere);
    EXPECT_EQ(merge(here, here)->server_root, ServerRootPlace::in_kit);
  }
}

TEST(RootStories, SetsThatDoNotFollowEachOtherAreNotMerged) {
  const auto first = history_of(1, {1}, {2}, {{9}}, std::chrono::seconds(1));
  const struct {
    const char* name;
    PublicHistory other;
  } cases[] = {
      {"another active root", history_of(1, {7}, {2}, {{9}}, std::chrono::seconds(2))},
      {"another standby root", history_of(1, {1}, {7}, {{9}}, std::chrono::seconds(2))},
      {"a document more", history_of(1, {1}, {2}, {{9}, {8}}, std::chrono::seconds(2))},
      {"a root that was not the standby", history_of(2, {7}, {3}, {{9}}, std::chrono::seconds(2))},
      {"a document less", history_of(2, {2}, {3}, {}, std::chrono::seconds(2))},
      {"another document", history_of(2, {2}, {3}, {{8}}, std::chrono::seconds(2))},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(merge(first, each.other).error().code, Errc::corrupted);
    EXPECT_EQ(merge(each.other, first).error().code, Errc::corrupted);
  }
}

TEST(RootStories, AreReadAsTheyWereWritten) {
  auto written = history_of(3, {1}, {2}, {{9}, {8, 8}}, std::chrono::seconds(1));
  written.server_root = ServerRootPlace::elsewhere;
  Bytes encoded;
  ByteWriter out(encoded);
  written.encode(out);
  ByteReader in(encoded);
  const auto read = PublicHistory::decode(in);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->anchors.number, 3U);
  EXPECT_EQ(read->anchors.documents, written.anchors.documents);
  EXPECT_EQ(read->server_root, ServerRootPlace::elsewhere);
  encoded.back() = 3;
  ByteReader strange(encoded);
  EXPECT_EQ(PublicHistory::decode(strange).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::vault

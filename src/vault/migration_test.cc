#include "vault/migration.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/roots/sign_root.h"
#include "vault/testing/soft_token.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SoftTokens;
using Opener = RootKey::Opener;
using Words = std::optional<std::string>;  // of a passphrase, or none

const std::filesystem::path kKeyFile = testing::kDirectory / "unlock.key";
const std::filesystem::path kSealedRoot = testing::kDirectory / "root.sealed";
constexpr char kOld[] = "four-unrelated-words-Zq81xVt7";
constexpr char kNew[] = "five-other-words-of-mine-9Kd2";

std::optional<crypto::SecretBytes> secret_of(const Words& text) {
  if (!text) return std::nullopt;
  return SoftTokens::secret(*text);
}

int descriptor_of(const std::string& text) {
  const int file = ::memfd_create("secret", MFD_CLOEXEC);
  EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
  return file;
}

// ------------------------------------------------------------- what opens the root key

// One way in which what opens the root key changes.
struct Change {
  const char* name;
  Words now;
  Words next;
};

class RootKeyTest : public ::testing::Test {
 protected:
  static Result<RootKey> open(os::FileSystem& disk, const Words& passphrase) {
    crypto::SystemRandom random;
    return RootKey::open_or_create(disk, testing::kDirectory, secret_of(passphrase), random);
  }
  static Result<void> change(os::FileSystem& disk, const Words& now, const Words& next) {
    crypto::SystemRandom random;
    return RootKey::change_opener(disk, testing::kDirectory, secret_of(now), secret_of(next),
                                  random);
  }
  // Makes a root key; what is derived from it.
  static Bytes make(os::FileSystem& disk, const Words& passphrase) {
    EXPECT_TRUE(disk.create_directory(testing::kDirectory));
    EXPECT_TRUE(disk.sync_directory("/"));
    return derived(open(disk, passphrase).value());
  }
  static Bytes read(os::FileSystem& disk, const std::filesystem::path& path) {
    auto bytes = os::read_file(disk, path, 4096);
    return bytes ? std::move(bytes).value() : Bytes();
  }
  static bool is_overwritten(os::File& file) {
    Bytes bytes(4096, 1);
    const auto size = file.read_at(0, bytes);
    EXPECT_TRUE(size && *size > 0);
    bytes.resize(size ? *size : 0);
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
  }
  static Bytes derived(const RootKey& key) { return to_bytes(key.derive("test").reveal()); }
};

class OpenerTest : public RootKeyTest, public ::testing::WithParamInterface<Change> {};

INSTANTIATE_TEST_SUITE_P(All, OpenerTest,
                         ::testing::Values(Change{"KeyFileToPassphrase", std::nullopt, kNew},
                                           Change{"PassphraseToAnother", kOld, kNew},
                                           Change{"PassphraseToKeyFile", kOld, std::nullopt}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(OpenerTest, TheNewOneOpensTheSameKeyAndTheOldOneIsNowhereOnTheDisk) {
  os::testing::FaultyFileSystem disk(1);
  const Bytes key = make(disk, GetParam().now);
  const auto old_root = disk.open(kSealedRoot, os::OpenMode::read).value();
  const auto old_key_file = disk.open(kKeyFile, os::OpenMode::read);

  const auto changed = change(disk, GetParam().now, GetParam().next);

  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(derived(open(disk, GetParam().next).value()), key);
  EXPECT_FALSE(open(disk, GetParam().now));
  // Files that lost their names, as who looks at the bare disk finds them.
  EXPECT_TRUE(is_overwritten(*old_root));
  if (!GetParam().now) {
    EXPECT_TRUE(is_overwritten(**old_key_file));
  }
  EXPECT_EQ(read(disk, kKeyFile).empty(), GetParam().next.has_value());
}

TEST_P(OpenerTest, APowerCutAtAnyCallLeavesOneThatOpens) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    os::testing::FaultyFileSystem disk(call);
    const Bytes key = make(disk, GetParam().now);
    const Bytes key_file = read(disk, kKeyFile);
    disk.cut_power_at(disk.calls() + call);

    const auto changed = change(disk, GetParam().now, GetParam().next);

    const bool was_cut = disk.is_off();
    disk.restore_power();
    const auto opener = RootKey::opener_of(disk, testing::kDirectory);
    ASSERT_TRUE(opener) << opener.error().message;
    const Opener wished = GetParam().next ? Opener::passphrase : Opener::key_file;
    auto by_next = open(disk, GetParam().next);
    if (!by_next) {
      // As before, and it can be changed again.
      ASSERT_FALSE(changed);
      const auto by_now = open(disk, GetParam().now);
      ASSERT_TRUE(by_now) << by_now.error().message;
      EXPECT_EQ(derived(*by_now), key);
      ASSERT_TRUE(change(disk, GetParam().now, GetParam().next));
      by_next = open(disk, GetParam().next);
    }
    ASSERT_TRUE(by_next) << by_next.error().message;
    EXPECT_EQ(derived(*by_next), key);
    EXPECT_EQ(RootKey::opener_of(disk, testing::kDirectory).value(), wished);
    // Whatever was left lying about is gone by the time it is open.
    EXPECT_EQ(read(disk, kKeyFile).empty(), GetParam().next.has_value());
    EXPECT_FALSE(!GetParam().now && disk.holds(key_file));
    if (!was_cut) return;
  }
}

TEST_P(OpenerTest, WhoDoesNotOpenItChangesNothing) {
  os::testing::FaultyFileSystem disk(1);
  static_cast<void>(make(disk, GetParam().now));
  const Bytes sealed = read(disk, kSealedRoot);
  const auto refused = change(disk, "wrong", GetParam().next);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, GetParam().now ? Errc::unauthenticated : Errc::invalid_argument);
  if (GetParam().now) {
    EXPECT_EQ(change(disk, std::nullopt, kNew).error().code, Errc::unauthenticated);
  }
  EXPECT_EQ(read(disk, kSealedRoot), sealed);
  EXPECT_TRUE(open(disk, GetParam().now));
}

TEST_F(RootKeyTest, AKeyFileIsNotChangedForAnother) {
  os::testing::FaultyFileSystem disk(1);
  static_cast<void>(make(disk, std::nullopt));
  EXPECT_EQ(change(disk, std::nullopt, std::nullopt).error().code, Errc::invalid_argument);
  EXPECT_TRUE(open(disk, std::nullopt));
}

// ------------------------------------------------------------- what is asked for

class MigrationSecretsTest : public RootKeyTest {
 protected:
  MigrationSecretsTest() { static_cast<void>(make(disk_, std::nullopt)); }

  Result<MigrationSecrets> read(const MigrationWish& wish) {
    return read_migration_secrets(wish, disk_, testing::kDirectory);
  }

  os::testing::FaultyFileSystem disk_{1};
};

TEST_F(MigrationSecretsTest, OnlyWhatIsNeededIsRead) {
  const auto same = read({.opener = Opener::key_file});
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->changes_opener || same->now || same->next);

  const auto first = read({.opener = Opener::passphrase, .new_passphrase = descriptor_of(kNew)});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->changes_opener && !first->now && first->next);

  ASSERT_TRUE(change(disk_, std::nullopt, kOld));
  const auto kept = read({.opener = Opener::passphrase, .passphrase = descriptor_of(kOld)});
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_TRUE(!kept->changes_opener && kept->now && !kept->next);
  const auto changed = read({.opener = Opener::passphrase,
                             .changes_passphrase = true,
                             .passphrase = descriptor_of(kOld),
                             .new_passphrase = descriptor_of(kNew)});
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_TRUE(changed->changes_opener && changed->now && changed->next);
}

TEST_F(MigrationSecretsTest, ANewPassphraseIsHeldToItsStrength) {
  for (const char* weak : {"short", "passwordpassword1234", ""}) {
    const auto refused =
        read({.opener = Opener::passphrase, .new_passphrase = descriptor_of(weak)});
    ASSERT_FALSE(refused) << weak;
    EXPECT_EQ(refused.error().code, Errc::unauthenticated);
  }
  EXPECT_EQ(read({.opener = Opener::passphrase}).error().code, Errc::unauthenticated);
}

TEST_F(MigrationSecretsTest, LessProtectionIsAgreedToOrRefused) {
  ASSERT_TRUE(change(disk_, std::nullopt, kOld));
  const auto refused = read({.opener = Opener::key_file, .passphrase = descriptor_of(kOld)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_THAT(refused.error().message, HasSubstr("--yes"));
  const auto agreed = read(
      {.opener = Opener::key_file, .accepts_key_file = true, .passphrase = descriptor_of(kOld)});
  ASSERT_TRUE(agreed) << agreed.error().message;
  EXPECT_TRUE(agreed->changes_opener && agreed->now && !agreed->next);
  EXPECT_EQ(read({.opener = Opener::key_file, .changes_passphrase = true}).error().code,
            Errc::invalid_argument);
}

TEST_F(MigrationSecretsTest, WhereThereIsNoVaultNoneIsMade) {
  os::testing::FaultyFileSystem empty(1);
  ASSERT_TRUE(empty.create_directory(testing::kDirectory));
  const auto refused = read_migration_secrets({}, empty, testing::kDirectory);
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_THAT(refused.error().message, HasSubstr("the first start makes one"));
}

// ------------------------------------------------------------- where authority keys are made

constexpr char kTokenPin[] = "4711-0815";

class MigrationToTokenTest : public testing::VaultTest {
 protected:
  MigrationToTokenTest() {
    vault.reset();
    tokens_.make("fastness", kTokenPin);
    module_ = tokens_.load();
  }
  void TearDown() override { vault.reset(); }  // before its module

  TokenChoice token(const Words& pin = std::nullopt) {
    return {module_.get(), "fastness", secret_of(pin)};
  }
  Vault::Options options(std::optional<TokenChoice> choice) {
    return {.files = files,
            .directory = testing::kDirectory,
            .clock = clock,
            .random = random,
            .token = std::move(choice)};
  }
  Result<MigrationReport> migrate_to_token(const Words& pin = kTokenPin) {
    return migrate(options(token(pin)), {});
  }
  // Opens the instance where its keys are by now.
  Errc start(std::optional<TokenChoice> choice) {
    auto opened = Vault::open(options(std::move(choice)));
    if (!opened) return opened.error().code;
    vault = std::move(opened).value();
    return Errc{};
  }
  std::vector<std::string> sealed_keys() {
    return files.list(testing::kDirectory / "keys").value();
  }

  SoftTokens tokens_;
  std::unique_ptr<pkcs11::Module> module_;
};

TEST_F(MigrationToTokenTest, NewKeysAreMadeInTheTokenAndOldOnesStayUntilDestroyed) {
  ASSERT_EQ(start(std::nullopt), Errc{});
  const Bytes root = vault->answer(vault_ipc::ReadServerAnchors{})->active;
  const auto old_key = generation(1).key;
  vault.reset();
  EXPECT_THAT(sealed_keys(), ElementsAre("device-authority-1", "server-issuer-1", "server-root"));

  const auto report = migrate_to_token();

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->still_sealed, ElementsAre("device-authority-1", "server-root"));
  EXPECT_THAT(report->to_text("/vault"), HasSubstr("made in the token \"fastness\" from now on"));
  EXPECT_THAT(report->to_text("/vault"), HasSubstr("until fastness ca destroy 1"));
  EXPECT_THAT(sealed_keys(), ElementsAre("device-authority-1", "server-root"));
  ASSERT_EQ(start(token()), Errc{}) << "the PIN is kept";
  EXPECT_EQ(vault->answer(vault_ipc::ReadServerAnchors{})->active, root);
  EXPECT_EQ(generation(1).key, old_key);
  EXPECT_TRUE(issue(device, key)) << "by the old key, where it is";

  // The planned rotation that follows.
  using enum vault_ipc::GenerationState;
  ASSERT_TRUE(vault->answer(vault_ipc::ChangeGeneration{std::nullopt, staged, std::nullopt}));
  EXPECT_THAT(sealed_keys(), ElementsAre("device-authority-1", "server-root"));
  ASSERT_EQ(change(2, trusted), Errc{});
  ASSERT_EQ(change(2, issuing), Errc{});
  EXPECT_EQ(issue(device, key)->entry.generation, vault_ipc::GenerationId(2));
  ASSERT_EQ(change(1, distrusted), Errc{});
  ASSERT_EQ(change(1, destroyed), Errc{});
  EXPECT_THAT(sealed_keys(), ElementsAre("server-root"));
  vault.reset();
  ASSERT_EQ(start(token()), Errc{});
  EXPECT_TRUE(issue(device, key));
}

// The vault cannot sign for a root that it does not have; the root's owner is told to.
TEST_F(MigrationToTokenTest, ARootThatLiesElsewhereSignsForTheTokenWhenItIsAsked) {
  ASSERT_EQ(start(std::nullopt), Errc{});
  const SealedRoot taken = vault->server_authority().export_active().value();
  std::vector<OpenedRoot> roots;
  roots.push_back(
      open_sealed_root(taken.to_file(RootRole::active), SoftTokens::secret(taken.code)).value());
  ASSERT_TRUE(vault->server_authority().forget(roots[0]));
  const auto ask = [&] {
    const auto pem = vault->server_authority().prepare(roots::Purpose::renew_issuer).value();
    return sign_root(roots::RootRequest::parse_pem(pem).value(), roots, clock.now(), random)
        .value()
        .to_pem();
  };
  const std::string of_before = ask();
  vault.reset();
  EXPECT_THAT(sealed_keys(),
              ElementsAre("device-authority-1", "server-issuer-1", "server-issuer-2"));

  const auto report = migrate_to_token();

  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->still_sealed, ElementsAre("device-authority-1", "server-issuer-1"));
  EXPECT_THAT(report->to_text("/vault"), HasSubstr("fastness host ca root-request"));
  ASSERT_EQ(start(token()), Errc{});
  EXPECT_EQ(vault->server_authority().accept(of_before).error().code, Errc::not_found)
      << "it is about a key that was in a file";
  EXPECT_TRUE(
      vault->answer(vault_ipc::IssueServerCertificate{{"a.example"}, key.public_key().to_spki()}));
  ASSERT_TRUE(vault->server_authority().accept(ask()));
  EXPECT_THAT(sealed_keys(), ElementsAre("device-authority-1"));
  EXPECT_TRUE(
      vault->answer(vault_ipc::IssueServerCertificate{{"a.example"}, key.public_key().to_spki()}));
}

TEST_F(MigrationToTokenTest, TheRootThatStayedInItsFileCanStillBeCarriedAway) {
  ASSERT_TRUE(migrate_to_token());
  ASSERT_EQ(start(token()), Errc{});
  const SealedRoot taken = vault->server_authority().export_active().value();
  const auto opened =
      open_sealed_root(taken.to_file(RootRole::active), SoftTokens::secret(taken.code));
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE(vault->server_authority().forget(*opened));
  EXPECT_THAT(sealed_keys(), ElementsAre("device-authority-1"));
  EXPECT_FALSE(vault->server_authority().has_active().value());
}

TEST_F(MigrationToTokenTest, TheCustodySaysWhereTheInstanceWent) {
  MigrationSecrets secrets;
  secrets.next = secret_of(kNew);
  secrets.changes_opener = true;
  ASSERT_TRUE(migrate(options(token(kPin)), std::move(secrets)));
  auto by_passphrase = options(token());
  by_passphrase.passphrase = secret_of(kNew);
  vault = Vault::open(std::move(by_passphrase)).value();

  const auto custody = vault->answer(vault_ipc::ReadCustody{}).value();

  EXPECT_EQ(custody.opener, vault_ipc::RootOpener::passphrase);
  EXPECT_EQ(custody.keys, vault_ipc::KeyPlace::token);
  EXPECT_EQ(custody.token, "fastness");
}

TEST_F(MigrationToTokenTest, OnceMovedTheInstanceIsTheTokensAndNobodyElses) {
  ASSERT_TRUE(migrate_to_token());
  EXPECT_EQ(start(std::nullopt), Errc::invalid_argument);
  vault.reset();
  module_.reset();  // a process may have the module loaded once
  tokens_.make("other", kTokenPin);
  module_ = tokens_.load();
  EXPECT_EQ(start(TokenChoice{module_.get(), "other", secret_of(kTokenPin)}),
            Errc::invalid_argument);
  const auto again = migrate_to_token(std::nullopt);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->has_moved);
  EXPECT_THAT(again->to_text("/vault"), HasSubstr("nothing was changed"));
}

TEST_F(MigrationToTokenTest, ATokenThatDoesNotOpenMovesNothing) {
  EXPECT_EQ(migrate_to_token("0000-0000").error().code, Errc::unauthenticated);
  EXPECT_EQ(migrate_to_token(std::nullopt).error().code, Errc::unauthenticated);
  EXPECT_EQ(migrate(options(TokenChoice{module_.get(), "missing", secret_of(kTokenPin)}), {})
                .error()
                .code,
            Errc::not_found);
  EXPECT_EQ(start(std::nullopt), Errc{});
  EXPECT_EQ(start(token(kTokenPin)), Errc::invalid_argument) << "not by a start, only by migrating";
}

TEST_F(MigrationToTokenTest, BothAtOnceAndTheOpenerLast) {
  MigrationSecrets secrets;
  secrets.next = secret_of(kNew);
  secrets.changes_opener = true;
  const auto report = migrate(options(token(kTokenPin)), std::move(secrets));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->opener, Opener::passphrase);
  EXPECT_TRUE(report->has_moved);
  EXPECT_EQ(start(token()), Errc::unauthenticated);
  auto by_passphrase = options(token());
  by_passphrase.passphrase = secret_of(kNew);
  EXPECT_TRUE(Vault::open(std::move(by_passphrase)));
}

TEST_F(MigrationToTokenTest, APowerCutAtAnyCallIsMendedByMigratingAgain) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    os::testing::FaultyFileSystem disk(call);
    ASSERT_TRUE(disk.create_directory(testing::kDirectory));
    ASSERT_TRUE(disk.sync_directory("/"));
    const auto on_disk = [&](std::optional<TokenChoice> choice) {
      return Vault::Options{.files = disk,
                            .directory = testing::kDirectory,
                            .clock = clock,
                            .random = random,
                            .token = std::move(choice)};
    };
    ASSERT_TRUE(Vault::open(on_disk(std::nullopt)));
    disk.cut_power_at(disk.calls() + call);
    const auto report = migrate(on_disk(token(kTokenPin)), {});
    const bool was_cut = disk.is_off();
    disk.restore_power();

    const auto by_files = Vault::open(on_disk(std::nullopt));
    const bool is_open_in_one_way =
        by_files.has_value() != Vault::open(on_disk(token())).has_value();
    EXPECT_TRUE(is_open_in_one_way);
    const auto again = migrate(on_disk(token(kTokenPin)), {});
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_THAT(again->still_sealed, ::testing::Not(::testing::Contains("server-issuer-1")));
    EXPECT_TRUE(Vault::open(on_disk(token())));
    if (!was_cut) return;
  }
}

}  // namespace
}  // namespace fastness::vault

// Roots that lie elsewhere: the switch to the standby root, the offline root, and whoever would
// have either go another way.
#include <gtest/gtest.h>

#include "os/files/file_system.h"
#include "roots/profile.h"
#include "roots/root_set.h"
#include "vault/roots/sign_root.h"
#include "vault/store/sealed_files.h"
#include "vault/store/software_key_store.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using roots::Purpose;
using testing::kDirectory;

class ServerRootsTest : public testing::VaultTest {
 protected:
  static crypto::SecretBytes code_of(std::string text) {
    Bytes bytes = to_bytes(as_bytes(text));
    return crypto::SecretBytes::take(bytes);
  }

  static OpenedRoot opened(const Result<SealedRoot>& taken, RootRole role) {
    return open_sealed_root(taken.value().to_file(role), code_of(taken.value().code)).value();
  }
  OpenedRoot standby() { return opened(authority().export_standby(), RootRole::standby); }
  OpenedRoot active() { return opened(authority().export_active(), RootRole::active); }

  ServerAuthority& authority() { return vault->server_authority(); }

  roots::RootSet anchors() {
    const auto now = authority().anchors();
    return roots::RootSet::make(now.number, now.active, now.standby).value();
  }

  // Nothing if it was done.
  std::optional<Errc> prepare(Purpose purpose) {
    const auto done = vault->answer(vault_ipc::PrepareRoots{purpose});
    return done ? std::nullopt : std::optional(done.error().code);
  }

  // As the host's owner takes it, past the hub.
  roots::RootRequest request() {
    const Bytes pem = os::read_file(files, kDirectory / Vault::kRootRequestFile, 100'000).value();
    return roots::RootRequest::parse_pem(as_text(pem)).value();
  }

  std::string sign(std::vector<OpenedRoot> with) {
    return sign_root(request(), with, clock.now(), random).value().to_pem();
  }
  std::string sign(OpenedRoot with) {
    std::vector<OpenedRoot> one;
    one.push_back(std::move(with));
    return sign(std::move(one));
  }

  std::optional<Errc> accept(const std::string& answer) {
    const auto done = vault->answer(vault_ipc::AcceptRoots{answer});
    return done ? std::nullopt : std::optional(done.error().code);
  }

  // The chain that the server shows now, below its root.
  std::vector<crypto::Certificate> chain() {
    const auto issued =
        vault->answer(vault_ipc::IssueServerCertificate{{"a.example"}, key.public_key().to_spki()});
    std::vector<crypto::Certificate> certificates;
    for (const Bytes& each : issued.value().chain) {
      certificates.push_back(crypto::Certificate::parse(each).value());
    }
    return certificates;
  }

  // Whether whoever trusts only this root gets through to the server.
  bool reaches(const crypto::Certificate& root) {
    const auto shown = chain();
    return shown[0].is_signed_by(shown[1].public_key().value()) &&
           shown[1].is_signed_by(root.public_key().value());
  }

  void take_active_root_away() {
    const OpenedRoot root = active();
    ASSERT_TRUE(authority().forget(root));
  }
};

TEST_F(ServerRootsTest, TheStandbyRootTakesOverAndWhoeverHasBothGetsThrough) {
  const roots::RootSet before = anchors();
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  EXPECT_TRUE(reaches(before.active)) << "nothing changes before the answer";

  ASSERT_EQ(accept(sign(standby())), std::nullopt);

  const roots::RootSet after = anchors();
  EXPECT_EQ(after.number, 2U);
  EXPECT_TRUE(std::ranges::equal(after.active.der(), before.standby.der()));
  EXPECT_FALSE(reaches(before.active));
  EXPECT_TRUE(reaches(before.standby)) << "a board from before trusts it already";
  EXPECT_FALSE(authority().has_active().value()) << "its key never came here";
  EXPECT_TRUE(authority().has_standby().value()) << "the new one waits to be carried away";
  restart();
  EXPECT_EQ(anchors(), after);
  EXPECT_TRUE(reaches(before.standby));
}

TEST_F(ServerRootsTest, OurDevicesFollowByTheDocumentThatBothRootsSigned) {
  const roots::RootSet before = anchors();
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  ASSERT_EQ(accept(sign(standby())), std::nullopt);
  const auto published = authority().anchors().documents;
  ASSERT_EQ(published.size(), 1U);

  EXPECT_EQ(roots::accept(before, published[0], clock.now()).value(), anchors());

  // And over two changes, the second of which needs the first one's standby root from its file.
  std::vector<OpenedRoot> both;
  both.push_back(standby());  // of set 2
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  EXPECT_FALSE(request().parts().by_active) << "the vault does not have that root";
  ASSERT_EQ(accept(sign(std::move(both))), std::nullopt);
  EXPECT_EQ(anchors().number, 3U);
  EXPECT_EQ(authority().anchors().documents.size(), 1U) << "only one root signed";
  EXPECT_EQ(roots::catch_up(before, authority().anchors().documents, clock.now())->number, 2U);
}

TEST_F(ServerRootsTest, ARootThatWasTakenAwaySignsItsSuccessorFromItsFile) {
  const roots::RootSet before = anchors();
  std::vector<OpenedRoot> both;
  both.push_back(active());
  both.push_back(standby());
  take_active_root_away();
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  EXPECT_FALSE(request().parts().by_active);

  ASSERT_EQ(accept(sign(std::move(both))), std::nullopt);

  EXPECT_EQ(roots::catch_up(before, authority().anchors().documents, clock.now()).value(),
            anchors());
}

TEST_F(ServerRootsTest, AfterASwitchNoKeyOfARootIsLeftThatCouldSign) {
  const OpenedRoot given_up = active();
  const OpenedRoot taken_over = standby();
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  ASSERT_EQ(accept(sign(standby())), std::nullopt);

  EXPECT_EQ(authority().export_active().error().code, Errc::not_found);
  for (const char* gone : {"keys/server-root", "keys/server-issuer-1", "records/standby-root",
                           "records/server-root-request", Vault::kRootRequestFile}) {
    EXPECT_EQ(os::read_file(files, kDirectory / gone, 100'000).error().code, Errc::not_found)
        << gone;
  }
  const OpenedRoot next = standby();
  EXPECT_FALSE(next.key.public_key() == taken_over.key.public_key());
  EXPECT_FALSE(next.key.public_key() == given_up.key.public_key());
}

TEST_F(ServerRootsTest, AVaultWithoutItsRootAsksForASignatureAndGoesOn) {
  const roots::RootSet before = anchors();
  const OpenedRoot root = active();
  EXPECT_EQ(prepare(Purpose::renew_issuer), Errc::permission_denied) << "it can do that itself";
  ASSERT_TRUE(authority().forget(root));
  EXPECT_FALSE(authority().has_active().value());
  restart();

  // Due, but not over: what there is goes on.
  clock.advance(std::chrono::days(4 * 365 + 30));
  EXPECT_TRUE(reaches(before.active));
  ASSERT_EQ(prepare(Purpose::renew_issuer), std::nullopt);
  const Bytes old_issuer = to_bytes(chain()[1].der());
  std::vector<OpenedRoot> with;
  with.push_back({crypto::PrivateKey::from_pkcs8(root.key.to_pkcs8()).value(), root.certificate});
  ASSERT_EQ(accept(sign(std::move(with))), std::nullopt);

  EXPECT_FALSE(std::ranges::equal(chain()[1].der(), old_issuer));
  EXPECT_TRUE(reaches(before.active));
  EXPECT_EQ(anchors(), before) << "no root changed";
  EXPECT_GT(chain()[1].not_after(), clock.now() + std::chrono::days(4 * 365));
}

TEST_F(ServerRootsTest, AnAuthorityThatIsOverIsSaidSo) {
  take_active_root_away();
  clock.advance(std::chrono::days(5 * 365 + 1));
  const auto refused =
      vault->answer(vault_ipc::IssueServerCertificate{{"a.example"}, key.public_key().to_spki()});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("root-request"), std::string::npos);
}

// A hub that was taken over may ask and answer what it likes: without a root's key nothing moves.
TEST_F(ServerRootsTest, AHubThatWasTakenOverMovesNothing) {
  const roots::RootSet before = anchors();
  EXPECT_EQ(accept("anything"), Errc::not_found) << "nobody asked";
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);

  // With keys of its own, for both roots.
  const crypto::PrivateKey own = crypto::PrivateKey::generate();
  const Bytes tbs =
      roots::root_body(roots::kStandbyRole, own.public_key(), Bytes(16, 0x41), clock.now())
          .value()
          .to_tbs();
  const auto forged = crypto::Certificate::parse(crypto::assemble_certificate(tbs, own.sign(tbs)));
  std::vector<OpenedRoot> with;
  with.push_back({crypto::PrivateKey::from_pkcs8(own.to_pkcs8()).value(), forged.value()});
  EXPECT_EQ(sign_root(request(), with, clock.now(), random).error().code, Errc::not_found);
  with[0].certificate = before.standby;  // says that it is
  EXPECT_EQ(accept(sign(std::move(with))), Errc::corrupted);

  EXPECT_EQ(anchors(), before);
  EXPECT_TRUE(reaches(before.active));
}

TEST_F(ServerRootsTest, AnAnswerCountsOnceAndOnlyForTheNewestRequest) {
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  const auto first = request().digest();
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  EXPECT_EQ(request().digest(), first) << "asked again, it is the same";
  restart();
  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  EXPECT_EQ(request().digest(), first);
  const std::string answer = sign(standby());
  ASSERT_EQ(accept(answer), std::nullopt);
  EXPECT_EQ(accept(answer), Errc::not_found);

  ASSERT_EQ(prepare(Purpose::switch_to_standby), std::nullopt);
  EXPECT_EQ(accept(answer), Errc::corrupted) << "it belongs to a request that is over";
}

TEST_F(ServerRootsTest, AFileOpensWithItsCodeHoweverItIsTypedAndWithNoOther) {
  const SealedRoot taken = authority().export_standby().value();
  const std::string file = taken.to_file(RootRole::standby);
  EXPECT_TRUE(open_sealed_root(file, code_of(taken.code)));
  std::string typed = taken.code;
  std::erase(typed, '-');
  for (char& c : typed) c = static_cast<char>(std::tolower(c));
  EXPECT_TRUE(open_sealed_root(file, code_of(typed)));

  std::string wrong = taken.code;
  wrong[3] = wrong[3] == '2' ? '3' : '2';
  EXPECT_EQ(open_sealed_root(file, code_of(wrong)).error().code, Errc::unauthenticated);
  EXPECT_EQ(open_sealed_root(file, code_of("")).error().code, Errc::unauthenticated);
  EXPECT_EQ(open_sealed_root(file, code_of(taken.code + "A")).error().code, Errc::unauthenticated);
  EXPECT_EQ(open_sealed_root(taken.to_file(RootRole::active), code_of(taken.code)).error().code,
            Errc::unauthenticated)
      << "one root is not the other";
  EXPECT_EQ(open_sealed_root("", code_of(taken.code)).error().code, Errc::invalid_argument);
  SealedRoot other = taken;
  other.certificate = authority().anchors().active;
  EXPECT_EQ(open_sealed_root(other.to_file(RootRole::standby), code_of(taken.code)).error().code,
            Errc::unauthenticated)
      << "another root's certificate";
}

TEST_F(ServerRootsTest, OnlyAFileThatOpensLetsTheVaultForget) {
  ASSERT_TRUE(authority().has_active().value());
  OpenedRoot stranger = active();
  const Bytes tbs =
      roots::root_body(roots::kActiveRole, key.public_key(), Bytes(16, 0x44), clock.now())
          .value()
          .to_tbs();
  stranger.certificate =
      crypto::Certificate::parse(crypto::assemble_certificate(tbs, key.sign(tbs))).value();
  EXPECT_EQ(authority().forget(stranger).error().code, Errc::invalid_argument);
  EXPECT_TRUE(authority().has_active().value());
  EXPECT_TRUE(authority().has_standby().value());

  EXPECT_TRUE(authority().forget(standby()));
  EXPECT_TRUE(authority().has_active().value());
  EXPECT_FALSE(authority().has_standby().value());
}

// A disk on which the authority is opened again after every cut, as a new process would.
class Disk {
 public:
  explicit Disk(std::uint64_t seed) : files(seed) {
    static_cast<void>(files.create_directory(kDirectory));
  }

  Result<ServerAuthority> open() {
    const auto folder = [&](const char* name) {
      return SealedFiles::open(files, kDirectory / name, crypto::SecretBytes(32), random).value();
    };
    records = std::make_unique<SealedFiles>(folder("records"));
    keys = std::make_unique<SoftwareKeyStore>(folder("keys"));
    return ServerAuthority::open(*records, *keys, clock, random);
  }

  os::testing::FaultyFileSystem files;
  fastness::testing::ManualClock clock{Timestamp(std::chrono::hours(480'000))};
  crypto::SystemRandom random;
  std::unique_ptr<SealedFiles> records;
  std::unique_ptr<SoftwareKeyStore> keys;
};

// What the owner has in the file, without the slow opening of one.
std::vector<OpenedRoot> standby_on(const Disk& disk, const vault_ipc::ServerAnchors& anchors) {
  std::vector<OpenedRoot> opened;
  opened.push_back(
      {crypto::PrivateKey::from_pkcs8(disk.records->read("standby-root").value()).value(),
       crypto::Certificate::parse(anchors.standby).value()});
  return opened;
}

void try_to_switch(Disk& disk, ServerAuthority& authority, const std::vector<OpenedRoot>& with) {
  const auto pem = authority.prepare(Purpose::switch_to_standby);
  if (!pem) return;
  const auto request = roots::RootRequest::parse_pem(*pem).value();
  const auto answer = sign_root(request, with, disk.clock.now(), disk.random).value();
  static_cast<void>(authority.accept(answer.to_pem()));
}

// A power cut at every step of the switch: the authority is on one side or the other, and can go on
// from there.
TEST(ServerRootsPower, ASwitchIsWholeOrNotAtAll) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    Disk disk(call);
    auto authority = disk.open().value();
    const auto before = authority.anchors();
    const auto with = standby_on(disk, before);

    disk.files.cut_power_at(disk.files.calls() + call);
    try_to_switch(disk, authority, with);
    const bool was_cut = disk.files.is_off();
    disk.files.restore_power();

    auto again = disk.open();
    ASSERT_TRUE(again) << again.error().message;
    const auto after = again->anchors();
    const bool has_switched = after.number == 2;
    EXPECT_EQ(after.active, has_switched ? before.standby : before.active);
    EXPECT_EQ(again->has_active().value(), !has_switched);
    EXPECT_TRUE(again->has_standby().value());
    if (!was_cut) {
      EXPECT_TRUE(has_switched);
      break;
    }
    if (has_switched) continue;
    try_to_switch(disk, again.value(), with);
    EXPECT_EQ(again->anchors().number, 2U);
    EXPECT_EQ(again->anchors().active, before.standby);
  }
}

}  // namespace
}  // namespace fastness::vault

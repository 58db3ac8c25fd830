// Link certificates, and what an emergency must not leave behind.
#include "vault/authority/generations.h"

#include <gtest/gtest.h>

#include "crypto/x509/certificate.h"
#include "vault/authority/generation_list.h"
#include "vault/store/software_key_store.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using namespace std::chrono_literals;
using testing::kDirectory;
using testing::VaultTest;
using vault_ipc::ChangeGeneration;
using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;

crypto::Certificate parse(const Bytes& der) {
  auto certificate = crypto::Certificate::parse(der);
  EXPECT_TRUE(certificate);
  return std::move(certificate).value();
}

crypto::PublicKey key_of(const Generation& generation) {
  return crypto::PublicKey::from_point(generation.key).value();
}

// Both names are the authority's, the key is the subject's, and the signer's key signed it.
void expect_link(const Bytes& der, const Generation& subject, const Generation& signer) {
  ASSERT_FALSE(der.empty());
  const crypto::Certificate link = parse(der);
  const crypto::Certificate own = parse(subject.certificate);
  const crypto::Certificate signers = parse(signer.certificate);
  EXPECT_TRUE(link.is_signed_by(key_of(signer)));
  EXPECT_EQ(link.key_digest(), key_of(subject).digest());
  EXPECT_TRUE(link.is_authority());
  EXPECT_EQ(to_hex(link.subject()), to_hex(own.subject()));
  EXPECT_EQ(to_hex(link.issuer()), to_hex(signers.subject()));
  EXPECT_EQ(to_hex(link.subject_key_id()), to_hex(own.subject_key_id()));
  EXPECT_EQ(to_hex(link.authority_key_id()), to_hex(signers.subject_key_id()));
  EXPECT_GE(link.not_before(), signers.not_before());
  EXPECT_LE(link.not_after(), signers.not_after()) << "no longer than whoever signed it";
  EXPECT_LE(link.not_after(), own.not_after());
  EXPECT_LT(link.not_before(), link.not_after());
}

class LinkTest : public VaultTest {
 protected:
  // Stages and trusts one more, whose number is `id`.
  void prepare(std::uint32_t id) {
    ASSERT_TRUE(vault->answer(ChangeGeneration{}));
    ASSERT_EQ(change(id, GenerationState::trusted), Errc{});
  }
  void step_to(std::uint32_t id) {
    prepare(id);
    ASSERT_EQ(change(id, GenerationState::issuing), Errc{});
  }
};

TEST_F(LinkTest, ARoutineStepVouchesBothWays) {
  EXPECT_TRUE(generation(1).new_with_old.empty()) << "there was none before";
  clock.advance(24h * 10);
  prepare(2);
  expect_link(generation(2).new_with_old, generation(2), generation(1));
  EXPECT_TRUE(generation(1).old_with_new.empty()) << "not before it has taken over";

  ASSERT_EQ(change(2, GenerationState::issuing), Errc{});

  expect_link(generation(1).old_with_new, generation(1), generation(2));
  const auto before = vault->answer(vault_ipc::ListGenerations{})->generations;
  restart();
  EXPECT_EQ(vault->answer(vault_ipc::ListGenerations{})->generations, before);
}

TEST_F(LinkTest, ThePathOfTimeVouchesToo) {
  clock.advance(24h * 31);
  ASSERT_EQ(issue(device, key)->entry.generation, GenerationId(2));
  expect_link(generation(2).new_with_old, generation(2), generation(1));
  expect_link(generation(1).old_with_new, generation(1), generation(2));
}

TEST_F(LinkTest, NobodyVouchesAfterItsOwnEnd) {
  clock.advance(24h * 91);  // nobody asked for a certificate in the meantime
  step_to(2);
  EXPECT_TRUE(generation(2).new_with_old.empty());
  EXPECT_TRUE(generation(1).old_with_new.empty());
}

// What a thief could show to whoever trusts only the new key, so that the stolen one goes on.
TEST_F(LinkTest, AnEmergencyNeverMakesOldWithNew) {
  const auto expect_none = [&](const char* when) {
    const auto list = vault->answer(vault_ipc::ListGenerations{}).value();
    for (const Generation& each : list.generations) {
      EXPECT_TRUE(each.old_with_new.empty()) << when << ": " << each.id.value();
    }
  };
  prepare(2);
  expect_none("prepared");
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});
  expect_none("the old one given up");
  ASSERT_EQ(change(2, GenerationState::issuing), Errc{});
  expect_none("the new one issues");
  restart();
  expect_none("after a restart");
  expect_link(generation(2).new_with_old, generation(2), generation(1));
}

TEST_F(LinkTest, ACrashBetweenGivingUpAndIssuingMakesNoneEither) {
  prepare(2);
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});
  restart();  // which lets the prepared one issue
  EXPECT_EQ(generation(2).state, GenerationState::issuing);
  EXPECT_TRUE(generation(1).old_with_new.empty());
}

TEST_F(LinkTest, DistrustWithdrawsWhatVouchedForTheKey) {
  step_to(2);
  step_to(3);
  ASSERT_FALSE(generation(1).old_with_new.empty());
  ASSERT_FALSE(generation(2).old_with_new.empty());

  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});

  EXPECT_TRUE(generation(1).old_with_new.empty());
  expect_link(generation(2).new_with_old, generation(2), generation(1));
  EXPECT_FALSE(generation(2).old_with_new.empty()) << "another key's";
  restart();
  EXPECT_TRUE(generation(1).old_with_new.empty());
}

TEST_F(LinkTest, DistrustWithdrawsWhatTheKeyVouchedForAsNewer) {
  step_to(2);
  step_to(3);
  ASSERT_EQ(change(2, GenerationState::distrusted), Errc{});
  EXPECT_TRUE(generation(1).old_with_new.empty()) << "signed by the key that is given up";
  EXPECT_TRUE(generation(2).old_with_new.empty());
  EXPECT_TRUE(generation(2).new_with_old.empty());
  expect_link(generation(3).new_with_old, generation(3), generation(2));
}

// The same store and list as a vault's, where the list can be written as no vault would.
class StoredListTest : public ::testing::Test {
 protected:
  StoredListTest() { static_cast<void>(files.create_directory("/vault")); }

  SealedFiles folder(const char* name) {
    return SealedFiles::open(files, std::filesystem::path("/vault") / name, crypto::SecretBytes(32),
                             random)
        .value();
  }

  Result<Generations> open() { return Generations::open(records, keys, clock, random); }

  // Two generations, the second of which issues.
  std::vector<Generation> two() {
    Generations list = open().value();
    EXPECT_TRUE(list.issuing());
    EXPECT_TRUE(list.stage());
    EXPECT_TRUE(list.change(GenerationId(2), GenerationState::trusted, {}));
    EXPECT_TRUE(list.change(GenerationId(2), GenerationState::issuing, {}));
    return list.all();
  }

  Errc open_with(const std::vector<Generation>& list) {
    EXPECT_TRUE(records.write("generations", encode_list(list)));
    const auto opened = open();
    return opened ? Errc{} : opened.error().code;
  }

  os::testing::FaultyFileSystem files{1};
  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22))};
  crypto::SystemRandom random;
  SealedFiles records = folder("records");
  SoftwareKeyStore keys{folder("keys")};
};

TEST_F(StoredListTest, AnOldWithNewOfADistrustedKeyIsRefused) {
  std::vector<Generation> list = two();
  ASSERT_EQ(open_with(list), Errc{});
  for (const auto state : {GenerationState::distrusted, GenerationState::destroyed}) {
    list[0].state = state;
    EXPECT_EQ(open_with(list), Errc::corrupted) << to_text(state);
  }
}

TEST_F(StoredListTest, AnOldWithNewByADistrustedKeyIsRefused) {
  std::vector<Generation> list = two();
  list[1].state = GenerationState::distrusted;
  list[1].new_with_old.clear();
  EXPECT_EQ(open_with(list), Errc::corrupted);
}

TEST_F(StoredListTest, ALinkOfSomebodyElseIsRefused) {
  const std::vector<Generation> list = two();
  std::vector<Generation> changed = list;
  changed[1].new_with_old = list[0].old_with_new;  // another key's
  EXPECT_EQ(open_with(changed), Errc::corrupted);
  changed = list;
  changed[0].old_with_new = list[0].certificate;  // by itself
  EXPECT_EQ(open_with(changed), Errc::corrupted);
  changed = list;
  changed[0].new_with_old = list[0].old_with_new;  // by its successor, as if by one before
  EXPECT_EQ(open_with(changed), Errc::corrupted);
  changed = list;
  changed[0].old_with_new.back() ^= 1U;
  EXPECT_EQ(open_with(changed), Errc::corrupted);
  changed = list;
  changed[0].old_with_new = Bytes(40, 0x30);
  EXPECT_EQ(open_with(changed), Errc::corrupted);
}

TEST_F(StoredListTest, ListsOfBeforeThereWereLinksAreRead) {
  std::vector<Generation> list = two();
  list[0].state = GenerationState::distrusted;
  list[0].distrusted_at = clock.now();
  Bytes old_form;
  ByteWriter out(old_form);
  out.u32(2);
  for (Generation& each : list) {
    each.new_with_old.clear();
    each.old_with_new.clear();
    Bytes record;
    ByteWriter of_record(record);
    each.encode(of_record);
    out.raw(ByteView(record).first(record.size() - 8));  // two empty links
  }
  ASSERT_TRUE(records.write("generations", old_form));

  const auto opened = open();

  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->all(), list);
  old_form.push_back(0);
  ASSERT_TRUE(records.write("generations", old_form));
  EXPECT_EQ(open().error().code, Errc::corrupted);
}

// An emergency supposes that whatever was on the disk before is in the thief's hands.
TEST_F(StoredListTest, AKeyThatACrashLeftIsNotTakenForAnother) {
  static_cast<void>(two());
  const auto left = keys.create_key(Generations::key_label(GenerationId(3)));
  ASSERT_TRUE(left);
  Generations list = open().value();

  ASSERT_TRUE(list.stage());

  EXPECT_NE(list.all().at(2).key, left->point());
}

TEST_F(StoredListTest, AKeyThatACrashKeptFromDestructionGoesAtTheNextStart) {
  std::vector<Generation> list = two();
  list[0].state = GenerationState::destroyed;
  list[0].old_with_new.clear();
  const std::string label = Generations::key_label(GenerationId(1));
  ASSERT_TRUE(keys.public_key(label));

  ASSERT_EQ(open_with(list), Errc{});

  EXPECT_EQ(keys.public_key(label).error().code, Errc::not_found);
  EXPECT_FALSE(keys.sign(label, Bytes(3)));
}

}  // namespace
}  // namespace fastness::vault

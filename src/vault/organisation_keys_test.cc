#include <gtest/gtest.h>

#include "crypto/public_key/sealed_box.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using namespace std::chrono_literals;
using testing::uuid;
using testing::VaultTest;

class OrganisationKeysTest : public VaultTest {
 protected:
  Bytes seal(OrganisationId owner) {
    const auto pair = vault->answer(vault_ipc::MakeOrganisationKey{owner});
    return crypto::seal_to(pair->public_key, as_bytes("a content key"));
  }
  Result<vault_ipc::UnwrappedKey> unwrap(OrganisationId owner, const Bytes& sealed) {
    return vault->answer(vault_ipc::UnwrapContentKey{owner, 1, sealed});
  }

  const OrganisationId mine{uuid(1)};
  const OrganisationId theirs{uuid(2)};
};

TEST_F(OrganisationKeysTest, OneOrganisationsKeyOpensNoOthers) {
  const Bytes sealed = seal(mine);
  static_cast<void>(seal(theirs));
  EXPECT_EQ(as_text(unwrap(mine, sealed)->key.reveal()), "a content key");
  EXPECT_EQ(unwrap(theirs, sealed).error().code, Errc::corrupted);
  EXPECT_EQ(unwrap(OrganisationId(uuid(3)), sealed).error().code, Errc::not_found);
  restart();
  EXPECT_EQ(as_text(unwrap(mine, sealed)->key.reveal()), "a content key");
}

TEST_F(OrganisationKeysTest, UnwrapsOnlyWithinTheBudgets) {
  const Bytes sealed = seal(mine);
  const Bytes others = seal(theirs);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(unwrap(mine, sealed));
  EXPECT_EQ(unwrap(mine, sealed).error().code, Errc::exhausted) << "its own";
  EXPECT_TRUE(unwrap(theirs, others));
  EXPECT_TRUE(unwrap(theirs, others));
  EXPECT_EQ(unwrap(theirs, others).error().code, Errc::exhausted) << "everybody's";
  clock.advance(61s);
  EXPECT_TRUE(unwrap(mine, sealed));
  EXPECT_EQ(unwrap(mine, sealed).error().code, Errc::exhausted);
}

TEST_F(OrganisationKeysTest, DestroyingTheShareErasesForGood) {
  const Bytes sealed = seal(mine);
  const vault_ipc::ShareOwner owner{mine, std::nullopt};
  const vault_ipc::ShareOwner person{mine, UserId(uuid(5))};
  const Bytes share = to_bytes(vault->answer(vault_ipc::ReadShare{owner})->key.reveal());
  EXPECT_EQ(to_bytes(vault->answer(vault_ipc::ReadShare{owner})->key.reveal()), share);
  ASSERT_TRUE(vault->answer(vault_ipc::ReadShare{person}));

  ASSERT_TRUE(vault->answer(vault_ipc::DestroyShare{owner}));

  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(vault->answer(vault_ipc::ReadShare{owner}).error().code, Errc::not_found);
    EXPECT_EQ(vault->answer(vault_ipc::ReadShare{person}).error().code, Errc::not_found);
    EXPECT_EQ(unwrap(mine, sealed).error().code, Errc::not_found);
    EXPECT_EQ(vault->answer(vault_ipc::MakeOrganisationKey{mine}).error().code, Errc::not_found);
    restart();
  }
  EXPECT_TRUE(vault->answer(vault_ipc::DestroyShare{owner})) << "twice is no error";
}

TEST_F(OrganisationKeysTest, APersonsShareDiesAlone) {
  const vault_ipc::ShareOwner person{mine, UserId(uuid(5))};
  ASSERT_TRUE(vault->answer(vault_ipc::ReadShare{person}));
  ASSERT_TRUE(vault->answer(vault_ipc::DestroyShare{person}));
  EXPECT_FALSE(vault->answer(vault_ipc::ReadShare{person}));
  EXPECT_TRUE(vault->answer(vault_ipc::ReadShare{{mine, std::nullopt}}));
  EXPECT_TRUE(vault->answer(vault_ipc::ReadShare{{mine, UserId(uuid(6))}}));
}

}  // namespace
}  // namespace fastness::vault

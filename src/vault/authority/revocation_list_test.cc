// Lists of revoked certificates: what the vault signs of what a hub asks for.
#include <gtest/gtest.h>

#include "crypto/x509/certificate.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using testing::VaultTest;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;

class RevocationListTest : public VaultTest {
 protected:
  Result<vault_ipc::RevocationList> sign(std::uint32_t id, Bytes serial) {
    return vault->answer(vault_ipc::SignRevocationList{
        GenerationId(id),
        {{std::move(serial), clock.now(), crypto::RevocationReason::unspecified}}});
  }
};

TEST_F(RevocationListTest, IsSignedByItsGenerationAndNothingElseThanAList) {
  const auto signed_list = sign(1, Bytes(20, 0x42));
  ASSERT_TRUE(signed_list);
  EXPECT_EQ(signed_list->next_update, clock.now() + std::chrono::days(7));
  const auto contents = crypto::signed_bytes_of(signed_list->list).value();
  const auto signer = crypto::PublicKey::from_point(generation(1).key).value();
  EXPECT_TRUE(signer.verify(contents.tbs, contents.signature));
  EXPECT_FALSE(crypto::Certificate::parse(signed_list->list));
}

TEST_F(RevocationListTest, NothingButASerialNumberIsSigned) {
  EXPECT_EQ(sign(1, {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(sign(1, Bytes(21, 1)).error().code, Errc::invalid_argument);
  EXPECT_EQ(sign(2, Bytes(20, 1)).error().code, Errc::not_found);
}

TEST_F(RevocationListTest, ADistrustedKeySignsNone) {
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});
  EXPECT_EQ(sign(1, Bytes(20, 1)).error().code, Errc::permission_denied);
}

}  // namespace
}  // namespace fastness::vault

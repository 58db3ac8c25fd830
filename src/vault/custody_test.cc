#include "vault/custody.h"

#include <gtest/gtest.h>

#include "vault/testing/soft_token.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using testing::SoftTokens;

constexpr char kPin[] = "4711-0815";

// A vault whose keys are in a token, on a disk of its own.
class CustodyTest : public testing::VaultTest {
 protected:
  CustodyTest() {
    vault.reset();
    tokens_.make("fastness", kPin);
    tokens_.make("other", kPin);
    module_ = tokens_.load();
    static_cast<void>(disk_.create_directory(testing::kDirectory));
  }

  Result<std::unique_ptr<Vault>> start(std::optional<std::string> pin,
                                       const std::string& label = "fastness") {
    TokenChoice choice{module_.get(), label};
    if (pin) choice.pin = SoftTokens::secret(*pin);
    return start_with(std::move(choice));
  }
  Result<std::unique_ptr<Vault>> start_with(std::optional<TokenChoice> choice) {
    return Vault::open({.files = disk_,
                        .directory = testing::kDirectory,
                        .clock = clock,
                        .random = random,
                        .token = std::move(choice)});
  }
  Result<vault_ipc::IssuedDeviceCertificate> issue_by(Vault& which) {
    return which.answer(
        vault_ipc::IssueDeviceCertificate{device,
                                          vault_ipc::Profile::standard,
                                          crypto::CertificateRequest::build(key, "ignored").value(),
                                          {}});
  }

  SoftTokens tokens_;
  std::unique_ptr<pkcs11::Module> module_;
  os::testing::FaultyFileSystem disk_{2};
};

TEST_F(CustodyTest, ATokensKeysIssueAndStayThere) {
  auto first = start(kPin).value();
  EXPECT_TRUE(issue_by(*first));
  const Bytes root = first->answer(vault_ipc::ReadServerAnchors{})->active;
  first.reset();

  const auto again = start(std::nullopt).value();
  EXPECT_TRUE(issue_by(*again));
  EXPECT_EQ(again->answer(vault_ipc::ReadServerAnchors{})->active, root);
  EXPECT_TRUE(disk_.list(testing::kDirectory / "keys")->empty());
}

TEST_F(CustodyTest, ThePinIsNeededOnceAndAsItIs) {
  EXPECT_EQ(start(std::nullopt).error().code, Errc::unauthenticated);
  EXPECT_EQ(start("wrong").error().code, Errc::unauthenticated);
  EXPECT_EQ(start(std::nullopt).error().code, Errc::unauthenticated);
  ASSERT_TRUE(start(kPin));
  EXPECT_EQ(start("wrong").error().code, Errc::unauthenticated);
  EXPECT_TRUE(start(std::nullopt));
}

TEST_F(CustodyTest, KeysAreLookedForWhereTheyWereMadeAndNowhereElse) {
  ASSERT_TRUE(start(kPin));
  const auto sealed = start_with(std::nullopt);
  EXPECT_EQ(sealed.error().code, Errc::invalid_argument);
  EXPECT_NE(sealed.error().message.find("vault.keys"), std::string::npos);
  EXPECT_EQ(start(kPin, "other").error().code, Errc::invalid_argument);
  EXPECT_TRUE(start(std::nullopt));
}

TEST_F(CustodyTest, KeysInSealedFilesDoNotMoveIntoAToken) {
  ASSERT_TRUE(start_with(std::nullopt));
  EXPECT_EQ(start(kPin).error().code, Errc::invalid_argument);
  EXPECT_TRUE(start_with(std::nullopt));
}

TEST_F(CustodyTest, NoKeyIsPutIntoAToken) {
  TokenChoice choice{module_.get(), "fastness", SoftTokens::secret(kPin)};
  const auto forged = Vault::open({.files = disk_,
                                   .directory = testing::kDirectory,
                                   .clock = clock,
                                   .random = random,
                                   .imported_device_authority = crypto::PrivateKey::generate(),
                                   .token = std::move(choice)});
  EXPECT_EQ(forged.error().code, Errc::permission_denied);
}

TEST_F(CustodyTest, AThiefOfTheDiskHasNoAuthority) {
  ASSERT_TRUE(start(kPin));
  module_.reset();
  // The thief has the files, the PIN that they hold, and a token of that name.
  SoftTokens of_the_thief;
  of_the_thief.make("fastness", kPin);
  const auto module = of_the_thief.load();
  const auto opened = start_with(TokenChoice{module.get(), "fastness"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
}

}  // namespace
}  // namespace fastness::vault

#include "vault/store/token_key_store.h"

#include <gtest/gtest.h>

#include "vault/testing/soft_token.h"
#include "vault/testing/tpm_token.h"

namespace fastness::vault {
namespace {

using pkcs11::Module;
using pkcs11::Token;
using testing::SoftTokens;
using testing::TestTokens;
using testing::TpmTokens;

constexpr char kLabel[] = "fastness";
constexpr char kPin[] = "4711-0815";

// What stands behind the module.
enum class Hardware : std::uint8_t { soft_hsm, tpm };

std::unique_ptr<TestTokens> tokens_of(Hardware hardware) {
  if (hardware == Hardware::tpm) return std::make_unique<TpmTokens>();
  return std::make_unique<SoftTokens>();
}

class TokenKeyStoreTest : public ::testing::TestWithParam<Hardware> {
 protected:
  TokenKeyStoreTest() {
    tokens_->make(kLabel, kPin);
    open();
  }
  void open() {
    module_ = tokens_->load();
    store_ = store("one/");
  }
  void close() {
    store_.reset();
    module_.reset();
  }
  Result<std::unique_ptr<Token>> token(const std::string& label, const std::string& pin) {
    return Token::open(*module_, label, TestTokens::secret(pin));
  }
  std::unique_ptr<TokenKeyStore> store(const std::string& prefix) {
    return std::make_unique<TokenKeyStore>(token(kLabel, kPin).value(), prefix);
  }

  std::unique_ptr<TestTokens> tokens_ = tokens_of(GetParam());
  std::unique_ptr<Module> module_;
  std::unique_ptr<TokenKeyStore> store_;
};

INSTANTIATE_TEST_SUITE_P(On, TokenKeyStoreTest,
                         ::testing::Values(Hardware::soft_hsm, Hardware::tpm),
                         [](const auto& each) {
                           return each.param == Hardware::tpm ? "Tpm" : "SoftHsm";
                         });

TEST_P(TokenKeyStoreTest, SignsWhatItsPublicKeyVerifies) {
  const auto key = store_->create_key("ca-1");
  ASSERT_TRUE(key) << key.error().message;
  const Bytes message = {1, 2, 3};

  const auto signature = store_->sign("ca-1", message);

  ASSERT_TRUE(signature) << signature.error().message;
  EXPECT_TRUE(key->verify(message, *signature));
  EXPECT_FALSE(key->verify(Bytes{1, 2, 4}, *signature));
  EXPECT_EQ(*store_->public_key("ca-1"), *key);
}

TEST_P(TokenKeyStoreTest, KeysOutliveTheSession) {
  const auto key = store_->create_key("ca-1").value();
  close();
  open();
  EXPECT_EQ(store_->public_key("ca-1").value(), key);
  EXPECT_TRUE(key.verify({}, store_->sign("ca-1", {}).value()));
}

TEST_P(TokenKeyStoreTest, ALabelIsTakenOnce) {
  const auto key = store_->create_key("ca-1").value();
  EXPECT_EQ(store_->create_key("ca-1").error().code, Errc::already_exists);
  EXPECT_EQ(store_->public_key("ca-1").value(), key);
}

TEST_P(TokenKeyStoreTest, InstancesThatShareATokenDoNotSeeEachOthersKeys) {
  const auto key = store_->create_key("ca-1").value();
  store_.reset();
  store_ = store("other/");
  EXPECT_EQ(store_->public_key("ca-1").error().code, Errc::not_found);
  EXPECT_EQ(store_->sign("ca-1", {}).error().code, Errc::not_found);
  ASSERT_TRUE(store_->destroy("ca-1"));
  EXPECT_TRUE(store_->create_key("ca-1"));
  store_.reset();
  store_ = store("one/");
  EXPECT_EQ(store_->public_key("ca-1").value(), key);
}

TEST_P(TokenKeyStoreTest, WhatIsDestroyedSignsNothingAnyMore) {
  (void)store_->create_key("ca-1").value();
  ASSERT_TRUE(store_->sign("ca-1", {}));

  ASSERT_TRUE(store_->destroy("ca-1"));

  EXPECT_EQ(store_->sign("ca-1", {}).error().code, Errc::not_found);
  EXPECT_EQ(store_->public_key("ca-1").error().code, Errc::not_found);
  EXPECT_TRUE(store_->destroy("ca-1"));
  EXPECT_TRUE(store_->create_key("ca-1"));
}

TEST_P(TokenKeyStoreTest, IsOpenOnce) {
  EXPECT_EQ(token(kLabel, kPin).error().code, Errc::already_exists);
  EXPECT_EQ(token(kLabel, "0000-0000").error().code, Errc::already_exists);
  EXPECT_TRUE(store_->create_key("ca-1"));
}

TEST_P(TokenKeyStoreTest, AWrongPinOpensNothing) {
  store_.reset();
  const auto refused = token(kLabel, "0000-0000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
  EXPECT_EQ(refused.error().message.find("0000"), std::string::npos);
}

TEST_P(TokenKeyStoreTest, ATokenThatIsNotThereIsNamedBesideThoseThatAre) {
  const auto missing = token("fortress", kPin);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find("fortress"), std::string::npos);
  EXPECT_NE(missing.error().message.find(kLabel), std::string::npos);
}

// More than a TPM has room for, used in turn, and destroyed while others are in use.
TEST_P(TokenKeyStoreTest, HasManyKeysInUseAtOnce) {
  std::vector<crypto::PublicKey> keys;
  const auto label = [](std::size_t i) { return "ca-" + std::to_string(i); };
  constexpr std::size_t kKeys = 5;
  for (std::size_t i = 0; i < kKeys; ++i) {
    const auto key = store_->create_key(label(i));
    ASSERT_TRUE(key) << i << ": " << key.error().message;
    keys.push_back(*key);
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < kKeys; ++i) {
      const auto signature = store_->sign(label(i), {});
      ASSERT_TRUE(signature) << i << ": " << signature.error().message;
      EXPECT_TRUE(keys[i].verify({}, *signature));
    }
  }
  for (std::size_t i = 0; i < kKeys; i += 2) {
    ASSERT_TRUE(store_->destroy(label(i))) << i;
    EXPECT_EQ(store_->sign(label(i), {}).error().code, Errc::not_found);
    ASSERT_TRUE(store_->sign(label(1), {}));
  }
  close();
  open();
  EXPECT_TRUE(store_->sign(label(1), {}));
  EXPECT_EQ(store_->public_key(label(0)).error().code, Errc::not_found);
}

// A TPM's module makes no second token of a name.
TEST(TokenStore, TwoTokensOfOneNameAreNotChosenFrom) {
  SoftTokens tokens;
  tokens.make(kLabel, kPin);
  tokens.make(kLabel, kPin);
  const auto module = tokens.load();
  const auto ambiguous = Token::open(*module, kLabel, TestTokens::secret(kPin));
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, Errc::not_found);
}

TEST(TokenModule, WhatIsNoModuleIsSaidToBeNone) {
  EXPECT_EQ(Module::load("libsofthsm2.so").error().code, Errc::invalid_argument);
  EXPECT_EQ(Module::load("/nonexistent/module.so").error().code, Errc::not_found);
  EXPECT_EQ(Module::load("/bin/sh").error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::vault

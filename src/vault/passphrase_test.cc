#include "vault/passphrase.h"

#include <string>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fixed_limits.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kLeast = fixed_limit("vault.passphrase_least_bytes");
constexpr std::size_t kMost = fixed_limit("vault.passphrase_bytes");

class Passphrase : public testing::VaultTest {
 protected:
  // What is read where `text` comes by something that is no terminal.
  Result<std::optional<crypto::SecretBytes>> given(const std::string& text,
                                                   const std::filesystem::path& directory) {
    const int file = ::memfd_create("passphrase", MFD_CLOEXEC);
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
    return read_passphrase(file, files, directory);
  }
  std::string error_of(const std::string& text, const std::filesystem::path& directory) {
    const auto read = given(text, directory);
    return read ? "" : read.error().message;
  }
};

TEST_F(Passphrase, IsWhatWasGivenWithoutTheLinesEnd) {
  const auto read = given("four-unrelated-words-Zq81xVt7\n", "/elsewhere");
  ASSERT_TRUE(read);
  EXPECT_EQ(as_text((*read)->reveal()), "four-unrelated-words-Zq81xVt7");
  EXPECT_FALSE(read_passphrase(std::nullopt, files, "/elsewhere")->has_value());
}

TEST_F(Passphrase, IsHeldToItsLength) {
  EXPECT_EQ(error_of(std::string(kMost, 'x') + "\n", testing::kDirectory), "");
  EXPECT_EQ(error_of(std::string(kMost + 1, 'x'), testing::kDirectory),
            "a passphrase has 4096 characters at most");
  EXPECT_EQ(error_of(std::string(kMost + 1'000, 'x') + "\n", testing::kDirectory),
            "a passphrase has 4096 characters at most")
      << "never a part of it";
}

TEST_F(Passphrase, ANewOneHasItsLeastLengthAndAnOldOneIsTakenAsItIs) {
  const std::string strong = "qG7#vK2!xZ9@";
  ASSERT_EQ(strong.size(), kLeast);
  EXPECT_EQ(error_of(strong, "/elsewhere"), "");
  EXPECT_EQ(error_of(strong.substr(1), "/elsewhere"),
            "a new passphrase needs twelve characters at least");
  EXPECT_NE(error_of("passwordpassword1234", "/elsewhere").find("easy to guess"),
            std::string::npos);
  EXPECT_EQ(error_of("short", testing::kDirectory), "") << "this vault exists";
  EXPECT_EQ(error_of("\n", testing::kDirectory), "the passphrase is empty");
}

TEST_F(Passphrase, EachFileOfARootHasACodeOfItsOwn) {
  const auto read = [](const std::string& text, const std::vector<std::string>& names) {
    const int file = ::memfd_create("codes", MFD_CLOEXEC);
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
    return read_codes(file, names);
  };
  for (const char* text : {"AAAA-BBBB\nCCCC", "AAAA-BBBB\nCCCC\n"}) {
    const auto codes = read(text, {"one.pem", "two.pem"});
    ASSERT_TRUE(codes);
    ASSERT_EQ(codes->size(), 2U);
    EXPECT_EQ(as_text(codes->at(0).reveal()), "AAAA-BBBB");
    EXPECT_EQ(as_text(codes->at(1).reveal()), "CCCC");
  }
  EXPECT_EQ(read("AAAA", {"one.pem", "two.pem"}).error().code, Errc::unauthenticated);
  EXPECT_EQ(read("AAAA\nBBBB\nCCCC", {"one.pem"}).error().code, Errc::unauthenticated);
  EXPECT_EQ(read("", {"one.pem"}).error().code, Errc::unauthenticated);
  EXPECT_EQ(read(std::string(5'000, 'A'), {"one.pem"}).error().code, Errc::unauthenticated);
}

class KitSecrets : public ::testing::Test {
 protected:
  static Result<crypto::SecretBytes> given(const std::string& text, KitSecret what) {
    const int file = ::memfd_create("secret", MFD_CLOEXEC);
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
    return read_kit_secret(file, what);
  }
};

TEST_F(KitSecrets, ANewPassphraseIsHeldToTheStrengthOfTheVaults) {
  EXPECT_TRUE(given("four-unrelated-words-Zq81xVt7\n", KitSecret::new_passphrase));
  for (const char* weak : {"", "short", "passwordpassword1234"}) {
    SCOPED_TRACE(weak);
    EXPECT_EQ(given(weak, KitSecret::new_passphrase).error().code, Errc::unauthenticated);
  }
}

TEST_F(KitSecrets, SharesComeOneALineAndAPassphraseAsItIs) {
  EXPECT_EQ(as_text(given("1-aa\n2-bb\n", KitSecret::shares)->reveal()), "1-aa\n2-bb");
  EXPECT_EQ(as_text(given("short\n", KitSecret::passphrase)->reveal()), "short");
}

}  // namespace
}  // namespace fastness::vault

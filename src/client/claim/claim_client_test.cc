// What a device that claims makes of a server's answer.
#include "client/claim/claim_client.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "crypto/x509/certificate_body.h"
#include "crypto/x509/est_messages.h"

namespace fastness::client {
namespace {

using namespace std::chrono_literals;

constexpr const char* kClaimedId = "4e8a1b7c-0a39-4a3c-9a76-2f3a4c5d6e7f";

Bytes claimed_certificate(const crypto::PublicKey& key, const std::string& name) {
  const auto signer = crypto::PrivateKey::generate();
  crypto::CertificateBody body;
  body.serial = {0x41};
  body.issuer = crypto::encode_name({{crypto::NameAttribute::common_name, "authority"}}).value();
  body.subject = crypto::encode_name({{crypto::NameAttribute::common_name, name}}).value();
  body.not_before = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 1));
  body.not_after = body.not_before + 24h * 60;
  body.spki = key.to_spki();
  body.extensions = {crypto::end_entity_extension()};
  const Bytes tbs = body.to_tbs();
  return crypto::assemble_certificate(tbs, signer.sign(tbs));
}

class ClaimAnswerTest : public ::testing::Test {
 protected:
  Result<ClaimAnswer> read(int status, const std::string& body,
                           const std::optional<std::string>& retry_after = std::nullopt) const {
    HttpResponse response{status, {}, body};
    if (retry_after) response.headers.emplace("retry-after", *retry_after);
    return claim_answer_in(response, key_.public_key());
  }
  Result<ClaimAnswer> read(const std::vector<Bytes>& certificates) const {
    return read(200, to_base64(crypto::certs_only_message(certificates)));
  }

  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
};

TEST_F(ClaimAnswerTest, ACertificateForTheKeyIsTaken) {
  const auto answer = read({claimed_certificate(key_.public_key(), kClaimedId)});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->certificate->common_name(), kClaimedId);
}

TEST_F(ClaimAnswerTest, WhatIsNotForThisDeviceIsNot) {
  const auto other = crypto::PrivateKey::generate();
  const Bytes good = claimed_certificate(key_.public_key(), kClaimedId);
  EXPECT_EQ(read({claimed_certificate(other.public_key(), kClaimedId)}).error().code,
            Errc::corrupted);
  EXPECT_EQ(read({claimed_certificate(key_.public_key(), "board")}).error().code, Errc::corrupted);
  EXPECT_EQ(read({good, good}).error().code, Errc::corrupted);
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(read(200, "not base64!"));
  EXPECT_FALSE(read(200, ""));
}

TEST_F(ClaimAnswerTest, ItIsToldHowLongToWaitWithinReason) {
  EXPECT_FALSE(read(202, "", "10")->certificate);
  EXPECT_EQ(read(202, "", "10")->ask_again, 10s);
  for (const char* odd :
       {"", "0", "-3", "soon", "99999999999999999999", "Mon, 30 Nov 2026 09:00:00 GMT"}) {
    EXPECT_EQ(read(202, "", odd)->ask_again, 5s) << odd;
  }
  EXPECT_EQ(read(202, "")->ask_again, 5s);
  EXPECT_EQ(read(202, "", "86400")->ask_again, 300s);
}

TEST_F(ClaimAnswerTest, ARefusalIsInTheServersWordsAndFitForATerminal) {
  const auto refused = read(401, "No live\x1b[2J claim code.\nmore\n");
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
  EXPECT_EQ(refused.error().message, "No live[2J claim code.");
  EXPECT_EQ(read(409, "x").error().code, Errc::already_exists);
  EXPECT_EQ(read(429, "x").error().code, Errc::exhausted);
  EXPECT_EQ(read(503, "x").error().code, Errc::unavailable);
}

TEST(FirstKey, IsTheOneThatIsThereUntilThereIsACertificate) {
  std::string pattern = (std::filesystem::temp_directory_path() / "fastness-claim-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path folder = std::filesystem::path(pattern) / "board";

  const auto first = find_or_make_first_key(folder);
  const auto again = find_or_make_first_key(folder);
  std::ofstream(folder / "device.crt") << "anything";
  const auto refused = find_or_make_first_key(folder);

  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->public_key(), again->public_key());
  EXPECT_EQ(std::filesystem::status(folder / "device.key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(refused.error().code, Errc::already_exists);
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace fastness::client

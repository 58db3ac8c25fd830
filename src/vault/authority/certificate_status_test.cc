// What the vault signs of a certificate's status, and what a hub that was taken over cannot have.
#include <gtest/gtest.h>

#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault {
namespace {

using testing::VaultTest;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::SignCertificateStatus;

class CertificateStatusTest : public VaultTest {
 protected:
  // The question that says that this certificate, entry `index` of the ledger, is good.
  static SignCertificateStatus good(const Bytes& certificate, std::uint64_t index,
                                    std::uint32_t generation = 1) {
    SignCertificateStatus question;
    question.generation = GenerationId(generation);
    question.asked = {{to_bytes(crypto::Certificate::parse(certificate)->serial()),
                       SignCertificateStatus::Issued{index, certificate, std::nullopt}}};
    return question;
  }
  Errc refusal(const SignCertificateStatus& question) {
    const auto answer = vault->answer(question);
    return answer ? Errc{} : answer.error().code;
  }
};

TEST_F(CertificateStatusTest, WhatTheLedgerNamesIsGood) {
  const auto issued = issue(device, key).value();
  EXPECT_EQ(refusal(good(issued.certificate, 0)), Errc{});
}

TEST_F(CertificateStatusTest, NothingElseIsGoodWhateverTheHubShows) {
  const auto first = issue(device, key).value();
  const auto second = issue(device, key).value();
  EXPECT_EQ(refusal(good(first.certificate, 1)), Errc::permission_denied) << "another entry";
  EXPECT_EQ(refusal(good(first.certificate, 2)), Errc::permission_denied) << "no entry";

  SignCertificateStatus question = good(first.certificate, 0);
  question.asked[0].serial = to_bytes(crypto::Certificate::parse(second.certificate)->serial());
  EXPECT_EQ(refusal(question), Errc::permission_denied) << "the serial number of another";

  Bytes changed = first.certificate;
  changed.back() = static_cast<std::uint8_t>(changed.back() ^ 1U);
  question = good(first.certificate, 0);
  question.asked[0].issued->certificate = changed;
  EXPECT_EQ(refusal(question), Errc::permission_denied) << "one that was changed";

  question.asked[0].issued->certificate = {};
  EXPECT_EQ(refusal(question), Errc::permission_denied) << "none";
}

TEST_F(CertificateStatusTest, ACertificateOfOneGenerationIsNotGoodUnderAnother) {
  const auto issued = issue(device, key).value();
  ASSERT_TRUE(vault->answer(vault_ipc::ChangeGeneration{}));
  EXPECT_EQ(refusal(good(issued.certificate, 0, 2)), Errc::permission_denied);
  EXPECT_EQ(refusal(good(issued.certificate, 0, 3)), Errc::not_found);
}

TEST_F(CertificateStatusTest, OneBadCertificateSpoilsTheWholeAnswer) {
  const auto issued = issue(device, key).value();
  SignCertificateStatus question = good(issued.certificate, 0);
  question.asked.push_back(good(issued.certificate, 9).asked[0]);
  EXPECT_EQ(refusal(question), Errc::permission_denied);
}

TEST_F(CertificateStatusTest, ADistrustedKeySignsNone) {
  const auto issued = issue(device, key).value();
  ASSERT_EQ(change(1, GenerationState::distrusted), Errc{});
  EXPECT_EQ(refusal(good(issued.certificate, 0)), Errc::permission_denied);
}

TEST_F(CertificateStatusTest, NothingButASerialNumberIsSigned) {
  SignCertificateStatus question;
  question.generation = GenerationId(1);
  for (const std::size_t size : {std::size_t{0}, std::size_t{21}}) {
    question.asked = {{Bytes(size, 1), std::nullopt}};
    EXPECT_EQ(refusal(question), Errc::invalid_argument);
  }
}

TEST_F(CertificateStatusTest, AnAnswerIsSignedByItsGenerationAndIsNoCertificate) {
  const auto issued = issue(device, key).value();
  const Bytes answer = vault->answer(good(issued.certificate, 0))->answer;
  EXPECT_FALSE(crypto::Certificate::parse(answer));
  // The basic answer begins where a certificate's outermost shape does.
  const auto signer = crypto::PublicKey::from_point(generation(1).key).value();
  bool is_signed = false;
  for (std::size_t at = 0; at + 4 < answer.size() && !is_signed; ++at) {
    const auto contents = crypto::signed_bytes_of(ByteView(answer).subspan(at));
    is_signed = contents && signer.verify(contents->tbs, contents->signature);
  }
  EXPECT_TRUE(is_signed);
}

}  // namespace
}  // namespace fastness::vault

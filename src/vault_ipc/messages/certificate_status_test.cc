// What is asked about a certificate's status survives its encoding, and nothing else is read as it.
#include "vault_ipc/messages/certificate_status.h"

#include <gtest/gtest.h>

namespace fastness::vault_ipc {
namespace {

Bytes encoded(const SignCertificateStatus& message) {
  Bytes bytes;
  ByteWriter out(bytes);
  message.encode(out);
  return bytes;
}

bool is_read(const Bytes& bytes) {
  ByteReader in(bytes);
  return SignCertificateStatus::decode(in) && in.finish("the message");
}

SignCertificateStatus question(std::size_t certificates) {
  SignCertificateStatus message;
  message.generation = GenerationId(7);
  message.named_by = crypto::IssuerHash::sha256;
  message.asked.resize(certificates, {Bytes{1, 2}, std::nullopt});
  message.nonce = Bytes(16, 9);
  return message;
}

TEST(CertificateStatusMessages, SurviveTheWire) {
  SignCertificateStatus message = question(3);
  message.asked[1].issued = {5, Bytes(40, 3), std::nullopt};
  message.asked[2].issued = {
      6, Bytes(41, 3),
      SignCertificateStatus::Revocation{Timestamp(std::chrono::hours(3)),
                                        crypto::RevocationReason::certificate_hold}};
  const Bytes bytes = encoded(message);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(is_read(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)))) << size;
  }
  ByteReader in(bytes);
  const auto again = SignCertificateStatus::decode(in);
  ASSERT_TRUE(again && in.finish("the message"));
  EXPECT_EQ(again->generation, GenerationId(7));
  EXPECT_EQ(again->named_by, crypto::IssuerHash::sha256);
  EXPECT_EQ(again->nonce, Bytes(16, 9));
  ASSERT_EQ(again->asked.size(), 3U);
  EXPECT_FALSE(again->asked[0].issued);
  EXPECT_EQ(again->asked[1].issued->ledger_index, 5U);
  EXPECT_FALSE(again->asked[1].issued->revocation);
  EXPECT_EQ(again->asked[2].issued->certificate, Bytes(41, 3));
  EXPECT_EQ(again->asked[2].issued->revocation->at, Timestamp(std::chrono::hours(3)));
  EXPECT_EQ(encoded(*again), bytes);
}

TEST(CertificateStatusMessages, AreHeldToTheirCertificatesAndTheirNonce) {
  EXPECT_FALSE(is_read(encoded(question(0))));
  EXPECT_TRUE(is_read(encoded(question(crypto::StatusRequest::kMaxAsked))));
  EXPECT_FALSE(is_read(encoded(question(crypto::StatusRequest::kMaxAsked + 1))));
  SignCertificateStatus message = question(1);
  message.nonce = Bytes(crypto::StatusRequest::kLongestNonce, 1);
  EXPECT_TRUE(is_read(encoded(message)));
  message.nonce.push_back(1);
  EXPECT_FALSE(is_read(encoded(message)));
}

TEST(CertificateStatusMessages, AHashOrReasonThatNobodyKnowsIsMalformed) {
  SignCertificateStatus message = question(1);
  message.named_by = static_cast<crypto::IssuerHash>(3);
  EXPECT_FALSE(is_read(encoded(message)));
  message = question(1);
  message.asked[0].issued = {
      1, Bytes(1, 1),
      SignCertificateStatus::Revocation{{}, static_cast<crypto::RevocationReason>(9)}};
  EXPECT_FALSE(is_read(encoded(message)));
}

}  // namespace
}  // namespace fastness::vault_ipc

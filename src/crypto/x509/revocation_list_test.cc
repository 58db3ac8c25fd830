// Lists as OpenSSL reads them.
#include "crypto/x509/revocation_list.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate_body.h"

namespace fastness::crypto {
namespace {

using CrlPtr = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, decltype(&ASN1_INTEGER_free)>;

class RevocationListTest : public ::testing::Test {
 protected:
  RevocationListTest() {
    body_.issuer = encode_name({{NameAttribute::common_name, "Authority"}}).value();
    body_.key_id = to_bytes(key_.public_key().key_id());
    body_.this_update = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30));
    body_.next_update = body_.this_update + std::chrono::days(7);
    body_.number = 0xff00000000000001;
  }

  CrlPtr read() const {
    const Bytes tbs = body_.to_tbs();
    const Bytes der = assemble_certificate(tbs, key_.sign(tbs));
    const std::uint8_t* cursor = der.data();
    CrlPtr list(d2i_X509_CRL(nullptr, &cursor, static_cast<long>(der.size())), X509_CRL_free);
    EXPECT_TRUE(list);
    EXPECT_EQ(cursor, der.data() + der.size());
    return list;
  }

  static IntegerPtr integer(const Bytes& big_endian) {
    BIGNUM* number = BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr);
    IntegerPtr result(BN_to_ASN1_INTEGER(number, nullptr), ASN1_INTEGER_free);
    BN_free(number);
    return result;
  }

  static bool has(X509_CRL* list, const Bytes& serial) {
    X509_REVOKED* entry = nullptr;
    return X509_CRL_get0_by_serial(list, &entry, integer(serial).get()) == 1;
  }

  const PrivateKey key_ = PrivateKey::generate();
  RevocationListBody body_;
};

TEST_F(RevocationListTest, SaysWhatIsRevokedAndSince) {
  const Bytes first{0x81, 2, 3};
  const Bytes held(20, 0x42);
  body_.revoked = {{first, body_.this_update - std::chrono::hours(1)},
                   {held, body_.this_update, RevocationReason::certificate_hold}};

  const CrlPtr list = read();

  EXPECT_EQ(X509_CRL_get_version(list.get()), 1) << "which is version 2";
  EXPECT_TRUE(has(list.get(), first));
  EXPECT_TRUE(has(list.get(), held));
  EXPECT_FALSE(has(list.get(), {0x82, 2, 3}));
  EXPECT_FALSE(has(list.get(), {2, 3}));
  X509_REVOKED* entry = nullptr;
  ASSERT_EQ(X509_CRL_get0_by_serial(list.get(), &entry, integer(held).get()), 1);
  int critical = 0;
  auto* reason = static_cast<ASN1_ENUMERATED*>(
      X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &critical, nullptr));
  ASSERT_NE(reason, nullptr);
  EXPECT_EQ(ASN1_ENUMERATED_get(reason), CRL_REASON_CERTIFICATE_HOLD);
  ASN1_ENUMERATED_free(reason);
}

TEST_F(RevocationListTest, AnEmptyOneHasNoEntries) {
  const CrlPtr list = read();
  EXPECT_EQ(X509_CRL_get_REVOKED(list.get()), nullptr);
}

TEST_F(RevocationListTest, ItsNumberIsPositiveHoweverLarge) {
  int critical = 0;
  const CrlPtr list = read();
  auto* number = static_cast<ASN1_INTEGER*>(
      X509_CRL_get_ext_d2i(list.get(), NID_crl_number, &critical, nullptr));
  ASSERT_NE(number, nullptr);
  EXPECT_EQ(ASN1_INTEGER_cmp(number, integer({0xff, 0, 0, 0, 0, 0, 0, 1}).get()), 0);
  ASN1_INTEGER_free(number);
}

TEST_F(RevocationListTest, ItsKeyAloneVouchesForIt) {
  const Bytes tbs = body_.to_tbs();
  const EcdsaSignature signature = key_.sign(tbs);
  EXPECT_TRUE(key_.public_key().verify(tbs, signature));
  body_.revoked = {{Bytes{1}, body_.this_update}};
  EXPECT_FALSE(key_.public_key().verify(body_.to_tbs(), signature));
}

}  // namespace
}  // namespace fastness::crypto

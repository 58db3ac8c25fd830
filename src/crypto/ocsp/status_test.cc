// Requests that OpenSSL writes, answers that OpenSSL checks, and what is no request.
#include <ctime>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "crypto/handle.h"
#include "crypto/ocsp/status_answer.h"
#include "crypto/ocsp/status_request.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/extension.h"

namespace fastness::crypto {
namespace {

using CertificatePtr = Handle<X509, X509_free>;
using RequestPtr = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using ResponsePtr = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using BasicPtr = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using IdPtr = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using StorePtr = Handle<X509_STORE, X509_STORE_free>;

class StatusTest : public ::testing::Test {
 protected:
  StatusTest() {
    body_.serial = {0x42};
    body_.issuer = encode_name({{NameAttribute::common_name, "Authority"}}).value();
    body_.subject = body_.issuer;
    body_.not_before = now_ - std::chrono::days(1);
    body_.not_after = now_ + std::chrono::days(30);
    body_.spki = key_.public_key().to_spki();
    body_.extensions = {authority_extension(0),
                        key_usage_extension(KeyUsage::signs_certificates_and_answers),
                        subject_key_id_extension(key_.public_key().key_id())};
    issuer_ = read(assemble(body_));
  }

  Bytes assemble(const CertificateBody& body) const {
    const Bytes tbs = body.to_tbs();
    return assemble_certificate(tbs, key_.sign(tbs));
  }
  static CertificatePtr read(const Bytes& der) {
    const std::uint8_t* cursor = der.data();
    return CertificatePtr(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  }

  // How OpenSSL names the certificate of this serial number.
  IdPtr id_of(const Bytes& serial, const EVP_MD* hash = EVP_sha1()) const {
    BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
    ASN1_INTEGER* integer = BN_to_ASN1_INTEGER(number, nullptr);
    IdPtr id(OCSP_cert_id_new(hash, X509_get_subject_name(issuer_.get()),
                              X509_get0_pubkey_bitstr(issuer_.get()), integer));
    ASN1_INTEGER_free(integer);
    BN_free(number);
    return id;
  }

  RequestPtr ask(const std::vector<Bytes>& serials, const EVP_MD* hash = EVP_sha1()) const {
    RequestPtr request(OCSP_REQUEST_new());
    for (const Bytes& serial : serials) {
      EXPECT_NE(OCSP_request_add0_id(request.get(), id_of(serial, hash).release()), nullptr);
    }
    return request;
  }
  static Bytes encode(const RequestPtr& request) {
    std::uint8_t* der = nullptr;
    const int size = i2d_OCSP_REQUEST(request.get(), &der);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
  }

  StatusAnswerBody answer_to(const StatusRequest& request, CertificateStatus status) const {
    StatusAnswerBody body;
    body.issuer = request.asked.at(0).issuer;
    body.signer = key_.public_key().point();
    body.produced_at = now_;
    body.next_update = now_ + std::chrono::hours(1);
    status.serial = request.asked.at(0).serial;
    body.statuses = {std::move(status)};
    body.nonce = request.nonce;
    return body;
  }
  BasicPtr read_answer(const StatusAnswerBody& body, const PrivateKey& signer) const {
    const Bytes tbs = body.to_tbs();
    const Bytes der = assemble_status_answer(tbs, signer.sign(tbs));
    const std::uint8_t* cursor = der.data();
    const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &cursor, static_cast<long>(der.size())));
    EXPECT_TRUE(response);
    EXPECT_EQ(cursor, der.data() + der.size());
    EXPECT_EQ(OCSP_response_status(response.get()), OCSP_RESPONSE_STATUS_SUCCESSFUL);
    return BasicPtr(OCSP_response_get1_basic(response.get()));
  }
  // Whether a client that trusts the authority believes it.
  bool is_believed(OCSP_BASICRESP* basic) const {
    const StorePtr store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), issuer_.get());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch().count();
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), static_cast<time_t>(seconds));
    STACK_OF(X509)* known = sk_X509_new_null();
    sk_X509_push(known, issuer_.get());
    const bool believed = OCSP_basic_verify(basic, known, store.get(), 0) == 1;
    sk_X509_free(known);
    return believed;
  }

  const Timestamp now_ =
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)) + std::chrono::hours(9);
  const PrivateKey key_ = PrivateKey::generate();
  const Bytes serial_ = Bytes(20, 0x42);
  CertificateBody body_;
  CertificatePtr issuer_;
};

TEST_F(StatusTest, ARequestOfOpenSslIsReadWithEitherHash) {
  const struct {
    const EVP_MD* theirs;
    IssuerHash ours;
  } hashes[] = {{EVP_sha1(), IssuerHash::sha1}, {EVP_sha256(), IssuerHash::sha256}};
  for (const auto& [theirs, ours] : hashes) {
    const RequestPtr request = ask({serial_, {0x81}}, theirs);
    OCSP_request_add1_nonce(request.get(), nullptr, 16);
    const auto parsed = StatusRequest::parse(encode(request));
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_EQ(parsed->asked.size(), 2U);
    EXPECT_EQ(parsed->asked[0].issuer, issuer_id(ours, body_.subject, key_.public_key().point()));
    EXPECT_EQ(parsed->asked[0].serial, serial_);
    EXPECT_EQ(parsed->asked[1].serial, Bytes{0x81});
    EXPECT_EQ(parsed->nonce.size(), 16U);
  }
}

TEST_F(StatusTest, AnotherHashIsRefused) {
  EXPECT_FALSE(StatusRequest::parse(encode(ask({serial_}, EVP_sha512()))));
  EXPECT_FALSE(StatusRequest::parse(encode(ask({serial_}, EVP_md5()))));
}

TEST_F(StatusTest, ARequestIsHeldToItsCertificates) {
  EXPECT_FALSE(StatusRequest::parse(encode(ask({}))));
  EXPECT_TRUE(
      StatusRequest::parse(encode(ask(std::vector<Bytes>(StatusRequest::kMaxAsked, serial_)))));
  EXPECT_FALSE(
      StatusRequest::parse(encode(ask(std::vector<Bytes>(StatusRequest::kMaxAsked + 1, serial_)))));
}

TEST_F(StatusTest, ARequestIsHeldToItsBytes) {
  // A name of whoever asks, of any length.
  const auto padded = [this](std::size_t size) {
    const Bytes plain = encode(ask({serial_}));
    der::Reader outer(plain);
    const auto whole = outer.next().value();
    der::Reader inner(whole.content);
    const auto body = inner.next().value();
    const Bytes name = der::element(der::context_tag(1), {Bytes(size, 0x05)});
    return der::sequence({der::sequence({name, body.content})});
  };
  std::size_t padding = StatusRequest::kMaxSize - 200;
  while (padded(padding).size() < StatusRequest::kMaxSize) ++padding;
  EXPECT_TRUE(StatusRequest::parse(padded(padding)));
  EXPECT_FALSE(StatusRequest::parse(padded(padding + 1)));
}

TEST_F(StatusTest, ANonceHasOneToThirtyTwoBytesAndIsTheOnlyOne) {
  const auto with_nonces = [this](const std::vector<Bytes>& nonces) {
    const RequestPtr request = ask({serial_});
    for (const Bytes& nonce : nonces) {
      // OpenSSL takes the extension's whole value, which is an OCTET STRING itself.
      Bytes encoded{0x04, static_cast<std::uint8_t>(nonce.size())};
      encoded.insert(encoded.end(), nonce.begin(), nonce.end());
      ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
      ASN1_OCTET_STRING_set(value, encoded.data(), static_cast<int>(encoded.size()));
      OCSP_REQUEST_add1_ext_i2d(request.get(), NID_id_pkix_OCSP_Nonce, value, 0, X509V3_ADD_APPEND);
      ASN1_OCTET_STRING_free(value);
    }
    return StatusRequest::parse(encode(request));
  };
  EXPECT_EQ(with_nonces({Bytes(1, 7)})->nonce, Bytes(1, 7));
  EXPECT_EQ(with_nonces({Bytes(32, 7)})->nonce, Bytes(32, 7));
  EXPECT_FALSE(with_nonces({Bytes()}));
  EXPECT_FALSE(with_nonces({Bytes(33, 7)}));
  EXPECT_FALSE(with_nonces({Bytes(8, 7), Bytes(8, 7)}));
}

TEST_F(StatusTest, AnExtensionThatMattersMustBeKnown) {
  for (const int critical : {0, 1}) {
    const RequestPtr request = ask({serial_});
    ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, serial_.data(), 4);
    // Some extension of certificates, which says nothing here.
    OCSP_REQUEST_add1_ext_i2d(request.get(), NID_subject_key_identifier, value, critical,
                              X509V3_ADD_APPEND);
    ASN1_OCTET_STRING_free(value);
    EXPECT_EQ(StatusRequest::parse(encode(request)).has_value(), critical == 0);
  }
}

TEST_F(StatusTest, WhatIsCutShortOrLongerIsNoRequest) {
  const Bytes whole = encode(ask({serial_}));
  ASSERT_TRUE(StatusRequest::parse(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(StatusRequest::parse(ByteView(whole).first(size))) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(StatusRequest::parse(longer));
}

TEST_F(StatusTest, AnAnswerIsBelievedAndSaysWhatItSays) {
  using Kind = CertificateStatus::Kind;
  const struct {
    CertificateStatus status;
    int theirs;
    int reason;
  } cases[] = {
      {{.kind = Kind::good}, V_OCSP_CERTSTATUS_GOOD, -1},
      {{.kind = Kind::unknown}, V_OCSP_CERTSTATUS_UNKNOWN, -1},
      {{.kind = Kind::revoked, .revoked_at = now_}, V_OCSP_CERTSTATUS_REVOKED, -1},
      {{.kind = Kind::revoked, .revoked_at = now_, .reason = RevocationReason::certificate_hold},
       V_OCSP_CERTSTATUS_REVOKED,
       OCSP_REVOKED_STATUS_CERTIFICATEHOLD}};
  for (const auto& [status, theirs, expected] : cases) {
    for (const EVP_MD* hash : {EVP_sha1(), EVP_sha256()}) {
      SCOPED_TRACE(theirs);
      const RequestPtr request = ask({serial_}, hash);
      OCSP_request_add1_nonce(request.get(), nullptr, 16);
      const auto asked = StatusRequest::parse(encode(request)).value();
      const BasicPtr basic = read_answer(answer_to(asked, status), key_);
      EXPECT_TRUE(is_believed(basic.get()));
      EXPECT_EQ(OCSP_check_nonce(request.get(), basic.get()), 1);
      int said = -1;
      int reason = -1;
      ASN1_GENERALIZEDTIME* until = nullptr;
      ASSERT_EQ(OCSP_resp_find_status(basic.get(), id_of(serial_, hash).get(), &said, &reason,
                                      nullptr, nullptr, &until),
                1);
      EXPECT_EQ(said, theirs);
      if (theirs == V_OCSP_CERTSTATUS_REVOKED) {
        EXPECT_EQ(reason, expected);
      }
      EXPECT_NE(until, nullptr);
    }
  }
}

TEST_F(StatusTest, NobodyElsesAnswerIsBelieved) {
  const auto asked = StatusRequest::parse(encode(ask({serial_}))).value();
  const StatusAnswerBody body = answer_to(asked, {.kind = CertificateStatus::Kind::good});
  const BasicPtr forged = read_answer(body, PrivateKey::generate());
  EXPECT_FALSE(is_believed(forged.get()));
}

TEST_F(StatusTest, AnAnswerIsNoCertificate) {
  const auto asked = StatusRequest::parse(encode(ask({serial_}))).value();
  const Bytes tbs = answer_to(asked, {.kind = CertificateStatus::Kind::good}).to_tbs();
  EXPECT_FALSE(Certificate::parse(assemble_certificate(tbs, key_.sign(tbs))));
}

TEST_F(StatusTest, ARefusalSaysWhyAndNothingElse) {
  const struct {
    StatusRefusal ours;
    int theirs;
  } cases[] = {{StatusRefusal::malformed, OCSP_RESPONSE_STATUS_MALFORMEDREQUEST},
               {StatusRefusal::internal_error, OCSP_RESPONSE_STATUS_INTERNALERROR},
               {StatusRefusal::try_later, OCSP_RESPONSE_STATUS_TRYLATER},
               {StatusRefusal::unauthorized, OCSP_RESPONSE_STATUS_UNAUTHORIZED}};
  for (const auto& [ours, theirs] : cases) {
    const Bytes der = status_refusal(ours);
    const std::uint8_t* cursor = der.data();
    const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &cursor, static_cast<long>(der.size())));
    ASSERT_TRUE(response);
    EXPECT_EQ(OCSP_response_status(response.get()), theirs);
  }
}

}  // namespace
}  // namespace fastness::crypto

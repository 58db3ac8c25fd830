#include "device/fixture_test.h"

#include <array>

#include <openssl/asn1.h>

#include "device/certificates.h"
#include "device/handles.h"

namespace fastness::device::testing {
namespace {

PublicKeyPtr key_of(const Bytes& spki) {
  const unsigned char* at = spki.data();
  return PublicKeyPtr(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
}

template <typename T>
Bytes der_of(int (*write)(const T*, unsigned char**), const T* object) {
  Bytes der(static_cast<std::size_t>(write(object, nullptr)));
  unsigned char* at = der.data();
  (void)write(object, &at);
  return der;
}

}  // namespace

Bytes certificate_for(const Bytes& spki, const std::string& common_name, Timestamp not_after) {
  const PublicKeyPtr authority(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 7);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(not_after).time_since_epoch();
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), 0);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds.count());
  const auto* name = reinterpret_cast<const unsigned char*>(common_name.data());
  X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                             V_ASN1_PRINTABLESTRING, name, static_cast<int>(common_name.size()), -1,
                             0);
  X509_set_pubkey(certificate.get(), key_of(spki).get());
  EXPECT_GT(X509_sign(certificate.get(), authority.get(), EVP_sha256()), 0);
  return der_of<X509>(i2d_X509, certificate.get());
}

bool is_signed_by(const Bytes& spki, ByteView message, const Bytes& signature) {
  const PublicKeyPtr key = key_of(spki);
  const DigestContextPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

RequestFacts read_request(const Bytes& der) {
  const unsigned char* at = der.data();
  const RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (!request) return {};
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (X509_REQ_verify(request.get(), key) != 1) return {};
  std::array<char, 80> name{};
  X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  return {public_key_of(key), name.data()};
}

Bytes message_of(const std::vector<Bytes>& certificates) {
  const MessagePtr message(PKCS7_new());
  PKCS7_set_type(message.get(), NID_pkcs7_signed);
  PKCS7_content_new(message.get(), NID_pkcs7_data);
  for (const Bytes& each : certificates) {
    const unsigned char* at = each.data();
    const CertificatePtr parsed(d2i_X509(nullptr, &at, static_cast<long>(each.size())));
    PKCS7_add_certificate(message.get(), parsed.get());
  }
  return der_of<PKCS7>(i2d_PKCS7, message.get());
}

}  // namespace fastness::device::testing

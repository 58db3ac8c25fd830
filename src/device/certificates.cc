#include "device/certificates.h"

#include <climits>
#include <ctime>

#include <openssl/asn1.h>
#include <openssl/pem.h>

#include "base/fixed_limits.h"
#include "device/handles.h"

namespace fastness::device {
namespace {

constexpr std::size_t kMaxName = fixed_limit("certificates.name_bytes");

// The one common name of a subject; empty if there is none, or two, or one with a zero in it.
std::string common_name_of(const X509_NAME* name) {
  const int first = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (first < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, first) >= 0) return {};
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, first));
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(text));
  if (size > kMaxName) return {};
  std::string value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), size);
  return value.find('\0') == std::string::npos ? value : std::string();
}

Result<Timestamp> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return fail(Errc::corrupted, "a certificate with a time that is none");
  }
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const auto date = std::chrono::sys_days(year(parts.tm_year + 1900) /
                                          month(static_cast<unsigned>(parts.tm_mon + 1)) /
                                          day(static_cast<unsigned>(parts.tm_mday)));
  return Timestamp(date + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
                   std::chrono::seconds(parts.tm_sec));
}

// Whether d2i used up all of the input, so that nothing rides along.
template <typename T>
T* parse_whole(T* (*parse)(T**, const unsigned char**, long), void (*free_it)(T*), ByteView der) {
  if (der.size() > INT_MAX) return nullptr;
  const unsigned char* at = der.data();
  T* parsed = parse(nullptr, &at, static_cast<long>(der.size()));
  if (parsed == nullptr || at == der.data() + der.size()) return parsed;
  free_it(parsed);
  return nullptr;
}

RequestPtr parse_request(ByteView der) {
  return RequestPtr(parse_whole<X509_REQ>(d2i_X509_REQ, X509_REQ_free, der));
}

// A request that is not signed yet.
RequestPtr unsigned_request(const KeyHolder& key, std::string_view device_id) {
  const unsigned char* at = key.public_key().data();
  const PublicKeyPtr public_key(
      d2i_PUBKEY(nullptr, &at, static_cast<long>(key.public_key().size())));
  RequestPtr request(X509_REQ_new());
  if (!public_key || !request) return nullptr;
  X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  const auto* name = reinterpret_cast<const unsigned char*>(device_id.data());
  const bool is_set =
      X509_REQ_set_version(request.get(), 0) == 1 &&
      X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_PRINTABLESTRING, name,
                                 static_cast<int>(device_id.size()), -1, 0) == 1 &&
      X509_REQ_set_pubkey(request.get(), public_key.get()) == 1;
  return is_set ? std::move(request) : nullptr;
}

bool set_signature(X509_REQ& request, ByteView signature) {
  ASN1_BIT_STRING* bits = ASN1_BIT_STRING_new();
  if (bits == nullptr) return false;
  const auto size = static_cast<int>(signature.size());
  if (ASN1_STRING_set(bits, signature.data(), size) != 1) {
    ASN1_BIT_STRING_free(bits);
    return false;
  }
  // All eight bits of the last byte count.
  bits->flags = (bits->flags & ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07)) | ASN1_STRING_FLAG_BITS_LEFT;
  X509_REQ_set0_signature(&request, bits);
  return true;
}

bool set_algorithm(X509_REQ& request) {
  X509_ALGOR* algorithm = X509_ALGOR_new();
  if (algorithm == nullptr) return false;
  const bool is_set =
      X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_UNDEF, nullptr) == 1 &&
      X509_REQ_set1_signature_algo(&request, algorithm) == 1;
  X509_ALGOR_free(algorithm);
  return is_set;
}

template <typename T>
Bytes spell(int (*write)(T*, unsigned char**), T* object) {
  const int size = write(object, nullptr);
  if (size <= 0) return {};
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* at = der.data();
  (void)write(object, &at);
  return der;
}

}  // namespace

std::array<std::uint8_t, 32> digest_of(ByteView bytes) {
  std::array<std::uint8_t, 32> digest{};
  (void)EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::int64_t part_of(std::string_view certificate_pem, std::int64_t length) {
  const auto digest = digest_of(as_bytes(certificate_pem));
  const std::int64_t drawn = (std::int64_t{digest[0]} << 16) | (digest[1] << 8) | digest[2];
  return drawn * length >> 24;
}

Result<CertificateFacts> read_certificate(ByteView untrusted_der) {
  const CertificatePtr certificate(parse_whole<X509>(d2i_X509, X509_free, untrusted_der));
  if (!certificate) return fail(Errc::corrupted, "not a certificate");
  CertificateFacts facts;
  facts.common_name = common_name_of(X509_get_subject_name(certificate.get()));
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key != nullptr) facts.public_key = public_key_of(key);
  FASTNESS_ASSIGN_OR_RETURN(facts.not_after, time_of(X509_get0_notAfter(certificate.get())));
  facts.digest = digest_of(untrusted_der);
  return facts;
}

Result<Bytes> certificate_from_pem(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail(Errc::corrupted, "not a certificate in PEM");
  return spell<const X509>(i2d_X509, certificate.get());
}

std::string certificate_to_pem(ByteView der) {
  constexpr std::size_t kWidth = 64;
  const std::string digits = to_base64(der);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < digits.size(); i += kWidth) pem += digits.substr(i, kWidth) + "\n";
  return pem + "-----END CERTIFICATE-----\n";
}

Result<void> check_is_own(const CertificateFacts& facts, std::string_view device_id,
                          const KeyHolder& key, Timestamp now) {
  if (facts.public_key.empty() || facts.public_key != key.public_key()) {
    return fail(Errc::corrupted, "the certificate is for another key");
  }
  if (facts.common_name != device_id) {
    return fail(Errc::corrupted, "the certificate is for another device");
  }
  if (facts.not_after <= now) {
    return fail(Errc::corrupted, "the certificate is over; is the clock right?");
  }
  return {};
}

Result<Bytes> build_request(const KeyHolder& key, std::string_view device_id) {
  const RequestPtr request = unsigned_request(key, device_id);
  if (!request || !set_algorithm(*request)) {
    return fail(Errc::invalid_argument, "no request can be made for this name and key");
  }
  const Bytes part = spell<X509_REQ>(i2d_re_X509_REQ_tbs, request.get());
  FASTNESS_ASSIGN_OR_RETURN(const Bytes signature, key.sign(part));
  if (!set_signature(*request, signature)) {
    return fail(Errc::unavailable, "OpenSSL takes no signature");
  }
  return spell<const X509_REQ>(i2d_X509_REQ, request.get());
}

bool is_for(std::string_view certificate_pem, const KeyHolder& key) {
  const auto der = certificate_from_pem(certificate_pem);
  const auto facts =
      der ? read_certificate(*der) : Result<CertificateFacts>(Unexpected<Error>{der.error()});
  return facts && facts->public_key == key.public_key();
}

bool is_request_of(ByteView der, const KeyHolder& key, std::string_view device_id) {
  const RequestPtr request = parse_request(der);
  if (!request) return false;
  EVP_PKEY* public_key = X509_REQ_get0_pubkey(request.get());
  return public_key != nullptr && public_key_of(public_key) == key.public_key() &&
         common_name_of(X509_REQ_get_subject_name(request.get())) == device_id;
}

Result<Bytes> only_certificate_in(ByteView untrusted_message) {
  const MessagePtr message(parse_whole<PKCS7>(d2i_PKCS7, PKCS7_free, untrusted_message));
  const bool is_signed = message && PKCS7_type_is_signed(message.get());
  STACK_OF(X509)* certificates = is_signed ? message->d.sign->cert : nullptr;
  if (certificates == nullptr || sk_X509_num(certificates) != 1) {
    return fail(Errc::corrupted, "the server did not answer with one certificate");
  }
  return spell<const X509>(i2d_X509, sk_X509_value(certificates, 0));
}

}  // namespace fastness::device

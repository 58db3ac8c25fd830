#include "crypto/ocsp/verified_status.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "crypto/handle.h"
#include "crypto/require.h"
#include "crypto/x509/der.h"
#include "crypto/x509/malformed.h"

namespace fastness::crypto {
namespace {

using X509Ptr = Handle<X509, X509_free>;
using StorePtr = Handle<X509_STORE, X509_STORE_free>;
using ResponsePtr = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using AnswerPtr = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using CertificateIdPtr = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using FeaturesPtr = Handle<TLS_FEATURE, TLS_FEATURE_free>;

struct FreeList {
  void operator()(STACK_OF(X509) * list) const noexcept { sk_X509_free(list); }
};
using ListPtr = std::unique_ptr<STACK_OF(X509), FreeList>;

// What an answer may be signed by. OpenSSL would take SHA-1 and MD5.
constexpr std::array kSignatures{NID_ecdsa_with_SHA256,       NID_ecdsa_with_SHA384,
                                 NID_ecdsa_with_SHA512,       NID_sha256WithRSAEncryption,
                                 NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption};

// What OpenSSL may weigh a responder's certificate by: 112 bits at least, and no SHA-1.
constexpr int kSecurityLevel = 2;

// OpenSSL says why in a queue of this thread, which must not be found by whoever comes next.
struct ErrorsForgotten {
  ErrorsForgotten() = default;
  ~ErrorsForgotten() { ERR_clear_error(); }
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
};

Result<X509Ptr> read_certificate(ByteView der) {
  const std::uint8_t* cursor = der.data();
  X509Ptr certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (!certificate || cursor != der.data() + der.size()) {
    return malformed("a certificate does not parse");
  }
  return certificate;
}

Result<void> check_issued(X509& leaf, X509& issuer) {
  if (X509_check_issued(&issuer, &leaf) != X509_V_OK ||
      X509_verify(&leaf, X509_get0_pubkey(&issuer)) != 1) {
    return malformed("the certificate was not issued by the one that follows it");
  }
  return {};
}

Bytes encode(const OCSP_RESPONSE& response) {
  Bytes der(static_cast<std::size_t>(std::max(0, i2d_OCSP_RESPONSE(&response, nullptr))));
  std::uint8_t* out = der.data();
  i2d_OCSP_RESPONSE(&response, &out);
  return der;
}

// The answer inside, if there is one. OpenSSL reads more spellings than DER has; there must be one
// only, so that clients read what we read.
Result<AnswerPtr> read_answer(ByteView untrusted_der) {
  const std::uint8_t* cursor = untrusted_der.data();
  const ResponsePtr response(
      d2i_OCSP_RESPONSE(nullptr, &cursor, static_cast<long>(untrusted_der.size())));
  if (!response || cursor != untrusted_der.data() + untrusted_der.size()) {
    return malformed("this is no answer of OCSP in DER");
  }
  const int outcome = OCSP_response_status(response.get());
  if (outcome != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return fail(Errc::invalid_argument,
                "the responder gave no answer: " + std::string(OCSP_response_status_str(outcome)));
  }
  AnswerPtr answer(OCSP_response_get1_basic(response.get()));
  if (!answer) return malformed("this is no basic answer of OCSP");
  const ResponsePtr again(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, answer.get()));
  if (!again || !std::ranges::equal(encode(*again), untrusted_der)) {
    return malformed("the answer is not spelled as DER does");
  }
  return answer;
}

// By the issuer itself, or by a certificate that it signed with the purpose OCSPSigning (RFC 6960,
// 4.2.2.2): of chains, OpenSSL finds none but these two.
Result<void> check_signature(OCSP_BASICRESP& answer, X509& issuer, Timestamp now) {
  const X509_ALGOR* algorithm = OCSP_resp_get0_tbs_sigalg(&answer);
  const ASN1_OBJECT* id = nullptr;
  X509_ALGOR_get0(&id, nullptr, nullptr, algorithm);
  if (std::ranges::find(kSignatures, OBJ_obj2nid(id)) == kSignatures.end()) {
    return malformed("the answer is signed by an algorithm that does not count");
  }
  const StorePtr store(X509_STORE_new());
  require(store && X509_STORE_add_cert(store.get(), &issuer) == 1);
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
  // The issuer is believed here as it is; it need not be a root.
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(rules, std::chrono::system_clock::to_time_t(now));
  const ListPtr known(sk_X509_new_null());
  require(known && sk_X509_push(known.get(), &issuer) > 0);
  if (OCSP_basic_verify(&answer, known.get(), store.get(), OCSP_NOEXPLICIT) != 1) {
    return malformed("the answer is signed by nobody whom the certificate's issuer answers for");
  }
  return {};
}

// A client that does not know an extension on which an answer insists refuses it.
Result<void> check_extensions(OCSP_BASICRESP& answer, OCSP_SINGLERESP& said) {
  constexpr int kCritical = 1;
  if (OCSP_BASICRESP_get_ext_by_critical(&answer, kCritical, -1) >= 0 ||
      OCSP_SINGLERESP_get_ext_by_critical(&said, kCritical, -1) >= 0) {
    return malformed("the answer insists on an extension that nobody knows");
  }
  return {};
}

// What is said of `leaf`. Two things must not be: a client might read the other one.
Result<OCSP_SINGLERESP*> find_said(OCSP_BASICRESP& answer, const X509& leaf, const X509& issuer) {
  OCSP_SINGLERESP* said = nullptr;
  for (const EVP_MD* hash : {EVP_sha1(), EVP_sha256()}) {
    const CertificateIdPtr id(OCSP_cert_to_id(hash, &leaf, &issuer));
    require(id != nullptr);
    int at = -1;
    while ((at = OCSP_resp_find(&answer, id.get(), at)) >= 0) {
      if (said != nullptr) return malformed("the answer says two things of the certificate");
      said = OCSP_resp_get0(&answer, at);
    }
  }
  if (said == nullptr) return malformed("the answer is about another certificate");
  return said;
}

Result<Timestamp> read_moment(const ASN1_GENERALIZEDTIME& time) {
  const ByteView text(ASN1_STRING_get0_data(&time),
                      static_cast<std::size_t>(ASN1_STRING_length(&time)));
  return der::read_time({der::Tag::generalized_time, text, text});
}

struct Times {
  Timestamp from;
  Timestamp until;
};

Result<Times> read_said(OCSP_SINGLERESP& said) {
  ASN1_GENERALIZEDTIME* from = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int kind = OCSP_single_get0_status(&said, nullptr, nullptr, &from, &until);
  if (kind == V_OCSP_CERTSTATUS_REVOKED) {
    return fail(Errc::permission_denied, "the authority has revoked the certificate");
  }
  if (kind == V_OCSP_CERTSTATUS_UNKNOWN) {
    return fail(Errc::permission_denied, "the authority does not know the certificate");
  }
  if (kind != V_OCSP_CERTSTATUS_GOOD || from == nullptr) {
    return malformed("the answer does not say that the certificate is good");
  }
  // Without it newer answers come at any time (RFC 6960, 2.4), and this one would never be over.
  if (until == nullptr) return malformed("the answer does not say until when it counts");
  Times times{};
  FASTNESS_ASSIGN_OR_RETURN(times.from, read_moment(*from));
  FASTNESS_ASSIGN_OR_RETURN(times.until, read_moment(*until));
  if (times.until <= times.from) return malformed("the answer is over before it begins");
  return times;
}

}  // namespace

Result<VerifiedStatus> VerifiedStatus::verify(ByteView untrusted_der, ByteView leaf_der,
                                              ByteView issuer_der, Timestamp now) {
  const ErrorsForgotten forgotten;
  if (untrusted_der.size() > kMaxSize) return malformed("the answer is too large");
  FASTNESS_ASSIGN_OR_RETURN(const X509Ptr leaf, read_certificate(leaf_der));
  FASTNESS_ASSIGN_OR_RETURN(const X509Ptr issuer, read_certificate(issuer_der));
  FASTNESS_RETURN_IF_ERROR(check_issued(*leaf, *issuer));
  FASTNESS_ASSIGN_OR_RETURN(const AnswerPtr answer, read_answer(untrusted_der));
  FASTNESS_RETURN_IF_ERROR(check_signature(*answer, *issuer, now));
  FASTNESS_ASSIGN_OR_RETURN(OCSP_SINGLERESP* const said, find_said(*answer, *leaf, *issuer));
  FASTNESS_RETURN_IF_ERROR(check_extensions(*answer, *said));
  FASTNESS_ASSIGN_OR_RETURN(const Times times, read_said(*said));
  if (now < times.from) return fail(Errc::unavailable, "the answer counts from a later time on");
  if (now >= times.until) return fail(Errc::unavailable, "the answer is over");
  return VerifiedStatus(untrusted_der, sha256(leaf_der), times.from, times.until);
}

bool demands_status(ByteView certificate) {
  constexpr long kStatusRequest = 5;  // the extension of TLS that is demanded (RFC 6066, 1.1)
  const ErrorsForgotten forgotten;
  const auto parsed = read_certificate(certificate);
  if (!parsed) return false;
  const FeaturesPtr features(
      static_cast<TLS_FEATURE*>(X509_get_ext_d2i(parsed->get(), NID_tlsfeature, nullptr, nullptr)));
  for (int i = 0; features && i < sk_ASN1_INTEGER_num(features.get()); ++i) {
    if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features.get(), i)) == kStatusRequest) return true;
  }
  return false;
}

}  // namespace fastness::crypto

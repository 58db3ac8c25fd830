#include "crypto/testing/status_issuer.h"

#include <array>

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "crypto/handle.h"
#include "crypto/require.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/der.h"
#include "crypto/x509/extension.h"

namespace fastness::crypto::testing {
namespace {

using Form = StatusIssuer::Answer::Form;

using OwnedCertificate = Handle<X509, X509_free>;
using OwnedTime = Handle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free>;

// The content octets of id-kp-OCSPSigning and of id-pe-tlsfeature.
constexpr oid::Oid<8> kOcspSigning{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09};
constexpr oid::Oid<8> kTlsFeature{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18};

OwnedCertificate as_x509(ByteView der) {
  const std::uint8_t* cursor = der.data();
  OwnedCertificate certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  require(certificate != nullptr);
  return certificate;
}

Handle<EVP_PKEY, EVP_PKEY_free> as_pkey(const PrivateKey& key) {
  const SecretBytes der = key.to_pkcs8();
  const std::uint8_t* cursor = der.reveal().data();
  Handle<EVP_PKEY, EVP_PKEY_free> pkey(
      d2i_AutoPrivateKey(nullptr, &cursor, static_cast<long>(der.size())));
  require(pkey != nullptr);
  return pkey;
}

OwnedTime as_time(Timestamp when) {
  return OwnedTime(ASN1_GENERALIZEDTIME_set(nullptr, std::chrono::system_clock::to_time_t(when)));
}

const EVP_MD* as_digest(IssuerHash hash) {
  return hash == IssuerHash::sha1 ? EVP_sha1() : EVP_sha256();
}

int as_number(CertificateStatus::Kind kind) {
  if (kind == CertificateStatus::Kind::good) return V_OCSP_CERTSTATUS_GOOD;
  return kind == CertificateStatus::Kind::revoked ? V_OCSP_CERTSTATUS_REVOKED
                                                  : V_OCSP_CERTSTATUS_UNKNOWN;
}

// An extension of certificates, which says nothing in an answer.
template <typename Add, typename Of>
void insist(Add add, Of* of) {
  const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  require(add(of, NID_subject_key_identifier, value.get(), 1, X509V3_ADD_APPEND) == 1);
}

OCSP_SINGLERESP* say(OCSP_BASICRESP& all, OCSP_CERTID* id, CertificateStatus::Kind kind,
                     const StatusIssuer::Answer& answer) {
  const OwnedTime from = as_time(answer.from);
  const OwnedTime until = answer.until ? as_time(*answer.until) : nullptr;
  const bool is_revoked = kind == CertificateStatus::Kind::revoked;
  OCSP_SINGLERESP* said =
      OCSP_basic_add1_status(&all, id, as_number(kind), OCSP_REVOKED_STATUS_NOSTATUS,
                             is_revoked ? from.get() : nullptr, from.get(), until.get());
  require(said != nullptr);
  return said;
}

Bytes encode_success(OCSP_BASICRESP& all) {
  const Handle<OCSP_RESPONSE, OCSP_RESPONSE_free> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, &all));
  Bytes der(static_cast<std::size_t>(i2d_OCSP_RESPONSE(response.get(), nullptr)));
  std::uint8_t* out = der.data();
  i2d_OCSP_RESPONSE(response.get(), &out);
  return der;
}

Bytes purpose_extension(ByteView purpose) {
  return extension(oid::kExtendedKeyUsage, Criticality::may_be_ignored,
                   der::sequence({object_identifier(purpose)}));
}

}  // namespace

StatusIssuer::StatusIssuer(Timestamp now) : StatusIssuer(now, PrivateKey::generate()) {}

StatusIssuer::StatusIssuer(Timestamp now, PrivateKey key)
    : now_(now),
      key_(std::move(key)),
      name_(encode_name({{NameAttribute::common_name, "Somebody else"}}).value()),
      certificate_(certify(name_, key_.public_key().to_spki(), {1},
                           {authority_extension(0),
                            key_usage_extension(KeyUsage::signs_certificates_and_answers)})) {}

Bytes StatusIssuer::certify(ByteView subject, ByteView spki, Bytes serial,
                            std::vector<Bytes> extensions, std::optional<Timestamp> until) const {
  CertificateBody body;
  body.serial = std::move(serial);
  body.issuer = name_;
  body.not_before = now_ - std::chrono::days(15);
  body.not_after = until.value_or(now_ + std::chrono::days(15));
  body.subject = to_bytes(subject);
  body.spki = to_bytes(spki);
  body.extensions = std::move(extensions);
  const Bytes tbs = body.to_tbs();
  return assemble_certificate(tbs, key_.sign(tbs));
}

Bytes StatusIssuer::issue(ByteView spki, std::uint8_t serial,
                          const std::vector<Bytes>& extensions) const {
  std::vector<Bytes> all{end_entity_extension(),
                         extended_key_usage_extension(ExtendedKeyUsage::server)};
  all.insert(all.end(), extensions.begin(), extensions.end());
  const Bytes name = encode_name({{NameAttribute::common_name, "localhost"}}).value();
  return certify(name, spki, {0x42, serial}, std::move(all));
}

StatusIssuer::Responder StatusIssuer::make_responder(Purpose purpose,
                                                     std::optional<Timestamp> until) const {
  Responder responder;
  const bool answers = purpose == Purpose::answers;
  responder.certificate =
      certify(encode_name({{NameAttribute::common_name, "Responder"}}).value(),
              responder.key.public_key().to_spki(), {0x43},
              {end_entity_extension(), key_usage_extension(KeyUsage::signs),
               purpose_extension(answers ? ByteView(kOcspSigning) : ByteView(oid::kServerAuth))},
              until);
  return responder;
}

Bytes StatusIssuer::answer(ByteView leaf, const Answer& answer) const {
  const OwnedCertificate about = as_x509(leaf);
  const OwnedCertificate issuer = as_x509(certificate_);
  const Handle<OCSP_BASICRESP, OCSP_BASICRESP_free> all(OCSP_BASICRESP_new());
  const auto id = [&](IssuerHash hash) {
    return Handle<OCSP_CERTID, OCSP_CERTID_free>(
        OCSP_cert_to_id(as_digest(hash), about.get(), issuer.get()));
  };
  if (answer.form == Form::beside_others) {
    const Bytes other = issue(key_.public_key().to_spki(), 0x7f);
    const Handle<OCSP_CERTID, OCSP_CERTID_free> other_id(
        OCSP_cert_to_id(EVP_sha1(), as_x509(other).get(), issuer.get()));
    say(*all, other_id.get(), CertificateStatus::Kind::revoked, answer);
  }
  OCSP_SINGLERESP* said = say(*all, id(answer.hash).get(), answer.kind, answer);
  if (answer.form == Form::said_twice) {
    say(*all, id(IssuerHash::sha256).get(), CertificateStatus::Kind::revoked, answer);
  }
  if (answer.form == Form::critical_of_one) insist(OCSP_SINGLERESP_add1_ext_i2d, said);
  if (answer.form == Form::critical_of_all) insist(OCSP_BASICRESP_add1_ext_i2d, all.get());

  const auto key = as_pkey(answer.by != nullptr ? answer.by->key : key_);
  const OwnedCertificate signer =
      as_x509(answer.by != nullptr ? answer.by->certificate : certificate_);
  const bool is_bare = answer.form == Form::without_certificates;
  require(OCSP_basic_sign(all.get(), signer.get(), key.get(),
                          answer.form == Form::signed_by_sha1 ? EVP_sha1() : EVP_sha256(), nullptr,
                          is_bare ? OCSP_NOCERTS : 0) == 1);
  return encode_success(*all);
}

Bytes must_staple_extension() {
  constexpr std::array<std::uint8_t, 1> kStatusRequest{5};
  return extension(kTlsFeature, Criticality::may_be_ignored,
                   der::sequence({der::element(der::Tag::integer, {kStatusRequest})}));
}

}  // namespace fastness::crypto::testing

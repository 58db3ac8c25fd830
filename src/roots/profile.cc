#include "roots/profile.h"

#include <algorithm>

namespace fastness::roots {
namespace {

using crypto::NameAttribute;

constexpr std::chrono::days kRootLifetime{30 * 365 + 7};
constexpr std::chrono::days kIssuerLifetime{5 * 365};

}  // namespace

Result<Bytes> authority_name(std::string_view role, const crypto::PublicKey& key) {
  const std::string id = to_hex(ByteView(key.key_id()).first(4));
  return crypto::encode_name({{NameAttribute::organisation, "Fastness"},
                              {NameAttribute::common_name, std::string(role) + " " + id}});
}

Result<crypto::CertificateBody> root_body(std::string_view role, const crypto::PublicKey& key,
                                          Bytes serial, Timestamp now) {
  crypto::CertificateBody body;
  body.serial = std::move(serial);
  FASTNESS_ASSIGN_OR_RETURN(body.issuer, authority_name(role, key));
  body.subject = body.issuer;
  body.not_before = std::chrono::floor<std::chrono::days>(now) - kBackDated;
  body.not_after = body.not_before + kRootLifetime;
  body.spki = key.to_spki();
  body.extensions = {crypto::authority_extension(1),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates),
                     crypto::subject_key_id_extension(key.key_id())};
  return body;
}

Result<crypto::CertificateBody> issuer_body(const crypto::Certificate& root,
                                            const crypto::PublicKey& key, Bytes serial,
                                            Timestamp now) {
  crypto::CertificateBody body;
  body.serial = std::move(serial);
  body.issuer = to_bytes(root.subject());
  FASTNESS_ASSIGN_OR_RETURN(body.subject, authority_name("Fastness server issuer", key));
  body.not_before = std::chrono::floor<std::chrono::days>(now) - kBackDated;
  body.not_after = std::min(body.not_before + kIssuerLifetime, root.not_after());
  body.spki = key.to_spki();
  body.extensions = {crypto::authority_extension(0),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates),
                     crypto::subject_key_id_extension(key.key_id()),
                     crypto::authority_key_id_extension(root.subject_key_id())};
  return body;
}

Result<crypto::Certificate> parse_root(ByteView untrusted_der) {
  FASTNESS_ASSIGN_OR_RETURN(auto root, crypto::Certificate::parse(untrusted_der));
  FASTNESS_ASSIGN_OR_RETURN(const auto key, root.public_key());
  if (!root.is_authority() || !std::ranges::equal(root.issuer(), root.subject()) ||
      !root.is_signed_by(key)) {
    return fail(Errc::invalid_argument,
                "this certificate is no root: it does not vouch for itself");
  }
  return root;
}

Result<crypto::Certificate> parse_issuer(ByteView untrusted_der, const crypto::Certificate& root,
                                         const crypto::PublicKey& key, Timestamp now) {
  const auto refused = [](const char* why) { return fail(Errc::corrupted, why); };
  auto issuer = crypto::Certificate::parse(untrusted_der);
  if (!issuer) return refused("this is no certificate of an issuing authority");
  if (now < issuer->not_before() || now >= issuer->not_after()) {
    return refused(
        "the issuing authority's certificate is not valid now: is the clock of the machine "
        "that signed right?");
  }
  // Its times are the signer's, and everything else follows from them.
  const Timestamp signed_at = issuer->not_before() + kBackDated;
  FASTNESS_ASSIGN_OR_RETURN(const auto expected,
                            issuer_body(root, key, to_bytes(issuer->serial()), signed_at));
  if (!std::ranges::equal(issuer->tbs(), expected.to_tbs())) {
    return refused("the issuing authority's certificate says other things than was asked for");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto roots_key, root.public_key());
  if (!issuer->is_signed_by(roots_key)) {
    return refused("the issuing authority's certificate is not signed by the root");
  }
  return std::move(issuer).value();
}

}  // namespace fastness::roots

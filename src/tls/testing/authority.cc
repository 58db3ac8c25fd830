#include "tls/testing/authority.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tls/context/context.h"

namespace fastness::tls::testing {
namespace {

void check(bool ok) {
  if (ok) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

PkeyPtr generate(KeyKind kind) {
  constexpr std::size_t kRsaBits = 2048;
  if (kind == KeyKind::ecdsa) {
    PkeyPtr key(EVP_EC_gen("P-256"));
    check(key != nullptr);
    return key;
  }
  static const PkeyPtr kRsa(EVP_RSA_gen(kRsaBits));  // slow to make, and one will do for tests
  check(kRsa != nullptr && EVP_PKEY_up_ref(kRsa.get()) == 1);
  return PkeyPtr(kRsa.get());
}

crypto::SecretBytes to_pkcs8(EVP_PKEY& key) {
  const Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(EVP_PKEY2PKCS8(&key));
  crypto::SecretBytes der(static_cast<std::size_t>(i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr)));
  std::uint8_t* out = der.reveal().data();
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
  return der;
}

PkeyPtr from_pkcs8(const crypto::SecretBytes& der) {
  const std::uint8_t* in = der.reveal().data();
  PkeyPtr key(d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(der.size())));
  check(key != nullptr);
  return key;
}

void add_extension(X509& certificate, int nid, const std::string& value) {
  const Handle<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  check(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

X509Ptr blank(EVP_PKEY& key, const std::string& common_name, std::chrono::hours expires_in) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
  const long lifetime = std::chrono::seconds(expires_in).count();
  constexpr long kDay = 24 * 60 * 60;
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::min(0L, lifetime) - kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), lifetime);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             as_bytes(common_name).data(), -1, -1, 0);
  X509_set_pubkey(certificate.get(), &key);
  return certificate;
}

}  // namespace

Authority::Authority() {
  constexpr std::chrono::hours kYear{24 * 365};
  const PkeyPtr key = generate(KeyKind::ecdsa);
  const X509Ptr root = blank(*key, "Test Root", kYear);
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  add_extension(*root, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(*root, NID_key_usage, "critical,keyCertSign");
  check(X509_sign(root.get(), key.get(), EVP_sha256()) > 0);
  root_.chain.push_back(certificate_der(root.get()));
  root_.private_key = to_pkcs8(*key);
}

Credential Authority::issue(const LeafOptions& options) const {
  const PkeyPtr issuer_key = from_pkcs8(root_.private_key);
  const X509Ptr issuer = parse_certificate(anchor()).value();
  const PkeyPtr key = generate(options.key);
  const X509Ptr leaf = blank(*key, options.common_name, options.expires_in);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer.get()));
  add_extension(*leaf, NID_basic_constraints, "critical,CA:FALSE");
  if (!options.alternative_names.empty()) {
    add_extension(*leaf, NID_subject_alt_name, options.alternative_names);
  }
  check(X509_sign(leaf.get(), issuer_key.get(), EVP_sha256()) > 0);

  Credential credential;
  credential.chain.push_back(certificate_der(leaf.get()));
  credential.private_key = to_pkcs8(*key);
  return credential;
}

Credential impostor_of(const Credential& victim) {
  const PkeyPtr theirs = from_pkcs8(victim.private_key);
  const PkeyPtr mine = generate(KeyKind::ecdsa);
  std::array<std::uint8_t, 65> point{};
  std::size_t size = 0;
  check(EVP_PKEY_get_octet_string_param(theirs.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                        point.size(), &size) == 1);
  BIGNUM* scalar = nullptr;
  check(EVP_PKEY_get_bn_param(mine.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1);
  const Handle<BIGNUM, BN_free> scalar_owner(scalar);

  // OpenSSL compares only public halves when it loads a key for a certificate.
  const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), size);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  const Handle<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* forged = nullptr;
  check(EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &forged, EVP_PKEY_KEYPAIR, params.get()) == 1);
  const PkeyPtr forged_owner(forged);
  return {victim.chain, to_pkcs8(*forged)};
}

LeafDigest leaf_digest(const Credential& credential) {
  return digest_of(credential.chain.front());
}

}  // namespace fastness::tls::testing

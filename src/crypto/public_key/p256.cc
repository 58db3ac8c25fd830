#include "crypto/public_key/p256.h"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "crypto/public_key/openssl_deleters.h"
#include "crypto/require.h"
#include "crypto/x509/der.h"

namespace fastness::crypto {
namespace {

// SEQUENCE { ecPublicKey, prime256v1 } and the BIT STRING header in front of the point
// (RFC 5480, 2): one spelling, so the whole structure is a constant and a point.
constexpr std::array<std::uint8_t, 26> kSpkiPrefix{
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

struct FreePkeyContext {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
struct FreeMdContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreePkeyContext>;
using MdContext = std::unique_ptr<EVP_MD_CTX, FreeMdContext>;

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        nullptr) == 1 &&
         std::string_view(group.data()) == "prime256v1";
}

// Null if the bytes are not a point on the curve.
EVP_PKEY* import_point(ByteView point) {
  std::string group = "prime256v1";
  auto* const bytes = const_cast<std::uint8_t*>(point.data());  // OpenSSL only reads it
  std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, point.size()),
      OSSL_PARAM_construct_end()};
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  require(context && EVP_PKEY_fromdata_init(context.get()) == 1);
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
    return nullptr;
  }
  return key;
}

Result<void> read_scalar(der::Reader& reader, std::array<std::uint8_t, 32>& out) {
  FASTNESS_ASSIGN_OR_RETURN(const ByteView scalar, reader.expect_unsigned());
  if (scalar.size() > out.size()) {
    return fail(Errc::invalid_argument, "a signature has a number beyond the curve's order");
  }
  std::ranges::copy(scalar, out.end() - static_cast<std::ptrdiff_t>(scalar.size()));
  return {};
}

}  // namespace

Bytes EcdsaSignature::to_der() const {
  return der::sequence({der::unsigned_integer(r), der::unsigned_integer(s)});
}

Result<EcdsaSignature> EcdsaSignature::from_der(ByteView encoded) {
  der::Reader outer(encoded);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element pair, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  der::Reader inner(pair.content);
  EcdsaSignature signature;
  FASTNESS_RETURN_IF_ERROR(read_scalar(inner, signature.r));
  FASTNESS_RETURN_IF_ERROR(read_scalar(inner, signature.s));
  FASTNESS_RETURN_IF_ERROR(inner.finish());
  return signature;
}

Bytes spki_around(const PublicKey::Point& point) {
  Bytes spki(kSpkiPrefix.begin(), kSpkiPrefix.end());
  spki.insert(spki.end(), point.begin(), point.end());
  return spki;
}

Result<PublicKey> PublicKey::from_point(ByteView untrusted_point) {
  if (untrusted_point.size() != kPointSize || untrusted_point[0] != 0x04) {
    return fail(Errc::invalid_argument, "not an uncompressed point");
  }
  EVP_PKEY* const key = import_point(untrusted_point);
  if (key == nullptr) return fail(Errc::invalid_argument, "the point is not on the curve P-256");
  Point point;
  std::ranges::copy(untrusted_point, point.begin());
  return PublicKey(point, std::shared_ptr<EVP_PKEY>(key, FreePkey{}));
}

Result<PublicKey> PublicKey::from_spki(ByteView untrusted_der) {
  if (untrusted_der.size() != kSpkiPrefix.size() + kPointSize ||
      !std::equal(kSpkiPrefix.begin(), kSpkiPrefix.end(), untrusted_der.begin())) {
    return fail(Errc::invalid_argument, "not a P-256 public key");
  }
  return from_point(untrusted_der.subspan(kSpkiPrefix.size()));
}

Bytes PublicKey::to_spki() const {
  return spki_around(point_);
}

std::array<std::uint8_t, 20> PublicKey::key_id() const {
  const Digest digest = sha256(point_);
  std::array<std::uint8_t, 20> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

bool PublicKey::verify(ByteView message, const EcdsaSignature& signature) const {
  const Bytes encoded = signature.to_der();
  const MdContext context(EVP_MD_CTX_new());
  require(context && EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                             key_.get(), nullptr) == 1);
  return EVP_DigestVerify(context.get(), encoded.data(), encoded.size(), message.data(),
                          message.size()) == 1;
}

void PrivateKey::Free::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

Result<PrivateKey> PrivateKey::adopt(Handle key) {
  PublicKey::Point point;
  std::size_t size = 0;
  if (!is_p256(key.get()) ||
      EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(),
                                      point.size(), &size) != 1) {
    return fail(Errc::invalid_argument, "not a P-256 private key");
  }
  FASTNESS_ASSIGN_OR_RETURN(PublicKey public_key,
                            PublicKey::from_point(ByteView(point).first(size)));
  return PrivateKey(std::move(key), std::move(public_key));
}

PrivateKey PrivateKey::generate() {
  Handle key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  auto adopted = adopt(std::move(key));
  require(adopted.has_value());
  return std::move(adopted).value();
}

Result<PrivateKey> PrivateKey::from_pkcs8(const SecretBytes& der) {
  const std::uint8_t* cursor = der.reveal().data();
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size())));
  if (!info || cursor != der.reveal().data() + der.size()) {
    return fail(Errc::invalid_argument, "not a PKCS#8 private key");
  }
  Handle key(EVP_PKCS82PKEY(info.get()));
  if (!key) return fail(Errc::invalid_argument, "not a PKCS#8 private key of a known kind");
  return adopt(std::move(key));
}

SecretBytes PrivateKey::to_pkcs8() const {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8> info(EVP_PKEY2PKCS8(key_.get()));
  std::uint8_t* encoded = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &encoded);
  require(info && size > 0);
  SecretBytes der = SecretBytes::take({encoded, static_cast<std::size_t>(size)});
  OPENSSL_free(encoded);
  return der;
}

EcdsaSignature PrivateKey::sign(ByteView message) const {
  const MdContext context(EVP_MD_CTX_new());
  require(context && EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                           key_.get(), nullptr) == 1);
  std::array<std::uint8_t, 80> encoded{};
  std::size_t size = encoded.size();
  require(EVP_DigestSign(context.get(), encoded.data(), &size, message.data(), message.size()) ==
          1);
  const auto signature = EcdsaSignature::from_der(ByteView(encoded).first(size));
  require(signature.has_value());
  return *signature;
}

}  // namespace fastness::crypto

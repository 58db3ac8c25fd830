#include "oidc/testing/token_maker.h"

#include <algorithm>

namespace fastness::oidc::testing {
namespace {

std::string two_parts(std::string_view header, std::string_view claims) {
  return to_base64url(as_bytes(header)) + "." + to_base64url(as_bytes(claims));
}

crypto::Ed25519Key ed25519_key_of(std::uint8_t byte) {
  Bytes seed(crypto::Ed25519Key::kSeedSize, byte);
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(seed)).value();
}

}  // namespace

TokenMaker::TokenMaker() : p256_(crypto::PrivateKey::generate()), ed25519_(ed25519_key_of(7)) {}

std::string TokenMaker::rsa_key() const {
  return R"({"kty":"RSA","kid":"r","alg":"RS256","use":"sig","e":"AQAB","n":")" +
         to_base64url(rsa_.modulus()) + "\"}";
}

std::string TokenMaker::p256_key() const {
  const ByteView point(p256_.public_key().point());
  return R"({"kty":"EC","crv":"P-256","kid":"e","x":")" + to_base64url(point.subspan(1, 32)) +
         R"(","y":")" + to_base64url(point.subspan(33)) + "\"}";
}

std::string TokenMaker::ed25519_key() const {
  return R"({"kty":"OKP","crv":"Ed25519","kid":"o","x":")" + to_base64url(ed25519_.public_key()) +
         "\"}";
}

std::string TokenMaker::key_set() const {
  return R"({"keys":[)" + rsa_key() + "," + p256_key() + "," + ed25519_key() + "]}";
}

std::string TokenMaker::sign(Algorithm algorithm, std::string_view claims) const {
  switch (algorithm) {
    case Algorithm::rs256:
      return sign(algorithm, R"({"alg":"RS256","kid":"r","typ":"JWT"})", claims);
    case Algorithm::es256:
      return sign(algorithm, R"({"alg":"ES256","kid":"e"})", claims);
    case Algorithm::eddsa:
      return sign(algorithm, R"({"alg":"EdDSA","kid":"o"})", claims);
  }
  return {};
}

std::string TokenMaker::sign(Algorithm algorithm, std::string_view header,
                             std::string_view claims) const {
  const std::string text = two_parts(header, claims);
  Bytes signature;
  if (algorithm == Algorithm::rs256) signature = rsa_.sign(as_bytes(text));
  if (algorithm == Algorithm::es256) {
    const crypto::EcdsaSignature pair = p256_.sign(as_bytes(text));
    signature.assign(pair.r.begin(), pair.r.end());
    signature.insert(signature.end(), pair.s.begin(), pair.s.end());
  }
  if (algorithm == Algorithm::eddsa) signature = to_bytes(ed25519_.sign(as_bytes(text)));
  return text + "." + to_base64url(signature);
}

std::string compact(std::string_view header, std::string_view claims, ByteView signature) {
  return two_parts(header, claims) + "." + to_base64url(signature);
}

}  // namespace fastness::oidc::testing

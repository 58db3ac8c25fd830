#include "oidc/token/key_set.h"

#include <algorithm>
#include <utility>

#include "json/object_reader.h"

namespace fastness::oidc {
namespace {

using json::ObjectReader;
using AnyKey = decltype(SigningKey::key);

constexpr std::size_t kCoordinate = 32;

std::string text_in(const ObjectReader& in, std::string_view name) {
  auto text = in.text(name);
  return text ? std::move(text).value() : std::string();
}

// Empty if it is not there or no base64url.
Bytes bytes_in(const ObjectReader& in, std::string_view name) {
  auto bytes = from_base64url(text_in(in, name));
  return bytes ? std::move(bytes).value() : Bytes();
}

Result<AnyKey> read_rsa(const ObjectReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(crypto::RsaPublicKey key, crypto::RsaPublicKey::from_numbers(
                                                          bytes_in(in, "n"), bytes_in(in, "e")));
  return AnyKey(std::move(key));
}

Result<AnyKey> read_p256(const ObjectReader& in) {
  const Bytes x = bytes_in(in, "x");
  const Bytes y = bytes_in(in, "y");
  if (text_in(in, "crv") != "P-256" || x.size() != kCoordinate || y.size() != kCoordinate) {
    return fail(Errc::invalid_argument, "no key of P-256");
  }
  Bytes point{0x04};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  FASTNESS_ASSIGN_OR_RETURN(crypto::PublicKey key, crypto::PublicKey::from_point(point));
  return AnyKey(std::move(key));
}

Result<AnyKey> read_ed25519(const ObjectReader& in) {
  const Bytes x = bytes_in(in, "x");
  crypto::Ed25519PublicKey key{};
  if (text_in(in, "crv") != "Ed25519" || x.size() != key.size()) {
    return fail(Errc::invalid_argument, "no key of Ed25519");
  }
  std::ranges::copy(x, key.begin());
  return AnyKey(key);
}

Result<AnyKey> read_material(const ObjectReader& in) {
  const std::string type = text_in(in, "kty");
  if (type == "RSA") return read_rsa(in);
  if (type == "EC") return read_p256(in);
  if (type == "OKP") return read_ed25519(in);
  return fail(Errc::invalid_argument, "a key of another kind");
}

// A key may say what it is for (RFC 7517, 4.2 to 4.4); then it is for nothing else.
bool is_for_signatures(const ObjectReader& in, Algorithm algorithm) {
  if (in.has("use") && text_in(in, "use") != "sig") return false;
  if (in.has("alg") && parse_algorithm(text_in(in, "alg")) != algorithm) return false;
  if (!in.has("key_ops")) return true;
  const auto operations = in.array("key_ops");
  return operations && std::ranges::any_of(**operations, [](const json::Value& each) {
           const auto* text = each.get<std::string>();
           return text != nullptr && *text == "verify";
         });
}

std::optional<SigningKey> read_key(const json::Value& value) {
  const auto in = ObjectReader::of(value);
  if (!in) return std::nullopt;
  auto material = read_material(*in);
  if (!material) return std::nullopt;
  SigningKey key{text_in(*in, "kid"), std::move(material).value()};
  if (!is_for_signatures(*in, key.algorithm())) return std::nullopt;
  return key;
}

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view text) {
  if (text == "RS256") return Algorithm::rs256;
  if (text == "ES256") return Algorithm::es256;
  if (text == "EdDSA") return Algorithm::eddsa;
  return std::nullopt;
}

bool SigningKey::verify(ByteView message, ByteView signature) const {
  if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key)) {
    return rsa->verify(message, signature);
  }
  if (const auto* p256 = std::get_if<crypto::PublicKey>(&key)) {
    crypto::EcdsaSignature pair;  // the two numbers one after the other (RFC 7518, 3.4)
    if (signature.size() != pair.r.size() + pair.s.size()) return false;
    std::ranges::copy(signature.first(pair.r.size()), pair.r.begin());
    std::ranges::copy(signature.subspan(pair.r.size()), pair.s.begin());
    return p256->verify(message, pair);
  }
  crypto::Ed25519Signature plain{};
  if (signature.size() != plain.size()) return false;
  std::ranges::copy(signature, plain.begin());
  return crypto::ed25519_verify(std::get<crypto::Ed25519PublicKey>(key), message, plain);
}

Result<KeySet> KeySet::parse(std::string_view untrusted_json) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(untrusted_json));
  const auto in = ObjectReader::of(document);
  if (!in) return json::as_error(in.error());
  const auto keys = in->array("keys");
  if (!keys) return json::as_error(keys.error());
  if ((*keys)->size() > kMostKeys) return fail(Errc::exhausted, "a provider with too many keys");
  KeySet made;
  for (const json::Value& each : **keys) {
    if (auto key = read_key(each)) made.keys_.push_back(std::move(*key));
  }
  return made;
}

const SigningKey* KeySet::find(const std::optional<std::string>& id, Algorithm algorithm) const {
  const SigningKey* found = nullptr;
  for (const SigningKey& each : keys_) {
    if (each.algorithm() != algorithm || (id && each.id != *id)) continue;
    if (found != nullptr) return nullptr;
    found = &each;
  }
  return found;
}

}  // namespace fastness::oidc

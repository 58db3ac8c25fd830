#include "webauthn/testing/software_authenticator.h"

#include <utility>

#include "crypto/digest.h"
#include "crypto/secret/system_random.h"

namespace fastness::webauthn::testing {
namespace {

Bytes random_bytes(std::size_t size) {
  crypto::SystemRandom random;
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

crypto::Ed25519Key make_ed25519() {
  Bytes seed = random_bytes(crypto::Ed25519Key::kSeedSize);
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes::take(seed)).value();
}

Bytes head(const Asked& asked, std::uint8_t flags) {
  Bytes data;
  ByteWriter out(data);
  out.raw(crypto::sha256(as_bytes(asked.party)));
  out.u8(flags);
  out.u32(asked.counter);
  return data;
}

Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// CBOR by hand: maps of small integers to integers and byte strings.
Bytes cose_of(const crypto::PrivateKey& key) {
  const auto& point = key.public_key().point();  // 0x04, x, y
  return joined({from_hex("a5010203262001215820").value(), ByteView(point).subspan(1, 32),
                 from_hex("225820").value(), ByteView(point).subspan(33)});
}
Bytes cose_of(const crypto::Ed25519Key& key) {
  return joined({from_hex("a4010103272006215820").value(), key.public_key()});
}
Bytes cose_of(const crypto::testing::RsaSigner& key) {
  return joined(
      {from_hex("a401030339010020590100").value(), key.modulus(), from_hex("2143010001").value()});
}

}  // namespace

SoftwareAuthenticator::SoftwareAuthenticator(Algorithm algorithm) : id_(random_bytes(32)) {
  switch (algorithm) {
    case Algorithm::es256:
      key_ = std::make_shared<const Key>(crypto::PrivateKey::generate());
      break;
    case Algorithm::eddsa:
      key_ = std::make_shared<const Key>(make_ed25519());
      break;
    case Algorithm::rs256:
      key_ = std::make_shared<const Key>(crypto::testing::RsaSigner());
      break;
  }
}

Bytes SoftwareAuthenticator::cose_key() const {
  return std::visit([](const auto& key) { return cose_of(key); }, *key_);
}

Bytes SoftwareAuthenticator::sign(ByteView message) const {
  if (const auto* key = std::get_if<crypto::PrivateKey>(key_.get())) {
    return key->sign(message).to_der();
  }
  if (const auto* key = std::get_if<crypto::Ed25519Key>(key_.get())) {
    return to_bytes(key->sign(message));
  }
  return std::get<crypto::testing::RsaSigner>(*key_).sign(message);
}

Said SoftwareAuthenticator::create(const Asked& asked) const {
  Said said{client_data_json("webauthn.create", asked), head(asked, asked.flags | kCredential), {}};
  ByteWriter out(said.authenticator_data);
  out.raw(Bytes(16));  // an AAGUID of nobody, as without attestation
  out.u16(static_cast<std::uint16_t>(id_.size()));
  out.raw(id_);
  out.raw(cose_key());
  return said;
}

Said SoftwareAuthenticator::get(const Asked& asked) const {
  Said said{client_data_json("webauthn.get", asked), head(asked, asked.flags), {}};
  said.signature =
      sign(joined({said.authenticator_data, crypto::sha256(as_bytes(said.client_data))}));
  return said;
}

std::string client_data_json(std::string_view type, const Asked& asked) {
  return R"({"type":")" + std::string(type) + R"(","challenge":")" + to_base64url(asked.challenge) +
         R"(","origin":")" + asked.origin + R"(","crossOrigin":false)" + asked.more_client_data +
         "}";
}

}  // namespace fastness::webauthn::testing

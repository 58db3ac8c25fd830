// ECDSA over NIST P-256 with SHA-256: the only signature scheme of our certificates.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/secret/secret_bytes.h"

struct evp_pkey_st;

namespace fastness::crypto {

// The two integers of an ECDSA signature, each padded to 32 bytes as boards keep them.
struct EcdsaSignature {
  std::array<std::uint8_t, 32> r{};
  std::array<std::uint8_t, 32> s{};

  // SEQUENCE of two INTEGERs (RFC 3279, 2.2.3), in its one DER spelling.
  [[nodiscard]] Bytes to_der() const;
  [[nodiscard]] static Result<EcdsaSignature> from_der(ByteView der);

  friend bool operator==(const EcdsaSignature&, const EcdsaSignature&) = default;
};

// A point on the curve. Immutable, thread-safe, cheap to copy.
class PublicKey {
 public:
  // Uncompressed: 0x04, x, y (SEC 1, 2.3.3).
  static constexpr std::size_t kPointSize = 65;
  using Point = std::array<std::uint8_t, kPointSize>;

  // Fails with `invalid_argument` unless the bytes are a point on P-256 in uncompressed form.
  [[nodiscard]] static Result<PublicKey> from_point(ByteView untrusted_point);

  // Reads a SubjectPublicKeyInfo (RFC 5480, 2) with the named curve P-256. `invalid_argument` for
  // every other algorithm, curve or spelling.
  [[nodiscard]] static Result<PublicKey> from_spki(ByteView untrusted_der);

  [[nodiscard]] const Point& point() const { return point_; }
  [[nodiscard]] Bytes to_spki() const;

  // SHA-256 of the SubjectPublicKeyInfo: what registries pin and ledgers name.
  [[nodiscard]] Digest digest() const { return sha256(to_spki()); }

  // The leftmost 20 bytes of SHA-256 of the point (RFC 7093, 2, method 1).
  [[nodiscard]] std::array<std::uint8_t, 20> key_id() const;

  [[nodiscard]] bool verify(ByteView message, const EcdsaSignature& signature) const;

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.point_ == b.point_; }

 private:
  PublicKey(const Point& point, std::shared_ptr<evp_pkey_st> key)
      : point_(point), key_(std::move(key)) {}

  Point point_;
  // Shared because OpenSSL's object is immutable once made and copies of a PublicKey are common.
  std::shared_ptr<evp_pkey_st> key_;
};

// A signing key. Move-only; immutable; thread-safe.
class PrivateKey {
 public:
  [[nodiscard]] static PrivateKey generate();

  // Reads PKCS#8 (RFC 5958) in DER. `invalid_argument` unless it holds a P-256 key.
  [[nodiscard]] static Result<PrivateKey> from_pkcs8(const SecretBytes& der);

  [[nodiscard]] SecretBytes to_pkcs8() const;
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] EcdsaSignature sign(ByteView message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;

  PrivateKey(Handle key, PublicKey public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}
  [[nodiscard]] static Result<PrivateKey> adopt(Handle key);

  Handle key_;
  PublicKey public_key_;
};

// The SubjectPublicKeyInfo around a point, byte for byte as boards write it; no check of the point.
[[nodiscard]] Bytes spki_around(const PublicKey::Point& point);

}  // namespace fastness::crypto

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/public_key/p256.h"

namespace fastness::crypto {

// A certificate (RFC 5280) that was read, and nothing believed of it yet: whoever admits its
// holder checks the signature, the dates and whatever else matters. Version 3, signed with
// ecdsa-with-SHA256, strict DER. Immutable; owns its bytes.
class Certificate {
 public:
  static constexpr std::size_t kMaxSize = fixed_limit("certificates.bytes");

  // `invalid_argument` for anything malformed, larger than kMaxSize, with a repeated extension, or
  // signed with another algorithm.
  [[nodiscard]] static Result<Certificate> parse(ByteView untrusted_der);
  [[nodiscard]] static Result<Certificate> parse_pem(std::string_view untrusted_text);

  [[nodiscard]] ByteView der() const { return der_; }
  // The signed part.
  [[nodiscard]] ByteView tbs() const { return view(tbs_); }
  // Names as they are encoded.
  [[nodiscard]] ByteView issuer() const { return view(issuer_); }
  [[nodiscard]] ByteView subject() const { return view(subject_); }
  // The subject's common name; empty if it has none.
  [[nodiscard]] const std::string& common_name() const { return common_name_; }
  // Big-endian, without leading zeros.
  [[nodiscard]] ByteView serial() const { return view(serial_); }
  [[nodiscard]] Timestamp not_before() const { return not_before_; }
  [[nodiscard]] Timestamp not_after() const { return not_after_; }
  // The SubjectPublicKeyInfo; `key_digest` is its SHA-256. The key may be of any kind.
  [[nodiscard]] ByteView spki() const { return view(spki_); }
  [[nodiscard]] Digest key_digest() const { return sha256(spki()); }
  // `invalid_argument` unless it is a P-256 key.
  [[nodiscard]] Result<PublicKey> public_key() const { return PublicKey::from_spki(spki()); }
  // Key identifiers; empty if absent.
  [[nodiscard]] ByteView authority_key_id() const { return view(authority_key_id_); }
  [[nodiscard]] ByteView subject_key_id() const { return view(subject_key_id_); }
  [[nodiscard]] bool is_authority() const { return is_authority_; }
  [[nodiscard]] const EcdsaSignature& signature() const { return signature_; }

  // SHA-256 of the whole certificate: its fingerprint, and its name in the ledger.
  [[nodiscard]] Digest digest() const { return sha256(der_); }
  [[nodiscard]] bool is_signed_by(const PublicKey& key) const {
    return key.verify(tbs(), signature_);
  }
  [[nodiscard]] std::string to_pem() const;

 private:
  // A place in der_, since a view would dangle when this object moves.
  struct Range {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  explicit Certificate(ByteView der) : der_(to_bytes(der)) {}
  [[nodiscard]] ByteView view(Range range) const {
    return ByteView(der_).subspan(range.offset, range.size);
  }
  [[nodiscard]] Range range_of(ByteView part) const;
  [[nodiscard]] Result<void> read();
  [[nodiscard]] Result<void> read_body(ByteView body);
  [[nodiscard]] Result<void> read_extensions(ByteView list);
  [[nodiscard]] Result<void> read_extension(ByteView identifier, ByteView value);

  Bytes der_;
  Range tbs_;
  Range serial_;
  Range issuer_;
  Range subject_;
  Range spki_;
  Range authority_key_id_;
  Range subject_key_id_;
  std::string common_name_;
  Timestamp not_before_{};
  Timestamp not_after_{};
  bool is_authority_ = false;
  EcdsaSignature signature_;
};

// The signed bytes and the signature of whatever has a certificate's outermost shape.
struct SignedBytes {
  Bytes tbs;
  EcdsaSignature signature;
};

// For finding out who signed something that `parse` refuses: only the outermost layer is read.
// `invalid_argument` if even that is not there, or is larger than 64 KiB.
[[nodiscard]] Result<SignedBytes> signed_bytes_of(ByteView untrusted_der);

}  // namespace fastness::crypto

// An authenticator and the browser before it, in software: with real keys, and saying whatever a
// test wants them to say.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/public_key/p256.h"
#include "crypto/testing/rsa_signer.h"
#include "webauthn/client_data.h"
#include "webauthn/credential.h"
#include "webauthn/relying_party.h"

namespace fastness::webauthn::testing {

inline constexpr std::uint8_t kPresent = 0x01;
inline constexpr std::uint8_t kVerified = 0x04;
inline constexpr std::uint8_t kEligible = 0x08;
inline constexpr std::uint8_t kBackedUp = 0x10;
inline constexpr std::uint8_t kCredential = 0x40;
inline constexpr std::uint8_t kExtensions = 0x80;

// What browser and authenticator are told, or lie about.
struct Asked {
  explicit Asked(const RelyingParty& at, const Challenge& with = {})
      : challenge(with), origin(at.origin()), party(at.id()) {}

  Challenge challenge;
  std::string origin;
  std::string party;
  std::uint8_t flags = kPresent | kVerified;
  std::uint32_t counter = 0;
  std::string more_client_data;  // `,"name":value`, behind the rest
};

// What they send to the server.
struct Said {
  std::string client_data;
  Bytes authenticator_data;
  Bytes signature;  // none in a registration
};

// One credential. Copying it makes the clone that a counter gives away.
class SoftwareAuthenticator {
 public:
  explicit SoftwareAuthenticator(Algorithm algorithm = Algorithm::es256);

  [[nodiscard]] const Bytes& id() const { return id_; }
  void set_id(Bytes id) { id_ = std::move(id); }
  // The COSE_Key of the credential (RFC 9053), as registrations have it.
  [[nodiscard]] Bytes cose_key() const;

  [[nodiscard]] Said create(const Asked& asked) const;
  [[nodiscard]] Said get(const Asked& asked) const;
  [[nodiscard]] Bytes sign(ByteView message) const;

 private:
  using Key = std::variant<crypto::PrivateKey, crypto::Ed25519Key, crypto::testing::RsaSigner>;

  Bytes id_;
  std::shared_ptr<const Key> key_;  // shared, as a clone has it too
};

// `{"type":...}` as a browser writes it (5.8.1.1).
[[nodiscard]] std::string client_data_json(std::string_view type, const Asked& asked);

}  // namespace fastness::webauthn::testing

// Claim codes and claim certificates, and what came of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::identity {

using ClaimCodeId = StrongId<struct ClaimCodeIdTag>;
using ClaimId = StrongId<struct ClaimIdTag>;

// What a device calls itself before it is known here: a serial number, the address of its network
// adapter. In lower case, so that it has one spelling. Immutable.
class HardwareId {
 public:
  static constexpr std::size_t kMaxSize = fixed_limit("claims.hardware_id_bytes");

  // `invalid_argument` unless it is 1 to kMaxSize of letters, digits, `.`, `_` and `-`; no colon,
  // because HTTP Basic ends a name there.
  [[nodiscard]] static Result<HardwareId> parse(std::string_view untrusted);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  explicit HardwareId(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// Whether a device that shows the code comes in at once, or waits for a person to say yes.
enum class Approval : std::uint8_t { none = 0, owner = 1 };

// What a device shows: a word, or a key that it proves to hold. The numbers are stored.
enum class ClaimBy : std::uint8_t { code = 0, certificate = 1 };

// What a claim certificate has and a code has not. Its private key was never here.
struct ClaimCertificate {
  crypto::Digest leaf{};          // SHA-256 of the certificate
  crypto::Digest key{};           // SHA-256 of its SubjectPublicKeyInfo; never that of a device
  std::int64_t hardware_ids = 0;  // how many it is for; 0: any
};

// A code as its organisation may see it: all but the code itself. Or a claim certificate, which is
// the same but for how a device shows it.
struct ClaimCode {
  ClaimCodeId id;
  OrganisationId organisation;
  std::string label;        // begins the names of its devices; may be empty
  std::string hardware_id;  // the only one it is for; empty: any
  std::int64_t uses = 0;    // devices that used it, those that wait among them
  std::int64_t most_uses = 1;
  Approval approval = Approval::owner;
  UserId created_by;
  Timestamp created_at;
  Timestamp expires_at;
  std::optional<ClaimCertificate> certificate = {};  // exactly if it is one

  [[nodiscard]] ClaimBy by() const { return certificate ? ClaimBy::certificate : ClaimBy::code; }
};

struct NewClaimCode {
  ClaimCode code;
  crypto::SecretBytes text;  // to be shown this once
};

enum class ClaimState : std::uint8_t {
  waiting = 0,   // for its owner
  admitted = 1,  // it may have its certificate
  refused = 2,   // by its owner
  issued = 3,    // it has its certificate
};
[[nodiscard]] std::string_view to_text(ClaimState state);

// That one key used one code, or one claim certificate. The device is the one that it becomes, or
// became.
struct Claim {
  ClaimId id;
  ClaimCodeId code;  // or of the claim certificate
  OrganisationId organisation;
  std::string label;  // of the code
  crypto::Digest key{};
  std::string hardware_id;
  DeviceId device;
  ClaimState state = ClaimState::waiting;
  std::string address;  // where it asked from
  Timestamp made_at;
  Timestamp expires_at;  // of the code
  ClaimBy by = ClaimBy::code;
};

}  // namespace fastness::identity

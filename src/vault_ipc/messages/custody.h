// How the keys of an instance are kept, for the status and the security check-up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/uuid.h"
#include "base/result.h"

namespace fastness::vault_ipc {

enum class Kind : std::uint16_t;

// Where authority keys are made and stay. The numbers travel.
enum class KeyPlace : std::uint8_t { sealed_files = 1, token = 2 };

// What opens the root key. The numbers travel.
enum class RootOpener : std::uint8_t { key_file = 1, passphrase = 2 };

[[nodiscard]] std::string_view to_text(KeyPlace place);
[[nodiscard]] std::string_view to_text(RootOpener opener);

// A recovery kit that was made, as the vault remembers it. The encoding is stored.
struct Kit {
  Uuid id{Uuid::Bytes{}};
  Timestamp created_at{};
  std::uint32_t owners = 0;  // organisations and people whose keys it holds
  std::uint8_t shares = 0;   // into which its secret was split; 0 for a passphrase
  std::uint8_t needed = 0;   // of them
  std::optional<Timestamp> rehearsed_at;

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<Kit> decode(ByteReader& in);
  friend bool operator==(const Kit&, const Kit&) = default;
};

struct Custody {
  KeyPlace keys = KeyPlace::sealed_files;
  std::string token;  // its label
  RootOpener opener = RootOpener::key_file;
  bool has_standby = false;  // the standby root's key waits here to be carried away
  std::uint32_t owners = 0;  // organisations and people who have, or had, a key
  std::vector<Kit> kits;     // the newest last

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<Custody> decode(ByteReader& in);
  friend bool operator==(const Custody&, const Custody&) = default;
};

struct ReadCustody {
  static constexpr Kind kKind = Kind(24);
  using Reply = Custody;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ReadCustody> decode(ByteReader& in);
};

}  // namespace fastness::vault_ipc

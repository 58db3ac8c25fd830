// How a device comes by another key, and how its owner takes that back.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "crypto/digest.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

// How long the owner may take it back, no other change is made, and the key before may let the
// device in as long as it has not come by the new one.
using vault_ipc::kKeyChangeUndo;

// How far it has come. The numbers are stored.
enum class KeyChangeState : std::uint8_t {
  asked = 1,      // of the vault, which may have done it: nothing has changed here yet
  open = 2,       // both keys let the device in, which has not come by the new one yet
  settled = 3,    // it has, or its time was up: the new key alone lets it in
  returning = 4,  // taken back here, and the vault is yet to be told
  undone = 5,
};

// As its owner sees it: `open`, `settled` or `undone`, which it is once it is taken back here.
[[nodiscard]] std::string_view to_text(KeyChangeState state);

// The last one of a device.
struct KeyChange {
  KeyChangeState state = KeyChangeState::asked;
  crypto::Digest old_key{};
  crypto::Digest new_key{};
  crypto::Digest old_leaf{};  // by which it was asked for
  crypto::Digest new_leaf{};  // zeros while it is asked for
  crypto::Digest request{};   // SHA-256
  Timestamp at{};

  // Whether the owner may take it back still, of a device that has this key.
  [[nodiscard]] bool is_undoable(const std::optional<crypto::Digest>& pinned_key,
                                 Timestamp now) const {
    const bool is_made = state == KeyChangeState::open || state == KeyChangeState::settled;
    return is_made && now < at + kKeyChangeUndo && pinned_key == new_key;
  }
};

// A device's former key lets nobody in any more, so that connections by it end now. Its sessions
// stay: the device is who it was.
struct RetiredKey {
  OrganisationId organisation;
  DeviceId device;
  // The certificate of the new key that it came in with; none if its time was up before.
  std::optional<crypto::Digest> came_by;
};

}  // namespace fastness::identity

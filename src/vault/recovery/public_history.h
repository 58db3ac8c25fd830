#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/entry.h"
#include "vault/audit_head.h"
#include "vault_ipc/messages/messages.h"
#include "vault_ipc/messages/server_roots.h"

namespace fastness::vault {

// Where the key of the active server root is. The numbers are stored.
enum class ServerRootPlace : std::uint8_t {
  in_token = 0,   // which a new host needs, too
  in_kit = 1,     // for it is in a sealed file
  elsewhere = 2,  // its owner has it, and signs with it for a new host
};

// What a vault knows and need not keep secret, but must not lose: whom it has certified, with which
// keys, how far the audit log had come, who was erased, and whom boards trust as their server. It
// goes into kits and backups.
struct PublicHistory {
  Timestamp taken_at{};
  std::vector<vault_ipc::Generation> generations;
  std::vector<ledger::LedgerEntry> entries;
  AuditHead audit_head;
  std::vector<std::string> erased;  // names of shares, sorted
  vault_ipc::ServerAnchors anchors;
  ServerRootPlace server_root = ServerRootPlace::in_token;

  void encode(ByteWriter& out) const;
  // `corrupted` unless it was encoded above.
  [[nodiscard]] static Result<PublicHistory> decode(ByteReader& in);
};

// Both told as one: the younger of the two, which must go on from where the older ends, and whoever
// was erased in either; and of the two root sets the later one, whichever is younger, since sets
// never go back, nor does a root that was carried away. `corrupted` if their ledgers or root sets
// differ in what both have: then one of them is not of this instance, or was changed.
[[nodiscard]] Result<PublicHistory> merge(PublicHistory one, PublicHistory other);

// For a vault that has none of the private keys of before: what was issuing issues no more and all
// its certificates stay good; what had not issued yet is gone. No link certificate vouches for a
// key that nobody has.
[[nodiscard]] std::vector<vault_ipc::Generation> without_their_keys(
    std::vector<vault_ipc::Generation> generations, Timestamp now);

}  // namespace fastness::vault

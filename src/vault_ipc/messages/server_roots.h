// The roots above the server's own certificates: what the hub publishes of them, and the ceremony
// by which a root that lies elsewhere signs.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "roots/ceremony.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {

// What everybody who connects here trusts: two roots, of which one is kept for bad days, and how
// they came to be the ones.
struct ServerAnchors {
  std::uint32_t number = 1;      // of this set; see roots::RootSet
  Bytes active;                  // DER
  Bytes standby;                 // DER
  std::vector<Bytes> documents;  // by which each set followed the one before, oldest first
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ServerAnchors> decode(ByteReader& in);
};

struct ReadServerAnchors {
  static constexpr Kind kKind = Kind::read_server_anchors;
  using Reply = ServerAnchors;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ReadServerAnchors> decode(ByteReader& in);
};

// Writes, into the vault's own directory and nowhere else, what a root that lies elsewhere is asked
// to sign (roots::RootRequest). The hub does not get it: one that was taken over would have its own
// key signed. `permission_denied` if the vault has the root that would be asked. Said again it
// writes the same request, as long as it is not answered.
struct PrepareRoots {
  static constexpr Kind kKind = Kind::prepare_roots;
  using Reply = Done;
  roots::Purpose purpose = roots::Purpose::renew_issuer;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<PrepareRoots> decode(ByteReader& in);
};

// Hands in what came of it (roots::RootAnswer, as PEM): from then on the new authority issues, and
// after a switch the standby root is the active one. `not_found` if nothing was asked, `corrupted`
// if it is not what was asked for, signed by the root that was asked.
struct AcceptRoots {
  static constexpr Kind kKind = Kind::accept_roots;
  using Reply = ServerAnchors;
  std::string answer;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<AcceptRoots> decode(ByteReader& in);
};

}  // namespace fastness::vault_ipc

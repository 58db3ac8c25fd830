#pragma once

#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "tls/context/client_context.h"
#include "tls/context/server_context.h"
#include "tls/testing/authority.h"
#include "tls/testing/loopback.h"

namespace fastness::tls::testing {

// An admission that a test edits: a set of leaves.
struct Ledger {
  std::set<LeafDigest> admitted;
  int leaf_questions = 0;
  int digest_questions = 0;

  [[nodiscard]] Admission admission();
};

// A finished or failed handshake, with both ends and the wire between them.
struct Connection {
  std::unique_ptr<SocketPair> wire;
  Stream server;
  Stream client;
  bool ok = false;
};

// One server and the clients that call it.
class World {
 public:
  explicit World(ServerContext::Options options);

  // A client with that credential, or with none, and the handshake.
  Connection connect(const Credential* credential, Version version,
                     const std::optional<Session>& session = std::nullopt, int buffer_bytes = 0);

  // Connects, and returns what the client may resume with.
  std::optional<Session> session_of(const Credential* credential, Version version);

  fastness::testing::ManualClock clock{Timestamp{}};
  crypto::SystemRandom random;
  Ledger ledger;
  Authority servers;  // who vouches for servers
  Authority devices;  // and who for clients
  std::shared_ptr<ServerContext> context;
};

}  // namespace fastness::tls::testing

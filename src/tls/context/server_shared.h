// The inside of a ServerContext; for the .cc files of this folder only.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "tls/context/server_context.h"
#include "tls/context/ticket_keys.h"
#include "tls/openssl.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {

// Rules, ticket keys and the SSL_CTX of the newest credentials. OpenSSL's callbacks find it through
// the stream's state. Thread-safe.
class ServerContext::Shared {
 public:
  Shared(Options options_in, const Clock& clock_in, Random& random_in);

  [[nodiscard]] Result<void> load(const std::vector<Credential>& credentials);
  [[nodiscard]] SslPtr make_ssl() const;

  // Whether the peer of a finished handshake may stay.
  [[nodiscard]] bool still_admits(const Authentication& peer) const;

  const Options options;
  const Bytes protocols;
  const Clock& clock;
  Random& random;
  TicketKeys tickets;

 private:
  mutable std::mutex mutex_;
  SslContextPtr context_;
};

// Seals and opens tickets under `Shared::tickets`, and asks the admission before one is honoured.
void set_ticket_callbacks(SSL_CTX& context);

}  // namespace fastness::tls

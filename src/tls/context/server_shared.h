// The inside of a ServerContext; for the .cc files of this folder only.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "tls/context/saved_sessions.h"
#include "tls/context/server_context.h"
#include "tls/context/staple.h"
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

  // Whether the bearer of a ticket may resume: not without a leaf where one is required, not if the
  // admission refuses the leaf by now, and not later than a day after it proved its key.
  [[nodiscard]] bool may_resume(const Authentication& peer) const;

  // Whether the peer of a finished handshake may stay.
  [[nodiscard]] bool still_admits(const Authentication& peer) const;

  const Options options;
  const Bytes protocols;
  const Clock& clock;
  Random& random;
  TicketKeys tickets;      // TLS 1.2
  SavedSessions sessions;  // TLS 1.3
  Staples staples;

 private:
  mutable std::mutex mutex_;
  SslContextPtr context_;
};

// Names who may resume whose sessions: those of one kind of listener do not resume at another,
// where the client might not have been asked for its certificate.
[[nodiscard]] std::string_view session_context(const ServerContext::Options& options);

// Saves and finds the sessions of TLS 1.3 in `Shared::sessions`, under the same admission.
void set_session_callbacks(SSL_CTX& context);

// For TLS 1.2: seals and opens tickets under `Shared::tickets`, and asks the admission before one
// is honoured.
void set_ticket_callbacks(SSL_CTX& context);

}  // namespace fastness::tls

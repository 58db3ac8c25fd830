// The inside of a Stream; for the .cc files of this folder only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "tls/context/server_context.h"
#include "tls/openssl.h"
#include "tls/record/handover.h"
#include "tls/stream/stream.h"

namespace fastness::tls {

struct Session::Opaque {
  SslSessionPtr session;
};

// What a full handshake proved, and when. Resumed handshakes inherit it through the ticket.
struct Authentication {
  SteadyTime at;
  std::optional<LeafDigest> leaf;  // absent if the client showed no certificate
};

class Stream::State {
 public:
  // `server` is null on the client's side.
  State(SslPtr ssl, int descriptor, std::shared_ptr<ServerContext::Shared> server);

  ~State();

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // The state that a callback's SSL belongs to.
  [[nodiscard]] static State& of(const SSL* ssl);

  // What is proven about a server's peer once the handshake is done.
  [[nodiscard]] Authentication authentication() const;

  [[nodiscard]] Progress handshake();
  [[nodiscard]] Step read(std::span<std::uint8_t> out);
  [[nodiscard]] Step queue(ByteView bytes);
  [[nodiscard]] Progress flush();
  [[nodiscard]] Progress close();
  void limit_records(std::size_t bytes);

  std::shared_ptr<ServerContext::Shared> server;  // shared: it owns what callbacks use
  SslPtr ssl;
  int descriptor;
  std::optional<LeafDigest> shown_leaf;  // by the peer, in this handshake
  std::optional<Authentication> ticket;  // of the last ticket that could be honoured; counts
                                         // only if OpenSSL then did resume it
  std::optional<Session> session;        // the newest that the server sent; clients
  std::string failure;
  std::unique_ptr<Handover> handover;  // set while the stream may leave OpenSSL

  // Ciphertext that OpenSSL produced and the socket has not taken.
  Bytes output;
  std::size_t output_sent = 0;

 private:
  [[nodiscard]] Progress finish_handshake();
  [[nodiscard]] Progress outcome(int result);
  [[nodiscard]] Progress fail_with(std::string reason);
  [[nodiscard]] Progress send_output();
};

}  // namespace fastness::tls

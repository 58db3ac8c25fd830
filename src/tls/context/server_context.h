#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/ocsp/verified_status.h"
#include "tls/record/record_layer.h"
#include "tls/stream/stream.h"

namespace fastness::tls {

enum class ClientCertificate : std::uint8_t {
  none,     // never asked for
  request,  // asked for; a client without one is served as well
  require,  // a client without one is refused
};

// Who decides about client certificates. OpenSSL proves only that the client holds the leaf's key
// (CertificateVerify); no chain is ever built from what a peer sends. Called on whichever thread
// runs the handshake, so both must be thread-safe; `false` refuses.
struct Admission {
  // A leaf shown in a full handshake.
  std::function<bool(ByteView leaf_der)> leaf;

  // A leaf known by its digest: whenever a ticket names one, before the ticket is honoured, and
  // once more at the end of each handshake.
  std::function<bool(const LeafDigest&)> digest;
};

// What listeners of one kind share: credentials, rules and ticket keys. Thread-safe.
//
// TLS 1.2 and 1.3, AEAD only, forward secret. Sessions resume at most 24 hours from the full
// handshake they descend from: TLS 1.3 by tickets that name a session kept in memory, each good
// once; TLS 1.2 by stateless tickets under keys that rotate hourly and exist in memory only.
// OpenSSL calls no verify callback on resumption, so `Admission::digest` is asked when a ticket
// comes, and one that is refused falls back to a full handshake.
class ServerContext {
 public:
  struct Options {
    ClientCertificate client_certificate = ClientCertificate::none;
    Admission admission;  // both set, unless `client_certificate` is `none`
    // Whose certificates are asked for: names (DER) of authorities. Clients that have none of
    // theirs send none and ask nobody (RFC 8446, 4.2.4; RFC 5246, 7.4.4). Empty: any. It admits
    // nobody.
    std::vector<Bytes> acceptable_authorities;
    std::vector<std::string> protocols;  // ALPN, the preferred first; a client that offers only
                                         // others is refused (RFC 7301, 3.2)
    Version min_version = Version::tls12;
    bool hand_over = false;  // streams may leave OpenSSL after the handshake: Stream::hand_over
    // What one key of a stream that left encrypts.
    std::uint64_t max_key_blocks = RecordLayer::kMaxKeyBlocks;
  };

  // `credentials`: an ECDSA P-256 one, and beside it an RSA one for clients that need that.
  // `invalid_argument` if a chain or key does not parse or they do not match. `clock` and `random`
  // must outlive the context.
  [[nodiscard]] static Result<std::shared_ptr<ServerContext>> create(
      Options options, const std::vector<Credential>& credentials, const Clock& clock,
      Random& random);

  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  // New handshakes use `credentials`; streams and tickets that exist live on. On failure the old
  // ones stay.
  [[nodiscard]] Result<void> reload(const std::vector<Credential>& credentials);

  // From now on clients that ask are shown these beside the certificates that they are of, as long
  // as each counts; instead of all that were shown before. Those of other certificates wait until
  // one of these is loaded.
  void staple(std::vector<crypto::VerifiedStatus> statuses);

  // Makes every ticket worthless, at once: for distrust.
  void drop_tickets();

  // The server's side of a connection on `descriptor`, which must be nonblocking. The stream keeps
  // what it needs of this context alive, but for the context's clock and random source.
  [[nodiscard]] Stream accept(int descriptor) const;

  class Shared;  // what streams keep; for this folder only

 private:
  explicit ServerContext(std::shared_ptr<Shared> shared);

  std::shared_ptr<Shared> shared_;  // shared with streams in handshake
};

}  // namespace fastness::tls

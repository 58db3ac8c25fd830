#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tls/stream/stream.h"

namespace fastness::tls {

// The client's side: whom it trusts and what it shows. Immutable, thread-safe.
class ClientContext {
 public:
  struct Options {
    std::vector<Bytes> anchors;            // DER; a server must chain to one of them
    std::optional<Credential> credential;  // shown if the server asks
    std::vector<std::string> protocols;    // ALPN
    Version min_version = Version::tls12;
    Version max_version = Version::tls13;
  };

  // `invalid_argument` if an anchor or the credential does not parse.
  [[nodiscard]] static Result<std::shared_ptr<ClientContext>> create(Options options);

  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  // A connection on `descriptor`, which must be nonblocking, to a server that must prove to be
  // `name`: a host name or a literal address. `session` resumes an earlier connection to it.
  [[nodiscard]] Stream connect(int descriptor, const std::string& name,
                               const std::optional<Session>& session = std::nullopt) const;

 private:
  class Shared;
  explicit ClientContext(std::shared_ptr<Shared> shared);

  std::shared_ptr<Shared> shared_;  // shared with streams
};

}  // namespace fastness::tls

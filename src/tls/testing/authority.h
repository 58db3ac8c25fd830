#pragma once

#include <chrono>
#include <string>

#include "tls/context/credential.h"

namespace fastness::tls::testing {

enum class KeyKind { ecdsa, rsa };

struct LeafOptions {
  std::string common_name = "localhost";
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1";
  KeyKind key = KeyKind::ecdsa;
  std::chrono::hours expires_in{24};  // negative: it expired already
};

// A certificate authority made for one test; issues what it is asked for.
class Authority {
 public:
  Authority();

  // The root's certificate, DER.
  [[nodiscard]] const Bytes& anchor() const { return root_.chain.front(); }

  [[nodiscard]] Credential issue(const LeafOptions& options = {}) const;

 private:
  Credential root_;
};

// Shows the certificates of `victim` but holds another key.
[[nodiscard]] Credential impostor_of(const Credential& victim);

// The digest under which an admission meets this credential.
[[nodiscard]] LeafDigest leaf_digest(const Credential& credential);

}  // namespace fastness::tls::testing

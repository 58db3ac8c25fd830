#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "crypto/secret/secret_bytes.h"
#include "oidc/flow/attempt.h"
#include "oidc/flow/requests.h"
#include "oidc/provider/discovery.h"
#include "oidc/provider/provider.h"
#include "oidc/token/id_token.h"
#include "oidc/token/key_set.h"
#include "oidc/token/logout_token.h"

namespace fastness::oidc {

// Somebody, as a provider knows them. Never their address, which can become somebody else's.
struct Identity {
  std::string issuer;
  std::string subject;
  std::optional<std::string> session = {};  // theirs at the provider, if it names it

  friend bool operator==(const Identity&, const Identity&) = default;
};

// A provider, and how this server shows it who it is.
struct Client {
  Provider provider;
  crypto::SecretBytes secret;                   // text; empty for Apple
  std::optional<crypto::PrivateKey> apple_key;  // of Apple alone
};

// Makes a client of what is in the file that `provider` names: the secret as its first line, or for
// Apple the key that it gave out, PKCS#8 as PEM. `invalid_argument` if it is none.
[[nodiscard]] Result<Client> make_client(Provider provider, const crypto::SecretBytes& file);

// The requests of attempts, and what is public of the providers, kept for a while. Its calls wait
// for what is fetched: not on an event loop. Thread-safe; one provider that is slow makes no other
// wait.
class Exchange {
 public:
  // Asks a provider and gives the body of its answer; waits, but not for long.
  using Fetch = std::function<Result<std::string>(const Request&)>;

  static constexpr std::chrono::hours kKept{1};
  // How soon keys are asked for again because a token names one that is not among them.
  static constexpr std::chrono::minutes kReload{1};
  // How soon a provider is asked again that did not answer as it should.
  static constexpr std::chrono::seconds kPause{10};

  // `clock` must outlive this.
  Exchange(std::vector<Client> clients, Fetch fetch, const Clock& clock);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  // Where to send the browser. `not_found` if there is no such provider; otherwise what fetching
  // failed with, or `invalid_argument` for a document that is not as it should be.
  [[nodiscard]] Result<std::string> begin(const Attempt& attempt);

  // Who came back. `unauthenticated` or `invalid_argument` for whatever is not right in what the
  // browser brought or the provider says; otherwise as above.
  [[nodiscard]] Result<Identity> redeem(const Attempt& attempt, const Answer& answer);

  // Who a provider says is signed out there. `not_found` if there is no such provider, or it is one
  // that signs nothing; `unauthenticated` or `invalid_argument` for what it did not say; otherwise
  // what fetching failed with.
  [[nodiscard]] Result<Logout> read_logout(const std::string& provider,
                                           std::string_view untrusted_token);

 private:
  struct Known;
  [[nodiscard]] Result<Known*> find(const std::string& provider);
  [[nodiscard]] Result<Discovery> discover(Known& known);
  [[nodiscard]] Result<SigningKey> key_for(Known& known, const Discovery& discovery,
                                           const SignedToken& token);
  [[nodiscard]] Result<void> load_keys(Known& known, const Discovery& discovery);
  [[nodiscard]] Result<Person> read_person(Known& known, const Discovery& discovery,
                                           const Attempt& attempt, const std::string& token_answer);

  Fetch fetch_;
  const Clock& clock_;
  std::map<std::string, std::unique_ptr<Known>> known_;  // unchanged once made
};

}  // namespace fastness::oidc

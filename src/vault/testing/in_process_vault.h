#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/public_key/p256.h"
#include "vault_ipc/client.h"

namespace fastness::vault::testing {

// A real vault in a directory of its own, asked through the real messages and the table of
// requests, without a process or thread between: what the hub's components are tested against.
// Ends the test program if it cannot be made. `clock` and `random` must outlive it.
class InProcessVault {
 public:
  InProcessVault(const Clock& clock, Random& random,
                 std::optional<crypto::PrivateKey> imported_device_authority = std::nullopt);
  ~InProcessVault();
  InProcessVault(const InProcessVault&) = delete;
  InProcessVault& operator=(const InProcessVault&) = delete;

  // A new connection to the vault as it is, in phase `starting`.
  [[nodiscard]] std::unique_ptr<vault_ipc::Client> connect();

  // A connection that took its start keys.
  [[nodiscard]] vault_ipc::Client& client();
  [[nodiscard]] const vault_ipc::StartKeys& start_keys() const;

  // Stops the vault and starts it again on the same directory.
  void restart();
  // Every request fails with `unavailable` until connected again.
  void disconnect();

  [[nodiscard]] const std::filesystem::path& directory() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace fastness::vault::testing

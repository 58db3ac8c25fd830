#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/public_key/p256.h"
#include "vault_ipc/client.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::vault::testing {

// A real vault in a directory of its own, asked through the real messages and the table of
// requests, without a process or thread between: what the hub's components are tested against.
// Ends the test program if it cannot be made. What is passed in must outlive it.
class InProcessVault {
 public:
  // What became of the request during which something died.
  enum class LastRequest { lost, carried_out };

  InProcessVault(const Clock& clock, Random& random,
                 std::optional<crypto::PrivateKey> imported_device_authority = std::nullopt);
  // On a disk that the test can break, instead of a directory of its own.
  InProcessVault(const Clock& clock, Random& random, os::FileSystem& files);
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
  // How a vault dies, and is started again: `requests` more of client() are answered; with the next
  // one it ends, before it has read that one or after it has carried it out, so that its answer is
  // lost. The client goes on with the new one.
  void die_after(std::size_t requests, LastRequest last);
  // Every request fails with `unavailable` until connected again.
  void disconnect();

  // How a hub dies: `requests` more of client() are answered; the next one never arrives, or is
  // carried out and its answer lost. From then on all fail, until `reconnect` gives client() a new
  // connection.
  void cut_after(std::size_t requests, LastRequest last);
  // Whether what die_after or cut_after set has come.
  [[nodiscard]] bool has_ended() const;
  void reconnect();

  [[nodiscard]] const std::filesystem::path& directory() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace fastness::vault::testing

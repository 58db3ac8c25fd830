#pragma once

#include <optional>
#include <string>

#include "api/admin/host_test_restore.h"
#include "base/ids/uuid.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::api {

// A copy of this instance's files that is made while it runs, for whoever packs it into a backup.
// One at a time. Lives on the control thread.
class HostBackup {
 public:
  enum class State : std::uint8_t { copying, ready, failed };
  struct Progress {
    State state = State::copying;
    std::string why;  // it failed; a sentence for the person at the host
    // What the backup is to be sealed with: its own key and the digest of its head. Given out once.
    std::optional<crypto::SecretBytes> ticket;
  };

  HostBackup() = default;
  HostBackup(const HostBackup&) = delete;
  HostBackup& operator=(const HostBackup&) = delete;
  virtual ~HostBackup() = default;

  // What was acknowledged before this call is in the copy. `already_exists` while there is one,
  // `exhausted` if the disk has no room for it, `unavailable` if it cannot begin.
  [[nodiscard]] virtual Result<Uuid> begin() = 0;
  // `not_found` if there is no such copy any more, since the instance was started again.
  [[nodiscard]] virtual Result<Progress> look(const Uuid& id) = 0;
  // Removes the copy. `not_found` as above: then whoever packed it has packed it in part.
  [[nodiscard]] virtual Result<void> end(const Uuid& id) = 0;

  // Where what was packed is tried. Lives as long as this.
  [[nodiscard]] virtual HostTestRestore& test_restore() = 0;
};

}  // namespace fastness::api

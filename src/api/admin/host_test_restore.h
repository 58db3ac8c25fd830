#pragma once

#include <cstdint>
#include <string>

#include "base/ids/uuid.h"
#include "base/result.h"

namespace fastness::api {

// A backup by schedule that is restored into a directory of this instance's own, to see whether it
// can be: fastnessd has it unpacked there, and this instance, which has the keys, opens it. One at
// a time, and of the newest backup that HostBackup ended. How each went is noted for whoever runs
// this server. Lives on the control thread.
class HostTestRestore {
 public:
  enum class State : std::uint8_t { unpacking, opening, passed, failed };
  struct Progress {
    State state = State::unpacking;
    std::string why;  // it failed; a sentence for the person at the host
  };

  HostTestRestore() = default;
  HostTestRestore(const HostTestRestore&) = delete;
  HostTestRestore& operator=(const HostTestRestore&) = delete;
  virtual ~HostTestRestore() = default;

  // Whether one is due of this backup, whose file has so many bytes; if so there is an empty
  // directory for its files. `not_found` if it is not the newest, or the instance was started again
  // since; `already_exists` while there is a test restore; `exhausted` if the disk has no room.
  [[nodiscard]] virtual Result<bool> begin(const Uuid& backup, std::uint64_t bytes) = 0;
  enum class Unpacked : std::uint8_t { whole, failed };
  // The files are there, or could not be. Opening them goes on beside everything else. `not_found`
  // unless it was begun.
  [[nodiscard]] virtual Result<void> go_on(const Uuid& backup, Unpacked unpacked) = 0;
  // `not_found` if nothing is known of one of this backup.
  [[nodiscard]] virtual Result<Progress> look(const Uuid& backup) = 0;
};

}  // namespace fastness::api

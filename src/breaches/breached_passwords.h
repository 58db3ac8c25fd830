#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "crypto/password/breach_key.h"
#include "os/files/descriptor.h"

namespace fastness::breaches {

// The owner's list of passwords that are known from breaches: a file of lines
// "SHA-1 in 40 hexadecimal digits, either case, a colon, how often it was seen", that end in LF or
// CRLF and are sorted by hash. It is neither read as a whole nor mapped. Another file that is
// renamed over it is seen at the next opening. Immutable, so thread-safe.
class BreachedPasswords {
 public:
  // The first and the last line are looked at. `corrupted` if it is no such list; `not_found`,
  // `permission_denied` or what else the system says if it cannot be opened. The message names the
  // file and says what to do.
  [[nodiscard]] static Result<BreachedPasswords> open(const std::string& path);

  // Whether it is in the list. Blocks for the reads, some thirty for 40 GB: not for an event loop.
  // `corrupted` if a line that was looked at is none, or not in its order; `unavailable` if the
  // file cannot be read, and from when somebody wrote into it or cut it off instead of renaming
  // another over it: what is not found there may be in what is gone. No message has anything of the
  // password in it.
  [[nodiscard]] Result<bool> contains(std::string_view password) const;

 private:
  // What of a file changes when it is written into, and not when another takes its name.
  struct State {
    std::uint64_t size = 0;
    std::int64_t written = 0;  // nanoseconds, by the clock of the file system

    friend bool operator==(const State&, const State&) = default;
  };

  BreachedPasswords(os::Descriptor file, const State& opened)
      : file_(std::move(file)), opened_(opened) {}
  [[nodiscard]] static Result<State> state_of(const os::Descriptor& file);
  [[nodiscard]] Result<void> check_ends() const;
  [[nodiscard]] Result<bool> find(const crypto::BreachKey& wanted) const;

  os::Descriptor file_;
  State opened_;
};

}  // namespace fastness::breaches

#pragma once

#include <chrono>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::os {
class SeqpacketSocket;
}

namespace fastness::vault_ipc {

// One end of the connection between hub and vault: whole messages, in order, at most 1 MiB each.
// Thread-compatible.
class Channel {
 public:
  virtual ~Channel() = default;

  // Both fail with `unavailable` once the other end is gone.
  [[nodiscard]] virtual Result<void> send(ByteView message) = 0;
  [[nodiscard]] virtual Result<Bytes> receive() = 0;

  // Whether `receive` would return at once, be it with a failure. Waits for that no longer than
  // `longest`.
  [[nodiscard]] virtual bool is_readable_within(std::chrono::milliseconds longest) = 0;
};

// Where the hub's connections to its vault come from, one after the other: each vault that is
// started in the place of one that ended is reached by a new one. Thread-compatible.
class Connections {
 public:
  virtual ~Connections() = default;

  // The next one, oldest first; it may be over already. Waits for it no longer than `longest`, for
  // ever if that is milliseconds::max(). `unavailable` if none comes.
  [[nodiscard]] virtual Result<std::unique_ptr<Channel>> next(
      std::chrono::milliseconds longest) = 0;
};

// The channel over an inherited socket.
[[nodiscard]] std::unique_ptr<Channel> channel_over(os::SeqpacketSocket socket);

// The connections that fastnessd hands over by an inherited socket: one descriptor in each message.
[[nodiscard]] std::unique_ptr<Connections> connections_over(os::SeqpacketSocket socket);

// This one, and no other after it.
[[nodiscard]] std::unique_ptr<Connections> only_connection(std::unique_ptr<Channel> channel);

}  // namespace fastness::vault_ipc

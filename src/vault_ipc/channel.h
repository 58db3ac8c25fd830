#pragma once

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
};

// The channel over an inherited socket.
[[nodiscard]] std::unique_ptr<Channel> channel_over(os::SeqpacketSocket socket);

}  // namespace fastness::vault_ipc

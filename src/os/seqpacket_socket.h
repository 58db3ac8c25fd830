#pragma once

#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "os/files/descriptor.h"

namespace fastness::os {

// Who the kernel says is at the other end, as of the moment the socket was connected or made.
struct PeerCredentials {
  pid_t process;
  uid_t user;
  gid_t group;
};

// A message, and the open files that came with it.
struct Message {
  Bytes bytes;
  std::vector<Descriptor> descriptors;
};

// One end of a connection between two of our processes. Messages keep their boundaries and arrive
// whole or not at all; each may carry descriptors. Messages longer than a packet are cut into
// packets and put together again, since an unprivileged socket buffer is smaller than kMaxMessage.
//
// One thread may send while another receives; two may not do the same at once.
class SeqpacketSocket {
 public:
  static constexpr std::size_t kMaxMessage = fixed_limit("ipc.message_bytes");
  static constexpr std::size_t kMaxDescriptors = fixed_limit("ipc.descriptors");

  // Both ends, close-on-exec.
  [[nodiscard]] static Result<std::pair<SeqpacketSocket, SeqpacketSocket>> make_pair();

  // Takes over an inherited descriptor. `invalid_argument` if it is no SOCK_SEQPACKET socket.
  [[nodiscard]] static Result<SeqpacketSocket> adopt(Descriptor descriptor);

  // Blocks until sent. `invalid_argument` if longer than kMaxMessage or with more than
  // kMaxDescriptors; `unavailable` if the other end has closed or the deadline has passed. The
  // caller keeps its descriptors.
  [[nodiscard]] Result<void> send(ByteView message, std::span<const int> descriptors = {}) const;

  // Blocks for the next message. `unavailable` if the other end has closed or the deadline has
  // passed; `corrupted` if the message is longer than `max_bytes` or not what `send` makes, after
  // which the connection is of no more use and should be dropped.
  [[nodiscard]] Result<Message> receive(std::size_t max_bytes = kMaxMessage) const;

  // How long one packet of a send or receive may take from now on; zero means for ever.
  [[nodiscard]] Result<void> set_deadline(std::chrono::milliseconds deadline) const;

  // Whether there is something to receive, be it that the other end has closed. Waits for that no
  // longer than `longest`; milliseconds::max() is for ever.
  [[nodiscard]] bool is_readable_within(std::chrono::milliseconds longest) const;

  [[nodiscard]] Result<PeerCredentials> peer() const;

  // Wakes every blocked receive, here and at the other end, with `unavailable`.
  void shut_down() const noexcept;

  // For poll and for handing to a child. Stays owned by this object.
  [[nodiscard]] int number() const { return descriptor_.number(); }

 private:
  explicit SeqpacketSocket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  Descriptor descriptor_;
};

}  // namespace fastness::os

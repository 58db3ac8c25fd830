#include "vault_ipc/channel.h"

#include "os/seqpacket_socket.h"

namespace fastness::vault_ipc {
namespace {

class SocketChannel final : public Channel {
 public:
  explicit SocketChannel(os::SeqpacketSocket socket) : socket_(std::move(socket)) {}

  Result<void> send(ByteView message) override { return socket_.send(message); }

  Result<Bytes> receive() override {
    FASTNESS_ASSIGN_OR_RETURN(os::Message message, socket_.receive());
    if (!message.descriptors.empty()) {
      return fail(Errc::corrupted, "a vault message came with open files");
    }
    return std::move(message.bytes);
  }

 private:
  os::SeqpacketSocket socket_;
};

}  // namespace

std::unique_ptr<Channel> channel_over(os::SeqpacketSocket socket) {
  return std::make_unique<SocketChannel>(std::move(socket));
}

}  // namespace fastness::vault_ipc

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

  bool is_readable_within(std::chrono::milliseconds longest) override {
    return socket_.is_readable_within(longest);
  }

 private:
  os::SeqpacketSocket socket_;
};

class SocketConnections final : public Connections {
 public:
  explicit SocketConnections(os::SeqpacketSocket socket) : socket_(std::move(socket)) {}

  Result<std::unique_ptr<Channel>> next(std::chrono::milliseconds longest) override {
    if (!socket_.is_readable_within(longest)) {
      return fail(Errc::unavailable, "no vault has come in the place of the one that ended");
    }
    FASTNESS_ASSIGN_OR_RETURN(os::Message message, socket_.receive());
    if (message.descriptors.size() != 1) {
      return fail(Errc::corrupted, "a message of fastnessd came without a connection");
    }
    FASTNESS_ASSIGN_OR_RETURN(auto socket,
                              os::SeqpacketSocket::adopt(std::move(message.descriptors.front())));
    return channel_over(std::move(socket));
  }

 private:
  os::SeqpacketSocket socket_;
};

class OnlyConnection final : public Connections {
 public:
  explicit OnlyConnection(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

  Result<std::unique_ptr<Channel>> next(std::chrono::milliseconds /*longest*/) override {
    if (!channel_) return fail(Errc::unavailable, "the vault ended the connection");
    return std::move(channel_);
  }

 private:
  std::unique_ptr<Channel> channel_;
};

}  // namespace

std::unique_ptr<Channel> channel_over(os::SeqpacketSocket socket) {
  return std::make_unique<SocketChannel>(std::move(socket));
}

std::unique_ptr<Connections> connections_over(os::SeqpacketSocket socket) {
  return std::make_unique<SocketConnections>(std::move(socket));
}

std::unique_ptr<Connections> only_connection(std::unique_ptr<Channel> channel) {
  return std::make_unique<OnlyConnection>(std::move(channel));
}

}  // namespace fastness::vault_ipc

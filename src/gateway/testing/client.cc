#include "gateway/testing/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fastness::gateway::testing {
namespace {

constexpr int kPatienceMilliseconds = 10'000;

int open_socket(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    return -1;
  }
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  return descriptor;
}

}  // namespace

Client::Client(const tls::ClientContext& context, std::uint16_t port,
               const std::optional<tls::Session>& session)
    : descriptor_(open_socket(port)) {
  if (descriptor_ < 0) return;
  stream_.emplace(context.connect(descriptor_, "localhost", session));
  for (;;) {
    const tls::Progress progress = stream_->handshake();
    if (progress == tls::Progress::done) break;
    if (progress == tls::Progress::failed || progress == tls::Progress::closed) return;
    if (!wait(progress == tls::Progress::want_read ? POLLIN : POLLOUT)) return;
  }
  up_ = true;
}

Client::Client(std::uint16_t port) : descriptor_(open_socket(port)), up_(descriptor_ >= 0) {}

Client::~Client() {
  stream_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Client::wait(short events) {
  pollfd poll{descriptor_, events, 0};
  return ::poll(&poll, 1, kPatienceMilliseconds) == 1;
}

tls::Step Client::read_some(std::span<std::uint8_t> out) {
  if (stream_) return stream_->read(out);
  const ssize_t got = ::recv(descriptor_, out.data(), out.size(), 0);
  if (got < 0 && errno == EAGAIN) return {tls::Progress::want_read, 0};
  if (got <= 0) return {tls::Progress::closed, 0};
  return {tls::Progress::done, static_cast<std::size_t>(got)};
}

tls::Step Client::write_some(ByteView bytes) {
  if (stream_) return stream_->write(bytes);
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return {tls::Progress::failed, 0};
  return {tls::Progress::done, static_cast<std::size_t>(sent)};
}

void Client::send_bytes(ByteView bytes) {
  while (up_ && !bytes.empty()) {
    const tls::Step step = write_some(bytes);
    if (step.progress == tls::Progress::failed || step.progress == tls::Progress::closed) {
      up_ = false;
      return;
    }
    bytes = bytes.subspan(step.bytes);
    while (stream_ && stream_->has_output()) {
      if (!wait(POLLOUT) || stream_->flush() == tls::Progress::failed) {
        up_ = false;
        return;
      }
    }
  }
}

bool Client::fill() {
  std::array<std::uint8_t, 16'384> buffer{};
  while (up_) {
    const tls::Step step = read_some(buffer);
    if (step.progress == tls::Progress::done) {
      input_.insert(input_.end(), buffer.begin(),
                    buffer.begin() + static_cast<std::ptrdiff_t>(step.bytes));
      return true;
    }
    const bool waits = step.progress == tls::Progress::want_read;
    if (waits && wait(POLLIN)) continue;
    has_waited_in_vain_ = waits;
    up_ = false;
  }
  return false;
}

std::optional<mqtt::Packet> Client::next() {
  for (;;) {
    const auto frame = mqtt::next_frame(input_, mqtt::kMaxVariableInteger);
    if (!frame) return std::nullopt;
    if (*frame) {
      const auto size = static_cast<std::ptrdiff_t>((*frame)->size);
      packet_.assign(input_.begin(), input_.begin() + size);
      input_.erase(input_.begin(), input_.begin() + size);
      const auto whole = mqtt::next_frame(packet_, mqtt::kMaxVariableInteger);
      auto packet = mqtt::decode(**whole, version_);
      if (!packet) return std::nullopt;
      return std::move(packet).value();
    }
    if (!fill()) return std::nullopt;
  }
}

Bytes Client::take(std::size_t count) {
  while (input_.size() < count && fill()) {
  }
  const auto end = input_.begin() + static_cast<std::ptrdiff_t>(std::min(count, input_.size()));
  Bytes taken(input_.begin(), end);
  input_.erase(input_.begin(), end);
  return taken;
}

bool Client::is_closed_by_server() {
  return input_.empty() && !fill() && !has_waited_in_vain_;
}

void Client::vanish() {
  if (descriptor_ < 0) return;
  up_ = false;
  ::shutdown(descriptor_, SHUT_RDWR);
}

void Client::reset() {
  if (descriptor_ < 0) return;
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  up_ = false;
  stream_.reset();
  ::close(std::exchange(descriptor_, -1));
}

std::uint16_t Client::port() const {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

std::optional<mqtt::Connack> Client::connect(mqtt::Connect packet) {
  send(packet);
  return expect<mqtt::Connack>();
}

std::vector<mqtt::ReasonCode> Client::subscribe(const std::vector<std::string>& filters,
                                                mqtt::Qos qos) {
  mqtt::Subscribe packet;
  packet.packet_id = next_id_++;
  for (const std::string& filter : filters) {
    packet.entries.push_back({filter, {qos, false, false, mqtt::RetainHandling::send}});
  }
  send(packet);
  const auto suback = expect<mqtt::Suback>();
  return suback && suback->packet_id == packet.packet_id ? suback->reasons
                                                         : std::vector<mqtt::ReasonCode>{};
}

void Client::publish(std::string_view topic, std::string_view payload, mqtt::Qos qos, bool retain) {
  mqtt::Publish packet;
  packet.topic = topic;
  packet.payload = as_bytes(payload);
  packet.qos = qos;
  packet.retain = retain;
  if (qos != mqtt::Qos::at_most_once) packet.packet_id = next_id_++;
  send(packet);
}

std::string Client::next_message() {
  const auto packet = expect<mqtt::Publish>();
  if (!packet) return {};
  std::string text = std::string(packet->topic) + "=" + std::string(as_text(packet->payload));
  if (packet->qos == mqtt::Qos::at_least_once) {
    send(mqtt::Acknowledgement{mqtt::PacketType::puback, packet->packet_id, {}, {}});
  }
  return text;
}

bool Client::has_nothing() {
  send(mqtt::Pingreq{});
  return expect<mqtt::Pingresp>().has_value();
}

}  // namespace fastness::gateway::testing

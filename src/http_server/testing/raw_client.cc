#include "http_server/testing/raw_client.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace fastness::http_server::testing {
namespace {

constexpr std::string_view kHeaderEnd = "\r\n\r\n";

void give_up_in_time(int descriptor) {
  timeval patience{};
  patience.tv_sec = 10;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

}  // namespace

RawClient::RawClient(const net::Endpoint& endpoint)
    : descriptor_(::socket(endpoint.protocol().family(), SOCK_STREAM, 0)) {
  if (::connect(descriptor_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
    std::abort();
  }
  give_up_in_time(descriptor_);
}

RawClient::RawClient(const std::string& unix_path)
    : descriptor_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, unix_path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    std::abort();
  }
  give_up_in_time(descriptor_);
}

RawClient::~RawClient() {
  ::close(descriptor_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::read_some() {
  std::array<char, 16 * 1024> buffer{};
  const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_response() {
  std::size_t end = 0;
  while ((end = input_.find(kHeaderEnd)) == std::string::npos) {
    if (!read_some()) return std::exchange(input_, {});
  }
  const std::string length = field_of(input_, "content-length");
  const std::size_t size = end + kHeaderEnd.size() + (length.empty() ? 0 : std::stoul(length));
  while (input_.size() < size) {
    if (!read_some()) return std::exchange(input_, {});
  }
  std::string response = input_.substr(0, size);
  input_.erase(0, size);
  return response;
}

std::string RawClient::exchange(std::string_view request) {
  send(request);
  return read_response();
}

bool RawClient::read_to_end(std::string& out) {
  std::array<char, 16 * 1024> buffer{};
  out = std::exchange(input_, {});
  while (true) {
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return true;
    if (got < 0) return false;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

int status_of(std::string_view response) {
  constexpr std::size_t kAt = 9;
  return response.starts_with("HTTP/1.1 ") ? std::atoi(std::string(response.substr(kAt, 3)).c_str())
                                           : 0;
}

std::string_view body_of(std::string_view response) {
  const std::size_t end = response.find(kHeaderEnd);
  return end == std::string_view::npos ? std::string_view()
                                       : response.substr(end + kHeaderEnd.size());
}

std::string field_of(std::string_view response, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = response.find(start);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = response.substr(at + start.size());
  return std::string(rest.substr(0, rest.find("\r\n")));
}

}  // namespace fastness::http_server::testing

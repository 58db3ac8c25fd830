#include "supervisor/admin_client.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/fixed_limits.h"
#include "http/refusal.h"
#include "json/text_in.h"
#include "os/files/descriptor.h"
#include "supervisor/instance_directory.h"

namespace fastness::supervisor {

namespace {

constexpr std::size_t kMaxAnswer = fixed_limit("client.admin_answer_bytes");

// Not open if nobody listens.
Result<os::Descriptor> reach(const std::string& data_directory) {
  const std::string folder = admin_socket_folder(data_directory);
  const os::Descriptor place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.is_open() && errno == ENOENT) {
    return Unexpected<Error>{no_instance_in(data_directory)};
  }
  if (!place.is_open()) return os::fail_with_errno("open " + folder);
  os::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return os::fail_with_errno("make a socket");
  const timeval minute{60, 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
  // By way of the folder's descriptor: a socket's address holds 107 characters, a path may be long.
  const std::string path = "/proc/self/fd/" + std::to_string(place.number()) + "/fastness.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return os::Descriptor();
    return os::fail_with_errno("reach the instance on " + data_directory);
  }
  return socket;
}

Result<os::Descriptor> connect_to(const std::string& data_directory) {
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor socket, reach(data_directory));
  if (socket.is_open()) return socket;
  return fail(Errc::unavailable, "no instance runs on " + data_directory +
                                     "; start it: fastnessd --data-dir " + data_directory);
}

Result<void> send_all(const os::Descriptor& socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket.number(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0) return os::fail_with_errno("ask the running instance");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> receive_all(const os::Descriptor& socket) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
    if (size < 0) return os::fail_with_errno("await the running instance");
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    if (text.size() > kMaxAnswer) return fail(Errc::corrupted, "the answer is too long");
  }
}

}  // namespace

Result<std::string> tell_admin(const std::string& data_directory, const AdminRequest& request) {
  FASTNESS_ASSIGN_OR_RETURN(AdminAnswer answer, ask_admin(data_directory, request));
  if (answer.status >= 200 && answer.status < 300) return std::move(answer.body);
  FASTNESS_ASSIGN_OR_RETURN(const json::Value body, json::parse(answer.body));
  const json::Value* error = body.find("error");
  const std::string reason = error != nullptr ? text_in(*error, "message") : "";
  const std::string field = error != nullptr ? text_in(*error, "field") : "";
  return fail(http::error_code(static_cast<unsigned>(answer.status)),
              reason.empty() ? "the instance refused" : http::refusal_sentence(reason, field));
}

Result<AdminAnswer> parse_answer(std::string_view response) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  const std::size_t head_end = response.find("\r\n\r\n");
  unsigned status = 0;  // -20 is none
  if (!response.starts_with(kVersion) || head_end == std::string_view::npos) {
    return fail(Errc::corrupted, "the answer is no HTTP");
  }
  const char* digits = response.data() + kVersion.size();
  const auto [end, error] = std::from_chars(digits, digits + 3, status);
  if (error != std::errc{} || end != digits + 3) {
    return fail(Errc::corrupted, "the answer has no status");
  }
  return AdminAnswer{static_cast<int>(status), std::string(response.substr(head_end + 4))};
}

Result<bool> has_running_hub(const std::string& data_directory) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor socket, reach(data_directory));
  return socket.is_open();
}

Result<AdminAnswer> ask_admin(const std::string& data_directory, const AdminRequest& request) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor socket, connect_to(data_directory));
  FASTNESS_RETURN_IF_ERROR(
      send_all(socket, request.method + " " + request.path +
                           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                           "Content-Type: application/json\r\nContent-Length: " +
                           std::to_string(request.body.size()) + "\r\n\r\n" + request.body));
  FASTNESS_ASSIGN_OR_RETURN(const std::string response, receive_all(socket));
  return parse_answer(response);
}

}  // namespace fastness::supervisor

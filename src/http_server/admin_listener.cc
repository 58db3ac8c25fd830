#include "http_server/admin_listener.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <boost/asio/error.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastness::http_server {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 0077;

Result<void> check_directory(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    return fail(Errc::unavailable,
                directory + ": " + std::strerror(errno));  // NOLINT: safe in glibc
  }
  if (status.st_uid != ::geteuid() || (status.st_mode & kOthers) != 0) {
    return fail(Errc::permission_denied, directory + " must be ours alone (mode 0700)");
  }
  return {};
}

// Whether the process at the other end, as it was when it connected, is ours or root's.
bool is_trusted(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace

class AdminListener::Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(net::EventLoop& loop, std::string path)
      : acceptor_(loop.context()), path_(std::move(path)) {}

  Result<void> bind() {
    ::unlink(path_.c_str());  // of an earlier run; the directory is ours alone
    error_code error;
    acceptor_.open(stream_protocol(), error);
    if (!error) acceptor_.bind(stream_protocol::endpoint(path_), error);
    if (!error && ::chmod(path_.c_str(), kOwnerOnly) != 0) error.assign(errno, error.category());
    if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    return fail(Errc::unavailable, "cannot listen on " + path_ + ": " + error.message());
  }

  void start(OnAccept on_accept) {
    on_accept_ = std::move(on_accept);
    accept();
  }

  void stop() {
    if (!acceptor_.is_open()) return;
    error_code ignored;
    acceptor_.close(ignored);
    ::unlink(path_.c_str());
  }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code error, Socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (!error && is_trusted(socket.native_handle())) self->on_accept_(std::move(socket));
      self->accept();
    });
  }

  stream_protocol::acceptor acceptor_;
  std::string path_;
  OnAccept on_accept_;
};

Result<std::unique_ptr<AdminListener>> AdminListener::bind(net::EventLoop& loop,
                                                           const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(Errc::unavailable, "the path of the admin socket is too long: " + path);
  }
  FASTNESS_RETURN_IF_ERROR(check_directory(path));
  auto acceptor = std::make_shared<Acceptor>(loop, path);
  FASTNESS_RETURN_IF_ERROR(acceptor->bind());
  return std::unique_ptr<AdminListener>(new AdminListener(std::move(acceptor)));
}

AdminListener::~AdminListener() {
  stop();
}

void AdminListener::start(OnAccept on_accept) {
  acceptor_->start(std::move(on_accept));
}

void AdminListener::stop() {
  acceptor_->stop();
}

}  // namespace fastness::http_server

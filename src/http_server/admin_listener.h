// The unix socket of the host's own administrator; for the .cc files of this folder only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"
#include "net/event_loop.h"

namespace fastness::http_server {

// Accepts processes of our own uid, and root's, on a socket that only they can reach. Lives on the
// loop; `bind` and the destructor are for any thread while it does not run.
class AdminListener {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using OnAccept = std::function<void(Socket)>;

  // `permission_denied` unless the directory is ours and closed to others; `unavailable` if the
  // socket cannot be made.
  [[nodiscard]] static Result<std::unique_ptr<AdminListener>> bind(net::EventLoop& loop,
                                                                   const std::string& path);
  ~AdminListener();
  AdminListener(const AdminListener&) = delete;
  AdminListener& operator=(const AdminListener&) = delete;

  void start(OnAccept on_accept);

  // Refuses new connections and removes the socket's file.
  void stop();

 private:
  class Acceptor;
  explicit AdminListener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}

  std::shared_ptr<Acceptor> acceptor_;  // shared with its pending handlers
};

}  // namespace fastness::http_server

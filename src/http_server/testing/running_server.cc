#include "http_server/testing/running_server.h"

#include <cstdlib>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tls/context/client_context.h"
#include "tls/stream/async_stream.h"

namespace fastness::http_server::testing {
namespace {

net::Endpoint any_port() {
  return net::parse_endpoint("127.0.0.1:0").value();
}

}  // namespace

RunningServer::RunningServer(http::Handler handler, Limits limits, Assets console,
                             const std::string& admin_path,
                             std::optional<MetricsToken> metrics_token, http::Inspect inspect,
                             Proxies proxies) {
  Services services{std::move(handler),
                    control,
                    std::move(console),
                    [] { return true; },
                    [] { return "metrics\n"; },
                    std::move(metrics_token),
                    clock_,
                    random_,
                    log.log(),
                    registry,
                    std::move(inspect),
                    false,
                    std::move(proxies.forwarded_for)};
  server_.emplace(web_, limits, std::move(services));
  const auto connections = net::ConnectionLimits::create({});

  tls::ServerContext::Options options;
  options.client_certificate = tls::ClientCertificate::request;
  options.admission = {[](ByteView) { return true; }, [](const tls::LeafDigest&) { return true; }};
  options.protocols = {"http/1.1"};
  std::vector<tls::Credential> credentials;
  credentials.push_back(authority.issue());
  auto context =
      tls::ServerContext::create(std::move(options), credentials, clock_, random_).value();

  plain = server_->listen_loopback(any_port(), connections).value();
  net::Listener::Options accept;
  accept.proxies = std::move(proxies.proxy_protocol);
  secure = server_->listen_tls(any_port(), accept, connections, std::move(context)).value();
  if (!admin_path.empty() && !server_->listen_admin(admin_path)) std::abort();
  server_->start();
  control.start();
  web_.start();
}

RunningServer::~RunningServer() {
  web_.stop();
  web_.join();
  control.stop();
  control.join();
}

void RunningServer::begin_stop() {
  web_.post([this] {
    server_->stop([stopped = stopped_] {
      stopped->store(true);
      stopped->notify_all();
    });
  });
}

void RunningServer::wait_stopped() {
  stopped_->wait(false);
}

void RunningServer::stop() {
  begin_stop();
  wait_stopped();
}

std::string RunningServer::host() const {
  return "localhost:" + std::to_string(plain.port());
}

void echo(const http::Request& request, http::Responder respond) {
  respond(http::Response::text(http::Status::ok, std::string(http::to_text(request.method)) + " " +
                                                     request.path + " " + request.body));
}

std::string get(const RunningServer& server, std::string_view path, std::string_view fields) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + server.host() + "\r\n" +
         std::string(fields) + "\r\n";
}

std::string over_tls(const RunningServer& server, const std::string& request,
                     const tls::Credential* credential, std::string_view preface) {
  namespace asio = boost::asio;
  tls::ClientContext::Options options;
  options.anchors = {server.authority.anchor()};
  options.protocols = {"h2", "http/1.1"};
  if (credential != nullptr) options.credential = credential->clone();
  const auto context = tls::ClientContext::create(std::move(options)).value();
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect(server.secure);
  asio::write(socket, asio::buffer(preface));
  const int descriptor = socket.native_handle();
  tls::AsyncStream stream(std::move(socket), context->connect(descriptor, "localhost"));
  std::string response;
  stream.async_handshake([&](boost::system::error_code shaken) {
    if (shaken) return;
    asio::async_write(stream, asio::buffer(request), [&](boost::system::error_code, std::size_t) {
      asio::async_read(stream, asio::dynamic_buffer(response),
                       [](boost::system::error_code, std::size_t) {});
    });
  });
  io.run();
  return response;
}

}  // namespace fastness::http_server::testing

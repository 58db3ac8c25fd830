#include "http_server/testing/running_server.h"

#include <cstdlib>
#include <utility>

namespace fastness::http_server::testing {
namespace {

net::Endpoint any_port() {
  return net::parse_endpoint("127.0.0.1:0").value();
}

}  // namespace

RunningServer::RunningServer(http::Handler handler, Limits limits, Assets console,
                             const std::string& admin_path,
                             std::optional<MetricsToken> metrics_token, http::Inspect inspect) {
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
                    std::move(inspect)};
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
  secure = server_->listen_tls(any_port(), {}, connections, std::move(context)).value();
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

}  // namespace fastness::http_server::testing

// fastness device renew: on the device itself, which needs no API key for it.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "../local_instance.h"
#include "client/credentials.h"
#include "client/est_client.h"
#include "client/root_sets.h"
#include "commands.h"
#include "json/time_text.h"

namespace fastness::cli {
namespace {

struct RenewOptions {
  std::string folder;
  std::string server;
  std::string mqtt;
  bool is_at_once = false;
};

constexpr std::uint16_t kDevicePort = 8883;

// Where to ask: what was said, or where the last login was.
Result<client::Address> server_of(const Session& session, const RenewOptions& options) {
  if (!options.server.empty()) return client::parse_server(options.server);
  const auto kept = session.credentials();
  if (kept) return kept->server;
  return fail(Errc::invalid_argument, "name the server: --server https://host:port");
}

// Puts a new certificate beside the old one. False if it is too early for that, which is said.
Result<bool> fetch_next(const Session& session, const RenewOptions& options, client::EstClient& est,
                        const client::DeviceIdentity& device) {
  FASTNESS_ASSIGN_OR_RETURN(const auto present,
                            crypto::Certificate::parse_pem(device.certificate_pem));
  FASTNESS_ASSIGN_OR_RETURN(const client::RenewalWindow window, est.renewal_window());
  const Timestamp due = client::moment_in(window, present.digest());
  if (session.clock.now() < due && !options.is_at_once) {
    std::printf("not due until %s\n", json::to_time_text(due).c_str());
    return false;
  }
  FASTNESS_ASSIGN_OR_RETURN(const Bytes request,
                            client::find_or_make_request(options.folder, device));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::Certificate next, est.renew(request));
  FASTNESS_RETURN_IF_ERROR(client::check_is_for(next, device, session.clock.now()));
  FASTNESS_RETURN_IF_ERROR(client::save_next_certificate(options.folder, next.to_pem()));
  return true;
}

// The server may have other roots by now, of which one is new to this device. A set that does not
// follow from the trusted one changes nothing, and is no reason not to renew. Folders with anchors
// of other makers have no set.
void follow_roots(const Session& session, const RenewOptions& options, client::EstClient& est) {
  const auto text = client::load_anchors(options.folder);
  if (!text || !roots::RootSet::parse_text(*text)) return;
  const auto documents = est.root_documents();
  const auto followed =
      documents ? client::follow_roots(options.folder, *documents, session.clock.now())
                : Result<std::optional<roots::RootSet>>(Unexpected<Error>{documents.error()});
  if (!followed) {
    std::fprintf(stderr, "fastness: the roots stay as they are: %s\n",
                 followed.error().message.c_str());
  } else if (*followed) {
    std::printf("root set %u\n", (*followed)->number);
  }
}

// The new certificate is good when the device was let in with it; until then the old one stays.
Result<void> prove_next(const Session& session, const client::Address& mqtt,
                        const std::string& anchors, client::DeviceIdentity& device,
                        std::string next_pem) {
  FASTNESS_ASSIGN_OR_RETURN(const auto next, crypto::Certificate::parse_pem(next_pem));
  FASTNESS_RETURN_IF_ERROR(client::check_is_for(next, device, session.clock.now()));
  device.certificate_pem = std::move(next_pem);
  return client::connect_once(mqtt, anchors, device, session.clock);
}

Result<ExitStatus> renew_device(const Session& session, const RenewOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::DeviceIdentity device, client::load_identity(options.folder));
  FASTNESS_ASSIGN_OR_RETURN(std::string anchors, client::load_anchors(options.folder));
  FASTNESS_ASSIGN_OR_RETURN(const client::Address server, server_of(session, options));
  FASTNESS_ASSIGN_OR_RETURN(const client::Address mqtt,
                            mqtt_address(options.mqtt, server, kDevicePort));
  FASTNESS_ASSIGN_OR_RETURN(auto est,
                            client::EstClient::open(server, anchors, device, session.clock));
  follow_roots(session, options, est);
  FASTNESS_ASSIGN_OR_RETURN(anchors, client::load_anchors(options.folder));
  auto next = client::load_next_certificate(options.folder);  // of a run that was cut short
  if (!next) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_due, fetch_next(session, options, est, device));
    if (!is_due) return ExitStatus::success;
    next = client::load_next_certificate(options.folder);
  }
  const auto proved = prove_next(session, mqtt, anchors, device, next.value_or(""));
  if (!proved) {
    client::drop_next_certificate(options.folder);
    return fail(proved.error().code,
                "the old certificate stays, since nobody let the device in "
                "with the new one: " +
                    proved.error().message);
  }
  FASTNESS_RETURN_IF_ERROR(client::commit_next_certificate(options.folder));
  std::printf("%s\n", (std::filesystem::path(options.folder) / "device.crt").c_str());
  return ExitStatus::success;
}

}  // namespace

void add_renew_command(CLI::App& app, Session& session, Action& action) {
  const auto options = std::make_shared<RenewOptions>();  // shared with the callback
  auto* command = app.get_subcommand("device")->add_subcommand(
      "renew", "on the device: renew the certificate in a folder, when it is due");
  command->add_option("folder", options->folder, "what `fastness device enrol --out` wrote")
      ->required()
      ->type_name("DIR");
  command->add_option("--server", options->server, "the server; that of the login if left out")
      ->type_name("URL");
  command->add_option("--mqtt", options->mqtt, "where to try the new one; port 8883 if left out")
      ->type_name("HOST:PORT");
  command->add_flag("--now", options->is_at_once, "even if it is not due yet");
  set_examples(*command, {"fastness device renew greenhouse --server https://iot.lan:8443"},
               "Run it every hour. It needs no login: the device's own key is enough, also after "
               "the authority that signed its certificate was given up.");
  command->callback([&action, &session, options] {
    action = [&session, options] { return renew_device(session, *options); };
  });
}

}  // namespace fastness::cli

// fastness device renew: on the device itself, which needs no API key for it.
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

#include "../local_instance.h"
#include "client/credentials.h"
#include "client/est_client.h"
#include "client/renewal_by_mqtt.h"
#include "client/renewal_folder.h"
#include "client/root_sets.h"
#include "commands.h"
#include "crypto/x509/certificate.h"
#include "device/est_renewal.h"
#include "json/time_text.h"
#include "json/writer.h"

namespace fastness::cli {
namespace {

struct RenewOptions {
  std::string folder;
  std::string server;
  std::string mqtt;
  bool is_at_once = false;
  bool wants_new_key = false;
  bool is_by_mqtt = false;
};

constexpr std::uint16_t kDevicePort = 8883;

// Where to ask: what was said, or where the last login was.
Result<client::Address> server_of(const Session& session, const RenewOptions& options) {
  if (!options.server.empty()) return client::parse_server(options.server);
  const auto kept = session.credentials();
  if (kept) return kept->server;
  return fail(Errc::invalid_argument, "name the server: --server https://host:port");
}

// Nothing to do before that.
ExitStatus say_not_due(const Session& session, const std::optional<Timestamp>& due) {
  if (session.format == client::OutputFormat::table) {
    std::printf("%s\n", due ? ("not due until " + json::to_time_text(*due)).c_str()
                            : "not due: the server has not asked for it yet");
    return ExitStatus::success;
  }
  json::Writer out;
  out.begin_object();
  out.field("renewed", false);
  if (due) out.field("due", *due);
  out.end_object();
  session.print(json::parse(std::move(out).text()).value(),
                {{"RENEWED", "renewed"}, {"DUE", "due"}});
  return ExitStatus::success;
}

ExitStatus say_renewed(const Session& session, const RenewOptions& options,
                       const client::DeviceIdentity& device) {
  const auto file = (std::filesystem::path(options.folder) / "device.crt").string();
  if (session.format == client::OutputFormat::table) {
    std::printf("%s\n", file.c_str());
    return ExitStatus::success;
  }
  json::Writer out;
  out.begin_object();
  out.field("renewed", true);
  out.field("certificate", file);
  out.field("key_sha256", to_hex(device.key.public_key().digest()));
  out.end_object();
  session.print(
      json::parse(std::move(out).text()).value(),
      {{"RENEWED", "renewed"}, {"CERTIFICATE", "certificate"}, {"KEY SHA-256", "key_sha256"}});
  return ExitStatus::success;
}

// Puts a certificate for another key on trial. A change that was begun is ended so: the server may
// have made it, and the answer was lost.
Result<void> change_key(const Session& session, client::EstClient& est,
                        client::RenewalFolder& folder, device::EstRenewal& renewal) {
  FASTNESS_ASSIGN_OR_RETURN(const device::FileKey* next, folder.find_or_make_next_key());
  FASTNESS_ASSIGN_OR_RETURN(const auto request, renewal.ask_for(*next));
  FASTNESS_ASSIGN_OR_RETURN(const auto answer, est.send(request));
  return renewal.hear_for(*next, answer, session.clock.now());
}

// Puts a new certificate on trial. The moment before which it is too early for that, if it is.
Result<std::optional<Timestamp>> fetch_next(const Session& session, const RenewOptions& options,
                                            client::EstClient& est, client::RenewalFolder& folder) {
  device::EstRenewal renewal(folder.device_id(), folder.key(), folder.slots());
  if (options.wants_new_key || folder.next_key() != nullptr) {
    const auto changed = change_key(session, est, folder, renewal);
    if (changed) return std::optional<Timestamp>();
    if (options.wants_new_key) return Unexpected<Error>{changed.error()};
    std::fprintf(stderr, "fastness: the key stays as it is: %s\n", changed.error().message.c_str());
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto window, est.send(device::EstRenewal::ask_for_window()));
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp due, renewal.hear_window(window));
  if (session.clock.now() < due && !options.is_at_once) return std::optional(due);
  FASTNESS_ASSIGN_OR_RETURN(const auto request, renewal.ask());
  FASTNESS_ASSIGN_OR_RETURN(const auto answer, est.send(request));
  FASTNESS_RETURN_IF_ERROR(renewal.hear(answer, session.clock.now()));
  return std::optional<Timestamp>();
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
    std::fprintf(session.format == client::OutputFormat::table ? stdout : stderr, "root set %u\n",
                 (*followed)->number);
  }
}

// The new certificate is good when the device was let in with it; until then the old one stays.
Result<client::DeviceIdentity> prove_next(const Session& session, const client::Address& mqtt,
                                          const std::string& anchors,
                                          client::RenewalFolder& folder) {
  FASTNESS_ASSIGN_OR_RETURN(client::DeviceIdentity next, folder.present());
  const auto proved = client::connect_once(mqtt, anchors, next, session.clock);
  if (!proved) {
    FASTNESS_RETURN_IF_ERROR(folder.slots().roll_back());
    return fail(proved.error().code,
                "the old certificate stays, since nobody let the device in "
                "with the new one: " +
                    proved.error().message);
  }
  FASTNESS_RETURN_IF_ERROR(folder.commit());
  return next;
}

// For a device that speaks nothing but MQTT, or that cannot reach the other port.
Result<ExitStatus> renew_over_mqtt(const Session& session, const RenewOptions& options,
                                   const client::Address& mqtt, client::RenewalFolder& folder) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string anchors, client::load_anchors(options.folder));
  if (!folder.slots().is_on_trial()) {
    using client::RenewalMoment;
    FASTNESS_ASSIGN_OR_RETURN(
        const auto outcome,
        client::renew_by_mqtt(folder, mqtt, anchors,
                              options.is_at_once ? RenewalMoment::at_once : RenewalMoment::when_due,
                              session.clock));
    if (outcome == client::MqttRenewalOutcome::not_due) return say_not_due(session, std::nullopt);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto next, prove_next(session, mqtt, anchors, folder));
  return say_renewed(session, options, next);
}

Result<ExitStatus> renew_device(const Session& session, const RenewOptions& options) {
  if (options.is_by_mqtt && options.wants_new_key) {
    return fail(Errc::invalid_argument,
                "another key is asked for over HTTPS: leave out --by-mqtt or --new-key");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto folder, client::RenewalFolder::open(options.folder));
  FASTNESS_ASSIGN_OR_RETURN(const client::Address server, server_of(session, options));
  FASTNESS_ASSIGN_OR_RETURN(const client::Address mqtt,
                            mqtt_address(options.mqtt, server, kDevicePort));
  if (options.is_by_mqtt) return renew_over_mqtt(session, options, mqtt, folder);
  FASTNESS_ASSIGN_OR_RETURN(std::string anchors, client::load_anchors(options.folder));
  FASTNESS_ASSIGN_OR_RETURN(const client::DeviceIdentity kept, folder.kept());
  FASTNESS_ASSIGN_OR_RETURN(auto est,
                            client::EstClient::open(server, anchors, kept, session.clock));
  follow_roots(session, options, est);
  FASTNESS_ASSIGN_OR_RETURN(anchors, client::load_anchors(options.folder));
  if (!folder.slots().is_on_trial()) {  // else of a run that was cut short
    FASTNESS_ASSIGN_OR_RETURN(const auto due, fetch_next(session, options, est, folder));
    if (due) return say_not_due(session, due);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto next, prove_next(session, mqtt, anchors, folder));
  return say_renewed(session, options, next);
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
  command->add_flag("--new-key", options->wants_new_key,
                    "for a key that is made now, which the old one vouches for");
  command->add_flag("--by-mqtt", options->is_by_mqtt, "over MQTT instead of HTTPS");
  set_examples(*command,
               {"fastness device renew greenhouse --server https://iot.lan:8443",
                "fastness device renew greenhouse --server https://iot.lan:8443 --new-key",
                "fastness device renew greenhouse --server https://iot.lan:8443 --by-mqtt"},
               "Run it every hour. It needs no login: the device's own key is enough, also after "
               "the authority that signed its certificate was given up.");
  command->callback([&action, &session, options] {
    action = [&session, options] { return renew_device(session, *options); };
  });
}

}  // namespace fastness::cli

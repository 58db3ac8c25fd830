// fastness device ...
#include <cstdio>
#include <fstream>

#include <CLI/CLI.hpp>

#include "acts.h"
#include "client/enrolment.h"
#include "commands.h"
#include "commands/claim_enrol.h"
#include "json/writer.h"
#include "os/files/descriptor.h"

namespace fastness::cli {
namespace {

constexpr client::Column kColumns[] = {{"ID", "id"},
                                       {"NAME", "name"},
                                       {"TYPE", "type"},
                                       {"STATUS", "status"},
                                       {"LAST SEEN", "last_seen"},
                                       {"IDENTITY", "identity.state"},
                                       {"AUTH", "identity.auth"},
                                       {"THING", "thing_name"}};

constexpr client::Column kDetails[] = {{"id", "id"},
                                       {"name", "name"},
                                       {"type", "type"},
                                       {"status", "status"},
                                       {"last seen", "last_seen"},
                                       {"connected since", "connected_at"},
                                       {"remote", "remote"},
                                       {"tls", "tls"},
                                       {"dialect", "dialect"},
                                       {"library", "lib_version"},
                                       {"last disconnected", "last_disconnect.time"},
                                       {"because", "last_disconnect.reason"},
                                       {"identity", "identity.state"},
                                       {"signs in with", "identity.auth"},
                                       {"certificate", "identity.certificate.fingerprint"},
                                       {"generation", "identity.certificate.generation"},
                                       {"valid until", "identity.certificate.not_after"},
                                       {"thing", "thing_name"},
                                       {"attention", "attention.title"},
                                       {"what to do", "attention.remedy"}};

struct DeviceOptions {
  std::string device;
  std::string type = "generic_device_secretkey";
  std::string thing;
  std::string profile = "standard";
  std::string folder;
  std::string request_file;
  ClaimEnrolment claim;
};

Result<std::string> device_id_of(client::Api& api, const std::string& device) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value found,
                            find_by_name(api, "/api/v1/devices", "devices", device));
  return text_in(found, "id");
}

Result<ExitStatus> create_device(const Session& session, const DeviceOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  json::Writer body;
  body.begin_object();
  body.field("name", options.device);
  body.field("type", options.type);
  if (!options.thing.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value thing,
                              find_by_name(api, "/api/v1/things", "things", options.thing));
    body.field("thing_id", text_in(thing, "id"));
  }
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value device,
                            api.send("POST", "/api/v1/devices", std::move(body).text()));
  session.print(device, kDetails);
  return ExitStatus::success;
}

Result<ExitStatus> list_devices(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/devices"));
  const json::Value* devices = answer.find("devices");
  session.print(devices != nullptr ? *devices : json::Value(json::Array()), kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> show_device(const Session& session, const DeviceOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, device_id_of(api, options.device));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value device, api.get("/api/v1/devices/" + id));
  session.print(device, kDetails);
  return ExitStatus::success;
}

Result<ExitStatus> remove_device(const Session& session, const DeviceOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, device_id_of(api, options.device));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value nothing, api.send("DELETE", "/api/v1/devices/" + id));
  return ExitStatus::success;
}

void print_paths(const std::filesystem::path& folder, std::initializer_list<const char*> names) {
  for (const char* name : names) std::printf("%s\n", (folder / name).c_str());
}

// The certificate to standard output; or with its anchors to a folder, beside a key that is there.
Result<ExitStatus> sign_request(client::Api& api, const std::string& id,
                                const DeviceOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string request,
                            client::read_text_file(options.request_file));
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  FASTNESS_ASSIGN_OR_RETURN(const std::string certificate,
                            client::enrol_request(api, id, request, options.profile));
  if (options.folder.empty()) {
    std::fputs(certificate.c_str(), stdout);
    return ExitStatus::success;
  }
  FASTNESS_RETURN_IF_ERROR(client::save_certificate(options.folder, id, certificate, trust));
  print_paths(options.folder, {"device.crt", "ca.crt"});
  return ExitStatus::success;
}

Result<ExitStatus> enrol(const Session& session, const DeviceOptions& options) {
  if (!options.claim.server.empty()) {
    ClaimEnrolment claim = options.claim;
    claim.folder = options.folder;
    return enrol_by_claim(session, claim);
  }
  if (options.device.empty()) {
    return fail(Errc::invalid_argument,
                "name the device; one that the server does not know yet needs --est");
  }
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, device_id_of(api, options.device));
  if (!options.request_file.empty()) return sign_request(api, id, options);
  const std::string folder = options.folder.empty() ? id : options.folder;
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  FASTNESS_ASSIGN_OR_RETURN(crypto::PrivateKey key, client::find_or_make_key(folder, id));
  FASTNESS_ASSIGN_OR_RETURN(const client::DeviceIdentity identity,
                            client::enrol_device(api, id, std::move(key), options.profile));
  FASTNESS_RETURN_IF_ERROR(client::save_certificate(folder, id, identity.certificate_pem, trust));
  print_paths(folder, {"device.key", "device.crt", "ca.crt"});
  return ExitStatus::success;
}

Result<ExitStatus> make_secret(const Session& session, const DeviceOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, device_id_of(api, options.device));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value secret,
                            api.send("POST", "/api/v1/devices/" + id + "/secret"));
  session.print(secret, {{"device id", "device_id"}, {"secret key", "secret"}});
  return ExitStatus::success;
}

Result<ExitStatus> change_identity(const Session& session, const DeviceOptions& options,
                                   const char* verb) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, device_id_of(api, options.device));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value device,
                            api.send("POST", "/api/v1/devices/" + id + "/" + verb, "{}"));
  session.print(device, kDetails);
  return ExitStatus::success;
}

Result<ExitStatus> write_headers(const Session& session, const DeviceOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  FASTNESS_ASSIGN_OR_RETURN(const client::ArduinoHeaders headers, client::arduino_headers(trust));
  const std::filesystem::path folder = options.folder.empty() ? "." : options.folder;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::pair<const char*, const std::string&> files[] = {
      {"AIoTCUPCert.h", headers.user_password},
      {"AIoTCSSCert.h", headers.soft_element},
      {"BearSSLTrustAnchors.h", headers.bearssl}};
  for (const auto& [name, text] : files) {
    std::ofstream out(folder / name, std::ios::trunc);
    if (!(out << text).flush())
      return os::fail_with_errno("cannot write " + (folder / name).string());
    std::printf("%s\n", (folder / name).c_str());
  }
  return ExitStatus::success;
}

// The verbs of `device`.
struct Verbs : Acts<DeviceOptions> {
  CLI::App* noun;

  CLI::App* add(const char* name, const char* help, const Act& act) const {
    return Acts::add(noun, name, help, act);
  }
  CLI::App* add_for_one(const char* name, const char* help, const Act& act) const {
    auto* command = add(name, help, act);
    command->add_option("device", options->device, "name or id")->required();
    return command;
  }
};

void add_making(const Verbs& verbs, DeviceOptions& options) {
  auto* made = verbs.add("create", "make a device; it has no key yet", create_device);
  made->add_option("device", options.device, "its name")->required();
  made->add_option("--type", options.type, "board type, such as mkrwifi1010");
  made->add_option("--thing", options.thing, "the thing it belongs to, name or id");
  set_examples(*made, {"fastness device create greenhouse --type mkrwifi1010 --thing Greenhouse"});
  set_examples(*verbs.add("list", "every device",
                          [](const Session& session, const DeviceOptions&) {
                            return list_devices(session);
                          }),
               {"fastness device list -o csv"});
  set_examples(*verbs.add_for_one("show", "one device, and why it last disconnected", show_device),
               {"fastness device show greenhouse"});
  set_examples(*verbs.add_for_one("delete", "revoke its credentials and delete it", remove_device),
               {"fastness device delete greenhouse"});
}

// On the device itself, which has no login and is not known yet.
void add_claiming(CLI::App& enrolled, CLI::Option& device, ClaimEnrolment& claim) {
  auto* est = enrolled.add_option("--est", claim.server,
                                  "on the device itself: ask this server, by a claim code or "
                                  "a claim certificate");
  est->type_name("URL")->excludes(&device);
  auto* code =
      enrolled.add_option("--claim", claim.code_file,
                          "where the claim code is, - for standard input; it is asked for if left "
                          "out");
  code->type_name("FILE")->needs(est);
  auto* certificate = enrolled.add_option("--claim-cert", claim.certificate_file,
                                          "a claim certificate to show instead of a code, PEM");
  certificate->type_name("FILE")->needs(est)->excludes(code);
  auto* key = enrolled.add_option("--claim-key", claim.key_file, "its key, PEM");
  key->type_name("FILE")->needs(certificate);
  certificate->needs(key);
  auto* name = enrolled.add_option("--name", claim.name,
                                   "what the device calls itself: its serial number, or the like");
  name->type_name("HARDWARE-ID")->needs(est);
  est->needs(name);
  enrolled.add_option("--ca", claim.anchors_file, "whom to trust as the server, PEM")
      ->type_name("FILE")
      ->needs(est);
  enrolled
      .add_flag("!--no-wait", claim.is_patient, "end if the owner has to approve the device first")
      ->needs(est);
}

void add_identity(const Verbs& verbs, DeviceOptions& options) {
  auto* enrolled =
      verbs.add("enrol", "give it a certificate: the key is made here, mode 0600", enrol);
  auto* device = enrolled->add_option("device", options.device, "name or id");
  enrolled->add_option("--csr", options.request_file, "sign this request (PEM) instead")
      ->type_name("FILE");
  enrolled->add_option("--profile", options.profile, "standard (60 days) or board (31 years)")
      ->check(CLI::IsMember({"standard", "board"}));
  enrolled->add_option("--out", options.folder, "folder to write to; the device's id if left out")
      ->type_name("DIR");
  add_claiming(*enrolled, *device, options.claim);
  set_examples(*enrolled,
               {"fastness device enrol greenhouse --out greenhouse",
                "fastness device enrol greenhouse --csr board.csr --profile board > board.crt",
                "fastness device enrol --est https://iot.lan:8443 --ca server-anchors.pem "
                "--name b827eb01 --out b827eb01",
                "fastness device enrol --est https://iot.lan:8443 --ca server-anchors.pem "
                "--name b827eb01 --claim-cert lot-7/claim.crt --claim-key lot-7/claim.key"},
               "A folder that holds the device's key already keeps it: that is how to renew.");
  set_examples(
      *verbs.add_for_one("secret", "make a secret key and show it, this once", make_secret),
      {"fastness device secret greenhouse"});
  const std::pair<const char*, const char*> changes[] = {
      {"suspend", "let it connect no more, until it is resumed"},
      {"resume", "let a suspended device connect again"},
      {"undo-key-change", "give it back the key that it had, within a day of changing it"},
      {"revoke", "end its certificate and secret key for good"}};
  for (const auto& [verb, help] : changes) {
    const auto act = [name = verb](const Session& session, const DeviceOptions& with) {
      return change_identity(session, with, name);
    };
    set_examples(*verbs.add_for_one(verb, help, act),
                 {std::string("fastness device ") + verb + " greenhouse"});
  }
  auto* headers =
      verbs.add("trust-header", "the three headers with which Arduino sketches trust this server",
                write_headers);
  headers->add_option("--out", options.folder, "folder to write to; this one if left out")
      ->type_name("DIR");
  set_examples(*headers,
               {"fastness device trust-header --out ~/Arduino/libraries/ArduinoIoTCloud/src/tls"});
}

}  // namespace

void add_device_commands(CLI::App& app, Session& session, Action& action) {
  auto* device = app.add_subcommand("device", "boards and other hardware with a key");
  device->require_subcommand(1);
  set_examples(*device, {"fastness device create greenhouse --type mkrwifi1010",
                         "fastness device enrol greenhouse --out greenhouse"});
  const Verbs verbs{{session, action, std::make_shared<DeviceOptions>()}, device};
  add_making(verbs, *verbs.options);
  add_identity(verbs, *verbs.options);
}

}  // namespace fastness::cli

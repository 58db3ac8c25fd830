// fastness demo greenhouse: a board like any other, which happens to be a program.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "../local_instance.h"
#include "client/board/fleet.h"
#include "client/board/greenhouse.h"
#include "client/enrolment.h"
#include "commands.h"
#include "json/time_text.h"
#include "json/writer.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

struct PropertyOfDemo {
  const char* name;
  const char* type;
  const char* permission;
};

constexpr PropertyOfDemo kProperties[] = {
    {"temperature", "TEMPERATURE_C", "read_only"},
    {"humidity", "PERCENTAGE_RELATIVE_HUMIDITY", "read_only"},
    {"soil", "PERCENTAGE", "read_only"},
    {"light", "ILLUMINANCE", "read_only"},
    {"pump", "HOME_SWITCH", "read_write"},
    {"lamp", "HOME_COLORED_LIGHT", "read_write"},
    {"position", "LOCATION", "read_only"},
};

constexpr unsigned kSeed = 47;
constexpr const char* kTag = "greenhouse";  // of what the demo made

std::string thing_request() {
  json::Writer body;
  body.begin_object();
  body.field("name", "Greenhouse");
  body.begin_object("tags");
  body.field("demo", kTag);
  body.end_object();
  body.begin_array("properties");
  for (const PropertyOfDemo& property : kProperties) {
    body.begin_object();
    body.field("name", property.name);
    body.field("variable_name", property.name);
    body.field("type", property.type);
    body.field("permission", property.permission);
    body.end_object();
  }
  body.end_array();
  body.end_object();
  return std::move(body).text();
}

std::string device_request(const std::string& thing) {
  json::Writer body;
  body.begin_object();
  body.field("name", "greenhouse-board");
  body.field("type", "mkrwifi1010");
  body.begin_object("tags");
  body.field("demo", kTag);
  body.end_object();
  body.field("thing_id", thing);
  body.end_object();
  return std::move(body).text();
}

Result<void> send_past(client::Api& api, const std::string& target,
                       const std::vector<client::GreenhouseMoment>& past,
                       double client::GreenhouseMoment::*member) {
  constexpr std::size_t kBatch = 500;
  for (std::size_t start = 0; start < past.size(); start += kBatch) {
    json::Writer body;
    body.begin_array();
    for (std::size_t i = start; i < std::min(start + kBatch, past.size()); ++i) {
      body.begin_object();
      body.field("timestamp", past[i].time);
      body.field("value", std::round(past[i].*member * 100) / 100);
      body.end_object();
    }
    body.end_array();
    FASTNESS_ASSIGN_OR_RETURN(const json::Value nothing,
                              api.send("PUT", target, std::move(body).text()));
  }
  return {};
}

// A week, a value every ten minutes, by the same way as any gateway that was offline.
Result<void> fill_history(client::Api& api, const json::Value& thing, const Clock& clock) {
  using client::GreenhouseMoment;
  const auto past =
      client::greenhouse_past(clock.now() - std::chrono::minutes(1), std::chrono::hours(24 * 7),
                              std::chrono::minutes(10), kSeed);
  const std::pair<const char*, double GreenhouseMoment::*> series[] = {
      {"temperature", &GreenhouseMoment::temperature},
      {"humidity", &GreenhouseMoment::humidity},
      {"soil", &GreenhouseMoment::soil},
      {"light", &GreenhouseMoment::light}};
  const json::Value* list = thing.find("properties");
  const auto* properties = list != nullptr ? list->get<json::Array>() : nullptr;
  if (properties == nullptr) return fail(Errc::corrupted, "the server gave no properties");
  for (const auto& [name, member] : series) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value property, find_in(*properties, "property", name));
    const std::string target = "/iot/v2/things/" + text_in(thing, "id") + "/properties/" +
                               text_in(property, "id") + "/publish_batch";
    FASTNESS_RETURN_IF_ERROR(send_past(api, target, past, member));
  }
  return {};
}

// What an earlier start made: the first of `list` that has our tag, or null.
Result<json::Value> find_tagged(client::Api& api, const std::string& target,
                                const std::string& list) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get(target));
  const json::Value* member = answer.find(list);
  const auto* elements = member != nullptr ? member->get<json::Array>() : nullptr;
  if (elements == nullptr) return fail(Errc::corrupted, "the server gave no list of " + list);
  for (const json::Value& element : *elements) {
    const json::Value* tags = element.find("tags");
    if (tags != nullptr && text_in(*tags, "demo") == kTag) return element;
  }
  return json::Value();
}

Result<json::Value> find_or_make_thing(client::Api& api, const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(json::Value found, find_tagged(api, "/api/v1/things", "things"));
  if (!found.is_null()) return found;
  FASTNESS_ASSIGN_OR_RETURN(json::Value thing, api.send("POST", "/api/v1/things", thing_request()));
  FASTNESS_RETURN_IF_ERROR(fill_history(api, thing, clock));
  return thing;
}

// Makes thing, device and identity, and keeps the device's id beside its key.
Result<client::DeviceIdentity> make_greenhouse(client::Api& api,
                                               const std::filesystem::path& folder,
                                               const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, find_or_make_thing(api, clock));
  // One whose key we do not have, from a start that was cut off.
  FASTNESS_ASSIGN_OR_RETURN(const json::Value orphan,
                            find_tagged(api, "/api/v1/devices", "devices"));
  if (!orphan.is_null()) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value nothing,
                              api.send("DELETE", "/api/v1/devices/" + text_in(orphan, "id")));
  }
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value device,
      api.send("POST", "/api/v1/devices", device_request(text_in(thing, "id"))));
  const std::string id = text_in(device, "id");
  FASTNESS_ASSIGN_OR_RETURN(const client::Trust trust, client::fetch_trust(api));
  FASTNESS_ASSIGN_OR_RETURN(crypto::PrivateKey key, client::find_or_make_key(folder / id, id));
  FASTNESS_ASSIGN_OR_RETURN(client::DeviceIdentity identity,
                            client::enrol_device(api, id, std::move(key), "standard"));
  FASTNESS_RETURN_IF_ERROR(
      client::save_certificate(folder / id, id, identity.certificate_pem, trust));
  FASTNESS_RETURN_IF_ERROR(client::write_private_file(folder / "device.id", id + "\n"));
  return identity;
}

// The one that was made before, if the server still knows it.
Result<client::DeviceIdentity> find_greenhouse(client::Api& api,
                                               const std::filesystem::path& folder) {
  FASTNESS_ASSIGN_OR_RETURN(std::string id, client::read_text_file(folder / "device.id"));
  while (id.ends_with('\n')) id.pop_back();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value device,
                            api.get("/api/v1/devices/" + client::percent_encode(id)));
  return client::load_identity(folder / id, id);
}

Result<client::DeviceIdentity> find_or_make(client::Api& api, const std::filesystem::path& folder,
                                            const Clock& clock) {
  auto found = find_greenhouse(api, folder);
  if (found || found.error().code != Errc::not_found) return found;
  return make_greenhouse(api, folder, clock);
}

Result<ExitStatus> run_greenhouse(const Session& session, const std::string& data_directory) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  FASTNESS_ASSIGN_OR_RETURN(const LocalInstance local, open_local(data_directory));
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, client::Api::open(local.credentials, session.clock));
  const std::filesystem::path folder = std::filesystem::path(data_directory) / "demo";
  FASTNESS_ASSIGN_OR_RETURN(const client::DeviceIdentity identity,
                            find_or_make(api, folder, session.clock));
  FASTNESS_ASSIGN_OR_RETURN(
      auto context,
      client::device_context(local.boards.anchors_pem, identity.certificate_pem, identity.key));
  const auto log = telemetry::Log::to_stderr(telemetry::LogFormat::text, telemetry::LogLevel::info,
                                             "greenhouse");
  client::Fleet fleet(local.boards.address, session.clock, log);
  fleet.add({{identity.device_id, ""},
             std::move(context),
             std::make_unique<client::GreenhouseSketch>(session.clock, kSeed),
             mqtt::Qos::at_most_once});
  while (!signals.next()) fleet.run_once(std::chrono::milliseconds(250));
  return ExitStatus::success;
}

}  // namespace

void add_demo_command(CLI::App& app, Session& session, Action& action) {
  auto* demo = app.add_subcommand("demo", "something to look at");
  demo->require_subcommand(1);
  auto* command = demo->add_subcommand(
      "greenhouse", "a greenhouse that enrols and connects as a board does, until Ctrl-C");
  auto folder = std::make_shared<std::string>();  // shared with the callback, which CLI11 copies
  command->add_option("--data-dir", *folder, "an instance on this machine")
      ->type_name("DIR")
      ->required();
  set_examples(*command, {"fastness demo greenhouse --data-dir ~/fastness"},
               "Needs the API key that `fastness host init --api-key --json` printed, in\n"
               "DIR/demo/credentials.json.");
  command->callback([&session, &action, folder] {
    action = [&session, folder] { return run_greenhouse(session, *folder); };
  });
}

}  // namespace fastness::cli

// fastness thing ...
#include <CLI/CLI.hpp>

#include "commands.h"
#include "json/writer.h"

namespace fastness::cli {
namespace {

constexpr client::Column kColumns[] = {{"ID", "id"},
                                       {"NAME", "name"},
                                       {"DEVICE", "device_name"},
                                       {"STATUS", "device_status"},
                                       {"TIME ZONE", "timezone"}};

struct ThingOptions {
  std::string thing;
  std::string timezone = "Etc/UTC";
  std::string device;
};

Result<std::string> thing_id_of(client::Api& api, const std::string& thing) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value found,
                            find_by_name(api, "/api/v1/things", "things", thing));
  return text_in(found, "id");
}

Result<std::string> device_id(client::Api& api, const std::string& device) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value found,
                            find_by_name(api, "/api/v1/devices", "devices", device));
  return text_in(found, "id");
}

Result<ExitStatus> create_thing(const Session& session, const ThingOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  json::Writer body;
  body.begin_object();
  body.field("name", options.thing);
  body.field("timezone", options.timezone);
  if (!options.device.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string device, device_id(api, options.device));
    body.field("device_id", device);
  }
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing,
                            api.send("POST", "/api/v1/things", std::move(body).text()));
  session.print(thing, kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> list_things(const Session& session, const ThingOptions& /*options*/) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/things"));
  const json::Value* things = answer.find("things");
  session.print(things != nullptr ? *things : json::Value(json::Array()), kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> show_thing(const Session& session, const ThingOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, thing_id_of(api, options.thing));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, api.get("/api/v1/things/" + id));
  session.print(thing, kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> remove_thing(const Session& session, const ThingOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, thing_id_of(api, options.thing));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value nothing, api.send("DELETE", "/api/v1/things/" + id));
  return ExitStatus::success;
}

Result<ExitStatus> attach(const Session& session, const ThingOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const std::string id, thing_id_of(api, options.thing));
  json::Writer body;
  body.begin_object();
  body.key("device_id");
  if (options.device.empty()) {
    body.null();
  } else {
    FASTNESS_ASSIGN_OR_RETURN(const std::string device, device_id(api, options.device));
    body.value(device);
  }
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing,
                            api.send("PATCH", "/api/v1/things/" + id, std::move(body).text()));
  session.print(thing, kColumns);
  return ExitStatus::success;
}

}  // namespace

void add_thing_commands(CLI::App& app, Session& session, Action& action) {
  auto* thing = app.add_subcommand("thing", "a device's twin: its properties and their values");
  thing->require_subcommand(1);
  set_examples(*thing, {"fastness thing create Greenhouse --timezone Europe/Berlin",
                        "fastness thing attach Greenhouse greenhouse"});
  auto options = std::make_shared<ThingOptions>();  // shared with the callbacks, which CLI11 copies
  const auto add = [&, options](const char* name, const char* help, auto act) {
    auto* command = thing->add_subcommand(name, help);
    command->callback([&session, &action, options, act] {
      action = [&session, options, act] { return act(session, *options); };
    });
    return command;
  };
  set_examples(*add("list", "every thing", list_things), {"fastness thing list -o json"});
  auto* made = add("create", "make a thing", create_thing);
  set_examples(*made, {"fastness thing create Greenhouse --timezone Europe/Berlin"});
  made->add_option("thing", options->thing, "its name")->required();
  made->add_option("--timezone", options->timezone, "such as Europe/Berlin");
  made->add_option("--device", options->device, "its device, name or id");
  auto* shown = add("show", "one thing", show_thing);
  set_examples(*shown, {"fastness thing show Greenhouse -o yaml"});
  auto* deleted = add("delete", "delete it, with its properties and their history", remove_thing);
  set_examples(*deleted, {"fastness thing delete Greenhouse"});
  for (auto* command : {shown, deleted}) {
    command->add_option("thing", options->thing, "name or id")->required();
  }
  auto* attached = add("attach", "give it a device, or none", attach);
  set_examples(*attached, {"fastness thing attach Greenhouse greenhouse"});
  attached->add_option("thing", options->thing, "name or id")->required();
  attached->add_option("device", options->device, "name or id; none detaches");
}

}  // namespace fastness::cli

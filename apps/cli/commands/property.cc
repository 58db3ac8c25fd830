// fastness property ..., fastness publish.
#include <CLI/CLI.hpp>

#include "commands.h"
#include "json/writer.h"

namespace fastness::cli {
namespace {

constexpr client::Column kColumns[] = {{"ID", "id"},
                                       {"NAME", "name"},
                                       {"VARIABLE", "variable_name"},
                                       {"TYPE", "type"},
                                       {"VALUE", "value"},
                                       {"UNIT", "unit"},
                                       {"UPDATED", "value_updated_at"},
                                       {"PERMISSION", "permission"},
                                       {"REFUSED", "refused.count"}};

struct PropertyOptions {
  std::string thing;
  std::string property;
  std::string type;
  std::string permission = "read_write";
  std::string value;
};

Result<json::Value> find_thing(client::Api& api, const std::string& thing) {
  return find_by_name(api, "/api/v1/things", "things", thing);
}

Result<json::Value> find_property(const json::Value& thing, const std::string& property) {
  const json::Value* list = thing.find("properties");
  const auto* properties = list != nullptr ? list->get<json::Array>() : nullptr;
  if (properties == nullptr) return fail(Errc::corrupted, "the server gave no properties");
  return find_in(*properties, "property", property);
}

std::string property_path(const json::Value& thing) {
  return "/api/v1/things/" + text_in(thing, "id") + "/properties";
}

Result<ExitStatus> create_property(const Session& session, const PropertyOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, find_thing(api, options.thing));
  json::Writer body;
  body.begin_object();
  body.field("name", options.property);
  body.field("type", options.type);
  body.field("permission", options.permission);
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value property,
                            api.send("POST", property_path(thing), std::move(body).text()));
  session.print(property, kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> list_properties(const Session& session, const PropertyOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, find_thing(api, options.thing));
  const json::Value* properties = thing.find("properties");
  session.print(properties != nullptr ? *properties : json::Value(json::Array()), kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> show_property(const Session& session, const PropertyOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, find_thing(api, options.thing));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value property, find_property(thing, options.property));
  session.print(property, kColumns);
  return ExitStatus::success;
}

Result<ExitStatus> remove_property(const Session& session, const PropertyOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, find_thing(api, options.thing));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value property, find_property(thing, options.property));
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value nothing,
      api.send("DELETE", property_path(thing) + "/" + text_in(property, "id")));
  return ExitStatus::success;
}

Result<ExitStatus> types(const Session& session) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/property-types"));
  const json::Value* list = answer.find("types");
  session.print(list != nullptr ? *list : json::Value(json::Array()),
                {{"TYPE", "type"}, {"NAME", "name"}, {"KIND", "kind"}, {"UNIT", "unit"}});
  return ExitStatus::success;
}

Result<ExitStatus> publish(const Session& session, const PropertyOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing, find_thing(api, options.thing));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value property, find_property(thing, options.property));
  const bool is_text = text_in(property, "kind") == "text";
  json::Writer body;
  body.begin_object();
  body.field("value", parse_value(options.value, is_text ? Typing::as_text : Typing::guess));
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(
      const json::Value accepted,
      api.send("PUT", property_path(thing) + "/" + text_in(property, "id") + "/value",
               std::move(body).text()));
  session.print(accepted, {{"requested at", "requested_at"}});
  return ExitStatus::success;
}

void add_publish(CLI::App& app, Session& session, Action& action,
                 const std::shared_ptr<PropertyOptions>& options) {
  auto* command = app.add_subcommand("publish", "write a value to a thing and its device");
  command->add_option("thing", options->thing, "name or id")->required();
  command->add_option("property", options->property, "name, variable or id")->required();
  command->add_option("value", options->value, "a number, on, off, a text, or JSON")->required();
  set_examples(
      *command,
      {"fastness publish Greenhouse pump on",
       "fastness publish Greenhouse lamp '{\"swi\":true,\"hue\":120,\"sat\":90,\"bri\":50}'"});
  command->callback([&session, &action, options] {
    action = [&session, options] { return publish(session, *options); };
  });
}

}  // namespace

void add_property_commands(CLI::App& app, Session& session, Action& action) {
  auto* property = app.add_subcommand("property", "one value of a thing");
  property->require_subcommand(1);
  set_examples(*property, {"fastness property create Greenhouse soil PERCENTAGE",
                           "fastness property list Greenhouse"});
  auto options =
      std::make_shared<PropertyOptions>();  // shared with the callbacks, which CLI11 copies
  const auto add = [&, options](const char* name, const char* help, auto act) {
    auto* command = property->add_subcommand(name, help);
    command->add_option("thing", options->thing, "name or id")->required();
    command->callback([&session, &action, options, act] {
      action = [&session, options, act] { return act(session, *options); };
    });
    return command;
  };
  set_examples(*add("list", "every property of a thing", list_properties),
               {"fastness property list Greenhouse"});
  auto* made = add("create", "make a property", create_property);
  set_examples(*made,
               {"fastness property create Greenhouse soil PERCENTAGE --permission read_only"});
  made->add_option("property", options->property, "its name")->required();
  made->add_option("type", options->type, "see fastness property types")->required();
  made->add_option("--permission", options->permission, "read_only or read_write")
      ->check(CLI::IsMember({"read_only", "read_write"}));
  auto* shown = add("show", "one property", show_property);
  set_examples(*shown, {"fastness property show Greenhouse soil"});
  auto* deleted = add("delete", "delete it, with its history", remove_property);
  set_examples(*deleted, {"fastness property delete Greenhouse soil"});
  for (auto* command : {shown, deleted}) {
    command->add_option("property", options->property, "name, variable or id")->required();
  }
  auto* all = property->add_subcommand("types", "every type a property can have");
  all->callback([&session, &action] { action = [&session] { return types(session); }; });
  set_examples(*all, {"fastness property types"});
  add_publish(app, session, action, options);
}

}  // namespace fastness::cli

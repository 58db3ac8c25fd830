// fastness watch: values and devices as they change.
#include <csignal>
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "client/connection/web_socket.h"
#include "commands.h"
#include "crypto/secret/system_random.h"
#include "json/writer.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

// What a property is called: `Greenhouse soil`.
using Names = std::map<std::string, std::string>;

void add_names(const json::Value& thing, Names& names) {
  const json::Value* list = thing.find("properties");
  const auto* properties = list != nullptr ? list->get<json::Array>() : nullptr;
  if (properties == nullptr) return;
  for (const json::Value& property : *properties) {
    names[text_in(property, "id")] = text_in(thing, "name") + "  " + text_in(property, "name");
  }
}

struct Watched {
  std::string command;  // what to tell the server
  Names names;
};

Result<Watched> choose(client::Api& api, const std::string& thing) {
  Watched watched;
  json::Writer command;
  command.begin_object();
  command.field("type", "watch");
  if (thing.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get("/api/v1/things"));
    const json::Value* list = answer.find("things");
    if (const auto* things = list != nullptr ? list->get<json::Array>() : nullptr) {
      for (const json::Value& each : *things) add_names(each, watched.names);
    }
    command.field("things", "all");
  } else {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value found,
                              find_by_name(api, "/api/v1/things", "things", thing));
    add_names(found, watched.names);
    command.begin_array("things");
    command.value(text_in(found, "id"));
    command.end_array();
  }
  command.end_object();
  watched.command = std::move(command).text();
  return watched;
}

void print_values(const json::Value& message, const Names& names) {
  const json::Value* list = message.find("values");
  const auto* values = list != nullptr ? list->get<json::Array>() : nullptr;
  if (values == nullptr) return;
  for (const json::Value& each : *values) {
    const std::string id = text_in(each, "property_id");
    const auto name = names.find(id);
    const json::Value* value = each.find("value");
    const json::Value shown(name != names.end() ? name->second : id);
    std::printf("%s  %s  %s\n", client::one_line(*each.find("time")).c_str(),
                client::one_line(shown).c_str(),
                value != nullptr ? client::one_line(*value).c_str() : "");
  }
}

void print_message(const std::string& text, const Names& names, client::OutputFormat format) {
  const auto message = json::parse(text);
  if (!message) return;
  if (format != client::OutputFormat::table) {
    std::printf("%s\n", text.c_str());
  } else if (text_in(*message, "type") == "values") {
    print_values(*message, names);
  } else if (const json::Value* device = message->find("device")) {
    std::printf("device  %s  %s\n", client::one_line(*device->find("name")).c_str(),
                client::one_line(*device->find("status")).c_str());
  }
}

Result<ExitStatus> watch(const Session& session, const std::string& thing) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const Watched watched, choose(api, thing));
  FASTNESS_ASSIGN_OR_RETURN(const std::string token, api.token());
  crypto::SystemRandom random;
  FASTNESS_ASSIGN_OR_RETURN(
      client::WebSocket socket,
      client::WebSocket::open(api.credentials().server, api.context(),
                              {"GET", "/api/v1/live", {{"Authorization", "Bearer " + token}}, ""},
                              session.clock, random));
  FASTNESS_RETURN_IF_ERROR(socket.send(watched.command));
  while (!signals.next()) {
    constexpr std::chrono::milliseconds kPatience{250};
    FASTNESS_ASSIGN_OR_RETURN(const auto message, socket.receive(kPatience));
    if (message) print_message(*message, watched.names, session.format);
    if (std::fflush(stdout) != 0) break;  // main says so
  }
  return ExitStatus::success;
}

}  // namespace

void add_watch_command(CLI::App& app, Session& session, Action& action) {
  auto* command = app.add_subcommand("watch", "show values as they change, until Ctrl-C");
  auto thing = std::make_shared<std::string>();  // shared with the callback, which CLI11 copies
  command->add_option("thing", *thing, "name or id; all if left out");
  set_examples(*command, {"fastness watch Greenhouse", "fastness watch -o json"});
  command->callback([&session, &action, thing] {
    action = [&session, thing] { return watch(session, *thing); };
  });
}

}  // namespace fastness::cli

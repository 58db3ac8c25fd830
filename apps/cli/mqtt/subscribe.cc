// fastness mqtt sub: what is published on topics.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "../commands.h"
#include "client/output.h"
#include "mqtt.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

using client::PayloadFormat;

struct SubscribeOptions : MqttOptions {
  std::vector<std::string> filters;
  std::uint64_t count = 0;
  std::int64_t timeout_seconds = 0;
  bool without_retained = false;
  bool payload_alone = false;
};

// Prints messages until there are enough.
class Printer {
 public:
  Printer(const Session& session, const SubscribeOptions& options)
      : session_(session), options_(options) {}

  void print(const mqtt::Publish& message) {
    if (is_enough()) return;
    ++printed_;
    if (session_.format == client::OutputFormat::json) {
      std::printf("%s\n", client::to_json(message, session_.clock.now()).c_str());
      return;
    }
    if (!options_.payload_alone) {
      const json::Value topic{std::string(message.topic)};
      std::printf("%s  ", client::one_line(topic).c_str());
    }
    const std::string shown = client::show_payload(message.payload, options_.payload);
    static_cast<void>(std::fwrite(shown.data(), 1, shown.size(), stdout));
    std::fputc('\n', stdout);
  }

  [[nodiscard]] bool is_enough() const { return options_.count != 0 && printed_ >= options_.count; }

 private:
  const Session& session_;
  const SubscribeOptions& options_;
  std::uint64_t printed_ = 0;
};

// What the server granted, once it has said so.
Result<void> check_granted(const SubscribeOptions& options,
                           const std::vector<mqtt::ReasonCode>& reasons) {
  for (std::size_t i = 0; i < options.filters.size(); ++i) {
    if (i >= reasons.size()) return fail(Errc::corrupted, "the server answered for too few topics");
    if (!mqtt::is_failure(reasons[i])) continue;
    return fail(client::errc_for(reasons[i]),
                "cannot subscribe to " + options.filters[i] + ": " + client::explain(reasons[i]));
  }
  return {};
}

Result<ExitStatus> listen(const Session& session, const SubscribeOptions& options,
                          client::MqttLink& link,
                          const std::optional<std::vector<mqtt::ReasonCode>>& granted,
                          const Printer& printer, const os::Signals& signals) {
  const bool is_timed = options.timeout_seconds != 0;
  const SteadyTime end = session.clock.steady() + std::chrono::seconds(options.timeout_seconds);
  bool is_checked = false;
  while (!printer.is_enough() && !signals.next()) {
    FASTNESS_RETURN_IF_ERROR(link.advance());
    if (granted && !std::exchange(is_checked, true)) {
      FASTNESS_RETURN_IF_ERROR(check_granted(options, *granted));
      std::fputs("subscribed\n", stderr);
    }
    if (std::fflush(stdout) != 0) break;  // main says so
    if (is_timed && session.clock.steady() >= end) {
      return options.count == 0 ? ExitStatus::success : ExitStatus::partly_done;
    }
    if (!printer.is_enough()) {
      client::await_events(link.transport(), std::chrono::milliseconds(100));
    }
  }
  return ExitStatus::success;
}

Result<ExitStatus> subscribe(const Session& session, const SubscribeOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  Printer printer(session, options);
  std::optional<std::vector<mqtt::ReasonCode>> granted;
  client::MqttConnection::Events events;
  events.message = [&printer](const mqtt::Publish& message) { printer.print(message); };
  events.subscribed = [&granted](const std::vector<mqtt::ReasonCode>& reasons) {
    granted = reasons;
  };
  FASTNESS_ASSIGN_OR_RETURN(auto link, open_mqtt(session, options, std::move(events)));
  mqtt::SubscriptionOptions wanted;
  wanted.maximum_qos = options.quality();
  wanted.retain_as_published = true;
  if (options.without_retained) wanted.retain_handling = mqtt::RetainHandling::do_not_send;
  link->mqtt().subscribe(options.filters, wanted);
  auto status = listen(session, options, *link, granted, printer, signals);
  if (status) link->close();
  return status;
}

}  // namespace

void add_mqtt_sub_command(CLI::App& group, Session& session, Action& action) {
  auto* command = group.add_subcommand("sub", "show what is published, until Ctrl-C");
  auto options =
      std::make_shared<SubscribeOptions>();  // shared with the callback, which CLI11 copies
  command->add_option("topic", options->filters, "topics to listen to; + and # are wildcards")
      ->required();
  const std::map<std::string, PayloadFormat> formats{{"text", PayloadFormat::text},
                                                     {"hex", PayloadFormat::hex},
                                                     {"base64", PayloadFormat::base64},
                                                     {"raw", PayloadFormat::raw}};
  command->add_option("--payload", options->payload, "text, hex, base64 or raw")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->type_name("FORMAT");
  command->add_flag("--payload-only", options->payload_alone, "without the topic before it");
  command->add_option("--count", options->count, "end after so many messages")
      ->check(CLI::PositiveNumber);
  command->add_option("--timeout", options->timeout_seconds, "end after so many seconds")
      ->check(CLI::Range(1, 31'536'000));
  command->add_flag("--no-retained", options->without_retained, "only what is published from now");
  add_mqtt_options(*command, *options);
  set_examples(
      *command,
      {"fastness mqtt sub 'things/#'", "fastness mqtt sub tele/+/state --count 1 --timeout 5",
       "fastness mqtt sub 'tele/#' -o json | jq .payload"},
      "With -o json, one object a line, with the properties of each message. Exit status "
      "7 if --timeout came before --count messages.");
  command->callback([&session, &action, options] {
    action = [&session, options] { return subscribe(session, *options); };
  });
}

}  // namespace fastness::cli

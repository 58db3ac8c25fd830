// fastness mqtt pub: messages from the command line or from standard input.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <deque>

#include <CLI/CLI.hpp>
#include <poll.h>
#include <unistd.h>

#include "../commands.h"
#include "mqtt.h"
#include "mqtt/wire/decoder.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

using client::PayloadFormat;
using std::chrono::milliseconds;

struct PublishOptions : MqttOptions {
  std::string topic;
  std::string message;
  bool by_line = false;
  bool retain = false;
  std::vector<std::string> properties;
  std::string content_type;
  std::string response_topic;
  std::uint32_t expiry_seconds = 0;

  [[nodiscard]] bool reads_input() const { return by_line || message == "-"; }
};

// Standard input, as messages: each line, or all of it. Never blocks.
class Input {
 public:
  explicit Input(const PublishOptions& options) : by_line_(options.by_line) {}

  [[nodiscard]] bool is_ended() const { return is_ended_; }

  // Reads what is there.
  Result<void> read() {
    std::array<char, 65'536> buffer{};
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) return {};
    if (got < 0) return fail(Errc::unavailable, "cannot read standard input");
    is_ended_ = got == 0;
    partial_.append(buffer.data(), static_cast<std::size_t>(got));
    if (partial_.size() > mqtt::kMaxVariableInteger) {
      return fail(Errc::invalid_argument, "a message has more than 256 MiB");
    }
    if (by_line_) split();
    if (is_ended_ && (!by_line_ || !partial_.empty()))
      whole_.push_back(std::exchange(partial_, {}));
    return {};
  }

  [[nodiscard]] bool has_message() const { return !whole_.empty(); }
  std::string take() {
    std::string message = std::move(whole_.front());
    whole_.pop_front();
    return message;
  }

 private:
  void split() {
    std::size_t begin = 0;
    for (std::size_t end = partial_.find('\n'); end != partial_.npos;
         end = partial_.find('\n', begin)) {
      whole_.push_back(partial_.substr(begin, end - begin));
      begin = end + 1;
    }
    partial_.erase(0, begin);
  }

  bool by_line_;
  bool is_ended_ = false;
  std::string partial_;
  std::deque<std::string> whole_;
};

Result<mqtt::Properties> properties_of(const PublishOptions& options) {
  mqtt::Properties properties;
  if (!options.content_type.empty()) properties.content_type = options.content_type;
  if (!options.response_topic.empty()) properties.response_topic = options.response_topic;
  if (options.expiry_seconds != 0) properties.message_expiry = options.expiry_seconds;
  for (const std::string& each : options.properties) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Errc::invalid_argument, "--property expects NAME=VALUE, not " + each);
    }
    const std::string_view text = each;
    properties.user.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return properties;
}

// Sends messages and hears what became of them.
class Publisher {
 public:
  Publisher(const PublishOptions& options, mqtt::Properties properties)
      : options_(options), properties_(std::move(properties)) {}

  client::MqttConnection::Events events() {
    client::MqttConnection::Events events;
    events.published = [this](std::uint16_t, mqtt::ReasonCode reason) {
      if (mqtt::is_failure(reason) && !refusal_) refusal_ = reason;
    };
    return events;
  }

  Result<void> send(client::MqttLink& link, const std::string& typed) {
    FASTNESS_ASSIGN_OR_RETURN(const Bytes payload, client::parse_payload(typed, options_.payload));
    mqtt::Publish message;
    message.topic = options_.topic;
    message.payload = payload;
    message.qos = options_.quality();
    message.retain = options_.retain;
    message.properties = properties_;
    link.mqtt().publish(message);
    return {};
  }

  [[nodiscard]] Result<void> outcome() const {
    if (!refusal_) return {};
    return fail(client::errc_for(*refusal_),
                "cannot publish to " + options_.topic + ": " + client::explain(*refusal_));
  }

 private:
  const PublishOptions& options_;
  mqtt::Properties properties_;
  std::optional<mqtt::ReasonCode> refusal_;
};

void wait_for_either(const client::MqttLink& link, bool wants_input) {
  const client::Transport& transport = link.transport();
  std::array<pollfd, 2> watched{
      {{transport.number(), transport.wanted_events(), 0}, {STDIN_FILENO, POLLIN, 0}}};
  ::poll(watched.data(), wants_input ? 2 : 1, 100);
}

bool has_input() {
  pollfd readable{STDIN_FILENO, POLLIN, 0};
  return ::poll(&readable, 1, 0) == 1;
}

// What has come and is not sent stays small: input is read only when there is room for it.
Result<ExitStatus> stream(client::MqttLink& link, Publisher& publisher, Input& input,
                          const os::Signals& signals) {
  while (!input.is_ended() || input.has_message() || link.mqtt().unanswered() > 0 ||
         link.transport().has_output()) {
    if (signals.next()) {
      const bool is_whole = !input.has_message() && link.mqtt().unanswered() == 0;
      return is_whole ? ExitStatus::success : ExitStatus::partly_done;
    }
    while (input.has_message() && link.mqtt().may_publish() && !link.transport().has_output()) {
      FASTNESS_RETURN_IF_ERROR(publisher.send(link, input.take()));
      FASTNESS_RETURN_IF_ERROR(link.advance());
    }
    FASTNESS_RETURN_IF_ERROR(link.advance());
    FASTNESS_RETURN_IF_ERROR(publisher.outcome());
    const bool wants_input = !input.is_ended() && !input.has_message();
    if (wants_input && has_input()) {
      FASTNESS_RETURN_IF_ERROR(input.read());
      continue;
    }
    wait_for_either(link, wants_input);
  }
  return ExitStatus::success;
}

Result<void> send_one(client::MqttLink& link, Publisher& publisher, const std::string& message,
                      const os::Signals& signals) {
  FASTNESS_RETURN_IF_ERROR(publisher.send(link, message));
  do {
    FASTNESS_RETURN_IF_ERROR(link.advance());
    if (link.mqtt().unanswered() == 0 && !link.transport().has_output()) break;
    client::await_events(link.transport(), milliseconds(100));
  } while (!signals.next());
  return publisher.outcome();
}

Result<ExitStatus> publish(const Session& session, const PublishOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  FASTNESS_ASSIGN_OR_RETURN(auto properties, properties_of(options));
  Publisher publisher(options, std::move(properties));
  FASTNESS_ASSIGN_OR_RETURN(auto link, open_mqtt(session, options, publisher.events()));
  auto status = Result<ExitStatus>(ExitStatus::success);
  if (options.reads_input()) {
    Input input(options);
    status = stream(*link, publisher, input, signals);
  } else {
    FASTNESS_RETURN_IF_ERROR(send_one(*link, publisher, options.message, signals));
  }
  if (status) link->close();
  return status;
}

}  // namespace

void add_mqtt_pub_command(CLI::App& group, Session& session, Action& action) {
  auto* command = group.add_subcommand("pub", "publish a message");
  auto options =
      std::make_shared<PublishOptions>();  // shared with the callback, which CLI11 copies
  command->add_option("topic", options->topic, "where to")->required();
  auto* message =
      command->add_option("message", options->message,
                          "the payload, or - for all of standard input; empty if left out");
  command->add_flag("--lines", options->by_line, "each line of standard input is a message")
      ->excludes(message);
  const std::map<std::string, PayloadFormat> formats{{"text", PayloadFormat::text},
                                                     {"hex", PayloadFormat::hex},
                                                     {"base64", PayloadFormat::base64}};
  command->add_option("--payload", options->payload, "how it is written: text, hex or base64")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->type_name("FORMAT");
  command->add_flag("--retain", options->retain,
                    "keep it for those who subscribe later; an empty one removes what is kept");
  command->add_option("--property", options->properties, "a user property; may be repeated")
      ->type_name("NAME=VALUE");
  command->add_option("--content-type", options->content_type, "as text/plain");
  command->add_option("--response-topic", options->response_topic, "where an answer is expected");
  command->add_option("--expiry", options->expiry_seconds, "seconds after which it is dropped")
      ->check(CLI::PositiveNumber);
  add_mqtt_options(*command, *options);
  set_examples(
      *command,
      {"fastness mqtt pub tele/door open --retain", "fastness mqtt pub firmware/blob - <image.bin",
       "tail -f log | fastness mqtt pub logs/gate --lines",
       "fastness mqtt pub raw/frame 0aff --payload hex -q 2 --property unit=mm"},
      "At QoS 1 and 2 it ends when the server has the message on disk; at QoS 0 nobody "
      "says whether it was taken.");
  command->callback([&session, &action, options] {
    action = [&session, options] { return publish(session, *options); };
  });
}

}  // namespace fastness::cli

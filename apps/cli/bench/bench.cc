// fastness bench: messages through a server, and what became of them.
#include <csignal>
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "../commands.h"
#include "../local_instance.h"
#include "certificates.h"
#include "client/enrolment.h"
#include "client/load/load.h"
#include "hub_memory.h"
#include "os/process.h"
#include "progress.h"
#include "test_devices.h"

namespace fastness::cli {
namespace {

using client::Load;
using client::Pattern;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t kPeoplePort = 8883;

struct Options {
  Pattern pattern = Pattern::pairs;
  std::size_t clients = 10;
  double rate = 100;
  int qos = 1;
  std::size_t size = 64;
  std::int64_t seconds = 10;
  std::string mqtt;
  std::string certificates;
  std::string data_directory;
  bool with_test_devices = false;
};

// Whom the connections come in as, and where.
struct Callers {
  client::Address server;
  Load::Identify identify;
  Load::Context context;
};

std::string run_name() {
  return "bench-" + std::to_string(::getpid());
}

// As the API key, each under a client id of its own.
Result<Callers> as_person(client::Api& api, const Options& options) {
  Callers callers{{api.credentials().server.host, kPeoplePort}, {}, {}};
  if (!options.mqtt.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(callers.server, client::parse_server("https://" + options.mqtt));
  }
  callers.identify = [&api](std::size_t index) {
    return client::login_of(api, run_name() + '-' + std::to_string(index));
  };
  callers.context = [&api](std::size_t) { return api.context(); };
  return callers;
}

Result<client::MqttConnection::Login> identified_by_certificate(std::size_t /*index*/) {
  return client::MqttConnection::Login{};
}

// As devices that are made for it.
Result<Callers> as_devices(client::Api& api, const Options& options, TestDevices& devices,
                           std::size_t count, const os::Signals& signals) {
  FASTNESS_ASSIGN_OR_RETURN(const BoardServer server, board_server(api, options.mqtt));
  Progress progress;
  for (std::size_t i = 0; i < count; ++i) {
    if (signals.next()) return fail(Errc::unavailable, "interrupted while making test devices");
    FASTNESS_RETURN_IF_ERROR(devices.add(run_name() + '-' + std::to_string(i), server.anchors_pem));
    progress.say(i + 1, count, "test devices made");
  }
  return Callers{server.address, identified_by_certificate,
                 [&devices](std::size_t index) { return devices.context(index); }};
}

// As devices that there are already.
Result<Callers> as_given(client::Api& api, const Options& options, std::size_t count) {
  FASTNESS_ASSIGN_OR_RETURN(const BoardServer server, board_server(api, options.mqtt));
  FASTNESS_ASSIGN_OR_RETURN(auto contexts,
                            read_certificates(options.certificates, server.anchors_pem, count));
  return Callers{server.address, identified_by_certificate,
                 [contexts = std::move(contexts)](std::size_t index) { return contexts[index]; }};
}

Result<Callers> callers_of(client::Api& api, const Options& options, TestDevices& devices,
                           std::size_t count, const os::Signals& signals) {
  if (!options.certificates.empty()) return as_given(api, options, count);
  if (options.with_test_devices) return as_devices(api, options, devices, count, signals);
  return as_person(api, options);
}

void show(Progress& progress, const Load& load, const std::string& when) {
  const Load::Counts& counts = load.counts();
  progress.say(std::to_string(counts.connected) + " of " + std::to_string(load.connections()) +
               " connected, " + std::to_string(counts.sent) + " sent, " +
               std::to_string(counts.delivered) + " delivered, p50 " +
               std::to_string(load.latency().percentile(0.5).count()) + " us" + when);
}

struct Outcome {
  std::chrono::duration<double> connecting{0};
  std::chrono::duration<double> running{0};
  std::optional<std::int64_t> server_memory;  // that all connections took, if it is known
};

// How many bytes the server's memory has grown by since it was `before`.
Result<std::optional<std::int64_t>> grown(const std::optional<HubMemory>& memory,
                                          std::int64_t before) {
  std::optional<std::int64_t> bytes;
  if (!memory) return bytes;
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t now, memory->resident());
  bytes = now - before;
  return bytes;
}

Result<Outcome> drive(Load& load, const Callers& callers, const Options& options,
                      const Clock& clock, const os::Signals& signals) {
  std::optional<HubMemory> memory;
  std::int64_t memory_before = 0;
  if (!options.data_directory.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(memory, HubMemory::find(options.data_directory));
    FASTNESS_ASSIGN_OR_RETURN(memory_before, memory->resident());
  }
  Progress progress;
  Outcome times;
  const SteadyTime begun = clock.steady();
  bool is_interrupted = false;
  const auto interrupted = [&] { return is_interrupted |= signals.next().has_value(); };
  while (!load.is_connected() && !interrupted()) {
    FASTNESS_RETURN_IF_ERROR(load.connect_some(callers.identify, callers.context));
    show(progress, load, "");
  }
  FASTNESS_ASSIGN_OR_RETURN(times.server_memory, grown(memory, memory_before));
  const SteadyTime connected = clock.steady();
  times.connecting = connected - begun;
  SteadyTime shown = connected;
  while (clock.steady() - connected < seconds(options.seconds) && !interrupted()) {
    FASTNESS_RETURN_IF_ERROR(load.run_once(milliseconds(10)));
    if (clock.steady() - shown < seconds(1)) continue;
    shown = clock.steady();
    const auto passed = std::chrono::duration_cast<seconds>(shown - connected).count();
    show(progress, load,
         ", " + std::to_string(passed) + " of " + std::to_string(options.seconds) + " s");
  }
  times.running = clock.steady() - connected;
  constexpr seconds kPatience{5};
  const SteadyTime end = clock.steady() + kPatience;
  // Also after Ctrl-C, or what is under way would count as lost; a second one ends this as well.
  while (!load.is_drained() && clock.steady() < end && !signals.next()) {
    FASTNESS_RETURN_IF_ERROR(load.drain_once(milliseconds(20)));
  }
  show(progress, load, "");
  return times;
}

json::Value number(std::uint64_t count) {
  return json::Value(static_cast<std::int64_t>(count));
}

json::Value latency_of(const Load& load) {
  const client::LatencyHistogram& latency = load.latency();
  const auto microseconds = [](std::chrono::microseconds time) {
    return number(static_cast<std::uint64_t>(time.count()));
  };
  json::Array ranges;
  for (const client::LatencyHistogram::Range& range : latency.ranges()) {
    ranges.emplace_back(
        json::Object{{"under", microseconds(range.under)}, {"count", number(range.count)}});
  }
  return json::Value(json::Object{{"p50", microseconds(latency.percentile(0.5))},
                                  {"p90", microseconds(latency.percentile(0.9))},
                                  {"p99", microseconds(latency.percentile(0.99))},
                                  {"p999", microseconds(latency.percentile(0.999))},
                                  {"max", microseconds(latency.longest())},
                                  {"histogram", json::Value(std::move(ranges))}});
}

json::Value summary(const Load& load, const Outcome& times) {
  const Load::Counts& counts = load.counts();
  const double run = std::max(times.running.count(), 1e-9);
  json::Object all{{"connections", number(counts.connected)},
                   {"connecting_seconds", json::Value(times.connecting.count())},
                   {"seconds", json::Value(times.running.count())},
                   {"sent", number(counts.sent)},
                   {"answered", number(counts.answered)},
                   {"refused", number(counts.refused)},
                   {"delivered", number(counts.delivered)},
                   {"lost", number(counts.lost())},
                   {"duplicates", number(counts.duplicates)},
                   {"sent_a_second", json::Value(static_cast<double>(counts.sent) / run)},
                   {"delivered_a_second", json::Value(static_cast<double>(counts.delivered) / run)},
                   {"latency_us", latency_of(load)}};
  if (times.server_memory && counts.connected > 0) {
    const auto each = *times.server_memory / static_cast<std::int64_t>(counts.connected);
    all.emplace_back("server_bytes_a_connection", json::Value(each));
  }
  return json::Value(std::move(all));
}

void print(const Session& session, const Load& load, const Outcome& times) {
  std::vector<client::Column> columns{{"connections", "connections"},
                                      {"seconds to connect", "connecting_seconds"},
                                      {"seconds", "seconds"},
                                      {"sent", "sent"},
                                      {"answered", "answered"},
                                      {"refused", "refused"},
                                      {"delivered", "delivered"},
                                      {"lost", "lost"},
                                      {"duplicates", "duplicates"},
                                      {"sent a second", "sent_a_second"},
                                      {"delivered a second", "delivered_a_second"},
                                      {"latency p50, us", "latency_us.p50"},
                                      {"latency p90, us", "latency_us.p90"},
                                      {"latency p99, us", "latency_us.p99"},
                                      {"latency p99.9, us", "latency_us.p999"},
                                      {"latency max, us", "latency_us.max"}};
  if (times.server_memory) {
    columns.push_back({"server's bytes a connection", "server_bytes_a_connection"});
  }
  session.print(summary(load, times), columns);
  if (session.format != client::OutputFormat::table || load.latency().count() == 0) return;
  std::printf("\n%s", load.latency().to_text().c_str());
}

Result<ExitStatus> run(const Session& session, const Options& options, client::Api& api,
                       TestDevices& devices, const os::Signals& signals) {
  Load::Shape shape{options.pattern, options.clients, static_cast<mqtt::Qos>(options.qos),
                    options.size,    options.rate,    run_name()};
  const std::size_t count = Load(shape, {}, session.clock).connections();
  FASTNESS_ASSIGN_OR_RETURN(const Callers callers,
                            callers_of(api, options, devices, count, signals));
  Load load(shape, callers.server, session.clock);
  FASTNESS_ASSIGN_OR_RETURN(const Outcome times,
                            drive(load, callers, options, session.clock, signals));
  load.close();
  print(session, load, times);
  const Load::Counts& counts = load.counts();
  if (counts.refused > 0) {
    return fail(Errc::permission_denied, "messages were refused: " + counts.refusal);
  }
  return load.is_connected() && counts.lost() == 0 ? ExitStatus::success : ExitStatus::partly_done;
}

std::size_t take_away(TestDevices& devices) {
  Progress progress;
  const std::size_t count = devices.count();
  return devices.remove(
      [&](std::size_t done) { progress.say(done, count, "test devices removed"); });
}

Result<ExitStatus> bench(const Session& session, const Options& options) {
  if (options.rate == 0 && options.qos == 0) {
    return fail(Errc::invalid_argument,
                "--rate 0 needs --qos 1 or 2: at QoS 0 nobody says how fast the server is");
  }
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  TestDevices devices(api);
  auto status = run(session, options, api, devices, signals);
  if (const std::size_t left = take_away(devices); left > 0) {
    std::fprintf(stderr, "fastness: %zu test devices named %s-… could not be removed\n", left,
                 run_name().c_str());
    if (status) return ExitStatus::partly_done;
  }
  return status;
}

}  // namespace

void add_bench_command(CLI::App& app, Session& session, Action& action) {
  auto* command = app.add_subcommand("bench", "messages through the server, with their latency");
  auto options = std::make_shared<Options>();  // shared with the callback, which CLI11 copies
  const std::map<std::string, Pattern> patterns{{"fan-in", Pattern::fan_in},
                                                {"fan-out", Pattern::fan_out},
                                                {"pairs", Pattern::pairs},
                                                {"idle", Pattern::idle}};
  command->add_option("pattern", options->pattern, "pairs, fan-in, fan-out or idle")
      ->transform(CLI::CheckedTransformer(patterns).description(""))
      ->type_name("PATTERN");
  command->add_option("--clients", options->clients, "publishers, listeners, or pairs of them")
      ->check(CLI::Range(1, 10'000));
  command->add_option("--rate", options->rate, "messages a second in all; 0 is as fast as it goes")
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("-q,--qos", options->qos, "0, 1 or 2; 1 if left out")
      ->check(CLI::Range(0, 2));
  command->add_option("--size", options->size, "payload bytes")
      ->check(CLI::Range(std::size_t{Load::kStampBytes}, std::size_t{1} << 20U));
  command->add_option("--seconds", options->seconds, "how long; 10 if left out")
      ->check(CLI::Range(1, 86'400));
  command->add_option("--mqtt", options->mqtt, "where to connect; port 8883, for devices 8885")
      ->type_name("HOST:PORT");
  auto* made = command->add_flag(
      "--test-devices", options->with_test_devices,
      "each connection is a device that is enrolled for this and removed after it");
  command
      ->add_option("--certificates", options->certificates,
                   "each is a device of yours: a folder of NAME.key with NAME.crt or NAME.pem, or "
                   "of folders that device enrol made")
      ->type_name("DIR")
      ->excludes(made);
  command
      ->add_option("--data-dir", options->data_directory,
                   "of the instance, if it is on this machine: what memory each connection takes")
      ->type_name("DIR");
  set_examples(
      *command,
      {"fastness bench", "fastness bench fan-in --clients 50 --rate 1000 --seconds 30",
       "fastness bench pairs --test-devices --clients 100 --rate 0 -o json",
       "fastness bench pairs --certificates ~/devices --clients 10 --mqtt iot.lan:8885",
       "fastness bench idle --test-devices --clients 1000 --seconds 5 --data-dir ~/fastness"},
      "Without --test-devices or --certificates all connections are the API key's, of which the "
      "server takes 100. The server slows a connection beyond limits.mqtt_messages_per_second. "
      "Exit "
      "status 7 if messages were lost.");
  command->callback([&session, &action, options] {
    action = [&session, options] { return bench(session, *options); };
  });
}

}  // namespace fastness::cli

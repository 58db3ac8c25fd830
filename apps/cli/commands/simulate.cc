// fastness simulate: many virtual boards, each made and connected as a real one is.
#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "../local_instance.h"
#include "../simulated_boards.h"
#include "client/board/fleet.h"
#include "commands.h"
#include "os/process.h"
#include "os/terminal.h"

namespace fastness::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct SimulateOptions {
  std::size_t count = 10;
  std::int64_t interval_ms = 1'000;
  std::int64_t seconds = 0;
  std::uint64_t values = 0;
  std::string mqtt;
  std::string data_directory;
  std::string profile = "standard";
  bool keep = false;
};

void show_progress(const client::Fleet::Counts& counts, std::size_t of) {
  const bool is_seen = os::is_terminal(STDERR_FILENO);
  std::fprintf(stderr, "%s%zu of %zu connected, %llu sent, %llu acknowledged, %llu lost%s",
               is_seen ? "\r\033[K" : "", counts.connected, of,
               static_cast<unsigned long long>(counts.published),
               static_cast<unsigned long long>(counts.acknowledged),
               static_cast<unsigned long long>(counts.lost), is_seen ? "" : "\n");
}

bool is_finished(const client::Fleet::Counts& counts, const SimulateOptions& options) {
  return options.values != 0 && counts.acknowledged >= options.values * options.count;
}

// Until it is told to end, its time is over, or everything was acknowledged; then what is on its
// way may arrive.
client::Fleet::Counts run(client::Fleet& fleet, const SimulateOptions& options, const Clock& clock,
                          const os::Signals& signals) {
  const SteadyTime start = clock.steady();
  const auto is_over = [&] {
    const bool is_late = options.seconds != 0 && clock.steady() - start >= seconds(options.seconds);
    return is_late || is_finished(fleet.counts(), options) || signals.next().has_value();
  };
  SteadyTime shown = start;
  while (!is_over()) {
    fleet.run_once(milliseconds(200));
    if (clock.steady() - shown < seconds(1)) continue;
    show_progress(fleet.counts(), options.count);
    shown = clock.steady();
  }
  fleet.rest();
  constexpr seconds kPatience{5};
  const SteadyTime end = clock.steady() + kPatience;
  // Also whoever is just coming back, as with a new certificate.
  const auto is_whole = [&] {
    const auto counts = fleet.counts();
    return counts.acknowledged == counts.published && counts.connected == options.count;
  };
  while (!is_whole() && clock.steady() < end) fleet.run_once(milliseconds(50));
  if (os::is_terminal(STDERR_FILENO)) std::fputs("\r\033[K", stderr);
  return fleet.counts();
}

json::Value summary(const client::Fleet::Counts& counts, std::size_t boards) {
  const auto number = [](std::uint64_t count) {
    return json::Value(static_cast<std::int64_t>(count));
  };
  return json::Value(json::Object{{"boards", number(boards)},
                                  {"connected", number(counts.connected)},
                                  {"sent", number(counts.published)},
                                  {"acknowledged", number(counts.acknowledged)},
                                  {"lost", number(counts.lost)},
                                  {"renewed", number(counts.renewed)},
                                  {"last_loss", json::Value(counts.last_loss)}});
}

Result<ExitStatus> simulate_on(const Session& session, const BoardServer& server,
                               const SimulateOptions& options, SimulatedBoards& boards) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  client::Fleet fleet(server.address, session.clock, telemetry::Log::discard());
  for (std::size_t i = 0; i < options.count; ++i) {
    if (signals.next()) return ExitStatus::partly_done;
    const std::string name = "sim-" + std::to_string(::getpid()) + "-" + std::to_string(i + 1);
    FASTNESS_ASSIGN_OR_RETURN(const auto identity, boards.make(name, options.profile));
    FASTNESS_ASSIGN_OR_RETURN(
        auto member,
        renewing_member(server, identity, {milliseconds(options.interval_ms), options.values},
                        static_cast<unsigned>(i + 1), session.clock));
    fleet.add(std::move(member));
  }
  const auto counts = run(fleet, options, session.clock, signals);
  session.print(summary(counts, options.count), {{"boards", "boards"},
                                                 {"connected", "connected"},
                                                 {"sent", "sent"},
                                                 {"acknowledged", "acknowledged"},
                                                 {"connections lost", "lost"},
                                                 {"certificates renewed", "renewed"},
                                                 {"because", "last_loss"}});
  const bool is_whole =
      counts.connected == options.count && counts.acknowledged == counts.published;
  return is_whole ? ExitStatus::success : ExitStatus::partly_done;
}

Result<ExitStatus> simulate(const Session& session, const SimulateOptions& options) {
  std::optional<client::Api> api;
  BoardServer server;
  if (options.data_directory.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(client::Api opened, session.api());
    api.emplace(std::move(opened));
    FASTNESS_ASSIGN_OR_RETURN(server, board_server(*api, options.mqtt));
  } else {
    FASTNESS_ASSIGN_OR_RETURN(LocalInstance local, open_local(options.data_directory));
    FASTNESS_ASSIGN_OR_RETURN(client::Api opened,
                              client::Api::open(local.credentials, session.clock));
    api.emplace(std::move(opened));
    server = std::move(local.boards);
  }
  SimulatedBoards boards(*api);
  auto status = simulate_on(session, server, options, boards);
  if (!options.keep) boards.take_away();
  return status;
}

}  // namespace

void add_simulate_command(CLI::App& app, Session& session, Action& action) {
  auto* command = app.add_subcommand(
      "simulate", "virtual boards: each makes a key, is enrolled and connects over mutual TLS");
  auto options =
      std::make_shared<SimulateOptions>();  // shared with the callback, which CLI11 copies
  command->add_option("boards", options->count, "how many")->check(CLI::Range(1, 10'000));
  command->add_option("--interval-ms", options->interval_ms, "between two values of a board")
      ->check(CLI::Range(10, 3'600'000));
  command->add_option("--seconds", options->seconds, "how long; until Ctrl-C if left out")
      ->check(CLI::PositiveNumber);
  command->add_option("--values", options->values, "how many each board sends, then it ends")
      ->check(CLI::PositiveNumber);
  command->add_option("--mqtt", options->mqtt, "where boards connect; port 8885 if left out")
      ->type_name("HOST:PORT");
  command
      ->add_option("--data-dir", options->data_directory,
                   "an instance on this machine, with the demo's API key")
      ->type_name("DIR");
  command
      ->add_option("--profile", options->profile,
                   "their certificates: standard, or board, which a distrusted key still lets in")
      ->check(CLI::IsMember({"standard", "board"}));
  command->add_flag("--keep", options->keep, "leave the devices and things on the server");
  set_examples(*command,
               {"fastness simulate 100 --seconds 60",
                "fastness simulate 5 --values 20 --interval-ms 100 --mqtt iot.lan:8885"},
               "Prints what was sent and what the server acknowledged, which it does once it is on "
               "disk. A board renews its certificate by itself when the server asks for it.");
  command->callback([&session, &action, options] {
    action = [&session, options] { return simulate(session, *options); };
  });
}

}  // namespace fastness::cli

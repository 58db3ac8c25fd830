// fastness drill ca-compromise: what happens when the device authority's key is stolen, shown on an
// instance that is there for nothing else.
#include <csignal>
#include <cstdio>
#include <functional>

#include <CLI/CLI.hpp>
#include <poll.h>

#include "../commands.h"
#include "../simulated_boards.h"
#include "thief.h"
#include "throwaway_instance.h"

namespace fastness::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct DrillOptions {
  std::size_t boards = 20;
};

// What was shown, line by line as it comes; as a document at the end.
class Report {
 public:
  explicit Report(const Session& session) : session_(session), begun_(session.clock.steady()) {}

  // Does one step and tells how it went. `act` says what was seen, or fails with what went wrong.
  Result<void> step(const std::string& what, const std::function<Result<std::string>()>& act) {
    const SteadyTime begun = session_.clock.steady();
    const auto seen = act();
    const double took = seconds_since(begun);
    const std::string& detail = seen ? *seen : seen.error().message;
    steps_.push_back(json::Value(json::Object{{"step", json::Value(what)},
                                              {"held", json::Value(seen.has_value())},
                                              {"detail", json::Value(detail)},
                                              {"seconds", json::Value(took)}}));
    if (session_.format == client::OutputFormat::table) {
      std::printf("  %s  %s (%.1f s)\n     %s\n", seen ? "ok" : "NO", what.c_str(), took,
                  detail.c_str());
      static_cast<void>(std::fflush(stdout));
    }
    if (!seen) return fail(seen.error().code, what + ": " + detail);
    return {};
  }

  void end(bool has_passed) const {
    if (session_.format == client::OutputFormat::table) {
      std::printf("\n%s in %.1f s.\n", has_passed ? "Passed" : "Failed", seconds_since(begun_));
      return;
    }
    session_.print(json::Value(json::Object{{"passed", json::Value(has_passed)},
                                            {"seconds", json::Value(seconds_since(begun_))},
                                            {"steps", json::Value(steps_)}}),
                   {{"passed", "passed"}, {"seconds", "seconds"}});
  }

 private:
  double seconds_since(SteadyTime begun) const {
    return std::chrono::duration<double>(session_.clock.steady() - begun).count();
  }

  const Session& session_;
  SteadyTime begun_;
  json::Array steps_;
};

// The story, one step after another, on an instance and a fleet of its own.
class CompromiseDrill {
 public:
  CompromiseDrill(const Session& session, const DrillOptions& options, ThrowawayInstance& instance,
                  client::Api& api)
      : clock_(session.clock),
        options_(options),
        instance_(instance),
        server_(instance.local().boards),
        api_(api),
        boards_(api),
        fleet_(server_.address, session.clock, telemetry::Log::discard()) {}

  Result<void> run(Report& report) {
    const std::string count = std::to_string(options_.boards);
    FASTNESS_RETURN_IF_ERROR(report.step(count + " boards are enrolled and connect",
                                         [this] { return connect_fleet(); }));
    FASTNESS_RETURN_IF_ERROR(report.step("A thief has the authority's key, and forges a board",
                                         [this] { return try_forgery(); }));
    FASTNESS_RETURN_IF_ERROR(report.step("The owner is told", [this] { return wait_for_alarm(); }));
    FASTNESS_RETURN_IF_ERROR(
        report.step("The owner rotates the authority", [this] { return rotate(); }));
    FASTNESS_RETURN_IF_ERROR(
        report.step("The thief tries again", [this] { return try_forgery(); }));
    FASTNESS_RETURN_IF_ERROR(report.step("A new board is enrolled by the new key",
                                         [this] { return enrol_by_new_key(); }));
    return report.step("The boards never noticed", [this] { return check_fleet(); });
  }

  void serve_boards() { fleet_.run_once(milliseconds(20)); }

 private:
  Result<std::string> connect_fleet() {
    for (std::size_t i = 0; i < options_.boards; ++i) {
      FASTNESS_ASSIGN_OR_RETURN(auto identity,
                                boards_.make("board-" + std::to_string(i + 1), "board"));
      FASTNESS_ASSIGN_OR_RETURN(auto member,
                                simulated_member(server_, identity, {milliseconds(100), 0},
                                                 static_cast<unsigned>(i + 1)));
      fleet_.add(std::move(member));
      if (victim_.empty()) victim_ = identity.device_id;
    }
    FASTNESS_RETURN_IF_ERROR(wait_until("not all boards connected", [this] {
      return fleet_.counts().connected == options_.boards && fleet_.counts().acknowledged > 0;
    }));
    // Whoever is refused below is so for its certificate alone: this one comes in the same way.
    FASTNESS_ASSIGN_OR_RETURN(const auto honest, boards_.make("honest", "board"));
    FASTNESS_ASSIGN_OR_RETURN(const auto refused, refusal_of(server_, honest, clock_));
    if (refused) return fail(Errc::unavailable, "an honest board was refused: " + *refused);
    return std::string("all publish, and the server acknowledges what it has on disk");
  }

  // By whichever certificate the key has; the signature is right before a rotation and after it.
  Result<std::string> try_forgery() {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value authority, api_.get("/api/v1/ca"));
    FASTNESS_ASSIGN_OR_RETURN(const json::Value oldest, first_generation(authority));
    FASTNESS_ASSIGN_OR_RETURN(auto certificate,
                              crypto::Certificate::parse_pem(text_in(oldest, "certificate_pem")));
    const Thief thief(instance_.authority_key(), std::move(certificate));
    FASTNESS_ASSIGN_OR_RETURN(const auto forged, thief.forge(victim_, clock_.now()));
    FASTNESS_ASSIGN_OR_RETURN(const auto refused, refusal_of(server_, forged, clock_));
    if (!refused) return fail(Errc::permission_denied, "the forged board was let in");
    return std::string("refused: the signature is right, and the ledger has no such certificate");
  }

  Result<std::string> wait_for_alarm() {
    std::string told;
    FASTNESS_RETURN_IF_ERROR(wait_until("nobody was told", [&] {
      const auto home = api_.get("/api/v1/home");
      const json::Value* list = home ? home->find("attention") : nullptr;
      const auto* entries = list != nullptr ? list->get<json::Array>() : nullptr;
      if (entries == nullptr) return false;
      for (const json::Value& each : *entries) {
        if (text_in(each, "kind") == "identity_forged") told = text_in(each, "title");
      }
      return !told.empty();
    }));
    return told;
  }

  Result<std::string> rotate() {
    FASTNESS_RETURN_IF_ERROR(instance_.order(
        {"ca", "rotate", "--emergency", "--cut-off", "never", "--reason", "a drill", "--yes"},
        [this] { serve_boards(); }));
    FASTNESS_ASSIGN_OR_RETURN(const json::Value authority, api_.get("/api/v1/ca"));
    FASTNESS_ASSIGN_OR_RETURN(const json::Value oldest, first_generation(authority));
    const std::string state = text_in(oldest, "state");
    if (state != "distrusted") return fail(Errc::unavailable, "the old key is still " + state);
    return std::string("one command: the old key is distrusted, a new one issues");
  }

  Result<std::string> enrol_by_new_key() {
    FASTNESS_ASSIGN_OR_RETURN(const auto identity, boards_.make("newcomer", "board"));
    FASTNESS_ASSIGN_OR_RETURN(const auto certificate,
                              crypto::Certificate::parse_pem(identity.certificate_pem));
    if (certificate.is_signed_by(instance_.authority_key().public_key())) {
      return fail(Errc::permission_denied, "the stolen key still signs");
    }
    FASTNESS_ASSIGN_OR_RETURN(const auto refused, refusal_of(server_, identity, clock_));
    if (refused) return fail(Errc::unavailable, "it was refused: " + *refused);
    return std::string("the stolen key is worth nothing any more");
  }

  Result<std::string> check_fleet() {
    constexpr std::uint64_t kMessagesOfEach = 20;
    const std::uint64_t before = fleet_.counts().acknowledged;
    FASTNESS_RETURN_IF_ERROR(wait_until("the boards publish no more", [&] {
      return fleet_.counts().acknowledged >= before + kMessagesOfEach * options_.boards;
    }));
    fleet_.rest();
    FASTNESS_RETURN_IF_ERROR(wait_until("not every message was acknowledged", [this] {
      return fleet_.counts().acknowledged == fleet_.counts().published;
    }));
    const auto counts = fleet_.counts();
    if (counts.lost != 0 || counts.connected != options_.boards) {
      return fail(Errc::unavailable,
                  std::to_string(counts.lost) + " connections were lost: " + counts.last_loss);
    }
    return std::to_string(counts.acknowledged) + " of " + std::to_string(counts.published) +
           " messages acknowledged, no connection lost, no board touched";
  }

  static Result<json::Value> first_generation(const json::Value& authority) {
    const json::Value* list = authority.find("generations");
    const auto* generations = list != nullptr ? list->get<json::Array>() : nullptr;
    if (generations == nullptr || generations->empty()) {
      return fail(Errc::corrupted, "the server named no generation");
    }
    return generations->front();
  }

  // Keeps the boards alive until it is so, for twenty seconds.
  Result<void> wait_until(const char* otherwise, const std::function<bool()>& is_so) {
    const SteadyTime end = clock_.steady() + seconds(20);
    while (!is_so()) {
      if (clock_.steady() > end) return fail(Errc::unavailable, otherwise);
      serve_boards();
    }
    return {};
  }

  const Clock& clock_;
  const DrillOptions& options_;
  ThrowawayInstance& instance_;
  const BoardServer& server_;
  client::Api& api_;
  SimulatedBoards boards_;
  client::Fleet fleet_;
  std::string victim_;  // whose name the thief takes
};

Result<ExitStatus> drill_compromise(const Session& session, const DrillOptions& options) {
  Report report(session);
  if (session.format == client::OutputFormat::table) {
    std::puts("A drill on an instance of its own; nothing here touches another.\n");
  }
  std::unique_ptr<ThrowawayInstance> instance;
  FASTNESS_RETURN_IF_ERROR(
      report.step("An instance is made for this drill", [&]() -> Result<std::string> {
        FASTNESS_ASSIGN_OR_RETURN(
            instance, ThrowawayInstance::start(session.clock, [] { ::poll(nullptr, 0, 20); }));
        return "in " + instance->directory().string() + ", which goes when it is over";
      }));
  FASTNESS_ASSIGN_OR_RETURN(client::Api api,
                            client::Api::open(instance->local().credentials, session.clock));
  CompromiseDrill drill(session, options, *instance, api);
  const auto outcome = drill.run(report);
  report.end(outcome.has_value());
  return outcome ? ExitStatus::success : ExitStatus::failure;
}

}  // namespace

void add_drill_command(CLI::App& app, Session& session, Action& action) {
  auto* drill = app.add_subcommand("drill", "rehearse a bad day");
  drill->require_subcommand(1);
  auto* command = drill->add_subcommand(
      "ca-compromise", "the device authority's key is stolen: forge, detect, rotate, report");
  auto options = std::make_shared<DrillOptions>();  // shared with the callback, which CLI11 copies
  command->add_option("--boards", options->boards, "how many are connected meanwhile; 20")
      ->check(CLI::Range(1, 200));
  set_examples(
      *command,
      {"fastness drill ca-compromise", "fastness drill ca-compromise --boards 100 -o json"},
      "Runs an instance of its own in a temporary directory, with keys of its own; it needs "
      "no login\nand touches no other instance. Exit status 1 if anything did not hold.");
  command->callback([&session, &action, options] {
    action = [&session, options] { return drill_compromise(session, *options); };
  });
}

}  // namespace fastness::cli

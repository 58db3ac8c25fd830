// fastness: an instance from the command line.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>

#include "commands.h"
#include "config/suggestion.h"

namespace fastness::cli {
namespace {

constexpr const char* kExamples = R"(
Examples:
  fastness login https://iot.lan:8443 --email me@example.org --ca server-anchors.pem
  fastness device create greenhouse --type mkrwifi1010
  fastness device enrol greenhouse --out greenhouse
  fastness publish Greenhouse pump on
  fastness watch Greenhouse
  fastness history export Greenhouse soil --from 2026-11-01T00:00:00Z > soil.csv

Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not permitted, 5 conflict,
6 unavailable, 7 done in part. Completions: fastness completion bash|zsh|fish.)";

std::filesystem::path credentials_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");  // NOLINT(concurrency-mt-unsafe)
  const char* home = std::getenv("HOME");               // NOLINT(concurrency-mt-unsafe)
  const std::filesystem::path base =
      config != nullptr && *config == '/'
          ? config
          : std::filesystem::path(home != nullptr ? home : "/") / ".config";
  return base / "fastness" / "credentials.json";
}

void add_format(CLI::App& app, Session& session) {
  using client::OutputFormat;
  const std::map<std::string, OutputFormat> formats{{"table", OutputFormat::table},
                                                    {"json", OutputFormat::json},
                                                    {"yaml", OutputFormat::yaml},
                                                    {"csv", OutputFormat::csv}};
  app.add_option("-o,--output", session.format, "table, json, yaml or csv")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->type_name("FORMAT");
}

void add_version_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("version", "print the version");
  set_examples(*command, {"fastness version"});
  command->callback([&action] {
    action = []() -> Result<ExitStatus> {
      std::puts("fastness " FASTNESS_VERSION);
      return ExitStatus::success;
    };
  });
}

int report_mistake(const CLI::App& app, const CLI::ParseError& error,
                   const std::vector<std::string>& words) {
  const std::string why = config::explain_unknown(app, words);
  std::fprintf(stderr, "fastness: %s\n", why.empty() ? error.what() : why.c_str());
  return static_cast<int>(ExitStatus::usage);
}

// What was printed must have arrived: on a full disk nothing is done.
int done(ExitStatus status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return static_cast<int>(status);
  std::fputs("fastness: standard output did not take everything; is the disk full?\n", stderr);
  return static_cast<int>(ExitStatus::failure);
}

int run(int argc, char** argv) {
  CLI::App app("Fastness: a self-hosted, secure IoT cloud, from the command line.", "fastness");
  app.footer(kExamples);
  app.set_version_flag("--version", "fastness " FASTNESS_VERSION);
  app.fallthrough();
  app.require_subcommand(1);
  Session session;
  session.credentials_file = credentials_file();
  Action action;
  add_format(app, session);
  add_login_commands(app, session, action);
  add_trust_commands(app, session, action);
  add_device_commands(app, session, action);
  add_ledger_commands(app, session, action);
  add_audit_commands(app, session, action);
  add_renew_command(app, session, action);
  add_claim_commands(app, session, action);
  add_thing_commands(app, session, action);
  add_property_commands(app, session, action);
  add_watch_command(app, session, action);
  add_mqtt_commands(app, session, action);
  add_bench_command(app, session, action);
  add_history_commands(app, session, action);
  add_simulate_command(app, session, action);
  add_demo_command(app, session, action);
  add_drill_command(app, session, action);
  add_key_commands(app, session, action);
  add_scan_command(app, session, action);
  add_host_command(app, session, action);
  add_authority_command(app, session, action);
  add_completion_command(app, session, action);
  add_reference_command(app, session, action);
  add_version_command(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    app.exit(asked);  // help, or the version
    return done(ExitStatus::success);
  } catch (const CLI::ParseError& error) {
    return report_mistake(app, error, {argv + 1, argv + argc});
  }
  const Result<ExitStatus> status = action();
  if (status) return done(*status);
  std::fprintf(stderr, "fastness: %s\n", status.error().message.c_str());
  return static_cast<int>(os::exit_status_for(status.error().code));
}

}  // namespace
}  // namespace fastness::cli

// What nobody catches is a mistake of ours, and ends it.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  return fastness::cli::run(argc, argv);
}

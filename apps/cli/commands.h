#pragma once

#include <initializer_list>
#include <string>

#include "session.h"

namespace CLI {
class App;
}

namespace fastness::cli {

// What `--help` shows last, and docs/cli.md. `note` is a sentence more, if there is one to say.
void set_examples(CLI::App& command, std::initializer_list<std::string> lines,
                  const std::string& note = "");

// docs/cli.md, of the commands that there are.
[[nodiscard]] std::string reference_markdown(const CLI::App& app);

// Each adds its commands to `app`. When one is chosen, `action` is set. `app`, `session` and
// `action` must outlive the parsing; `session` the action too.
void add_login_commands(CLI::App& app, Session& session, Action& action);
void add_trust_commands(CLI::App& app, Session& session, Action& action);
void add_device_commands(CLI::App& app, Session& session, Action& action);
// After the devices', to which it adds `proof`.
void add_ledger_commands(CLI::App& app, Session& session, Action& action);
void add_audit_commands(CLI::App& app, Session& session, Action& action);
// Of `audit`, the check-up.
void add_checks_command(CLI::App& noun, Session& session, Action& action);
// The same way, `renew`.
void add_renew_command(CLI::App& app, Session& session, Action& action);
void add_claim_commands(CLI::App& app, Session& session, Action& action);
void add_thing_commands(CLI::App& app, Session& session, Action& action);
void add_property_commands(CLI::App& app, Session& session, Action& action);
void add_watch_command(CLI::App& app, Session& session, Action& action);
void add_mqtt_commands(CLI::App& app, Session& session, Action& action);
void add_bench_command(CLI::App& app, Session& session, Action& action);
void add_history_commands(CLI::App& app, Session& session, Action& action);
void add_simulate_command(CLI::App& app, Session& session, Action& action);
void add_demo_command(CLI::App& app, Session& session, Action& action);
void add_drill_command(CLI::App& app, Session& session, Action& action);
void add_key_commands(CLI::App& app, Session& session, Action& action);
void add_scan_command(CLI::App& app, Session& session, Action& action);
void add_host_command(CLI::App& app, Session& session, Action& action);
void add_authority_command(CLI::App& app, Session& session, Action& action);
void add_completion_command(CLI::App& app, Session& session, Action& action);
void add_reference_command(CLI::App& app, Session& session, Action& action);

}  // namespace fastness::cli

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace fastness::supervisor {

enum class Action {
  run,
  check_config,
  print_config,
  print_reference,
  print_limits,
  print_setup_link,
  host_init,
  host_status,
  host_setup_link,
  host_reset_factors,
  host_restrict,
  switch_list,
  switch_off,
  switch_on,
  incident_open,
  incident_status,
  incident_note,
  incident_evidence,
  incident_affected,
  incident_notify,
  incident_report,
  incident_close,
  incident_publish,
  incident_withdraw,
  user_export,
  user_erase,
  account_list,
  account_suspend,
  account_resume,
  account_end_sessions,
  operator_add,
  operator_remove,
  operator_review,
  operator_end,
  operator_seal,
  order_list,
  order_guard,
  order_unguard,
  order_approve,
  order_signatures,
  vault_status,
  vault_migrate,
  kit_create,
  kit_rehearse,
  kit_show,
  backup_create,
  backup_verify,
  backup_list,
  backup_schedule,
  restore,
  host_ca_request,
  host_ca_sign,
  host_ca_accept,
  host_ca_switch,
  host_ca_export,
  host_ca_forget,
  ca_status,
  ca_rotate,
  ca_abort,
  ca_unlock,
  ca_distrust,
  ca_destroy,
};

enum class OutputForm { text, json };

// What `host init`, `status`, `setup-link`, `reset-factors` and `restrict` were told; each uses its
// part.
struct HostCommand {
  std::string organisation;
  std::string email;
  bool api_key = false;
  OutputForm form = OutputForm::text;
  std::string level = {};   // of a restriction
  std::string reason = {};  // for it
};

// What `host switch` was told; each verb uses its part.
struct SwitchCommand {
  std::string component;
  std::string reason;
  OutputForm form = OutputForm::text;
};

// What `host incident open` and the others were told; each uses its part. Times are as they were
// written: of RFC 3339, a day, or how long ago.
struct IncidentCommand {
  std::string reason;
  std::string by;
  std::string aware;
  std::string level;
  std::string text;  // of a note or a statement
  std::string file;  // with the statement or the letter; absolute
  std::string did;
  std::string directory;  // for the evidence; absolute
  std::string since;
  std::string until;
  std::string key;  // whose doings are looked for
  std::string user;
  std::string organisation;            // whose trail is read
  std::optional<std::int64_t> number;  // whose statement is published or taken back
  bool publishes = false;              // --publish, of a close
  bool is_all = false;                 // of a status: those that are closed, too
  bool is_everybody = false;           // of letters: not only those affected
  bool is_dry = false;                 // say how many, and write to nobody
  bool is_public = false;              // of a report: for everybody, not for the authority
  bool is_agreed = false;              // --yes
  OutputForm form = OutputForm::text;
};

// What `host user export` and `host user erase` were told; each uses its part.
struct UserCommand {
  std::string email;
  std::string file;        // absolute
  bool is_agreed = false;  // --yes
  OutputForm form = OutputForm::text;
};

// What `host account` was told; each verb uses its part.
struct AccountCommand {
  std::string email;
  std::string reason;
  OutputForm form = OutputForm::text;
};

// What `host vault status` and `host vault migrate` were told; each uses its part.
struct VaultCommand {
  bool changes_passphrase = false;
  bool is_agreed = false;  // --yes, to less protection
  std::optional<int> new_passphrase_descriptor;
  OutputForm form = OutputForm::text;
};

// What `host kit`, `host backup` and `host restore` were told; each uses its part. Paths are
// absolute.
struct RecoveryCommand {
  std::string kit;
  std::string backup;
  std::string directory;      // of a restore
  std::string split;          // "3/5": any three of five shares open the kit; empty: a passphrase
  bool is_by_shares = false;  // the kit is opened by shares
  bool is_scrubbed = false;   // of a restore: a copy for another environment
  bool makes_what_is_due = false;        // of the schedule
  std::optional<int> secret_descriptor;  // where what opens the kit is read from, if not typed
  OutputForm form = OutputForm::text;
};

// What `host operator` was told; each verb uses its part.
struct OperatorCommand {
  std::string email;
  std::string grant;
  bool is_agreed = false;  // --yes
  OutputForm form = OutputForm::text;
};

// What `host order` was told; each verb uses its part.
struct OrderCommand {
  std::string order;
  std::optional<int> codes_descriptor;  // where the sealed codes are read from, if not typed
  OutputForm form = OutputForm::text;
};

// What `host ca root-request` and the others were told; each uses its part.
struct RootCommand {
  std::string file;                // the request, the answer, or a sealed root
  std::string output;              // of sign-root
  std::vector<std::string> roots;  // sealed
  bool is_switch = false;          // what is asked for
  bool is_standby = false;         // which of the two is exported
  bool is_agreed = false;          // --yes
  std::optional<int> code_descriptor;
  OutputForm form = OutputForm::text;
};

// What `ca status`, `ca rotate` and the others were told; each uses its part.
struct AuthorityCommand {
  bool is_emergency = false;
  std::string reason;
  std::string cut_off;  // of boards, as it was written: days, a date, a time, or "never"
  std::optional<std::int64_t> soak_minutes;
  std::uint32_t generation = 0;
  std::size_t devices = 0;  // that are known to come in by a key that is to be destroyed
  bool is_agreed = false;   // --yes
  OutputForm form = OutputForm::text;
};

// What a person asked fastnessd for.
struct CommandLine {
  Action action = Action::run;
  std::optional<std::string> config_file;
  std::vector<std::string> assignments;  // of settings
  std::optional<int> passphrase_descriptor;
  std::optional<int> token_pin_descriptor;
  HostCommand host;
  SwitchCommand switches;
  IncidentCommand incident;
  UserCommand user;
  AccountCommand account;
  OperatorCommand staff;
  VaultCommand vault;
  RecoveryCommand recovery;
  RootCommand root;
  AuthorityCommand authority;
  OrderCommand order;
};

// What parsing came to if there is nothing to run: help or version asked for, or a mistake.
struct Said {
  std::string text;
  int exit_status;  // 0, or 2 for a mistake
};

// `arguments` as main gets them, the program's name first.
[[nodiscard]] Result<CommandLine, Said> parse_command_line(std::span<char* const> arguments);

}  // namespace fastness::supervisor

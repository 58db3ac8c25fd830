#include "supervisor/recovery/recovery_jobs.h"

#include "os/process.h"
#include "supervisor/supervisor.h"

namespace fastness::supervisor {
namespace {

// Where fastness-backup finds them.
constexpr int kPackedFile = 3;
constexpr int kPackerTicket = 4;

// Waits for a program to end. A signal that ends us ends it too: see os::Process.
Result<void> run_to_its_end(const os::Program& program, const std::string& name) {
  FASTNESS_ASSIGN_OR_RETURN(os::Process process, os::Process::spawn(program));
  const os::Ending ending = process.await_ending();
  if (ending.is_success()) return {};
  if (ending.exit_status == Supervisor::kVaultNeedsAPerson) {
    return fail(Errc::unauthenticated, "what was given does not open it; " + name + " says why");
  }
  return fail(Errc::unavailable, name + " ended with " + ending.to_text() + ", and says why");
}

}  // namespace

Result<void> RecoveryJobs::run_vault(const std::vector<Given>& given,
                                     const std::vector<std::string>& arguments) {
  os::Program program{options_.programs + "/fastness-vault", options_.vault_arguments, {}, {}};
  program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
  if (options_.as_json) program.arguments.emplace_back("--json");
  for (const Given& each : given) program.hand_over(each.option, each.descriptor);
  return run_to_its_end(program, "fastness-vault");
}

Result<void> RecoveryJobs::run_packer(const std::string& task, const os::Descriptor& file,
                                      const os::Descriptor& ticket) {
  return run_backup({options_.programs + "/fastness-backup",
                     {task, options_.hub_directory},
                     {},
                     {{file.number(), kPackedFile}, {ticket.number(), kPackerTicket}}},
                    options_.hub_user);
}

Result<void> RecoveryJobs::run_backup(os::Program program, const std::string& user) const {
  if (!user.empty()) program.arguments.insert(program.arguments.end(), {"--user", user});
  if (options_.as_json) program.arguments.emplace_back("--json");
  if (options_.may_lack_landlock) program.arguments.emplace_back("--without-landlock");
  return run_to_its_end(program, "fastness-backup");
}

Result<void> RecoveryJobs::make_kit(const os::Descriptor& file, const std::string& split) {
  std::vector<std::string> arguments;
  if (!split.empty()) arguments = {"--kit-split", split};
  return run_vault({{"--make-kit", file},
                    {"--passphrase", options_.passphrase},
                    {"--token-pin", options_.token_pin},
                    {"--kit-secret", options_.kit_secret}},
                   arguments);
}

Result<void> RecoveryJobs::rehearse_kit(const os::Descriptor& file) {
  std::vector<std::string> arguments;
  if (options_.kit_by_shares) arguments.emplace_back("--kit-by-shares");
  return run_vault({{"--rehearse-kit", file},
                    {"--passphrase", options_.passphrase},
                    {"--token-pin", options_.token_pin},
                    {"--kit-secret", options_.kit_secret}},
                   arguments);
}

Result<void> RecoveryJobs::show_kit(const os::Descriptor& file) {
  return run_vault({{"--show-kit", file}});
}

Result<void> RecoveryJobs::back_up(const os::Descriptor& file) {
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe ticket, os::Pipe::make());
  FASTNESS_RETURN_IF_ERROR(run_vault({{"--begin-backup", file},
                                      {"--ticket", ticket.write_end},
                                      {"--passphrase", options_.passphrase},
                                      {"--token-pin", options_.token_pin}}));
  ticket.write_end.close();
  return run_packer("pack", file, ticket.read_end);
}

Result<void> RecoveryJobs::back_up_copy(const os::Descriptor& file, const StagedCopy& copy) {
  FASTNESS_RETURN_IF_ERROR(copy.write_head(file));
  return run_packer("pack", file, copy.ticket());
}

Result<void> RecoveryJobs::verify(const os::Descriptor& backup, const os::Descriptor& kit) {
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe ticket, os::Pipe::make());
  std::vector<std::string> arguments;
  if (options_.kit_by_shares) arguments.emplace_back("--kit-by-shares");
  FASTNESS_RETURN_IF_ERROR(run_vault({{"--open-backup", backup},
                                      {"--ticket", ticket.write_end},
                                      {"--kit", kit},
                                      {"--passphrase", options_.passphrase},
                                      {"--kit-secret", options_.kit_secret}},
                                     arguments));
  ticket.write_end.close();
  return run_backup({options_.programs + "/fastness-backup",
                     {"verify"},
                     {},
                     {{backup.number(), kPackedFile}, {ticket.read_end.number(), kPackerTicket}}},
                    "");
}

Result<void> RecoveryJobs::verify_copy(const os::Descriptor& file, const StagedCopy& copy) {
  return run_backup(
      {options_.programs + "/fastness-backup",
       {"verify"},
       {},
       {{file.number(), kPackedFile}, {copy.second_ticket().number(), kPackerTicket}}},
      "");
}

Result<void> RecoveryJobs::unpack_copy(const os::Descriptor& file, const StagedCopy& copy,
                                       const std::string& directory) {
  return run_backup({options_.programs + "/fastness-backup",
                     {"test-restore", directory},
                     {},
                     {{file.number(), kPackedFile}, {copy.third_ticket().number(), kPackerTicket}}},
                    options_.hub_user);
}

Result<void> RecoveryJobs::list(const std::string& directory, std::int64_t months) {
  return run_backup({options_.programs + "/fastness-backup",
                     {"list", directory, "--months", std::to_string(months)},
                     {},
                     {}},
                    "");
}

Result<void> RecoveryJobs::restore(const os::Descriptor& kit, const os::Descriptor& backup) {
  return restore_by("--restore-kit", "unpack", kit, backup);
}

Result<void> RecoveryJobs::restore_scrubbed(const os::Descriptor& kit,
                                            const os::Descriptor& backup) {
  return restore_by("--scrub-kit", "scrub", kit, backup);
}

Result<void> RecoveryJobs::restore_by(const char* vault_task, const char* packer_task,
                                      const os::Descriptor& kit, const os::Descriptor& backup) {
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe ticket, os::Pipe::make());
  std::vector<std::string> arguments;
  if (options_.kit_by_shares) arguments.emplace_back("--kit-by-shares");
  // The vault leaves the file where its head ends.
  FASTNESS_RETURN_IF_ERROR(run_vault({{vault_task, kit},
                                      {"--backup", backup},
                                      {"--ticket", ticket.write_end},
                                      {"--passphrase", options_.passphrase},
                                      {"--token-pin", options_.token_pin},
                                      {"--kit-secret", options_.kit_secret}},
                                     arguments));
  ticket.write_end.close();
  return run_packer(packer_task, backup, ticket.read_end);
}

}  // namespace fastness::supervisor

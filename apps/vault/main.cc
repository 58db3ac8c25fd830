// fastness-vault: the keys of one instance, and the only process that may use them.
//
// The story of a start: harden, read what only now can be read, become nobody else's user, shut the
// sandbox and prove it shut, unseal the root key, then answer the hub, one connection at a time.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "arguments.h"
#include "base/minute_text.h"
#include "crypto/public_key/pem.h"
#include "crypto/secret/locked_secret.h"
#include "crypto/secret/system_random.h"
#include "host_tasks.h"
#include "hourly.h"
#include "kit_words.h"
#include "os/confinement/process_hardening.h"
#include "os/confinement/sandbox.h"
#include "os/exit_status.h"
#include "os/files/file_system.h"
#include "os/files/private_directory.h"
#include "os/seqpacket_socket.h"
#include "root_files.h"
#include "secrets.h"
#include "vault/vault.h"
#include "vault_ipc/server.h"

namespace fastness::vault_app {
namespace {

Result<std::optional<crypto::PrivateKey>> read_imported_key(
    const std::optional<std::filesystem::path>& path) {
  if (!path) return std::optional<crypto::PrivateKey>();
  std::ifstream file(*path);
  std::ostringstream text;
  text << file.rdbuf();
  FASTNESS_ASSIGN_OR_RETURN(Bytes der, crypto::from_pem(crypto::kPrivateKeyLabel, text.str()));
  FASTNESS_ASSIGN_OR_RETURN(auto key,
                            crypto::PrivateKey::from_pkcs8(crypto::SecretBytes::take(der)));
  return std::optional(std::move(key));
}

// Becomes the vault's own user, if root started it for one, and makes sure of its directory. A
// directory that exists is that user's already, for fastnessd gave it away.
Result<void> settle_in(const std::string& user_name, const std::filesystem::path& directory) {
  if (!user_name.empty() && os::is_root()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto user, os::find_user(user_name));
    if (!user) return fail(Errc::not_found, "no such user: " + user_name);
    if (!std::filesystem::exists(directory)) {
      FASTNESS_RETURN_IF_ERROR(os::make_private_directory(directory.string()));
      FASTNESS_RETURN_IF_ERROR(os::give_to(directory.string(), *user));
    }
    FASTNESS_RETURN_IF_ERROR(os::become(*user));
  }
  return os::make_private_directory(directory.string());
}

// Loads the token's module while libraries may still be loaded. It finds nothing of ours in its
// environment but what it was given.
Result<std::unique_ptr<vault::pkcs11::Module>> load_token_module(const Arguments& arguments) {
  if (arguments.token_module.empty()) return std::unique_ptr<vault::pkcs11::Module>();
  for (const std::string& variable : arguments.token_environment) {
    const std::size_t equals = variable.find('=');
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the vault has one thread
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  return vault::pkcs11::Module::load(arguments.token_module);
}

// Shuts the sandbox and proves it shut.
Result<void> confine(const Arguments& arguments, const telemetry::Log& log) {
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  if (!arguments.directory.empty()) policy.writable = {arguments.directory.string()};
  policy.writable.insert(policy.writable.end(), arguments.token_paths.begin(),
                         arguments.token_paths.end());
  policy.system_calls = os::SystemCalls::vault;
  if (arguments.may_lack_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_ASSIGN_OR_RETURN(const os::Confinement confinement, os::enter_sandbox(policy));
  const std::filesystem::path around =
      arguments.directory.empty() ? "/" : arguments.directory.parent_path();
  const std::string outside = confinement.landlock_abi == 0 ? "" : around.string();
  FASTNESS_RETURN_IF_ERROR(
      os::assert_confined({.path = outside, .inet_socket = true, .unix_socket = true}));
  log.info("confined", {{"landlock_abi", confinement.landlock_abi}});
  return {};
}

// A kit may come from anywhere and is looked at by itself: with no file in reach but what is open.
Result<void> show_kit_confined(const Arguments& arguments) {
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  policy.system_calls = os::SystemCalls::vault;
  if (arguments.may_lack_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_RETURN_IF_ERROR(os::enter_sandbox(policy));
  FASTNESS_RETURN_IF_ERROR(os::assert_confined({"", true, true}));
  return show_kit(arguments);
}

// Every hour, whoever asks or does not: a hub that asks for nothing must not keep old keys alive.
void keep_time(vault::Vault& vault, const telemetry::Log& log) {
  const auto done = vault.forget_old_backups();
  if (!done) {
    log.error("old_backups_not_forgotten", {{"error", done.error().message}});
    return;
  }
  if (done->forgotten > 0) log.info("old_backups_forgotten", {{"months", done->forgotten}});
  if (!done->believed) return;
  log.warning("clock_not_believed_yet",
              {{"last_believed", minute_text(*done->believed)},
               {"so", "no key of a backup is destroyed until the vault has run a week with it"}});
}

// Verifying a backup beside a vault that is at work: what opens is read, nothing is written, and no
// request of the hub leads to the key of an old backup.
Result<void> open_backup_confined(const Arguments& arguments) {
  if (!crypto::lock_private_keys()) std::cerr << "fastness-vault: memory is not locked\n";
  os::PosixFileSystem files;
  FASTNESS_ASSIGN_OR_RETURN(const Secrets secrets, read_secrets(arguments, files));
  if (!arguments.user.empty() && os::is_root()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto user, os::find_user(arguments.user));
    if (!user) return fail(Errc::not_found, "no such user: " + arguments.user);
    FASTNESS_RETURN_IF_ERROR(os::become(*user));
  }
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  if (!arguments.kit) policy.readable.push_back(arguments.directory.string());
  policy.system_calls = os::SystemCalls::vault;
  if (arguments.may_lack_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_RETURN_IF_ERROR(os::enter_sandbox(policy));
  FASTNESS_RETURN_IF_ERROR(os::assert_confined({"", true, true}));
  crypto::SystemRandom random;
  return open_backup(arguments, files, random, secrets);
}

// Why the vault has nothing more to do.
enum class Outcome {
  done,
  hub_is_not_itself,  // as it has shown three times in a minute
};

// Serves the connections that fastnessd hands over, one after the other, until it hands no more or
// the hub is found out.
Result<Outcome> serve(vault::Vault& vault, const Arguments& arguments, const Clock& clock,
                      const telemetry::Log& log) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto connections,
      os::SeqpacketSocket::adopt(os::Descriptor(arguments.connections.value_or(-1))));
  vault_ipc::Server server(vault, clock, [&](std::string_view what) {
    log.error("violation", {{"what", what}});
    if (!vault.record_violation(what)) log.error("violation_not_recorded");
  });
  Hourly hourly(clock, [&] { keep_time(vault, log); });
  log.info("serving");
  while (true) {
    hourly.await(connections);
    auto received = connections.receive();
    if (!received) return Outcome::done;  // fastnessd stops
    os::Message message = std::move(received).value();
    if (message.descriptors.size() != 1) {
      return fail(Errc::invalid_argument, "a message without a connection");
    }
    FASTNESS_ASSIGN_OR_RETURN(auto socket,
                              os::SeqpacketSocket::adopt(std::move(message.descriptors[0])));
    HourlyChannel channel(vault_ipc::channel_over(std::move(socket)), hourly);
    if (server.serve(channel) == vault_ipc::Server::End::too_many) {
      return Outcome::hub_is_not_itself;
    }
  }
}

Result<void> export_root(vault::Vault& vault, vault::RootRole role, std::ofstream& output) {
  vault::ServerAuthority& authority = vault.server_authority();
  FASTNESS_ASSIGN_OR_RETURN(const auto taken, role == vault::RootRole::active
                                                  ? authority.export_active()
                                                  : authority.export_standby());
  return write_sealed_root(taken, role, output);
}

// Without a vault: the roots are in files, and so is what is asked of them.
Result<void> sign(const Arguments& arguments, const telemetry::Log& log) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  if (!crypto::lock_private_keys()) log.warning("memory_not_locked");
  FASTNESS_ASSIGN_OR_RETURN(const RootFiles files, read_root_files(arguments));
  FASTNESS_ASSIGN_OR_RETURN(std::ofstream output, open_to_write(arguments.output.value_or("")));
  FASTNESS_RETURN_IF_ERROR(confine(arguments, log));
  const SystemClock clock;
  crypto::SystemRandom random;
  return sign_with_files(files, arguments, output, clock, random);
}

// A vault that is to be there must not come into being by a slip in a path.
Result<void> check_that_it_exists(const Arguments& arguments, os::FileSystem& files) {
  const bool may_be_new = arguments.task == Task::serve || arguments.task == Task::initialise ||
                          arguments.task == Task::restore || arguments.task == Task::scrub;
  if (may_be_new) return {};
  FASTNESS_ASSIGN_OR_RETURN(const bool exists, vault::RootKey::exists(files, arguments.directory));
  if (exists) return {};
  return fail(Errc::not_found, "there is no vault in " + arguments.directory.string());
}

// Only who starts an instance knows its settings. Another command may have been given none, and
// takes it for what it is.
std::optional<Environment> environment_said(const Arguments& arguments) {
  const bool starts = arguments.task == Task::serve || arguments.task == Task::restore ||
                      arguments.task == Task::scrub;
  return starts ? std::optional(arguments.environment) : std::nullopt;
}

Result<void> act_for_a_person(vault::Vault& vault, const Arguments& arguments,
                              std::optional<crypto::SecretBytes> kit_secret,
                              const RootFiles& root_files, std::ofstream& output) {
  switch (arguments.task) {
    case Task::export_standby_root:
      return export_root(vault, vault::RootRole::standby, output);
    case Task::export_active_root:
      return export_root(vault, vault::RootRole::active, output);
    case Task::forget_standby_root:
      return vault.server_authority().forget_standby();
    case Task::forget_root:
      return forget_root(vault, root_files);
    case Task::make_kit:
      return make_kit(vault, arguments, std::move(kit_secret));
    case Task::rehearse_kit:
      return rehearse_kit(vault, arguments, *kit_secret);
    case Task::begin_backup:
      return begin_backup(vault, arguments);
    case Task::request_root:
      return request_root(vault, arguments);
    case Task::accept_root:
      return accept_root(vault, root_files);
    case Task::scrub:  // opening it made all of its keys
      return write_scrub_ticket(vault, arguments, *kit_secret);
    case Task::restore:  // opening it made the new generation
      tell_what_is_missing(vault, arguments);
      return {};
    case Task::initialise:
    case Task::migrate:  // which opens it itself
    case Task::show_kit:
    case Task::open_backup:
    case Task::sign_root:  // which have no vault
    case Task::serve:      // which is for nobody here
      return {};
  }
  return {};
}

Result<Outcome> run(const Arguments& arguments, const telemetry::Log& log) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  if (arguments.task == Task::show_kit) {
    FASTNESS_RETURN_IF_ERROR(show_kit_confined(arguments));
    return Outcome::done;
  }
  if (arguments.task == Task::open_backup) {
    FASTNESS_RETURN_IF_ERROR(open_backup_confined(arguments));
    return Outcome::done;
  }
  if (!crypto::lock_private_keys()) log.warning("memory_not_locked");
  os::PosixFileSystem files;
  FASTNESS_ASSIGN_OR_RETURN(Secrets secrets, read_secrets(arguments, files));
  FASTNESS_ASSIGN_OR_RETURN(auto imported, read_imported_key(arguments.imported_device_authority));
  FASTNESS_ASSIGN_OR_RETURN(const RootFiles root_files, read_root_files(arguments));
  std::ofstream output;  // opened while files outside may still be
  if (arguments.output) {
    FASTNESS_ASSIGN_OR_RETURN(output, open_to_write(*arguments.output));
  }
  FASTNESS_RETURN_IF_ERROR(settle_in(arguments.user, arguments.directory));
  FASTNESS_ASSIGN_OR_RETURN(const auto lock, os::DirectoryLock::take(arguments.directory.string()));
  FASTNESS_RETURN_IF_ERROR(check_that_it_exists(arguments, files));
  FASTNESS_ASSIGN_OR_RETURN(const auto module, load_token_module(arguments));
  FASTNESS_RETURN_IF_ERROR(confine(arguments, log));

  std::optional<vault::TokenChoice> token;
  if (module) token = {module.get(), arguments.token_label, std::move(secrets.pin)};
  const SystemClock clock;
  crypto::SystemRandom random;
  if (arguments.task == Task::restore) {
    FASTNESS_RETURN_IF_ERROR(restore({files, arguments.directory, clock, random, secrets.passphrase,
                                      std::move(token), arguments.environment},
                                     arguments, *secrets.kit));
    // Its PIN is kept by now.
    token = std::nullopt;
    if (module) token = {module.get(), arguments.token_label};
  }
  vault::Vault::Options options{.files = files,
                                .directory = arguments.directory,
                                .clock = clock,
                                .random = random,
                                .passphrase = std::move(secrets.passphrase),
                                .imported_device_authority = std::move(imported),
                                .token = std::move(token),
                                .backup_months = arguments.backup_months,
                                .environment = environment_said(arguments)};
  if (arguments.task == Task::migrate) {
    FASTNESS_RETURN_IF_ERROR(migrate_vault(std::move(options), std::move(secrets.migration)));
    return Outcome::done;
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto vault, vault::Vault::open(std::move(options)));
  if (arguments.task == Task::serve) return serve(*vault, arguments, clock, log);
  FASTNESS_RETURN_IF_ERROR(
      act_for_a_person(*vault, arguments, std::move(secrets.kit), root_files, output));
  return Outcome::done;
}

// What fastnessd learns from how this ended; see README.md. For a person it is in words.
int exit_status(const Error& error, Task task, const telemetry::Log& log) {
  if (is_for_a_person(task)) {
    std::cerr << "fastness: " << error.message << "\n";
    return static_cast<int>(os::exit_status_for(error.code));
  }
  log.error("ended", {{"why", error.message}});
  // A wrong passphrase will not get better by starting again: fastnessd asks the person.
  constexpr int kNeedsAPerson = 3;
  return error.code == Errc::unauthenticated ? kNeedsAPerson : EXIT_FAILURE;
}

int act(const Arguments& arguments, const telemetry::Log& log) {
  if (arguments.task == Task::sign_root) {
    const auto signed_by_files = sign(arguments, log);
    return signed_by_files ? EXIT_SUCCESS
                           : exit_status(signed_by_files.error(), arguments.task, log);
  }
  const auto ended = run(arguments, log);
  if (!ended) return exit_status(ended.error(), arguments.task, log);
  if (*ended == Outcome::done) return EXIT_SUCCESS;
  log.error("ended", {{"why", "the hub is not the program it should be"}});
  constexpr int kAccusesHub = 4;
  return kAccusesHub;
}

}  // namespace
}  // namespace fastness::vault_app

// What nobody catches is a mistake of ours, and ends it.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  using fastness::telemetry::Log;
  const auto arguments =
      fastness::vault_app::parse_arguments(std::vector<std::string>(argv + 1, argv + argc));
  if (!arguments) {
    std::cerr << "fastness-vault: " << arguments.error().message << "\n\n"
              << fastness::vault_app::kUsage;
    return 2;
  }
  const Log log = Log::to_stderr(arguments->log_format, arguments->log_level, "vault");
  return fastness::vault_app::act(*arguments, log);
}

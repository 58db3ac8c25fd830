// fastness-vault: the keys of one instance, and the only process that may use them.
//
// The story of a start: harden, read what only now can be read, become nobody else's user, shut the
// sandbox and prove it shut, unseal the root key, then answer the hub, one connection at a time.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "arguments.h"
#include "crypto/public_key/pem.h"
#include "crypto/secret/locked_secret.h"
#include "crypto/secret/system_random.h"
#include "os/confinement/process_hardening.h"
#include "os/confinement/sandbox.h"
#include "os/files/file_system.h"
#include "os/files/private_directory.h"
#include "os/seqpacket_socket.h"
#include "vault/passphrase.h"
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

// Shuts the sandbox and proves it shut.
Result<void> confine(const Arguments& arguments, const telemetry::Log& log) {
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  policy.writable = {arguments.directory.string()};
  policy.system_calls = os::SystemCalls::vault;
  if (arguments.may_lack_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_ASSIGN_OR_RETURN(const os::Confinement confinement, os::enter_sandbox(policy));
  const std::string outside =
      confinement.landlock_abi == 0 ? "" : arguments.directory.parent_path().string();
  FASTNESS_RETURN_IF_ERROR(
      os::assert_confined({.path = outside, .inet_socket = true, .unix_socket = true}));
  log.info("confined", {{"landlock_abi", confinement.landlock_abi}});
  return {};
}

// Serves the connections that fastnessd hands over, one after the other, until it hands no more or
// the hub has shown three times in a minute that it is not itself.
Result<void> serve(vault::Vault& vault, const Arguments& arguments, const Clock& clock,
                   const telemetry::Log& log) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto connections,
      os::SeqpacketSocket::adopt(os::Descriptor(arguments.connections.value_or(-1))));
  vault_ipc::Server server(vault, clock, [&](std::string_view what) {
    log.error("violation", {{"what", what}});
    if (!vault.record_violation(what)) log.error("violation_not_recorded");
  });
  log.info("serving");
  while (true) {
    auto received = connections.receive();
    if (!received) return {};  // fastnessd stops
    os::Message message = std::move(received).value();
    if (message.descriptors.size() != 1) {
      return fail(Errc::invalid_argument, "a message without a connection");
    }
    FASTNESS_ASSIGN_OR_RETURN(auto socket,
                              os::SeqpacketSocket::adopt(std::move(message.descriptors[0])));
    const auto channel = vault_ipc::channel_over(std::move(socket));
    if (server.serve(*channel) == vault_ipc::Server::End::too_many) {
      return fail(Errc::permission_denied, "the hub is not the program it should be");
    }
  }
}

Result<void> export_standby_root(vault::Vault& vault, std::ofstream& output) {
  FASTNESS_ASSIGN_OR_RETURN(const auto taken, vault.server_authority().export_standby());
  output << crypto::to_pem("FASTNESS SEALED STANDBY ROOT", taken.sealed)
         << crypto::to_pem(crypto::kCertificateLabel, taken.certificate);
  output.close();
  if (!output) return fail(Errc::unavailable, "the file could not be written");
  std::cout << "This code opens the file. Write it down and keep the two apart:\n\n  " << taken.code
            << "\n\nThen run this again with --forget-standby-root.\n";
  return {};
}

Result<void> run(const Arguments& arguments, const telemetry::Log& log) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  if (!crypto::lock_private_keys()) log.warning("memory_not_locked");
  os::PosixFileSystem files;
  FASTNESS_ASSIGN_OR_RETURN(
      auto passphrase, vault::read_passphrase(arguments.passphrase, files, arguments.directory));
  FASTNESS_ASSIGN_OR_RETURN(auto imported, read_imported_key(arguments.imported_device_authority));
  std::ofstream output;  // opened while files outside may still be
  if (arguments.output) output.open(*arguments.output);
  FASTNESS_RETURN_IF_ERROR(settle_in(arguments.user, arguments.directory));
  FASTNESS_ASSIGN_OR_RETURN(const auto lock, os::DirectoryLock::take(arguments.directory.string()));
  FASTNESS_RETURN_IF_ERROR(confine(arguments, log));

  const SystemClock clock;
  crypto::SystemRandom random;
  FASTNESS_ASSIGN_OR_RETURN(const auto vault,
                            vault::Vault::open({.files = files,
                                                .directory = arguments.directory,
                                                .clock = clock,
                                                .random = random,
                                                .passphrase = std::move(passphrase),
                                                .imported_device_authority = std::move(imported)}));
  switch (arguments.task) {
    case Task::serve:
      return serve(*vault, arguments, clock, log);
    case Task::initialise:
      return {};
    case Task::export_standby_root:
      return export_standby_root(*vault, output);
    case Task::forget_standby_root:
      return vault->server_authority().forget_standby();
  }
  return {};
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
  const auto ended = fastness::vault_app::run(*arguments, log);
  if (ended) return EXIT_SUCCESS;
  log.error("ended", {{"why", ended.error().message}});
  // A wrong passphrase will not get better by starting again: fastnessd asks the person.
  return ended.error().code == fastness::Errc::unauthenticated ? 3 : EXIT_FAILURE;
}

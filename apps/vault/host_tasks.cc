#include "host_tasks.h"

#include <algorithm>
#include <iostream>

#include "kit_words.h"
#include "os/files/transfer.h"

namespace fastness::vault_app {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;

Result<Bytes> read_all(int descriptor, std::size_t limit) {
  Bytes all;
  while (all.size() <= limit) {
    const std::size_t size = all.size();
    all.resize(size + kPiece);
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t got,
                              os::read_up_to(descriptor, std::span(all).subspan(size)));
    all.resize(size + got);
    if (got < kPiece) return all;
  }
  return fail(Errc::invalid_argument, "the file is too large to be a recovery kit");
}

Result<vault::SealedKit> read_kit(const Arguments& arguments) {
  FASTNESS_ASSIGN_OR_RETURN(Bytes file, read_all(arguments.kit.value_or(-1), vault::kMaxKitFile));
  return vault::SealedKit::parse(std::move(file));
}

Result<void> write_ticket(const Arguments& arguments, const vault::BackupTicket& ticket) {
  crypto::SecretBytes encoded(vault::BackupTicket::kEncodedSize);
  const auto out = encoded.reveal();
  std::ranges::copy(ticket.key.reveal(), out.begin());
  std::ranges::copy(ticket.head, out.begin() + static_cast<std::ptrdiff_t>(ticket.key.size()));
  return os::write_all(arguments.ticket.value_or(-1), encoded.reveal());
}

Result<vault::BackupHead> read_head(const Arguments& arguments) {
  return vault::read_backup_head([&](std::span<std::uint8_t> out) -> Result<void> {
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t got,
                              os::read_up_to(arguments.backup.value_or(-1), out));
    if (got == out.size()) return {};
    return fail(Errc::invalid_argument, "the backup is cut off");
  });
}

Result<vault::KitContents> open_kit(const vault::SealedKit& kit, const crypto::SecretBytes& given) {
  FASTNESS_ASSIGN_OR_RETURN(const auto secret, vault::secret_of_kit(kit.header(), given));
  return kit.open(secret);
}

Result<vault::BackupTicket> ticket_by_kit(const Arguments& arguments,
                                          const crypto::SecretBytes& given,
                                          const vault::BackupHead& head) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  if (kit.header().instance != head.instance) {
    return fail(Errc::permission_denied, "the kit and the backup are of two instances");
  }
  FASTNESS_ASSIGN_OR_RETURN(const vault::KitContents contents, open_kit(kit, given));
  FASTNESS_ASSIGN_OR_RETURN(vault::OpenedBackup opened, vault::open_backup(contents.ring, head));
  return std::move(opened.ticket);
}

}  // namespace

Result<void> open_backup(const Arguments& arguments, os::FileSystem& files, Random& random,
                         const Secrets& secrets) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::BackupHead head, read_head(arguments));
  FASTNESS_ASSIGN_OR_RETURN(const vault::BackupTicket ticket,
                            arguments.kit
                                ? ticket_by_kit(arguments, *secrets.kit, head)
                                : vault::read_backup_ticket(files, arguments.directory,
                                                            secrets.passphrase, random, head));
  return write_ticket(arguments, ticket);
}

Result<void> show_kit(const Arguments& arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  std::cout << (arguments.as_json ? kit_as_json(kit.header(), {}) : kit_as_text(kit.header()));
  return {};
}

Result<void> make_kit(vault::Vault& vault, const Arguments& arguments,
                      std::optional<crypto::SecretBytes> passphrase) {
  vault::KitProtection protection = arguments.kit_split;
  if (passphrase) protection = std::move(*passphrase);
  vault::Recovery recovery = vault.recovery();
  FASTNESS_ASSIGN_OR_RETURN(const auto made, recovery.make_kit(protection));
  const int file = arguments.kit.value_or(-1);
  FASTNESS_RETURN_IF_ERROR(os::write_all(file, made.file));
  FASTNESS_RETURN_IF_ERROR(os::sync(file));
  FASTNESS_RETURN_IF_ERROR(recovery.record(made.header));
  if (arguments.as_json) {
    std::cout << kit_as_json(made.header, made.shares);
    return {};
  }
  std::cout << kit_as_text(made.header);
  if (!made.shares.empty()) {
    std::cout << "\nGive each share to another person. They are shown this once:\n\n";
    for (const std::string& share : made.shares) std::cout << "  " << share << "\n";
  }
  std::cout << "\nKeep the kit where neither this machine nor its backups are. Then try it, before "
               "it is\nneeded: fastness host kit rehearse FILE\n";
  return {};
}

Result<void> rehearse_kit(vault::Vault& vault, const Arguments& arguments,
                          const crypto::SecretBytes& given) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  FASTNESS_ASSIGN_OR_RETURN(const auto done, vault.recovery().rehearse(kit, given));
  if (arguments.as_json) {
    std::cout << rehearsal_as_json(done);
    return {};
  }
  std::cout << "The kit opens, and all that is in it is the vault's.\n";
  if (done.missing_owners > 0) {
    std::cout << "It lacks the keys of "
              << count_of(done.missing_owners, "organisation or person", "organisations and people")
              << " that came after it: make a new one, or their data is lost with the host.\n";
  }
  if (done.server_root == vault::ServerRootPlace::in_token) {
    std::cout << "The server root is in the token: a new host needs that token too.\n";
  } else if (done.server_root == vault::ServerRootPlace::elsewhere) {
    std::cout << "The server root lies elsewhere: a new host serves nothing before it has signed. "
                 "Know where its\nfile and its code are.\n";
  }
  return {};
}

Result<void> migrate_vault(vault::Vault::Options options, vault::MigrationSecrets secrets) {
  const std::filesystem::path directory = options.directory;
  FASTNESS_ASSIGN_OR_RETURN(const auto report,
                            vault::migrate(std::move(options), std::move(secrets)));
  std::cout << report.to_text(directory) << std::flush;
  return {};
}

Result<void> begin_backup(vault::Vault& vault, const Arguments& arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const auto begun, vault.recovery().begin_backup());
  FASTNESS_RETURN_IF_ERROR(os::write_all(arguments.backup.value_or(-1), begun.head));
  return write_ticket(arguments, begun.ticket);
}

void tell_what_is_missing(vault::Vault& vault, const Arguments& arguments) {
  if (vault.server_authority().has_issuer()) return;
  std::ostream& out = arguments.as_json ? std::cerr : std::cout;
  out << "The server's root lies elsewhere, and has to sign once before this host can serve. "
         "Before you start the\ninstance:\n"
         "  fastness host ca root-request request.pem\n"
         "which says how to go on. If that root was lost with the host, add --switch: the "
         "standby root takes its\nplace. Once the instance runs, make a new kit.\n";
}

Result<void> restore(vault::Restore into, const Arguments& arguments,
                     const crypto::SecretBytes& given) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  FASTNESS_ASSIGN_OR_RETURN(const vault::BackupHead head, read_head(arguments));
  FASTNESS_ASSIGN_OR_RETURN(vault::KitContents contents, open_kit(kit, given));
  FASTNESS_ASSIGN_OR_RETURN(
      const vault::BackupTicket ticket,
      vault::restore_vault(std::move(into), kit.header(), std::move(contents), head));
  return write_ticket(arguments, ticket);
}

Result<void> write_scrub_ticket(vault::Vault& vault, const Arguments& arguments,
                                const crypto::SecretBytes& given) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  FASTNESS_ASSIGN_OR_RETURN(const vault::BackupHead head, read_head(arguments));
  FASTNESS_ASSIGN_OR_RETURN(const vault::KitContents contents, open_kit(kit, given));
  FASTNESS_ASSIGN_OR_RETURN(
      const vault::ScrubKeys keys,
      vault::open_for_scrub(kit.header(), contents, head, arguments.environment));
  FASTNESS_ASSIGN_OR_RETURN(const auto own, vault.answer(vault_ipc::TakeStartKeys{}));
  FASTNESS_RETURN_IF_ERROR(write_ticket(arguments, keys.ticket));
  FASTNESS_RETURN_IF_ERROR(os::write_all(arguments.ticket.value_or(-1), keys.database.reveal()));
  return os::write_all(arguments.ticket.value_or(-1), own.database.reveal());
}

}  // namespace fastness::vault_app

#include "host_tasks.h"

#include <array>
#include <ctime>
#include <iostream>

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

// The day and the minute, UTC.
std::string time_text(Timestamp time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  std::array<char, 32> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "at no time that we can write";
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return {text.data(), size};
}

std::string count_of(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string opening_text(const vault::KitHeader& header) {
  const auto* shares = std::get_if<vault::ByShares>(&header.opening);
  if (shares == nullptr) return "its passphrase";
  return "any " + std::to_string(shares->needed) + " of its " +
         std::to_string(shares->digests.size()) + " shares";
}

const char* root_text(vault::ServerRootPlace place) {
  switch (place) {
    case vault::ServerRootPlace::in_kit:
      return "the server root that boards trust;";
    case vault::ServerRootPlace::elsewhere:
      return "no server root: it lies elsewhere, and signs for a new host when it is asked;";
    case vault::ServerRootPlace::in_token:
      break;
  }
  return "no server root: the token keeps it;";
}

void print_kit(const vault::KitHeader& header) {
  std::cout << "Recovery kit     " << header.id.to_text() << "\n"
            << "of the instance  " << header.instance.to_text() << "\n"
            << "made             " << time_text(header.created_at) << "\n"
            << "opens with       " << opening_text(header) << "\n"
            << "holds            the keys of the data, of "
            << count_of(header.owners, "organisation or person", "organisations and people")
            << ", and of backups;\n                 " << root_text(header.server_root)
            << "\n                 what is public of "
            << count_of(header.generations, "generation", "generations") << " and "
            << count_of(header.certificates, "device certificate", "device certificates")
            << "\nholds not        any key that signs for devices: a new host makes its own\n";
}

Result<void> write_ticket(const Arguments& arguments, const vault::BackupTicket& ticket) {
  crypto::SecretBytes encoded(vault::BackupTicket::kEncodedSize);
  const auto out = encoded.reveal();
  std::ranges::copy(ticket.key.reveal(), out.begin());
  std::ranges::copy(ticket.head, out.begin() + static_cast<std::ptrdiff_t>(ticket.key.size()));
  return os::write_all(arguments.ticket.value_or(-1), encoded.reveal());
}

}  // namespace

Result<void> show_kit(const Arguments& arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  print_kit(kit.header());
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
  print_kit(made.header);
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

void tell_what_is_missing(vault::Vault& vault) {
  if (vault.server_authority().has_issuer()) return;
  std::cout << "The server's root lies elsewhere, and has to sign once before this host can serve. "
               "Before you start the\ninstance:\n"
               "  fastness host ca root-request request.pem\n"
               "which says how to go on. If that root was lost with the host, add --switch: the "
               "standby root takes its\nplace. Once the instance runs, make a new kit.\n";
}

Result<void> restore(vault::Restore into, const Arguments& arguments,
                     const crypto::SecretBytes& given) {
  FASTNESS_ASSIGN_OR_RETURN(const vault::SealedKit kit, read_kit(arguments));
  FASTNESS_ASSIGN_OR_RETURN(
      const vault::BackupHead head,
      vault::read_backup_head([&](std::span<std::uint8_t> out) -> Result<void> {
        FASTNESS_ASSIGN_OR_RETURN(const std::size_t got,
                                  os::read_up_to(arguments.backup.value_or(-1), out));
        if (got == out.size()) return {};
        return fail(Errc::invalid_argument, "the backup is cut off");
      }));
  FASTNESS_ASSIGN_OR_RETURN(const auto secret, vault::secret_of_kit(kit.header(), given));
  FASTNESS_ASSIGN_OR_RETURN(vault::KitContents contents, kit.open(secret));
  FASTNESS_ASSIGN_OR_RETURN(
      const vault::BackupTicket ticket,
      vault::restore_vault(std::move(into), kit.header(), std::move(contents), head));
  return write_ticket(arguments, ticket);
}

}  // namespace fastness::vault_app

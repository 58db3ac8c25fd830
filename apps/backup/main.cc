// fastness-backup: the files of an instance's hub into one sealed file, and back.
//
// fastnessd starts it while the instance is stopped, or on the copy that a running one made of its
// files, with the file and the vault's ticket as open descriptors. It is nobody's child for long: it packs or unpacks, says how much, and ends.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "backup/archive.h"
#include "os/confinement/process_hardening.h"
#include "os/confinement/sandbox.h"
#include "os/files/private_directory.h"

namespace fastness::backup_app {
namespace {

// Where fastnessd leaves them.
constexpr int kFile = 3;
constexpr int kTicket = 4;

constexpr const char* kUsage =
    R"(fastness-backup packs an instance's files. fastnessd starts it; these are its arguments:

  pack|unpack DIR         which way, and the directory
  --user NAME             user to become, if started by root
  --without-landlock      go on where the kernel has no Landlock
)";

struct Arguments {
  bool unpacks = false;
  std::filesystem::path directory;
  std::string user;
  bool may_lack_landlock = false;
};

std::optional<Arguments> parse(std::span<char*> words) {
  Arguments arguments;
  if (words.size() < 3) return std::nullopt;
  const std::string task = words[1];
  if (task != "pack" && task != "unpack") return std::nullopt;
  arguments.unpacks = task == "unpack";
  arguments.directory = std::filesystem::absolute(words[2]).lexically_normal();
  for (std::size_t i = 3; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--without-landlock") {
      arguments.may_lack_landlock = true;
    } else if (word == "--user" && i + 1 < words.size()) {
      arguments.user = words[++i];
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

// Shuts the sandbox and proves it shut: the directory and what is open, and no network.
Result<void> confine(const Arguments& arguments) {
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  policy.writable = {arguments.directory.string()};
  policy.system_calls = os::SystemCalls::vault;
  if (arguments.may_lack_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_ASSIGN_OR_RETURN(const os::Confinement confinement, os::enter_sandbox(policy));
  const std::string outside =
      confinement.landlock_abi == 0 ? "" : arguments.directory.parent_path().string();
  return os::assert_confined({.path = outside, .inet_socket = true, .unix_socket = true});
}

Result<void> run(const Arguments& arguments) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  if (!arguments.user.empty() && os::is_root()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto user, os::find_user(arguments.user));
    if (!user) return fail(Errc::not_found, "no such user: " + arguments.user);
    FASTNESS_RETURN_IF_ERROR(os::become(*user));
  }
  FASTNESS_RETURN_IF_ERROR(confine(arguments));
  FASTNESS_ASSIGN_OR_RETURN(const backup::Ticket ticket, backup::Ticket::read_from(kTicket));
  if (arguments.unpacks) {
    FASTNESS_ASSIGN_OR_RETURN(const backup::Packed done,
                              backup::unpack(kFile, arguments.directory, ticket));
    std::cout << "Restored " << done.files << " files, " << done.bytes << " bytes.\n";
    return {};
  }
  FASTNESS_ASSIGN_OR_RETURN(const backup::Packed done,
                            backup::pack(arguments.directory, kFile, ticket));
  std::cout << "Backed up " << done.files << " files, " << done.bytes << " bytes.\n";
  return {};
}

}  // namespace
}  // namespace fastness::backup_app

// What nobody catches is a mistake of ours, and ends it.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  const auto arguments = fastness::backup_app::parse({argv, static_cast<std::size_t>(argc)});
  if (!arguments) {
    std::cerr << fastness::backup_app::kUsage;
    return 2;
  }
  const auto ended = fastness::backup_app::run(*arguments);
  if (ended) return EXIT_SUCCESS;
  std::cerr << "fastness-backup: " << ended.error().message << "\n";
  return EXIT_FAILURE;
}

// fastness-backup: the files of an instance's hub into one sealed file, and back.
//
// fastnessd starts it while the instance is stopped, or on the copy that a running one made of its
// files, with the file and the vault's ticket as open descriptors. It is nobody's child for long:
// it packs or unpacks, says how much, and ends.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backup/archive.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "listing.h"
#include "os/confinement/process_hardening.h"
#include "os/confinement/sandbox.h"
#include "os/files/private_directory.h"
#include "scrub_copy.h"

namespace fastness::backup_app {
namespace {

// Where fastnessd leaves them.
constexpr int kFile = 3;
constexpr int kTicket = 4;

constexpr const char* kUsage =
    R"(fastness-backup packs an instance's files. fastnessd starts it; these are its arguments:

  pack DIR                the directory into the file
  unpack DIR              the file into the directory
  test-restore DIR        the same from the file's first byte, and say nothing of it
  scrub DIR               a control database without what is anybody's into the directory
  verify                  read the whole file and write nothing
  list DIR                say what backups lie there
    --months N            after so many a backup is readable no more
  --json                  print JSON
  --user NAME             user to become, if started by root
  --without-landlock      go on where the kernel has no Landlock
)";

enum class Task { pack, unpack, test_restore, scrub, verify, list };

struct TaskName {
  std::string_view word;
  Task task;
};
constexpr TaskName kTasks[] = {
    {"pack", Task::pack},   {"unpack", Task::unpack}, {"test-restore", Task::test_restore},
    {"scrub", Task::scrub}, {"verify", Task::verify}, {"list", Task::list}};

struct Arguments {
  Task task = Task::pack;
  std::filesystem::path directory;  // none to verify
  std::uint32_t months = 0;
  bool as_json = false;
  std::string user;
  bool may_lack_landlock = false;
};

std::optional<std::uint32_t> parse_months(std::string_view word) {
  std::uint32_t months = 0;
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), months);
  if (status != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return months;
}

std::optional<Arguments> parse(std::span<char*> words) {
  Arguments arguments;
  if (words.size() < 2) return std::nullopt;
  const auto* task = std::ranges::find(kTasks, std::string_view(words[1]), &TaskName::word);
  if (task == std::end(kTasks)) return std::nullopt;
  arguments.task = task->task;
  std::size_t i = 2;
  if (arguments.task != Task::verify) {
    if (i == words.size()) return std::nullopt;
    arguments.directory = std::filesystem::absolute(words[i++]).lexically_normal();
  }
  for (; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--without-landlock") {
      arguments.may_lack_landlock = true;
    } else if (word == "--json") {
      arguments.as_json = true;
    } else if (word == "--months" && i + 1 < words.size()) {
      const auto months = parse_months(words[++i]);
      if (!months) return std::nullopt;
      arguments.months = *months;
    } else if (word == "--user" && i + 1 < words.size()) {
      arguments.user = words[++i];
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

// Shuts the sandbox and proves it shut: the directory and what is open, and no network. What only
// looks can write nothing.
Result<void> confine(const Arguments& arguments) {
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  const bool writes = arguments.task != Task::verify && arguments.task != Task::list;
  if (!arguments.directory.empty()) {
    (writes ? policy.writable : policy.readable).push_back(arguments.directory.string());
  }
  policy.system_calls = os::SystemCalls::vault;
  if (arguments.may_lack_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_ASSIGN_OR_RETURN(const os::Confinement confinement, os::enter_sandbox(policy));
  const bool is_outside_known = confinement.landlock_abi != 0 && !arguments.directory.empty();
  const std::string outside = is_outside_known ? arguments.directory.parent_path().string() : "";
  return os::assert_confined({.path = outside, .inet_socket = true, .unix_socket = true});
}

void say_counts(const Arguments& arguments, const char* what, const backup::Packed& done) {
  if (arguments.as_json) {
    std::cout << R"({"files":)" << done.files << R"(,"bytes":)" << done.bytes << "}\n";
    return;
  }
  std::cout << what << " " << done.files << " files, " << done.bytes << " bytes.\n";
}

void say_verified(const Arguments& arguments, const backup::Verified& done) {
  const std::string digest = to_hex(done.contents);
  if (arguments.as_json) {
    std::cout << R"({"files":)" << done.packed.files << R"(,"bytes":)" << done.packed.bytes
              << R"(,"contents_sha256":")" << digest << "\"}\n";
    return;
  }
  std::cout << "The backup is whole: " << done.packed.files << " files, " << done.packed.bytes
            << " bytes, every one of them read and proved.\nSHA-256 of the contents: " << digest
            << "\n";
}

Result<void> scrub(const Arguments& arguments, const backup::Ticket& ticket) {
  FASTNESS_ASSIGN_OR_RETURN(const ScrubKeys keys, ScrubKeys::read_from(kTicket));
  FASTNESS_ASSIGN_OR_RETURN(const scrub::Scrubbed done,
                            make_scrubbed_copy(kFile, arguments.directory, ticket, keys));
  if (arguments.as_json) {
    std::cout << R"({"organisations":)" << done.organisations << R"(,"people":)" << done.people
              << R"(,"devices":)" << done.devices << R"(,"things":)" << done.things << "}\n";
    return {};
  }
  std::cout << "Copied without names, secrets and readings: " << done.organisations
            << " organisations, " << done.people << " people, " << done.devices << " devices, "
            << done.things << " things.\n";
  return {};
}

Result<void> list(const Arguments& arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const Listing listing, list_backups(arguments.directory));
  const Timestamp now = SystemClock().now();
  std::cout << (arguments.as_json ? as_json(listing, arguments.months, now)
                                  : as_text(listing, arguments.months, now));
  return {};
}

Result<void> run(const Arguments& arguments) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  if (!arguments.user.empty() && os::is_root()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto user, os::find_user(arguments.user));
    if (!user) return fail(Errc::not_found, "no such user: " + arguments.user);
    FASTNESS_RETURN_IF_ERROR(os::become(*user));
  }
  FASTNESS_RETURN_IF_ERROR(confine(arguments));
  if (arguments.task == Task::list) return list(arguments);
  FASTNESS_ASSIGN_OR_RETURN(const backup::Ticket ticket, backup::Ticket::read_from(kTicket));
  if (arguments.task == Task::verify) {
    FASTNESS_ASSIGN_OR_RETURN(const backup::Verified done, backup::verify(kFile, ticket));
    say_verified(arguments, done);
    return {};
  }
  if (arguments.task == Task::scrub) return scrub(arguments, ticket);
  if (arguments.task == Task::test_restore) {
    FASTNESS_RETURN_IF_ERROR(backup::unpack_whole(kFile, arguments.directory, ticket));
    return {};
  }
  if (arguments.task == Task::unpack) {
    FASTNESS_ASSIGN_OR_RETURN(const backup::Packed done,
                              backup::unpack(kFile, arguments.directory, ticket));
    say_counts(arguments, "Restored", done);
    return {};
  }
  FASTNESS_ASSIGN_OR_RETURN(const backup::Packed done,
                            backup::pack(arguments.directory, kFile, ticket));
  say_counts(arguments, "Backed up", done);
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

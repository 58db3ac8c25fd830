#include "supervisor/incident/evidence/host_facts.h"

#include <fstream>
#include <string_view>
#include <vector>

#include <sys/utsname.h>
#include <unistd.h>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "json/time_text.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kPrograms[] = {"fastnessd", "fastness-vault", "fastness-hub",
                                     "fastness-backup", "fastness"};

std::string fact(std::string_view name, const std::string& text) {
  return std::string(name) + ": " + (text.empty() ? "not known" : text) + "\n";
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string system_name() {
  constexpr std::string_view kName = "PRETTY_NAME=";
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kName)) return line.substr(kName.size());
  }
  return {};
}

Result<std::string> digest_of(os::FileSystem& files, const std::string& path) {
  constexpr std::size_t kPiece = 1U << 20U;
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files.open(path, os::OpenMode::read));
  crypto::Sha256 digest;
  std::vector<std::uint8_t> piece(kPiece);
  for (std::uint64_t at = 0;; at += kPiece) {
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t size, file->read_at(at, piece));
    digest.update(ByteView(piece).first(size));
    if (size < kPiece) return to_hex(digest.finish());
  }
}

}  // namespace

std::string host_facts(const Clock& clock) {
  utsname system{};
  const bool is_known = ::uname(&system) == 0;
  std::string out = fact("taken at", json::to_time_text(clock.now()));
  out += fact("host", is_known ? system.nodename : "");
  out += fact("kernel", is_known ? std::string(system.sysname) + " " + system.release + " " +
                                       system.version + " " + system.machine
                                 : "");
  out += fact("system", system_name());
  out += fact("seconds since its start, and idle", first_line("/proc/uptime"));
  out += fact("id of that start", first_line("/proc/sys/kernel/random/boot_id"));
  out +=
      fact("clock", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  out += fact("load", first_line("/proc/loadavg"));
  out += fact("user id", std::to_string(::geteuid()));
  return out;
}

std::string program_facts(os::FileSystem& files, const std::string& folder) {
  std::string out = fact("version", FASTNESS_VERSION);
  for (const char* name : kPrograms) {
    const auto digest = digest_of(files, folder + "/" + name);
    out += fact(std::string("SHA-256 of ") + name, digest ? *digest : std::string());
  }
  return out;
}

}  // namespace fastness::supervisor

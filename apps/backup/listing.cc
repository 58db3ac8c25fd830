#include "listing.h"

#include <algorithm>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/minute_text.h"
#include "json/writer.h"
#include "os/files/descriptor.h"

namespace fastness::backup_app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartial = ".partial";
constexpr std::size_t kShortId = 8;

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kTenthOfMegabyte = 100'000;
  const std::uint64_t tenths = (bytes + kTenthOfMegabyte - 1) / kTenthOfMegabyte;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

// Whether the vault has forgotten the key of its month, if it went by this clock.
bool is_over(const Listed& each, std::uint32_t months, Timestamp now) {
  return each.head.month + months < backup::month_at(now);
}

// A name comes from whoever may write there, and goes to a terminal.
std::string printable(const std::string& name) {
  std::string shown;
  for (const char c : name) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    shown += is_control ? '?' : c;
  }
  return shown;
}

void take(const fs::path& path, Listing& listing) {
  const std::string name = path.filename().string();
  const os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    ++listing.others;
    return;
  }
  if (name.ends_with(kPartial)) {
    listing.partial.push_back(name);
    return;
  }
  const auto head = backup::read_public_head(file.number());
  if (!head) {
    ++listing.others;
    return;
  }
  listing.backups.push_back({name, static_cast<std::uint64_t>(status.st_size), *head});
}

}  // namespace

Result<Listing> list_backups(const fs::path& directory) {
  Listing listing;
  std::error_code failed;
  fs::directory_iterator at(directory, failed);
  for (; !failed && at != fs::directory_iterator(); at.increment(failed)) take(at->path(), listing);
  if (failed) {
    return fail(Errc::unavailable, "read " + directory.string() + ": " + failed.message());
  }
  std::ranges::sort(listing.backups, [](const Listed& a, const Listed& b) {
    return std::pair(b.head.created_at, b.file) < std::pair(a.head.created_at, a.file);
  });
  std::ranges::sort(listing.partial);
  return listing;
}

std::string as_text(const Listing& listing, std::uint32_t months, Timestamp now) {
  std::ostringstream out;
  if (listing.backups.empty()) out << "There is no backup here.\n";
  if (!listing.backups.empty()) {
    out << "made                  instance  environment  readable               size      file\n";
  }
  for (const Listed& each : listing.backups) {
    std::string until = is_over(each, months, now)
                            ? "no more"
                            : "to the end of " + backup::month_text(each.head.month + months);
    until.resize(std::max<std::size_t>(until.size(), 23), ' ');
    std::string size = size_text(each.bytes);
    size.resize(std::max<std::size_t>(size.size(), 10), ' ');
    std::string environment(to_text(each.head.environment));
    environment.resize(std::max<std::size_t>(environment.size(), 13), ' ');
    out << minute_text(each.head.created_at) << "  "
        << each.head.instance.to_text().substr(0, kShortId) << "  " << environment << until << size
        << printable(each.file) << "\n";
  }
  if (!listing.backups.empty()) {
    out << "\nReadable: by the vault of that instance, and by every kit that was made by then. A "
           "kit "
           "that is older\nthan the end of a backup's time opens it for as long as the kit "
           "exists.\n";
  }
  for (const std::string& each : listing.partial) {
    out << printable(each) << " is no backup: it is being written, or was cut off.\n";
  }
  if (listing.others > 0) out << listing.others << " other files or folders.\n";
  return std::move(out).str();
}

std::string as_json(const Listing& listing, std::uint32_t months, Timestamp now) {
  json::Writer out;
  out.begin_object();
  out.begin_array("backups");
  for (const Listed& each : listing.backups) {
    out.begin_object();
    out.field("file", each.file);
    out.field("bytes", each.bytes);
    out.field("instance", each.head.instance);
    out.field("environment", to_text(each.head.environment));
    out.field("created_at", each.head.created_at);
    out.field("month", backup::month_text(each.head.month));
    out.field("readable_until", backup::month_text(each.head.month + months));
    out.field("is_over", is_over(each, months, now));
    out.end_object();
  }
  out.end_array();
  out.begin_array("partial");
  for (const std::string& each : listing.partial) out.value(each);
  out.end_array();
  out.field("others", listing.others);
  out.end_object();
  return std::move(out).text() + "\n";
}

}  // namespace fastness::backup_app

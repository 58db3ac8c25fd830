#include "client/scan/text_scan.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace fastness::client {
namespace {

namespace fs = std::filesystem;

// The longest secret, what must stand before it and the character behind it.
constexpr std::size_t kWindow = crypto::kLongestSecret + 16;

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

bool scan_file(const fs::path& path, const OnSecret& found) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  TextScan scan(path.string(), found);
  std::string piece(std::size_t{64} << 10U, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    scan.read(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  scan.finish();
  return !in.bad();
}

bool is_git_folder(const fs::directory_entry& entry, std::error_code& error) {
  return entry.path().filename() == ".git" && entry.is_directory(error);
}

}  // namespace

std::string SecretInText::beginning() const {
  switch (kind) {
    case crypto::SecretKind::api_key:
      return std::string(secret.substr(0, 14)) + "...";  // four of its own
    case crypto::SecretKind::claim_code:
      return "FC-...";
    case crypto::SecretKind::set_up_link:
      return "/setup#...";
  }
  return "...";
}

void TextScan::read(std::string_view piece) {
  const std::size_t decided = window_.size();
  window_ += piece;
  search(decided, false);
  if (window_.size() > kWindow) drop(window_.size() - kWindow);
}

void TextScan::finish() {
  search(window_.size(), true);
}

void TextScan::search(std::size_t decided, bool is_end) {
  std::size_t line = line_;
  std::size_t counted = 0;
  for (const crypto::FoundSecret& each : crypto::find_secrets(window_)) {
    const std::size_t end = each.at + each.text.size();
    const bool was_told = end < decided;  // what came behind it was known then
    const bool is_known = end < window_.size() || is_end;
    if (was_told || !is_known) continue;
    line += lines_in(std::string_view(window_).substr(counted, each.at - counted));
    counted = each.at;
    found_({file_, line, each.kind, each.text});
  }
}

void TextScan::drop(std::size_t bytes) {
  line_ += lines_in(std::string_view(window_).substr(0, bytes));
  window_.erase(0, bytes);
}

Result<void> scan_path(const fs::path& path, const OnSecret& found,
                       const std::function<void(const std::string&)>& unreadable) {
  std::error_code error;
  if (!fs::exists(path, error)) return fail(Errc::not_found, "there is no " + path.string());
  if (!fs::is_directory(path, error)) {
    if (!scan_file(path, found)) unreadable(path.string());
    return {};
  }
  fs::recursive_directory_iterator entry(path, error);
  if (error) return fail(Errc::permission_denied, "cannot read " + path.string());
  while (entry != fs::recursive_directory_iterator()) {
    std::error_code ignored;
    if (is_git_folder(*entry, ignored)) {
      entry.disable_recursion_pending();
    } else if (fs::is_regular_file(entry->symlink_status(ignored))) {
      if (!scan_file(entry->path(), found)) unreadable(entry->path().string());
    }
    const std::string here = entry->path().string();
    entry.increment(error);
    if (!error) continue;
    // A folder that cannot be opened ends the walk: what lies behind it was not looked at.
    return fail(Errc::permission_denied,
                "cannot read the folder " + here + " (" + error.message() + "): scan what you may");
  }
  return {};
}

}  // namespace fastness::client

#include "backup/part.h"

#include <algorithm>

namespace fastness::backup {
namespace {

bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f' && c != '/'; });
}

}  // namespace

Bytes Part::encode() const {
  Bytes plain;
  plain.reserve(1 + body.size());
  plain.push_back(static_cast<std::uint8_t>(kind));
  plain.insert(plain.end(), body.begin(), body.end());
  return plain;
}

Result<Part> Part::decode(ByteView plain) {
  const bool has_kind = !plain.empty() && plain[0] >= static_cast<int>(PartKind::directory) &&
                        plain[0] <= static_cast<int>(PartKind::end);
  if (!has_kind) return fail(Errc::corrupted, "the backup has a part of no kind");
  return Part{static_cast<PartKind>(plain[0]), to_bytes(plain.subspan(1))};
}

bool is_safe_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace fastness::backup

#include "http/router.h"

#include "base/fixed_limits.h"
#include "http/headers.h"
#include "http/syntax/query.h"

namespace fastness::http {
namespace {

constexpr std::size_t kMaxSegments = fixed_limit("http.path_segments");
constexpr std::size_t kMaxPathBytes = fixed_limit("http.path_bytes");

}  // namespace

std::optional<std::vector<std::string>> split_path(std::string_view raw_path) {
  if (!raw_path.starts_with('/') || raw_path.size() > kMaxPathBytes) return std::nullopt;
  raw_path.remove_prefix(1);

  std::vector<std::string> segments;
  while (!raw_path.empty()) {
    auto segment = percent_decode(take_until(raw_path, '/'));
    if (!segment || segment->empty() || *segment == "." || *segment == "..") return std::nullopt;
    if (segments.size() == kMaxSegments) return std::nullopt;
    segments.push_back(std::move(segment).value());
  }
  return segments;
}

}  // namespace fastness::http

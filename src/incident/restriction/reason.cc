#include "incident/restriction/reason.h"

#include <algorithm>

namespace fastness::incident {

Result<void> check_reason(std::string_view reason, bool is_needed) {
  if (is_needed && reason.empty()) {
    return fail(Errc::invalid_argument, "say why: those who are asked later will want to know");
  }
  const bool is_odd = std::ranges::any_of(
      reason, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (reason.size() > kMaxReason || is_odd) {
    return fail(Errc::invalid_argument, "a reason is one line of at most 500 bytes");
  }
  return {};
}

}  // namespace fastness::incident

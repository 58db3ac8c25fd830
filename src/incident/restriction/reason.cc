#include "incident/restriction/reason.h"

#include <algorithm>

namespace fastness::incident {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool is_line(std::string_view text, std::size_t most) {
  return text.size() <= most && std::ranges::none_of(text, is_control);
}

Result<void> check_reason(std::string_view reason, bool is_needed) {
  if (is_needed && reason.empty()) {
    return fail(Errc::invalid_argument, "say why: those who are asked later will want to know");
  }
  if (!is_line(reason, kMaxReason)) {
    return fail(Errc::invalid_argument, "a reason is one line of at most 500 bytes");
  }
  return {};
}

}  // namespace fastness::incident

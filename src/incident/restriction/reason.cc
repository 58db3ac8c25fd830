#include "incident/restriction/reason.h"

#include "base/text_line.h"

namespace fastness::incident {

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

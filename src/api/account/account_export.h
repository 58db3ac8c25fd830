#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "accounts/account.h"
#include "api/parts.h"
#include "base/result.h"

namespace fastness::api {

// Everything that is kept about one person and the organisation of theirs, as one JSON document
// that is made piece by piece: the audit trail may be long. Values over time are named by the
// address of their CSV. Secrets are not in it: they are kept as hashes alone. The schema is
// AccountExport in api/openapi.yaml. Lives on the control thread; `parts` must outlive it.
class AccountExport {
 public:
  AccountExport(Parts& parts, const accounts::User& user) : parts_(parts), user_(user) {}

  // The next piece; nothing after the last. An audit trail that cannot be read now, because the
  // budget for old keys is used up or the vault is away, ends early, and the document says so.
  [[nodiscard]] Result<std::optional<std::string>> next();

 private:
  enum class Step : std::uint8_t { records, audit, done };

  [[nodiscard]] Result<std::string> records() const;
  [[nodiscard]] std::string audit_page();

  Parts& parts_;
  accounts::User user_;
  Step step_ = Step::records;
  bool is_first_entry_ = true;
  std::optional<std::uint64_t> before_;
};

}  // namespace fastness::api

// The audit trail as an owner downloads it and hands it to a stranger, and how the stranger checks
// it without asking anybody. docs/audit.md describes the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "json/value.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

namespace fastness::client {

// What an export shows, once it was found to hold.
struct VerifiedAuditExport {
  OrganisationId organisation{Uuid({})};
  ledger::Checkpoint checkpoint;  // that covers every entry
  std::uint64_t from = 0;         // entries before this index are in an older export
  std::uint64_t entries = 0;
  std::uint64_t unproven = 0;  // of these: in the trail, but what they say is not bound to it
  std::uint64_t erased = 0;    // of these: in the trail, and nobody can read them any more
  std::optional<Timestamp> first;
  std::optional<Timestamp> last;
  bool continues_older = false;  // proved to add to the older export and change nothing of it
};

// Checks an export line by line, in bounded memory. Each `take` and `finish` gives
// `invalid_argument` if the text is no such file and `corrupted` if it is one and does not hold
// under the key; the message says to a person what is wrong. After a failure the object is of no
// use. A file that lacks entries in its middle holds: the trail proves what is shown, not that all
// is.
class AuditExportVerifier {
 public:
  // `older` is a checkpoint that was verified before; the export must continue it.
  explicit AuditExportVerifier(ledger::VerifierKey key,
                               std::optional<ledger::Checkpoint> older = std::nullopt)
      : key_(std::move(key)), older_(std::move(older)) {}

  // The next line, without its newline.
  [[nodiscard]] Result<void> take(std::string_view untrusted_line);
  // After the last line. `corrupted` if that is missing: the file was cut.
  [[nodiscard]] Result<VerifiedAuditExport> finish() const;

  // What was taken so far; the index that the next entry has at least.
  [[nodiscard]] const VerifiedAuditExport& so_far() const { return found_; }
  [[nodiscard]] std::uint64_t next_index() const { return next_index_; }
  [[nodiscard]] bool is_whole() const { return is_whole_; }

 private:
  [[nodiscard]] Result<void> take_header(const json::Value& header);
  [[nodiscard]] Result<void> check_older(const json::Value& header);
  [[nodiscard]] Result<void> take_entry(const json::Value& entry);
  [[nodiscard]] Result<void> take_end(const json::Value& end);

  ledger::VerifierKey key_;
  std::optional<ledger::Checkpoint> older_;
  VerifiedAuditExport found_;
  bool has_header_ = false;
  bool is_whole_ = false;
  std::uint64_t next_index_ = 0;
};

// The checkpoint of an export by its first line alone, if `key` signed it.
[[nodiscard]] Result<ledger::Checkpoint> checkpoint_of_audit_export(
    std::string_view untrusted_first_line, const ledger::VerifierKey& key);

}  // namespace fastness::client

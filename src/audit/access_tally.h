#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "telemetry/log.h"

namespace fastness::audit {

// Whether data was taken or given.
enum class AccessVerb : std::uint8_t { read, write };

// Who read or wrote an organisation's data how often, added up by hour: one entry of the trail for
// each who, verb, kind of data and hour, however many requests there were. What has not been
// written yet is in memory, and lost if the process dies. Lives on the control thread.
class AccessTally {
 public:
  // In memory at most; when there would be more, what there is gets written at once.
  static constexpr std::size_t kMaxCounts = 1'024;

  struct Count {
    std::string actor;
    AccessVerb verb;
    std::string data;  // "history"
    Timestamp hour;    // its start
    std::uint64_t count;

    friend bool operator==(const Count&, const Count&) = default;
  };

  // All must outlive it.
  AccessTally(AuditLog& trail, const Clock& clock, telemetry::Log log)
      : trail_(trail), clock_(clock), log_(std::move(log)) {}

  void note(OrganisationId organisation, const std::string& actor, AccessVerb verb,
            std::string_view data);

  // At least each minute: writes the hours that are over.
  void tick();
  // Before the process ends.
  void write_all();

  // What is in memory of one organisation, newest first.
  [[nodiscard]] std::vector<Count> pending(OrganisationId organisation) const;

  // What an entry of Kind::access says. `corrupted` if it is none.
  [[nodiscard]] static Result<Count> parse(const Event& event);

 private:
  // The hour comes first, so that what is over stands at the front.
  using Key = std::tuple<Timestamp, OrganisationId, std::string, AccessVerb, std::string>;

  void write_before(Timestamp end);

  AuditLog& trail_;
  const Clock& clock_;
  telemetry::Log log_;
  std::map<Key, std::uint64_t> counts_;
};

}  // namespace fastness::audit

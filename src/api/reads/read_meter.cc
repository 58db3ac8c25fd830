#include "api/reads/read_meter.h"

#include <utility>

#include "accounts/accounts.h"
#include "audit/audit_log.h"

namespace fastness::api {

void meter(http::Response& response, const std::function<void(std::uint64_t bytes)>& count) {
  if (!response.source) {
    if (!response.body.empty()) count(response.body.size());
    return;
  }
  response.source = [source = std::move(response.source),
                     count](std::function<void(http::BodyPart)> give) {
    source([count, give = std::move(give)](http::BodyPart part) {
      if (part && *part) count((*part)->size());
      give(std::move(part));
    });
  };
}

// Whoever reads is answered as ever: whether they are a thief is for the owner to say.
void record_read_alarms(Parts& parts) {
  parts.accounts.reads().on_alarm(
      [&audit = parts.audit, log = parts.log](const accounts::ReadAlarm& alarm) mutable {
        const std::string actor = alarm.reader.actor();
        const auto recorded = audit.record(
            {alarm.reader.organisation, actor, "data.read_much", actor, alarm.address, "ok"});
        log.warning("reads_much", {{"actor", actor},
                                   {"remote", alarm.address},
                                   {"bytes", alarm.bytes},
                                   {"allowed", alarm.allowed}});
        if (!recorded) log.error("audit_failed", {{"why", recorded.error().message}});
      });
}

}  // namespace fastness::api

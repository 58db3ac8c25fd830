#include "api/incident/for_everybody.h"

#include "accounts/accounts.h"
#include "audit/audit_log.h"

namespace fastness::api {

void record_for_everybody(const Parts& parts, const std::string& action,
                          const std::string& object) {
  const auto organisations = parts.accounts.users().organisations();
  if (!organisations) {
    return parts.log.error("audit_failed", {{"why", organisations.error().message}});
  }
  for (const accounts::Organisation& each : *organisations) {
    record_for(parts, each.id, action, object);
  }
}

void record_for(const Parts& parts, OrganisationId organisation, const std::string& action,
                const std::string& object) {
  const auto recorded = parts.audit.record({organisation, "host", action, object, "", "ok"});
  if (!recorded) parts.log.error("audit_failed", {{"why", recorded.error().message}});
}

}  // namespace fastness::api

#include "api/account/belongings.h"

#include <utility>
#include <vector>

#include "accounts/retention/disposals.h"
#include "history/history.h"
#include "identity/identity.h"
#include "things/devices.h"
#include "things/things.h"

namespace fastness::api {
namespace {

// Whoever removes twice what is there once has it removed.
Result<void> unless_gone(Result<void> result) {
  if (!result && result.error().code == Errc::not_found) return {};
  return result;
}

// The lists are of pointers that the first removal ends.
template <typename Listed>
auto ids_of(const std::vector<const Listed*>& listed) {
  std::vector<decltype(Listed::id)> ids;
  ids.reserve(listed.size());
  for (const Listed* each : listed) ids.push_back(each->id);
  return ids;
}

Result<void> remove_devices(Parts& parts, OrganisationId organisation) {
  const auto devices = ids_of(parts.devices.list(organisation, things::Deleted::shown));
  for (const DeviceId device : devices) {
    FASTNESS_RETURN_IF_ERROR(unless_gone(parts.identity.remove_device(organisation, device)));
    FASTNESS_RETURN_IF_ERROR(
        unless_gone(parts.devices.remove(organisation, device, things::Removal::forced)));
  }
  return {};
}

Result<void> remove_registered(Parts& parts, OrganisationId organisation) {
  FASTNESS_RETURN_IF_ERROR(remove_devices(parts, organisation));
  const auto things = ids_of(parts.things.list(organisation, things::Deleted::shown));
  for (const ThingId thing : things) {
    FASTNESS_RETURN_IF_ERROR(
        unless_gone(parts.things.remove(organisation, thing, things::Removal::forced)));
  }
  FASTNESS_RETURN_IF_ERROR(parts.identity.claims().forget(organisation));
  FASTNESS_RETURN_IF_ERROR(parts.identity.forget_reasons(organisation));
  return parts.disposals.forget(organisation);
}

}  // namespace

void remove_belongings(Parts& parts, OrganisationId organisation,
                       std::function<void(Result<void>)> done) {
  if (auto removed = remove_registered(parts, organisation); !removed) {
    return done(std::move(removed));
  }
  parts.post_to_seal([&parts, organisation, done = std::move(done)]() mutable {
    parts.post_to_control([removed = parts.history.remove(organisation),
                           done = std::move(done)]() mutable { done(std::move(removed)); });
  });
}

}  // namespace fastness::api

#pragma once

#include <memory>

#include <boost/asio/thread_pool.hpp>

#include "accounts/accounts.h"
#include "accounts/erasure/erasures.h"
#include "accounts/retention/disposals.h"
#include "accounts/sign_in/password_pool.h"
#include "audit/audit_log.h"
#include "breaches/breached_passwords.h"
#include "gateway_services/identity_services.h"
#include "history/history.h"
#include "identity/identity.h"
#include "incident/record/incidents.h"
#include "incident/record/letters.h"
#include "incident/restriction/restrictions.h"
#include "incident/restriction/switches.h"
#include "pipeline/pipeline.h"
#include "pipeline/refusals.h"
#include "places/place_database.h"
#include "storage/stores.h"
#include "things/devices.h"
#include "things/last_values.h"
#include "things/model/time_zone.h"
#include "things/things.h"
#include "upkeep/backup_watch.h"

namespace fastness::hub {

// Work that would make the control thread wait: password hashing, reading and sealing history, and
// copying for a backup.
struct Pools {
  boost::asio::thread_pool password{2};
  boost::asio::thread_pool seal{1};
  boost::asio::thread_pool backup{1};
};

// Hands work to `pool`, which must outlive it.
[[nodiscard]] Post post_to(boost::asio::thread_pool& pool);

// Every domain, opened over the stores. All of it lives on the control thread; what other threads
// may use says so in its own header. Members are made in this order and end in the opposite one.
struct Domains {
  std::unique_ptr<identity::Identity> identity;
  std::unique_ptr<breaches::BreachedPasswords> breached;  // null if the owner names none
  std::unique_ptr<accounts::PasswordPool> passwords;
  std::unique_ptr<places::PlaceDatabase> places;  // null if the owner names none
  std::unique_ptr<accounts::Accounts> accounts;
  std::uint64_t made_up_addresses = 0;  // given now, to whoever came from another environment
  std::unique_ptr<accounts::Erasures> erasures;
  std::unique_ptr<accounts::Disposals> disposals;
  std::unique_ptr<audit::AuditLog> audit;
  std::unique_ptr<incident::Restrictions> restrictions;
  std::unique_ptr<incident::Switches> switches;
  std::unique_ptr<upkeep::BackupWatch> backups_made;
  std::unique_ptr<incident::Incidents> incidents;
  std::unique_ptr<incident::Letters> letters;
  std::unique_ptr<things::Devices> devices;
  std::unique_ptr<things::Things> things;
  std::unique_ptr<things::LastValues> last_values;
  std::unique_ptr<things::TimeZones> time_zones;
  std::unique_ptr<history::History> history;
  std::unique_ptr<pipeline::Refusals> refusals;
  std::unique_ptr<pipeline::Pipeline> pipeline;
};

// What the domains are made of. All of it must outlive them.
struct Foundation {
  const config::Config& config;
  Stores& stores;
  vault_ipc::Client& vault;
  vault_ipc::StartKeys& keys;  // what accounts need is moved out
  Pools& pools;
  Post post_to_control;
  const Clock& clock;
  Random& random;
  const telemetry::Log& log;
};

// `corrupted` or `unavailable` says which domain could not be opened and why.
[[nodiscard]] Result<Domains> open_domains(const Foundation& foundation);

}  // namespace fastness::hub

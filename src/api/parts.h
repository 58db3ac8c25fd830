#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "telemetry/log.h"
#include "upkeep/backup_watch.h"
#include "vault_ipc/messages/custody.h"
#include "wording/letter.h"

namespace fastness::accounts {
class Accounts;
class Disposals;
class Erasures;
}  // namespace fastness::accounts
namespace fastness::audit {
class AuditLog;
}
namespace fastness::history {
class History;
}
namespace fastness::identity {
class Identity;
class ServerRoots;
}  // namespace fastness::identity
namespace fastness::incident {
class Incidents;
class Letters;
class Restrictions;
class Switches;
}  // namespace fastness::incident
namespace fastness::pipeline {
class Pipeline;
class Refusals;
}  // namespace fastness::pipeline
namespace fastness::things {
class Devices;
class LastValues;
class Things;
}  // namespace fastness::things

namespace fastness::api {

class HostBackup;
class IdentityProviders;

// What devices and browsers must trust to reach this server. Public.
struct TrustAnchors {
  std::string active_root_pem;
  std::string standby_root_pem;
  std::string active_root_fingerprint;  // SHA-256 of the certificate, hex
  std::string standby_root_fingerprint;
  std::vector<std::string> names;  // host names of this server
  std::uint32_t root_set = 1;      // the number of these two
};

struct StorageUse {
  std::uint64_t bytes = 0;       // history of the organisation that asks
  std::uint64_t used_bytes = 0;  // of all
  std::uint64_t cap_bytes = 0;   // of all; 0: no cap
};

// What the host gives this server, and what of it is left.
struct HostRoom {
  enum class Messages : std::uint8_t {
    taken,
    refused_for_room,   // the disk is full
    refused_for_fault,  // it takes nothing for another reason
  };
  Messages messages = Messages::taken;
  bool is_history_waiting = false;  // for room on the disk
  std::uint64_t disk_bytes = 0;     // of the disk that holds the data; 0: not known
  std::uint64_t free_bytes = 0;
  std::size_t connections = 0;       // of all kinds
  std::size_t most_connections = 0;  // from here on devices get none; 0: not known

  [[nodiscard]] bool is_disk_full() const {
    return messages == Messages::refused_for_room || is_history_waiting;
  }
};

// A limit of the gateway that refused, slowed or dropped something.
struct LimitReached {
  std::string_view limit;  // a constant: its name in docs/limits.md
  std::optional<DeviceId> device;
  std::uint64_t count;
  Timestamp first;
  Timestamp last;
};

// What is weak about this instance by its configuration, as far as it concerns an organisation.
struct Weaknesses {
  bool is_plaintext_open = false;    // a listener without TLS speaks for the organisation
  bool is_root_key_on_disk = false;  // a stolen disk opens itself
  // The settings by which alarms reach nobody now, and since when.
  std::map<std::string, Timestamp> silent_channels = {};
};

// Whom to tell of a hole in this instance (RFC 9116).
struct SecurityContact {
  std::vector<std::string> addresses;  // mailto:, https: or tel:, the best one first
  Timestamp until;                     // nobody vouches for them from then on
  std::string policy = {};             // https: how a report is treated; may be empty
};

// Where this instance is reached.
struct Reach {
  std::map<std::string, std::vector<std::string>> listeners;  // by name: where they are bound
  std::string console;                 // "https://iot.lan:8443/"; empty if nothing listens for it
  std::string console_elsewhere = {};  // the same for people who are not at this machine
};

// What the routes work on. All must outlive the Api; all but the two `post` functions are used on
// the control thread only.
struct Parts {
  accounts::Accounts& accounts;
  identity::Identity& identity;
  identity::ServerRoots& server_roots;
  things::Devices& devices;
  things::Things& things;
  things::LastValues& last_values;
  history::History& history;
  pipeline::Pipeline& pipeline;
  const pipeline::Refusals& refusals;
  audit::AuditLog& audit;
  incident::Restrictions& restrictions;
  incident::Switches& switches;
  incident::Incidents& incidents;
  incident::Letters& letters;
  accounts::Erasures& erasures;
  accounts::Disposals& disposals;
  upkeep::BackupWatch& backups_made;  // by schedule
  const Clock& clock;
  Random& random;
  telemetry::Log log;

  using Post = std::function<void(std::function<void()>)>;
  Post post_to_control;
  Post post_to_seal;  // for what reads history

  std::function<TrustAnchors()> trust;
  std::function<Reach()> reach;
  std::function<StorageUse(OrganisationId)> storage;
  std::function<HostRoom()> room;
  std::function<std::vector<LimitReached>(OrganisationId)> limits_reached;
  std::function<Weaknesses(OrganisationId)> weaknesses;
  std::function<Result<vault_ipc::Custody>()> custody;
  HostBackup& backup;
  std::vector<std::string> allowed_origins;              // of pages elsewhere that may call /iot
  std::optional<SecurityContact> security_contact = {};  // if the owner names one
  std::chrono::months backups_kept{12};                  // as the vault keeps what opens them
  Environment environment = Environment::production;
  std::function<std::string()> configuration = {};  // in force, as others may see it
  // Calls back once, now or later, on the control thread, with whether it has arrived. Empty if
  // nobody is mailed.
  using Delivered = std::function<void(const Result<void>&)>;
  using WriteTo = std::function<void(UserId, const wording::Letter&, Delivered)>;
  WriteTo write_to = {};  // in the language of that person
  // The same to an address that nobody here has yet. `invalid_argument` if mail cannot go to it.
  using MailTo = std::function<void(const std::string& email, const wording::Written&, Delivered)>;
  MailTo mail_to = {};
  IdentityProviders* providers = nullptr;  // of sign-ins; null if there are none
};

}  // namespace fastness::api

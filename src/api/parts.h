#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "telemetry/log.h"

namespace fastness::accounts {
class Accounts;
}
namespace fastness::audit {
class AuditLog;
}
namespace fastness::history {
class History;
}
namespace fastness::identity {
class Identity;
}
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

// What devices and browsers must trust to reach this server. Public.
struct TrustAnchors {
  std::string active_root_pem;
  std::string standby_root_pem;
  std::string active_root_fingerprint;  // SHA-256 of the certificate, hex
  std::string standby_root_fingerprint;
  std::vector<std::string> names;  // host names of this server
};

struct StorageUse {
  std::uint64_t bytes = 0;       // history of the organisation that asks
  std::uint64_t used_bytes = 0;  // of all
  std::uint64_t cap_bytes = 0;   // of all; 0: no cap
  bool is_disk_full = false;
};

// Where this instance is reached, for the person at the host.
struct Reach {
  std::map<std::string, std::vector<std::string>> listeners;  // by name: where they are bound
  std::string console;  // "https://iot.lan:8443/"; empty if nothing listens for it
};

// What the routes work on. All must outlive the Api; all but the two `post` functions are used on
// the control thread only.
struct Parts {
  accounts::Accounts& accounts;
  identity::Identity& identity;
  things::Devices& devices;
  things::Things& things;
  things::LastValues& last_values;
  history::History& history;
  pipeline::Pipeline& pipeline;
  const pipeline::Refusals& refusals;
  audit::AuditLog& audit;
  const Clock& clock;
  Random& random;
  telemetry::Log log;

  using Post = std::function<void(std::function<void()>)>;
  Post post_to_control;
  Post post_to_seal;  // for what reads history

  std::function<TrustAnchors()> trust;
  std::function<Reach()> reach;
  std::function<StorageUse(OrganisationId)> storage;
  std::vector<std::string> allowed_origins;  // of pages elsewhere that may call /iot
};

}  // namespace fastness::api

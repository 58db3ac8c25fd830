#include "api/checks/organisation_checks.h"

#include "accounts/accounts.h"
#include "api/v1/body.h"
#include "checks/check_up.h"
#include "identity/identity.h"
#include "things/devices.h"
#include "upkeep/backup_watch.h"

namespace fastness::api {
namespace {

using checks::Check;
using checks::Facts;

// Devices with their names. One that the registry of things has no more is going, and is no
// finding.
std::optional<std::vector<checks::Device>> examine_devices(const Parts& parts,
                                                           OrganisationId organisation) {
  auto examined = parts.identity.examine(organisation);
  if (!examined) {
    parts.log.warning("devices_not_examined", {{"why", examined.error().message}});
    return std::nullopt;
  }
  std::vector<identity::ExaminedDevice> all = std::move(examined).value();
  std::vector<checks::Device> devices;
  devices.reserve(all.size());
  for (identity::ExaminedDevice& each : all) {
    const things::Device* known = parts.devices.find(organisation, each.standing.device);
    if (known != nullptr) devices.push_back({known->said.name, std::move(each)});
  }
  return devices;
}

std::optional<std::vector<identity::Forgery>> read_forgeries(const Parts& parts) {
  auto forgeries = parts.identity.forgeries();
  if (forgeries) return std::move(forgeries).value();
  parts.log.warning("forgeries_not_read", {{"why", forgeries.error().message}});
  return std::nullopt;
}

Result<std::vector<checks::Administrator>> examine_administrators(const Parts& parts,
                                                                  OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const auto members,
                            parts.accounts.members().of_organisation(organisation));
  std::vector<checks::Administrator> administrators;
  for (const accounts::Membership& each : members) {
    if (!is_at_least(each.role, accounts::Role::administrator)) continue;
    FASTNESS_ASSIGN_OR_RETURN(const bool has_factor, parts.accounts.factors().has(each.user));
    FASTNESS_ASSIGN_OR_RETURN(const auto passkeys, parts.accounts.passkeys().list(each.user));
    administrators.push_back({each.user, each.role, each.since, has_factor || !passkeys.empty()});
  }
  return administrators;
}

std::optional<std::vector<checks::Administrator>> read_administrators(const Parts& parts,
                                                                      OrganisationId organisation) {
  auto administrators = examine_administrators(parts, organisation);
  if (administrators) return std::move(administrators).value();
  parts.log.warning("administrators_not_examined", {{"why", administrators.error().message}});
  return std::nullopt;
}

std::optional<vault_ipc::Custody> read_custody(const Parts& parts) {
  auto custody = parts.custody();
  if (custody) return std::move(custody).value();
  parts.log.warning("custody_not_read", {{"why", custody.error().message}});
  return std::nullopt;
}

Facts gather(const Parts& parts, OrganisationId organisation) {
  const Weaknesses weaknesses = parts.weaknesses(organisation);
  Facts facts;
  facts.now = parts.clock.now();
  facts.devices = examine_devices(parts, organisation);
  facts.forgeries = read_forgeries(parts);
  facts.locked = parts.identity.lockdown();
  const auto snapshot = parts.identity.published().load();
  for (const auto& each : *snapshot->generations()) facts.generations.push_back(each.record);
  facts.api_keys = parts.accounts.api_keys().list(organisation);
  facts.administrators = read_administrators(parts, organisation);
  facts.is_plaintext_open = weaknesses.is_plaintext_open;
  facts.is_root_key_on_disk = weaknesses.is_root_key_on_disk;
  facts.silent_channels = weaknesses.silent_channels;
  if (const auto& made = parts.backups_made.standing(); made && made->failing) {
    facts.backups_failing_since = made->failing->streak.since;
  }
  if (const auto& tests = parts.backups_made.tests(); tests && tests->failing) {
    facts.test_restores_failing_since = tests->failing->streak.since;
  }
  facts.custody = read_custody(parts);
  return facts;
}

void write_check(json::Writer& out, const Check& check) {
  out.begin_object();
  out.field("id", check.id);
  out.field("title", check.title);
  out.field("state", to_text(check.state));
  out.field("count", check.count);
  out.begin_array("subjects");
  for (const checks::Subject& subject : check.subjects) {
    out.begin_object();
    out.field("kind", to_text(subject.kind));
    out.field("id", subject.id);
    out.field("name", subject.name);
    out.end_object();
  }
  out.end_array();
  out.field("why", check.why);
  out.field("remedy", check.remedy);
  out.field_if("since", check.since);
  out.end_object();
}

}  // namespace

http::Response check_up_of(const Parts& parts, OrganisationId organisation) {
  const Facts facts = gather(parts, organisation);
  return v1::object(http::Status::ok, [&](json::Writer& out) {
    out.field("checked_at", facts.now);
    out.begin_array("checks");
    for (const Check& check : check_up(facts)) write_check(out, check);
    out.end_array();
  });
}

}  // namespace fastness::api

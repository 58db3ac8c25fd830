// What happens in one domain and matters in another.
#include <boost/asio/post.hpp>

#include "api/v1/live/live.h"
#include "gateway_services/restriction.h"
#include "gateway_services/switches.h"
#include "hub.h"

namespace fastness::hub {

void Hub::connect_domains() {
  connect_identity();
  connect_accounts();
  connect_erasures();
  connect_things();
}

void Hub::connect_identity() {
  identity::Identity& identity = *opened_.domains.identity;
  identity.on_revoked([this](const identity::Revocation& revocation) {
    gateway_->revoke_device(revocation.device);
  });
  identity.on_forged([this](const identity::ForgeryAlarm& alarm) { note_forgery(alarm); });
  identity.clones().on_alarm([this](const identity::CloneAlarm& alarm) { note_clone(alarm); });
  identity.on_quarantined(
      [this](const identity::PolicyQuarantine& quarantine) { note_quarantine(quarantine); });
  identity.on_lockdown([this](const identity::LockdownEvent& event) { note_lockdown(event); });
  identity.on_key_retired(
      [this](const identity::RetiredKey& retired) { note_retired_key(retired); });
  identity.on_lapsed([this](const identity::CertificateKind& kind) {
    for (const auto& context : contexts_) context->drop_tickets();
    gateway_->disconnect_certificates(identity::to_text(kind));
  });
  identity.authority().on_event(
      [this](const identity::AuthorityEvent& event) { note_authority(event); });
  opened_.roots.on_change([this] { follow_roots(); });
  opened_.domains.restrictions->on_order([this](incident::Level before, incident::Level now) {
    opened_.log.warning("restricted", {{"restriction", to_text(now)}});
    record_for_all("host", "host.restrict", "restriction:" + std::string(to_text(now)), "ok");
    cut_off(*gateway_, before, now);
  });
  opened_.domains.switches->on_order([this](incident::Component component, bool is_on) {
    const std::string name(to_text(component));
    opened_.log.warning(is_on ? "switched_on" : "switched_off", {{"component", name}});
    record_for_all("host", is_on ? "host.switch_on" : "host.switch_off", "component:" + name, "ok");
    if (!is_on) cut_off(*gateway_, component);
  });
  opened_.domains.backups_made->on_turn(
      [this](upkeep::BackupWatch::Turn turn, const upkeep::Streak& streak) {
        return note_backups(turn, streak);
      });
}

// Whoever runs this server is told where they are: nobody looks at a schedule that is silent.
Result<void> Hub::note_backups(upkeep::BackupWatch::Turn turn, const upkeep::Streak& streak) {
  const bool have_failed = turn == upkeep::BackupWatch::Turn::began;
  const bool is_of_test = is_of_test_restore(streak.trouble);
  if (have_failed) {
    opened_.log.error(is_of_test ? "test_restores_fail" : "backups_fail",
                      {{"why", to_text(streak.trouble)}});
  } else {
    opened_.log.info(is_of_test ? "test_restores_are_well" : "backups_are_well");
  }
  const auto kind =
      have_failed ? identity::AlarmKind::backup_failed : identity::AlarmKind::backup_well;
  return opened_.domains.identity->alarms().note({kind, identity::the_hosts(), to_text(streak)},
                                                 opened_.clock.now());
}

void Hub::note_renewal(const renewals::RenewalEvent& event) {
  const auto recorded = opened_.domains.audit->record(
      {event.caller.organisation, "certificate:" + to_hex(event.caller.leaf), event.action,
       "device:" + event.caller.device.value().to_text(), event.caller.remote, event.result});
  if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
}

// What the devices feel is in the trail of every organisation, and may open windows to renew.
void Hub::note_authority(const identity::AuthorityEvent& event) {
  if (event.audience == identity::AuthorityEvent::Audience::everybody) {
    renewals_->look_again();
    return record_for_all("host", event.action, event.object, "ok");
  }
  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  const auto recorded =
      opened_.domains.audit->record({nobody, "host", event.action, event.object, "", "ok"});
  if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
}

void Hub::record_for_all(const std::string& actor, const std::string& action,
                         const std::string& object, const std::string& result) {
  const auto organisations = opened_.domains.accounts->users().organisations();
  if (!organisations) {
    return opened_.log.error("not_audited", {{"error", organisations.error().message}});
  }
  for (const accounts::Organisation& organisation : *organisations) {
    const auto recorded =
        opened_.domains.audit->record({organisation.id, actor, action, object, "", result});
    if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
  }
}

void Hub::note_forgery(const identity::ForgeryAlarm& alarm) {
  opened_.log.error("forged_certificate", {{"leaf", to_hex(alarm.leaf.leaf)},
                                           {"generation", alarm.leaf.generation.value()},
                                           {"claims_to_be", alarm.leaf.untrusted_name},
                                           {"count", alarm.count},
                                           {"is_suspect", alarm.is_suspect}});
  record_for_all("anonymous", "certificate.forged", "certificate:" + to_hex(alarm.leaf.leaf),
                 "refused");
  api_->live().forged(alarm);
}

void Hub::note_quarantine(const identity::PolicyQuarantine& quarantine) {
  const std::string device = "device:" + quarantine.device.value().to_text();
  opened_.log.warning("quarantined_by_policy", {{"device", device}});
  const auto recorded = opened_.domains.audit->record(
      {quarantine.organisation, "host", "identity.quarantine", device, "", "ok"});
  if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
}

// Who is refused from now on finds in their own trail why.
void Hub::note_lockdown(const identity::LockdownEvent& event) {
  const bool began = event.change == identity::LockdownEvent::Change::began;
  const std::string generation = "generation:" + std::to_string(event.locked.generation.value());
  record_for_all("host", began ? "ca.lock" : "ca.unlock", generation, "ok");
  if (!began) return;  // the order to end it is in the host's trail already
  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  const auto recorded =
      opened_.domains.audit->record({nobody, "host", "ca.lock", generation, "", "ok"});
  if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
}

// By its new key the device may have come a moment ago: whoever is in by the former one is another
// connection.
void Hub::note_retired_key(const identity::RetiredKey& retired) {
  constexpr const char* kWhy = "key_changed";
  if (retired.came_by) {
    gateway_->disconnect_other_certificates(retired.device, *retired.came_by, kWhy);
  } else {
    gateway_->disconnect_device(retired.device, kWhy);
  }
  const std::string device = "device:" + retired.device.value().to_text();
  const auto recorded = opened_.domains.audit->record(
      {retired.organisation, device, "device.retire_key", device, "", "ok"});
  if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
}

void Hub::note_clone(const identity::CloneAlarm& alarm) {
  const std::string device = alarm.device.value().to_text();
  opened_.log.warning("device_in_two_places", {{"device", device}, {"remote", alarm.remote}});
  opened_.domains.identity->note_alarm(
      {identity::AlarmKind::clone, alarm.organisation, device, identity::AlarmResponse::none});
  const auto recorded =
      opened_.domains.audit->record({alarm.organisation, "device:" + device, "device.in_two_places",
                                     "device:" + device, alarm.remote, "ok"});
  if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
}

void Hub::connect_accounts() {
  accounts::Accounts& accounts = *opened_.domains.accounts;
  accounts.api_keys().on_revoked([this](const std::string& client_id) {
    gateway_->disconnect_credential(client_id);
    api_->live().end_key(client_id);
  });
  accounts.sessions().on_ended(
      [this](const accounts::SessionId& session) { api_->live().end_session(session); });
}

void Hub::connect_erasures() {
  vault_ipc::Client& vault = opened_.vault;
  keys::ContentKeys& content = *opened_.stores.keys;
  opened_.domains.erasures->set_work(
      {[&vault](OrganisationId organisation) -> Result<bool> {
         auto share = vault.share({organisation, std::nullopt});
         if (share) return false;
         if (share.error().code == Errc::not_found) return true;
         return propagate(std::move(share));
       },
       [&vault, &content](OrganisationId organisation,
                          std::optional<UserId> person) -> Result<void> {
         // What is in memory is forgotten whatever the vault answers.
         content.forget(organisation);
         FASTNESS_RETURN_IF_ERROR(vault.destroy_share({organisation, person}));
         content.forget(organisation);
         return {};
       },
       [this](OrganisationId organisation, accounts::Erasures::Done done) {
         api_->remove_belongings(organisation, std::move(done));
       }});
}

void Hub::connect_things() {
  Domains& domains = opened_.domains;
  domains.history->on_disposed(
      [this, post = post_to_control()](const history::History::Disposal& disposed) {
        const bool is_age = disposed.cause == history::History::Disposal::Cause::age;
        post([this, disposed,
              kind = is_age ? accounts::DisposalKind::history_age
                            : accounts::DisposalKind::history_cap] {
          note_disposal(disposed.organisation, kind, disposed.days);
        });
      });
  domains.pipeline->on_live([this](const std::vector<pipeline::Committed>& batch) {
    gateway_->deliver(batch);
    api_->live().values(batch);
    note_values(batch);
  });
  domains.devices->on_change([this](const things::Device& device, things::Devices::Change change) {
    api_->live().device(device, change);
  });
  domains.things->on_change(
      [this](const things::Thing& thing, const things::Things::Change& change) {
        note_thing(thing, change);
      });
}

// Whoever says a value is heard from.
void Hub::note_values(const std::vector<pipeline::Committed>& batch) {
  for (const pipeline::Committed& each : batch) {
    const things::Reading& reading = each.reading;
    if (reading.source != things::Source::device) continue;
    const things::Thing* thing = opened_.domains.things->find(reading.organisation, reading.thing);
    if (thing == nullptr || !thing->device) continue;
    opened_.domains.devices->seen(reading.organisation, *thing->device, reading.arrived);
  }
}

void Hub::note_thing(const things::Thing& thing, const things::Things::Change& change) {
  Domains& domains = opened_.domains;
  if (change.device_before != change.device_after) {
    if (change.device_before) {
      gateway_->attachment_changed(thing.organisation, *change.device_before, thing.id, {});
    }
    if (change.device_after) {
      gateway_->attachment_changed(thing.organisation, *change.device_after, {}, thing.id);
    }
  }
  if (change.has_new_timezone) {
    if (const auto view = domains.things->published().load()->thing(thing.organisation, thing.id)) {
      gateway_->time_zone_changed(*view,
                                  domains.time_zones->at(thing.said.timezone, opened_.clock.now()));
    }
  }
  for (const auto& ended : change.ended) {
    domains.refusals->forget(ended.property);
    if (const auto forgotten = domains.last_values->forget(thing.organisation, ended.property);
        !forgotten) {
      opened_.log.warning("value_not_forgotten", {{"error", forgotten.error().message}});
    }
    boost::asio::post(opened_.pools.seal,
                      [&history = *domains.history, log = opened_.log,
                       series = history::Series{thing.organisation, ended.series}] {
                        if (const auto removed = history.remove(series); !removed) {
                          log.warning("history_not_removed", {{"error", removed.error().message}});
                        }
                      });
  }
}

// A person or program over MQTT: the user's id, and an access token as password.
void Hub::authenticate(const gateway::Services::Attempt& attempt,
                       const gateway::Services::Authenticated& answer) {
  const auto bearer = opened_.domains.accounts->verify(attempt.password, attempt.address);
  if (!bearer) return answer(Unexpected<Error>{bearer.error()});
  if (bearer->user.value().to_text() != attempt.username) {
    return answer(fail(Errc::permission_denied, "the user name is not the token's"));
  }
  opened_.domains.accounts->api_keys().used(bearer->client_id, attempt.address);
  answer(restricted(
      principal_of_key(bearer->organisation, bearer->user, bearer->client_id, bearer->scopes),
      opened_.domains.restrictions->level()));
}

}  // namespace fastness::hub

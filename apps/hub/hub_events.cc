// What happens in one domain and matters in another.
#include <boost/asio/post.hpp>

#include "api/v1/live/live.h"
#include "hub.h"

namespace fastness::hub {

void Hub::connect_domains() {
  connect_identity();
  connect_accounts();
  connect_things();
}

void Hub::connect_identity() {
  identity::Identity& identity = *opened_.domains.identity;
  identity.on_revoked([this](const identity::Revocation& revocation) {
    gateway_->revoke_device(revocation.device);
  });
  identity.on_forged([this](const identity::ForgeryAlarm& alarm) { note_forgery(alarm); });
  identity.on_distrusted([this](vault_ipc::GenerationId) {
    for (const auto& context : contexts_) context->drop_tickets();
  });
}

void Hub::note_forgery(const identity::ForgeryAlarm& alarm) {
  opened_.log.error("forged_certificate", {{"leaf", to_hex(alarm.leaf.leaf)},
                                           {"generation", alarm.leaf.generation.value()},
                                           {"claims_to_be", alarm.leaf.untrusted_name},
                                           {"count", alarm.count},
                                           {"is_suspect", alarm.is_suspect}});
  const auto organisations = opened_.domains.accounts->users().organisations();
  if (organisations) {
    for (const accounts::Organisation& organisation : *organisations) {
      const auto recorded =
          opened_.domains.audit->record({organisation.id, "anonymous", "certificate.forged",
                                         "certificate:" + to_hex(alarm.leaf.leaf), "", "refused"});
      if (!recorded) opened_.log.error("not_audited", {{"error", recorded.error().message}});
    }
  }
  api_->live().forged(alarm);
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

void Hub::connect_things() {
  Domains& domains = opened_.domains;
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
void Hub::authenticate(const std::string& user, const std::string& token,
                       const gateway::Services::Authenticated& answer) {
  const auto bearer = opened_.domains.accounts->verify(token);
  if (!bearer) return answer(Unexpected<Error>{bearer.error()});
  if (bearer->user.value().to_text() != user) {
    return answer(fail(Errc::permission_denied, "the user name is not the token's"));
  }
  if (!bearer->scopes.has(accounts::Scope::things_read)) {
    return answer(fail(Errc::permission_denied, "the key has no scope for values"));
  }
  using Rights = dialects::Speaker::Rights;
  answer(gateway::Principal{
      bearer->organisation, bearer->user, bearer->client_id,
      bearer->scopes.has(accounts::Scope::values_write) ? Rights::read_write : Rights::read});
}

}  // namespace fastness::hub

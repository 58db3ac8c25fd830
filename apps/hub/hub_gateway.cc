#include <thread>

#include "bind_each.h"
#include "configured_limits.h"
#include "gateway_services/device_services.h"
#include "gateway_services/identity_services.h"
#include "gateway_services/restriction.h"
#include "gateway_services/switches.h"
#include "hub.h"
#include "pipeline/reading_record.h"

namespace fastness::hub {
namespace {

std::size_t gateway_threads(std::int64_t configured) {
  if (configured > 0) return static_cast<std::size_t>(configured);
  return std::max(1U, std::thread::hardware_concurrency());
}

// The gateway's records as the journal's, with the readings that belong to them. A journal that
// takes none answers at once.
void append_records(Stores& stores, pipeline::Pipeline& pipeline,
                    std::vector<things::Reading> readings, std::vector<Bytes> payloads,
                    Durability durability,
                    const std::function<void(Result<gateway::LogPosition>)>& done) {
  std::vector<journal::Record> records;
  records.reserve(payloads.size());
  for (Bytes& payload : payloads) {
    records.push_back(
        {static_cast<std::uint8_t>(pipeline::RecordType::gateway), std::move(payload)});
  }
  if (!readings.empty()) {
    return pipeline.submit(std::move(readings), std::move(records), durability, done);
  }
  const std::size_t count = records.size();
  auto queued = stores.journal->append(std::move(records), durability,
                                       [done, count](const Result<journal::Position>& first) {
                                         done(first ? *first + count : first);
                                       });
  if (!queued) done(Unexpected<Error>{queued.error()});
}

}  // namespace

Result<std::shared_ptr<tls::ServerContext>> Hub::make_context(tls::ServerContext::Options options) {
  return tls::ServerContext::create(std::move(options), credentials_.credentials, opened_.clock,
                                    opened_.random);
}

// Devices renew their certificates here, so one is asked for. No browser bothers its user with
// that: it is told whose certificates, and has none of theirs (docs/decisions/0036).
Result<std::shared_ptr<tls::ServerContext>> Hub::make_https_context() {
  identity::Identity& identity = *opened_.domains.identity;
  tls::ServerContext::Options options;
  options.protocols = {"http/1.1"};
  options.acceptable_authorities = device_issuers(*identity.published().load());
  if (options.acceptable_authorities.empty()) {
    return fail(Errc::corrupted, "the vault has no device authority");
  }
  options.client_certificate = tls::ClientCertificate::request;
  options.admission = make_renewal_admission(identity, opened_.clock, post_to_control());
  return make_context(std::move(options));
}

Result<void> Hub::make_contexts() {
  const auto make_mqtt = [this](tls::ClientCertificate certificate) {
    tls::ServerContext::Options options;
    options.client_certificate = certificate;
    options.hand_over = opened_.config.tls.record_layer == config::RecordLayer::own;
    options.protocols = {"mqtt"};
    if (certificate != tls::ClientCertificate::none) {
      options.admission =
          make_admission(*opened_.domains.identity, opened_.clock, post_to_control());
    }
    return make_context(std::move(options));
  };
  FASTNESS_ASSIGN_OR_RETURN(https_, make_https_context());
  FASTNESS_ASSIGN_OR_RETURN(mqtts_, make_mqtt(tls::ClientCertificate::request));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_secret_, make_mqtt(tls::ClientCertificate::none));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_certificate_, make_mqtt(tls::ClientCertificate::require));
  contexts_ = {https_, mqtts_, mqtts_secret_, mqtts_certificate_};
  look_at_staples();
  return {};
}

// It speaks through the gateway, which is there by the time that a device listens.
void Hub::make_renewal_desk() {
  renewals_ = std::make_unique<renewals::RenewalDesk>(renewals::RenewalDesk::Parts{
      *opened_.domains.identity, opened_.clock, opened_.random,
      [this](const renewals::Caller& to, std::string_view word,
             const std::vector<std::string>& payloads) {
        std::vector<dialects::Outgoing> messages;
        messages.reserve(payloads.size());
        for (const std::string& payload : payloads) {
          messages.push_back(
              {gateway::renewal_topic(to.device, word), to_bytes(as_bytes(payload)), 0});
        }
        gateway_->send_renewal(to.organisation, to.connection, std::move(messages));
      },
      [this](const renewals::RenewalEvent& event) { note_renewal(event); }});
}

Result<void> Hub::make_gateway() {
  Domains& domains = opened_.domains;
  gateway::Services services;
  add_identity_services(services, *domains.identity, opened_.clock, post_to_control());
  add_device_services(services,
                      {*domains.devices, *domains.things, *domains.last_values, *domains.time_zones,
                       *domains.identity, *renewals_, opened_.clock},
                      opened_.log, post_to_control());
  services.authenticate_user = [this](gateway::Services::Attempt attempt, auto answer) {
    opened_.control.post([this, attempt = std::move(attempt), answer = std::move(answer)] {
      authenticate(attempt, answer);
    });
  };
  add_plaintext_service(services, domains.accounts->api_keys(), opened_.config.listen,
                        opened_.clock);
  restrict_services(services, *domains.restrictions);
  switch_services(services, *domains.switches);
  services.refused = [this, &domains](std::vector<pipeline::Refused> refused) {
    opened_.control.post(
        [&domains, refused = std::move(refused)] { domains.refusals->note(refused); });
  };
  services.append = [this, &domains](std::vector<things::Reading> readings,
                                     std::vector<Bytes> payloads, Durability durability,
                                     auto done) {
    append_records(opened_.stores, *domains.pipeline, std::move(readings), std::move(payloads),
                   durability, std::move(done));
  };

  const auto& listen = opened_.config.listen;
  const auto& kept = opened_.config.durability;
  if (!listen.mqtt_plain.empty()) {
    warn_of_plaintext(services, opened_.log);
    count_plaintext_as_use(services, domains.accounts->api_keys(), listen.mqtt_plain_api_key,
                           post_to_control());
  }

  gateway::Options options;
  using gateway::Proof;
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts", listen.mqtts,
                                         Proof::certificate_or_secret, kept.mqtts, mqtts_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts_secret", listen.mqtts_secret,
                                         Proof::secret, kept.mqtts_secret, mqtts_secret_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts_certificate", listen.mqtts_certificate,
                                         Proof::certificate, kept.mqtts_certificate,
                                         mqtts_certificate_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtt_plain", listen.mqtt_plain, Proof::loopback,
                                         kept.mqtt_plain, nullptr));
  options.web_sockets = kept.websocket.value_or(kept.journal);
  options.durability = kept.journal;
  say_durability("websocket", options.web_sockets);
  options.threads = gateway_threads(opened_.config.gateway.threads);
  options.drain = std::chrono::seconds(opened_.config.gateway.drain_seconds);
  options.coalesce_window = opened_.config.gateway.coalesce_window;
  options.limits = gateway_limits(opened_.config, descriptors_);
  FASTNESS_ASSIGN_OR_RETURN(
      gateway_,
      gateway::Gateway::create(std::move(options), std::move(services), opened_.clock,
                               opened_.random, opened_.log.named("gateway"), opened_.metrics));
  for (std::size_t i = 0; i < gateway_listeners_.size(); ++i) {
    listeners_[gateway_listeners_[i]].push_back(net::to_text(gateway_->endpoints()[i]));
  }
  return {};
}

Result<void> Hub::add_listeners(gateway::Options& options, const std::string& name,
                                const std::vector<config::Endpoint>& endpoints,
                                gateway::Proof proof, std::optional<Durability> durability,
                                const std::shared_ptr<tls::ServerContext>& context) {
  const Durability kept = durability.value_or(opened_.config.durability.journal);
  say_durability(name, kept);
  return bind_each(endpoints, [&](const net::Endpoint& endpoint) -> Result<void> {
    options.listeners.push_back({endpoint, proof, context, kept});
    gateway_listeners_.push_back(name);
    return {};
  });
}

// What an acknowledgement is worth, where people and benchmarks look for it.
void Hub::say_durability(const std::string& listener, Durability durability) {
  const std::string word(config::to_text(durability));
  opened_.log.info("durability",
                   {{"listener", listener},
                    {"acknowledged_after", word},
                    {"commit_window", config::to_text(opened_.config.durability.commit_window)}});
  opened_.metrics
      .gauge("fastness_gateway_listener_durability",
             "1 for the durability of what each listener acknowledges.",
             {{"listener", listener}, {"durability", word}})
      .set(1);
}

}  // namespace fastness::hub

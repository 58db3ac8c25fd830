#include "gateway/gateway.h"

#include <algorithm>
#include <map>

#include "gateway/shard.h"
#include "gateway/store/session_store.h"
#include "mqtt/topic_name.h"
#include "net/listener.h"

namespace fastness::gateway {

Gateway::Gateway(Options options, Services services, const Clock& clock, Random& random,
                 const telemetry::Log& log, telemetry::Registry& metrics)
    : options_(std::move(options)),
      services_(std::move(services)),
      clock_(clock),
      random_(random),
      log_(log.named("gateway")),
      probe_(std::make_unique<Probe>(metrics)),
      // Numbers grow over restarts without being stored: nobody sends a million messages a second
      // for longer than the process has been down.
      last_message_(static_cast<std::uint64_t>(clock.now().time_since_epoch().count())) {}

Gateway::~Gateway() = default;

Result<std::unique_ptr<Gateway>> Gateway::create(Options options, Services services,
                                                 const Clock& clock, Random& random,
                                                 const telemetry::Log& log,
                                                 telemetry::Registry& metrics) {
  std::unique_ptr<Gateway> gateway(
      new Gateway(std::move(options), std::move(services), clock, random, log, metrics));
  FASTNESS_RETURN_IF_ERROR(gateway->make_shards());
  FASTNESS_RETURN_IF_ERROR(gateway->listen());
  return gateway;
}

Result<void> Gateway::make_shards() {
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
    FASTNESS_ASSIGN_OR_RETURN(
        auto shard, Shard::create("gateway-" + std::to_string(i),
                                  {options_, services_, clock_, random_, log_, *probe_, quotas_,
                                   last_connection_, last_message_,
                                   [this](OrganisationId id) -> Shard& { return home_of(id); }}));
    shards_.push_back(std::move(shard));
  }
  return {};
}

Result<void> Gateway::listen() {
  const auto limits = net::ConnectionLimits::create(
      options_.limits.connections,
      [&probe = *probe_](net::ConnectionLimits::Refusal why) { probe.caller_refused(why); });
  for (const ListenerOptions& listener : options_.listeners) {
    if (listener.proof == Proof::loopback && !listener.endpoint.address().is_loopback()) {
      return fail(Errc::invalid_argument, "plaintext MQTT is for loopback addresses only, not " +
                                              net::to_text(listener.endpoint));
    }
    // Two instances on one port would each get some of the boards.
    FASTNESS_RETURN_IF_ERROR(net::check_port_is_free(listener.endpoint));
    net::Endpoint endpoint = listener.endpoint;
    // The first shard learns the port if it was 0; the others share it.
    for (auto& shard : shards_) {
      FASTNESS_ASSIGN_OR_RETURN(endpoint, shard->listen(listener, endpoint, limits));
    }
    endpoints_.push_back(endpoint);
  }
  return {};
}

Shard& Gateway::home_of(OrganisationId organisation) const {
  return *shards_[std::hash<OrganisationId>{}(organisation) % shards_.size()];
}

Result<void> Gateway::restore(SessionStore& store) {
  return store.load(
      [this](StoredSession session) {
        Broker& broker = home_of(session.principal.organisation).broker();
        broker.restore(std::move(session));
      },
      [this](OrganisationId organisation, StoredRetained retained) {
        home_of(organisation).broker().restore(organisation, std::move(retained));
      });
}

void Gateway::checkpoint(SessionStore& store, LogPosition log_end,
                         const std::function<void(std::function<void()>)>& post,
                         std::function<void(Result<LogPosition>)> done) {
  // The snapshots of all shards come together on the thread that writes.
  struct Gathering {
    Snapshot whole;
    std::size_t missing;
    std::function<void(Result<LogPosition>)> done;
  };
  auto gathering = std::make_shared<Gathering>(Gathering{{}, shards_.size(), std::move(done)});
  const auto extent =
      wants_full_checkpoint_.exchange(false) ? Broker::Extent::everything : Broker::Extent::changes;
  for (auto& shard : shards_) {
    shard->loop().post([this, &broker = shard->broker(), &store, gathering, post, extent, log_end] {
      auto part = std::make_shared<Snapshot>(broker.snapshot(extent));
      post([this, &store, gathering, part, log_end] {
        gathering->whole.add(std::move(*part));
        if (--gathering->missing != 0) return;
        auto written = store.write(gathering->whole);
        if (!written) {
          wants_full_checkpoint_ = true;
          return gathering->done(propagate(std::move(written)));
        }
        gathering->done(std::min(gathering->whole.horizon.value_or(log_end), log_end));
      });
    });
  }
}

Result<void> Gateway::replay(ByteView record) {
  FASTNESS_ASSIGN_OR_RETURN(auto decoded, records::decode(record));
  const OrganisationId organisation = records::organisation_of(decoded);
  home_of(organisation).broker().replay(std::move(decoded));
  return {};
}

void Gateway::expel(const std::function<bool(const Principal&)>& is_admitted) {
  for (auto& shard : shards_) shard->broker().expel(is_admitted);
}

void Gateway::start() {
  for (auto& shard : shards_) shard->start();
}

void Gateway::drain() {
  for (auto& shard : shards_) shard->drain();
}

void Gateway::stop() {
  drain();  // all at the same time
  for (auto& shard : shards_) shard->stop();
}

// --- connections --------------------------------------------------------------------------------

void Gateway::adopt(std::shared_ptr<http::WebSocket> socket, std::string remote, const char* tls) {
  Shard& shard = *shards_[next_adopter_.fetch_add(1) % shards_.size()];
  shard.adopt(std::move(socket), std::move(remote), tls);
}

void Gateway::cut_everywhere(const Cut& cut) {
  for (auto& shard : shards_) {
    shard->loop().post([&broker = shard->broker(), cut] { broker.cut(cut); });
  }
}

void Gateway::disconnect_device(DeviceId device, const char* why) {
  cut_everywhere({device, {}, false, why});
}

void Gateway::disconnect_other_certificates(DeviceId device, const tls::LeafDigest& than,
                                            const char* why) {
  cut_everywhere({device, {}, false, why, than});
}

void Gateway::revoke_device(DeviceId device) {
  cut_everywhere({device, {}, true, "revoked"});
}

void Gateway::disconnect_credential(std::string credential) {
  if (credential.empty()) return;
  cut_everywhere({std::nullopt, std::move(credential), true, "credential_revoked"});
}

void Gateway::disconnect(Crowd crowd, const char* why) {
  cut_everywhere({std::nullopt, {}, false, why, {}, crowd});
}

void Gateway::disconnect_certificates(std::string kind) {
  if (kind.empty()) return;
  cut_everywhere({std::nullopt, std::move(kind), false, "certificate_lapsed"});
}

void Gateway::revoke_user(UserId user) {
  cut_everywhere({user, {}, true, "revoked"});
}

// --- messages -----------------------------------------------------------------------------------

Result<void> Gateway::publish(OrganisationId organisation, std::string_view topic, ByteView payload,
                              mqtt::Qos qos, bool retain) {
  if (topic.starts_with('$') || !mqtt::TopicName::is_valid(topic)) {
    return fail(Errc::invalid_argument, "not a topic to publish to");
  }
  mqtt::Message message;
  message.topic = topic;
  message.payload = to_bytes(payload);
  message.qos = qos;
  message.retain = retain;
  Shard& home = home_of(organisation);
  home.loop().post([&broker = home.broker(), organisation, message = std::move(message)]() mutable {
    broker.publish(organisation, std::move(message));
  });
  return {};
}

namespace {

// The values of one thing in a batch, by the way they go.
struct Movement {
  OrganisationId organisation;
  std::vector<dialects::WireValue> reports;
  std::vector<dialects::WireValue> writes;
};

std::map<ThingId, Movement> sort_by_thing(const std::vector<pipeline::Committed>& batch) {
  std::map<ThingId, Movement> movements;
  for (const pipeline::Committed& committed : batch) {
    const things::Reading& reading = committed.reading;
    // Back-fill and repetitions are history's; nobody who watches wants the past as news.
    if (committed.outcome == things::LastValues::Outcome::older ||
        committed.outcome == things::LastValues::Outcome::repeated) {
      continue;
    }
    Movement& movement =
        movements.try_emplace(reading.thing, Movement{reading.organisation, {}, {}}).first->second;
    const dialects::WireValue value{reading.property, reading.value, reading.time};
    movement.reports.push_back(value);
    if (reading.source != things::Source::device) movement.writes.push_back(value);
  }
  return movements;
}

}  // namespace

void Gateway::deliver(const std::vector<pipeline::Committed>& batch) {
  const auto snapshot = services_.things->load();
  for (const auto& [id, movement] : sort_by_thing(batch)) {
    const auto thing = snapshot->thing(movement.organisation, id);
    if (thing == nullptr) continue;
    Shard& home = home_of(movement.organisation);
    home.loop().post([&broker = home.broker(), organisation = movement.organisation,
                      device = thing->device(),
                      reports = dialects::encode_reports(*thing, movement.reports),
                      writes = dialects::encode_writes(*thing, movement.writes)] {
      if (device && !writes.empty()) {
        broker.send(organisation, {Audience::Kind::only_device, device}, writes);
      }
      broker.send(organisation, {Audience::Kind::all_but_device, device}, reports);
    });
  }
}

void Gateway::send_renewal(OrganisationId organisation, std::uint64_t connection,
                           std::vector<dialects::Outgoing> messages) {
  Shard& home = home_of(organisation);
  home.loop().post(
      [&broker = home.broker(), organisation, connection, messages = std::move(messages)] {
        broker.send_renewal(organisation, connection, messages);
      });
}

void Gateway::attachment_changed(OrganisationId organisation, DeviceId device,
                                 const std::optional<ThingId>& before,
                                 const std::optional<ThingId>& after) {
  auto actions = dialects::attachment_changed(device, before, after);
  Shard& home = home_of(organisation);
  home.loop().post([&broker = home.broker(), organisation, device, actions = std::move(actions)] {
    broker.act_on_device(organisation, device, actions);
  });
}

void Gateway::time_zone_changed(const things::ThingView& thing,
                                const things::LocalTime& local_time) {
  if (!thing.device()) return;
  std::vector<dialects::Action> actions;
  actions.emplace_back(dialects::Reply{dialects::encode_time_zone(thing, local_time)});
  Shard& home = home_of(thing.organisation());
  home.loop().post(
      [&broker = home.broker(), organisation = thing.organisation(), device = *thing.device(),
       actions = std::move(actions)] { broker.act_on_device(organisation, device, actions); });
}

std::vector<QuotaLedger::Row> Gateway::limits_reached(OrganisationId organisation) const {
  return quotas_.of(organisation);
}

std::int64_t Gateway::connections() const {
  return probe_->open();
}

}  // namespace fastness::gateway

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/hosting/quota_ledger.h"
#include "gateway/options.h"
#include "gateway/principal.h"
#include "gateway/services.h"
#include "http/web_socket.h"
#include "pipeline/pipeline.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace fastness::gateway {

class Probe;
class Shard;
class SessionStore;

// Where MQTT clients connect: listeners, sessions, routing. One loop per thread; an organisation is
// at home on one of them, and a connection moves there once, when CONNECT has proved whose it is,
// so that no message crosses threads and no two organisations share anything but a process.
//
// Functions are thread-safe from `start` to `stop` unless they say otherwise.
class Gateway {
 public:
  // Binds the listeners, but accepts nobody yet. `services`, `clock` and `random` must outlive the
  // gateway. `unavailable` if an address cannot be bound; `invalid_argument` if a listener without
  // TLS is to be anywhere but on loopback.
  [[nodiscard]] static Result<std::unique_ptr<Gateway>> create(Options options, Services services,
                                                               const Clock& clock, Random& random,
                                                               const telemetry::Log& log,
                                                               telemetry::Registry& metrics);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // --- start and stop ---------------------------------------------------------------------------

  // Where each of the options' listeners listens, in their order.
  [[nodiscard]] const std::vector<net::Endpoint>& endpoints() const { return endpoints_; }

  // Puts back what was stored: first the checkpoint, then every record that the journal holds
  // beyond it. Before `start`, on one thread. `corrupted` if something does not open or parse.
  [[nodiscard]] Result<void> restore(SessionStore& store);
  [[nodiscard]] Result<void> replay(ByteView record);
  // After both: ends the sessions of whoever is not admitted any more, without will and queue.
  void expel(const std::function<bool(const Principal&)>& is_admitted);

  void start();

  // Refuses new connections and begins to say goodbye to all others, spread over `Options::drain`:
  // 5.0 clients are told when to come back, each another time.
  void drain();
  // Drains, waits for the last bytes, ends the loops.
  void stop();

  // Writes the sessions and retained messages that have changed to `store`, then calls `done` with
  // the position before which the gateway needs no record of the journal any more; nothing if
  // writing failed. `log_end` is the position that the next record would get. `post` runs a task
  // where the store may be written, and `done`.
  void checkpoint(SessionStore& store, LogPosition log_end,
                  const std::function<void(std::function<void()>)>& post,
                  std::function<void(Result<LogPosition>)> done);

  // --- connections ------------------------------------------------------------------------------

  // A WebSocket of the subprotocol `mqtt` which the API has accepted. `tls`: a constant, see
  // Connection::Origin.
  void adopt(std::shared_ptr<http::WebSocket> socket, std::string remote, const char* tls);

  // Closes the device's connections as if the network had; they may come back.
  void disconnect_device(DeviceId device, const char* why);
  // The same for its connections by another certificate than this one.
  void disconnect_other_certificates(DeviceId device, const tls::LeafDigest& than, const char* why);
  // Ends its sessions: no will, no queue. Call it after the admission says no.
  void revoke_device(DeviceId device);
  // The same for whoever came in with this API key.
  void disconnect_credential(std::string credential);
  // Closes the connections of whoever came in by a certificate of this kind, as if the network had:
  // the device is who it was, and comes back to its session with another certificate.
  void disconnect_certificates(std::string kind);
  void revoke_user(UserId user);
  // Closes the connections of all of them, as if the network had. Call it after the admission says
  // no, or something else than before.
  void disconnect(Crowd crowd, const char* why);

  // --- messages ---------------------------------------------------------------------------------

  // `invalid_argument` for what is no topic name or begins with `$`.
  [[nodiscard]] Result<void> publish(OrganisationId organisation, std::string_view topic,
                                     ByteView payload, mqtt::Qos qos, bool retain);

  // Accepted values on their way to those who watch, and writes to the thing's board.
  void deliver(const std::vector<pipeline::Committed>& batch);

  // What is to be said to a device about its certificate: topics of its own, to this connection
  // alone. Nothing happens if it is gone, or did not subscribe to them.
  void send_renewal(OrganisationId organisation, std::uint64_t connection,
                    std::vector<dialects::Outgoing> messages);

  // A live board is told of its new thing, or made to start over.
  void attachment_changed(OrganisationId organisation, DeviceId device,
                          const std::optional<ThingId>& before,
                          const std::optional<ThingId>& after);
  void time_zone_changed(const things::ThingView& thing, const things::LocalTime& local_time);

  [[nodiscard]] std::int64_t connections() const;

  // Which limits refused, slowed or dropped something of the organisation's, the latest first.
  [[nodiscard]] std::vector<QuotaLedger::Row> limits_reached(OrganisationId organisation) const;

 private:
  Gateway(Options options, Services services, const Clock& clock, Random& random,
          const telemetry::Log& log, telemetry::Registry& metrics);
  [[nodiscard]] Result<void> make_shards();
  [[nodiscard]] Result<void> listen();
  [[nodiscard]] Shard& home_of(OrganisationId organisation) const;
  void cut_everywhere(const struct Cut& cut);

  const Options options_;
  const Services services_;
  const Clock& clock_;
  Random& random_;
  const telemetry::Log log_;
  std::unique_ptr<Probe> probe_;
  QuotaLedger quotas_;
  std::atomic<std::uint64_t> last_connection_{0};
  std::atomic<std::uint64_t> last_message_;
  std::atomic<std::size_t> next_adopter_{0};
  std::atomic<bool> wants_full_checkpoint_{false};  // the last one failed
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<net::Endpoint> endpoints_;
};

}  // namespace fastness::gateway

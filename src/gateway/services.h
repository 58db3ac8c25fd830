#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/durability.h"
#include "base/published.h"
#include "base/random.h"
#include "base/result.h"
#include "dialects/dialects.h"
#include "gateway/broker/renewal_topics.h"
#include "gateway/principal.h"
#include "pipeline/ingest.h"
#include "things/model/snapshot.h"
#include "tls/context/credential.h"

namespace fastness::gateway {

// Where a record lies in the journal: 1, 2, 3, ... without gaps.
using LogPosition = std::uint64_t;

// The life of a device's connection, for the control thread.
struct ConnectionEvent {
  enum class Kind : std::uint8_t { connected, disconnected };
  Kind kind;
  OrganisationId organisation;
  DeviceId device;
  std::uint64_t connection;  // the same number in both events of one connection
  std::string remote;
  std::string tls;
  std::string auth;    // "certificate" or "secret"
  std::string reason;  // of `disconnected`: a constant such as "keep_alive_timeout"
  Timestamp since;     // when it was connected
  Timestamp at;
  std::optional<tls::LeafDigest> leaf;  // of the certificate that it came in with
};

// What a device says on the channel that renews its certificate, which is its own and nobody
// else's, or that it listens there; for the control thread.
struct RenewalMessage {
  // With a session, or by a connection that is for this alone: of the latter there are no
  // ConnectionEvents, and its end is said by RenewalChannel::gone.
  enum class Stay : std::uint8_t { with_session, to_renew };
  RenewalChannel channel;
  OrganisationId organisation;
  DeviceId device;
  std::uint64_t connection;  // as in ConnectionEvent, which came before
  tls::LeafDigest leaf;      // of the certificate that it came in with
  std::string remote;
  Bytes payload;  // empty of who listens
  Stay stay = Stay::with_session;
};

// What the gateway needs of the other domains. The functions are called on gateway loops, so they
// are thread-safe and return at once; what takes longer answers through its last argument, on any
// thread, exactly once.
struct Services {
  // The admission rule, asked again at every CONNECT (ARCHITECTURE 2). Any failure refuses; the
  // message is for the log.
  std::function<Result<Principal>(const tls::LeafDigest& leaf)> admit_certificate;
  // Whether the device of that leaf may renew it, asked at every CONNECT which wants that and
  // nothing else. Any failure refuses; answered later, on any thread.
  std::function<void(const tls::LeafDigest& leaf, std::function<void(Result<RenewingDevice>)>)>
      admit_renewal;
  // `not_found` if there is no such device: then the person's way in is tried.
  std::function<Result<Principal>(DeviceId device, std::string_view secret)> admit_secret;

  // Who the clients of a plaintext listener are, asked at every CONNECT. Any failure refuses.
  std::function<Result<Principal>()> admit_plaintext;

  // How a person or a program says who it is.
  struct Attempt {
    std::string username;
    std::string password;
    std::string address;  // of the peer, without its port: an API key may be limited to networks
  };
  using Authenticated = std::function<void(Result<Principal>)>;
  std::function<void(Attempt, Authenticated)> authenticate_user;

  // Journals readings and records of ours, all or nothing, in the order of the calls; `done` in the
  // same order when they are as durable as asked, with the position after the last. A call that is
  // refused is answered before it returns.
  std::function<void(std::vector<things::Reading>, std::vector<Bytes> records, Durability,
                     std::function<void(Result<LogPosition>)> done)>
      append;

  struct LastValuesAnswer {
    std::vector<dialects::WireValue> values;
    things::LocalTime local_time;
  };
  std::function<void(OrganisationId, ThingId, std::function<void(LastValuesAnswer)>)> last_values;

  std::function<void(std::vector<pipeline::Refused>)> refused;
  std::function<void(DeviceId, dialects::Note)> note;
  // In the order in which they happened; a few at a time, so that a thousand devices that come
  // back do not wake the control thread a thousand times.
  std::function<void(std::vector<ConnectionEvent>)> connection_events;
  // In the order in which they came, and after the event of their connection.
  std::function<void(RenewalMessage)> renewal;

  const Published<things::ThingsSnapshot>* things = nullptr;  // outlives the gateway
};

}  // namespace fastness::gateway

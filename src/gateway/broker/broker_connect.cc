// How a connection becomes a session: proof, the key of the session, takeover.

#include <algorithm>

#include "base/ids/uuid.h"
#include "gateway/broker/broker.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

namespace {

// "192.0.2.7" of "192.0.2.7:40000", "2001:db8::1" of "[2001:db8::1]:40000". A WebSocket's peer
// comes without a port.
std::string_view address_in(std::string_view remote) {
  if (remote.starts_with('[')) return remote.substr(1, remote.find(']') - 1);
  const std::size_t colon = remote.find(':');
  return colon == remote.rfind(':') ? remote.substr(0, colon) : remote;
}

template <typename Who>
bool was_crowd_cut_since(const std::map<Crowd, SteadyTime>& cuts, const Who& who,
                         SteadyTime proven) {
  return std::ranges::any_of(cuts, [&](const std::pair<const Crowd, SteadyTime>& cut) {
    return cut.second >= proven && is_among(who, cut.first);
  });
}

}  // namespace

void Broker::refuse(Connection& connection, ReasonCode reason, const char* why) {
  context_.probe.login_refused();
  context_.log.info("connect_refused", {{"remote", connection.origin().remote}, {"why", why}});
  connection.endpoint().refuse(reason, connection.output());
  connection.finish(why);
}

void Broker::connect(Connection& connection, const mqtt::Connect& packet, std::size_t bytes) {
  auto login = Login::parse(packet, context_.limits, now(), context_.random);
  if (!login) return refuse(connection, login.error(), "connect_not_acceptable");
  auto asked = std::make_shared<Login>(std::move(login).value());
  asked->packet_bytes = bytes;
  prove(connection, std::move(asked));
}

void Broker::prove(Connection& connection, std::shared_ptr<Login> login) {
  const Connection::Origin& origin = connection.origin();
  if (origin.proof == Proof::loopback) return prove_by_place(connection, login);
  if (const tls::LeafDigest* leaf = connection.leaf()) {
    connection.auth = "certificate";
    if (login->username == kRenewalUserName) return prove_renewal(connection, std::move(login));
    Result<Principal> admitted = context_.services.admit_certificate(*leaf);
    const DeviceId* device = admitted ? admitted->device() : nullptr;
    // A name beside the certificate may only repeat what the certificate proves.
    if (device != nullptr && login->username && *login->username != device->value().to_text()) {
      return refuse(connection, ReasonCode::not_authorised, "user_name_is_not_the_device");
    }
    return proven(connection, login, std::move(admitted));
  }
  if (origin.proof == Proof::certificate || !login->username) {
    return refuse(connection, ReasonCode::not_authorised, "no_credential");
  }
  if (const auto uuid = Uuid::parse(*login->username)) {
    connection.auth = "secret";
    Result<Principal> admitted =
        context_.services.admit_secret(DeviceId(uuid.value()), login->reveal_password());
    const bool unknown = !admitted && admitted.error().code == Errc::not_found;
    if (!unknown) return proven(connection, login, std::move(admitted));
  }
  prove_person(connection, std::move(login));
}

// On a plaintext listener nobody is asked for a proof. Whoever offers one nonetheless believes that
// it is looked at, and that it is safe there.
void Broker::prove_by_place(Connection& connection, const std::shared_ptr<Login>& login) {
  connection.auth = "loopback";
  if (login->username || !login->reveal_password().empty()) {
    return refuse(connection, ReasonCode::not_authorised, "credential_on_plaintext_listener");
  }
  proven(connection, login, context_.services.admit_plaintext());
}

void Broker::prove_person(Connection& connection, std::shared_ptr<Login> login) {
  connection.auth = "user";
  connection.pause();
  Services::Attempt attempt{*login->username, std::string(login->reveal_password()),
                            std::string(address_in(connection.origin().remote))};
  context_.services.authenticate_user(
      std::move(attempt), [this, gate = context_.gate, number = connection.number(),
                           login = std::move(login)](Result<Principal> result) {
        gate->post([this, number, login, result = std::move(result)]() mutable {
          Connection* waiting = context_.find(number);
          if (waiting == nullptr || waiting->is_closing()) return;
          proven(*waiting, login, std::move(result));
        });
      });
}

// A device that asks for nothing but a renewal. Whoever wants more, if only a last word, is no such
// device. The time is taken before the question: a cut that comes meanwhile counts.
void Broker::prove_renewal(Connection& connection, std::shared_ptr<Login> login) {
  if (login->will || context_.services.admit_renewal == nullptr) {
    return refuse(connection, ReasonCode::not_authorised, "not_for_a_renewal");
  }
  connection.pause();
  login->proven = context_.clock.steady();
  context_.services.admit_renewal(*connection.leaf(),
                                  [this, gate = context_.gate, number = connection.number(),
                                   login = std::move(login)](Result<RenewingDevice> result) {
                                    gate->post([this, number, login, result = std::move(result)] {
                                      Connection* waiting = context_.find(number);
                                      if (waiting == nullptr || waiting->is_closing()) return;
                                      if (!result) return refuse_proof(*waiting, result.error());
                                      if (context_.move_home(*waiting, login, result.value()))
                                        return;
                                      host(*waiting, *login, result.value());
                                    });
                                  });
}

void Broker::proven(Connection& connection, const std::shared_ptr<Login>& login,
                    Result<Principal> principal) {
  if (!principal) return refuse_proof(connection, principal.error());
  login->proven = context_.clock.steady();
  if (context_.move_home(connection, login, principal.value())) return;
  host(connection, *login, principal.value());
}

void Broker::refuse_proof(Connection& connection, const Error& why) {
  context_.log.debug("proof_refused", {{"why", why.message}});
  const bool ours = why.code == Errc::unavailable || why.code == Errc::exhausted;
  refuse(connection, ours ? ReasonCode::server_unavailable : ReasonCode::not_authorised,
         ours ? "authentication_unavailable" : "not_admitted");
}

bool Broker::was_identity_cut_since(const std::variant<DeviceId, UserId>& identity,
                                    SteadyTime proven) const {
  const auto cut = cut_identities_.find(identity);
  return cut != cut_identities_.end() && cut->second >= proven;
}

bool Broker::was_cut_since(const RenewingDevice& device, SteadyTime proven) const {
  return was_crowd_cut_since(cut_crowds_, device, proven) ||
         was_identity_cut_since(device.device, proven);
}

bool Broker::was_cut_since(const Principal& principal, SteadyTime proven) const {
  if (was_crowd_cut_since(cut_crowds_, principal, proven)) return true;
  if (was_identity_cut_since(principal.identity, proven)) return true;
  const auto credential = cut_credentials_.find(principal.credential);
  return credential != cut_credentials_.end() && credential->second >= proven;
}

void Broker::host(Connection& connection, Login& login, const Principal& principal) {
  if (was_cut_since(principal, login.proven)) {
    return refuse(connection, ReasonCode::not_authorised, "revoked");
  }
  const DeviceId* device = principal.device();
  if (device != nullptr && login.names_another(*device)) {
    return refuse(connection, ReasonCode::client_identifier_not_valid, "client_id_of_another");
  }
  if (login.will && check(principal, login.will->message.topic) != ReasonCode::success) {
    return refuse(connection, ReasonCode::not_authorised, "will_topic_denied");
  }
  settle_agenda();  // a session whose time is up is not there any more
  Space& home = space(principal.organisation);
  const ReasonCode admitted =
      home.admit(principal, key_of(connection, login, principal), context_.clock.steady());
  if (admitted != ReasonCode::success) return refuse(connection, admitted, "quota_reached");
  bool present = false;
  ClientSession* session = open_session(home, connection, login, principal, present);
  if (session == nullptr) {
    return refuse(connection, ReasonCode::quota_exceeded, "too_many_sessions");
  }
  if (present) drop_denied_subscriptions(home, *session);
  has_watchers_ = has_watchers_ || present;
  connection.since = now();
  tell(connection, principal, ConnectionEvent::Kind::connected, "");
  welcome(connection, *session, login, present);
}

// The tabs of a person's browser all call themselves by the person's id, as the stock client does,
// and come back at once when they are thrown out: each has a session of its own, which ends with
// it.
SessionKey Broker::key_of(const Connection& connection, const Login& login,
                          const Principal& principal) {
  const auto* person = std::get_if<UserId>(&principal.identity);
  const bool is_tab = person != nullptr && login.expiry.count() == 0 &&
                      login.client_id == person->value().to_text();
  return SessionKey::of(principal.identity, login.client_id, is_tab ? connection.number() : 0);
}

// Ends what stands in the way and finds or makes the session. `present` says whether it was there.
ClientSession* Broker::open_session(Space& space, Connection& connection, Login& login,
                                    const Principal& principal, bool& present) {
  const SessionKey key = key_of(connection, login, principal);
  ClientSession* session = space.find(key);
  if (session != nullptr && session->outlet == nullptr) session = come_back(space, *session);
  if (session != nullptr) {
    take_over(*session, login.clean_start || !session->is_durable());
    session = space.find(key);  // gone, if it ended with its connection
  }
  if (session != nullptr && login.clean_start) {
    end_session(space, *session);
    session = nullptr;
  }
  present = session != nullptr;
  if (session == nullptr) session = space.create(key, principal);
  if (session == nullptr) return nullptr;

  session->principal = principal;
  session->expiry = login.expiry;
  session->durability = connection.origin().durability;
  session->ends.reset();
  session->will = login.will ? std::make_unique<Testament>(std::move(*login.will)) : nullptr;
  session->is_changed = true;
  session->state.set_durability(session->is_durable() ? mqtt::Session::Durability::durable
                                                      : mqtt::Session::Durability::volatile_);
  if (session->will) {
    session->will->patience = std::chrono::seconds{connection.endpoint().keep_alive()} * 3 / 2;
  }
  return session;
}

// What is left for the client of a session without connection; null if nothing is.
ClientSession* Broker::come_back(Space& space, ClientSession& session) {
  // A crash of ours cut it off, and it is back in time: nobody needs to hear that it was gone.
  if (session.was_cut_off && session.will) settle_will(session);
  if (session.is_durable() && !(session.ends && *session.ends <= now())) return &session;
  end_session(space, session);
  return nullptr;
}

// Another connection of the same identity asks for the session: the old one goes (3.1.4-3).
void Broker::take_over(ClientSession& session, bool ends) {
  if (ends) session.expiry = std::chrono::seconds{0};
  Connection* old = session.outlet != nullptr ? context_.find(session.outlet->number()) : nullptr;
  if (old != nullptr) old->close(ReasonCode::session_taken_over, "session_taken_over");
}

// CONNACK promises what the session is and that its will is kept, so it waits for the journal if
// the journal is to know of them.
void Broker::welcome(Connection& connection, ClientSession& session, const Login& login,
                     bool present) {
  context_.probe.login_accepted();
  connection.session = &session;
  session.outlet = &connection;
  Space& home = space(session.principal.organisation);
  home.connected();
  connection.traffic = &home.traffic();
  connection.traffic->received.count(login.packet_bytes);
  Greeting greeting;
  greeting.peer = login.peer;
  greeting.welcome.session_present = present;
  if (login.is_client_id_ours) greeting.welcome.assigned_client_id = login.client_id;
  greeting.welcome.session_expiry = static_cast<std::uint32_t>(session.expiry.count());
  if (!session.is_durable() && !session.will) {
    greet(connection, greeting);
    return connection.resume();
  }
  connection.pause();
  journal_opening(connection, session, !present,
                  [this, number = connection.number(),
                   greeting = std::move(greeting)](JournalBatch::Outcome outcome) {
                    if (outcome == JournalBatch::Outcome::failed) return lose_journal(number);
                    Connection* waiting = context_.find(number);
                    if (waiting == nullptr || waiting->is_closing()) return;
                    greet(*waiting, greeting);
                    waiting->resume();
                  });
}

void Broker::journal_opening(Connection& connection, ClientSession& session, bool is_new,
                             JournalBatch::Then then) {
  const Durability durability = connection.origin().durability;
  session.is_journalled = true;
  if (session.is_durable()) {
    Bytes record =
        records::encode(records::Opened{session.principal, session.key(), session.expiry, is_new});
    if (!session.will) {
      return context_.journal.add_record(std::move(record), durability, std::move(then));
    }
    context_.journal.add_record(std::move(record), durability);
  }
  context_.journal.add_record(
      records::encode(records::Willed{session.principal, session.key(), *session.will}), durability,
      std::move(then));
}

void Broker::greet(Connection& connection, const Greeting& greeting) {
  ClientSession& session = *connection.session;
  session.state.attach(greeting.peer);
  connection.endpoint().accept(greeting.welcome, context_.clock.steady(), connection.output());
  connection.welcomed();
  collect_events(session);
  if (greeting.welcome.session_present) note_listening(connection);
}

// What was allowed when the session last subscribed may be denied today.
void Broker::drop_denied_subscriptions(Space& space, ClientSession& session) {
  std::vector<std::string> denied;
  for (const Subscription& subscription : space.subscriptions(session)) {
    if (!may_subscribe(session.principal, subscription.target().filter())) {
      denied.push_back(subscription.text);
    }
  }
  for (const std::string& text : denied) {
    space.unsubscribe(session, text);
    if (!session.is_durable()) continue;
    context_.journal.add_record(
        records::encode(records::Unsubscribed{space.organisation(), session.key(), text}),
        session.durability);
  }
}

void Broker::tell(const Connection& connection, const Principal& principal,
                  ConnectionEvent::Kind kind, const char* why) {
  const DeviceId* device = principal.device();
  if (device == nullptr) return;
  const Connection::Origin& origin = connection.origin();
  events_.push_back(
      {kind, principal.organisation, *device, connection.number(), origin.remote,
       std::string(origin.tls), connection.auth, why, connection.since, now(),
       connection.leaf() != nullptr ? std::optional(*connection.leaf()) : std::nullopt});
}

void Broker::tell_events() {
  if (!events_.empty()) context_.services.connection_events(std::exchange(events_, {}));
}

}  // namespace fastness::gateway

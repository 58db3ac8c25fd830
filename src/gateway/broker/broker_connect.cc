// How a connection becomes a session: proof, the key of the session, takeover.

#include <algorithm>

#include "base/ids/uuid.h"
#include "gateway/broker/broker.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

void Broker::refuse(Connection& connection, ReasonCode reason, const char* why) {
  context_.probe.login_refused();
  context_.log.info("connect_refused", {{"remote", connection.origin().remote}, {"why", why}});
  connection.endpoint().refuse(reason, connection.output());
  connection.finish(why);
}

void Broker::connect(Connection& connection, const mqtt::Connect& packet) {
  auto login = Login::parse(packet, context_.limits, now(), context_.random);
  if (!login) return refuse(connection, login.error(), "connect_not_acceptable");
  prove(connection, std::make_shared<Login>(std::move(login).value()));
}

void Broker::prove(Connection& connection, std::shared_ptr<Login> login) {
  const Connection::Origin& origin = connection.origin();
  if (origin.leaf) {
    connection.auth = "certificate";
    Result<Principal> admitted = context_.services.admit_certificate(*origin.leaf);
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

void Broker::prove_person(Connection& connection, std::shared_ptr<Login> login) {
  connection.auth = "user";
  connection.pause();
  const std::string& username = *login->username;
  const std::string password(login->reveal_password());
  context_.services.authenticate_user(
      username, password,
      [this, gate = context_.gate, number = connection.number(),
       login = std::move(login)](Result<Principal> result) {
        gate->post([this, number, login, result = std::move(result)]() mutable {
          Connection* waiting = context_.find(number);
          if (waiting == nullptr || waiting->is_closing()) return;
          proven(*waiting, login, std::move(result));
        });
      });
}

void Broker::proven(Connection& connection, const std::shared_ptr<Login>& login,
                    Result<Principal> principal) {
  if (!principal) {
    context_.log.debug("proof_refused", {{"why", principal.error().message}});
    const Errc code = principal.error().code;
    const bool ours = code == Errc::unavailable || code == Errc::exhausted;
    return refuse(connection, ours ? ReasonCode::server_unavailable : ReasonCode::not_authorised,
                  ours ? "authentication_unavailable" : "not_admitted");
  }
  login->proven = context_.clock.steady();
  if (context_.move_home(connection, login, principal.value())) return;
  host(connection, *login, principal.value());
}

bool Broker::was_cut_since(const Principal& principal, SteadyTime proven) const {
  const auto identity = cut_identities_.find(principal.identity);
  if (identity != cut_identities_.end() && identity->second >= proven) return true;
  const auto credential = cut_credentials_.find(principal.credential);
  return credential != cut_credentials_.end() && credential->second >= proven;
}

void Broker::host(Connection& connection, Login& login, const Principal& principal) {
  if (was_cut_since(principal, login.proven)) {
    return refuse(connection, ReasonCode::not_authorised, "revoked");
  }
  // Stock boards name themselves by their id; another board's id would let two fight (1.1).
  const DeviceId* device = principal.device();
  const auto claimed = Uuid::parse(login.client_id);
  if (device != nullptr && !login.is_client_id_ours && claimed &&
      claimed.value() != device->value()) {
    return refuse(connection, ReasonCode::client_identifier_not_valid, "client_id_of_another");
  }
  if (login.will && check(principal, login.will->message.topic) != ReasonCode::success) {
    return refuse(connection, ReasonCode::not_authorised, "will_topic_denied");
  }
  Space& home = space(principal.organisation);
  bool present = false;
  ClientSession* session = open_session(home, connection, login, principal, present);
  if (session == nullptr) {
    return refuse(connection, ReasonCode::quota_exceeded, "too_many_sessions");
  }
  welcome(connection, *session, login, present);
  if (present) drop_denied_subscriptions(home, *session);
  tell(connection, principal, ConnectionEvent::Kind::connected, "");
  connection.resume();
}

// Ends what stands in the way and finds or makes the session. `present` says whether it was there.
ClientSession* Broker::open_session(Space& space, Connection& connection, Login& login,
                                    const Principal& principal, bool& present) {
  const bool is_tab = principal.device() == nullptr && login.expiry.count() == 0;
  const SessionKey key{principal.identity, login.client_id, is_tab ? connection.number() : 0};
  ClientSession* session = space.find(key);
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
  session->ends.reset();
  session->will_due.reset();
  session->will = std::move(login.will);
  session->is_changed = true;
  session->state.set_durability(session->is_durable() ? mqtt::Session::Durability::durable
                                                      : mqtt::Session::Durability::volatile_);
  if (session->is_durable()) {
    session->is_journalled = true;
    context_.journal.add_record(
        records::encode(records::Opened{principal, key, login.expiry, !present}), nullptr);
  }
  return session;
}

// Another connection of the same identity asks for the session: the old one goes (3.1.4-3).
void Broker::take_over(ClientSession& session, bool ends) {
  if (ends) session.expiry = std::chrono::seconds{0};
  Connection* old = session.outlet != nullptr ? context_.find(session.outlet->number()) : nullptr;
  if (old != nullptr) old->close(ReasonCode::session_taken_over, "session_taken_over");
}

void Broker::welcome(Connection& connection, ClientSession& session, const Login& login,
                     bool present) {
  context_.probe.login_accepted();
  connection.session = &session;
  connection.organisation = session.principal.organisation;
  session.outlet = &connection;
  session.state.attach(login.peer);
  mqtt::ServerEndpoint::Welcome welcome;
  welcome.session_present = present;
  if (login.is_client_id_ours) welcome.assigned_client_id = login.client_id;
  welcome.session_expiry = static_cast<std::uint32_t>(session.expiry.count());
  connection.endpoint().accept(welcome, context_.clock.steady(), connection.output());
}

// What was allowed when the session last subscribed may be denied today.
void Broker::drop_denied_subscriptions(Space& space, ClientSession& session) {
  std::vector<std::string> denied;
  for (const auto& [text, subscription] : session.subscriptions) {
    if (!dialects::may_subscribe(things(), session.principal.speaker(),
                                 subscription.target.filter())) {
      denied.push_back(text);
    }
  }
  for (const std::string& text : denied) {
    space.unsubscribe(session, text);
    if (!session.is_durable()) continue;
    context_.journal.add_record(
        records::encode(records::Unsubscribed{space.organisation(), session.key, text}), nullptr);
  }
}

void Broker::tell(const Connection& connection, const Principal& principal,
                  ConnectionEvent::Kind kind, const char* why) {
  const DeviceId* device = principal.device();
  if (device == nullptr) return;
  const Connection::Origin& origin = connection.origin();
  context_.services.connection_event({kind, principal.organisation, *device, connection.number(),
                                      origin.remote, origin.tls, connection.auth, why, now()});
}

}  // namespace fastness::gateway

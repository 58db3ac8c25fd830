#include "gateway/testing/hub.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fastness::gateway::testing {

constexpr std::chrono::seconds kPatience{10};

// Waits until the gateway's threads have made it true; false if they do not in time.
template <typename Condition>
bool wait_until(const Condition& condition) {
  const auto patience = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

// --- HeldJournal --------------------------------------------------------------------------------

void HeldJournal::set_mode(Mode mode) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
}

void HeldJournal::release() {
  std::vector<std::function<void(bool)>> held;
  {
    const std::lock_guard lock(mutex_);
    held.swap(held_);
    mode_ = Mode::immediate;
  }
  for (const auto& tell : held) tell(true);
}

bool HeldJournal::wait_for_held(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return held_.size() >= count; });
}

void HeldJournal::answer(std::function<void(bool)> tell) {
  Mode mode = Mode::immediate;
  {
    const std::lock_guard lock(mutex_);
    mode = mode_;
    if (mode == Mode::held) held_.push_back(tell);
  }
  changed_.notify_all();
  if (mode != Mode::held) tell(mode == Mode::immediate);
}

void HeldJournal::append(std::vector<things::Reading> readings, std::vector<Bytes> records,
                         Durability durability, std::function<void(Result<LogPosition>)> done) {
  LogPosition end = 0;
  {
    const std::lock_guard lock(mutex_);
    durability_ = durability;
    readings_.insert(readings_.end(), readings.begin(), readings.end());
    if (mode_ != Mode::failing) records_.insert(records_.end(), records.begin(), records.end());
    end = records_.size() + 1;
  }
  answer([done = std::move(done), end](bool durable) {
    if (durable) return done(end);
    done(fail(Errc::unavailable, "the disk is gone"));
  });
}

Durability HeldJournal::durability() const {
  const std::lock_guard lock(mutex_);
  return durability_;
}

std::vector<Bytes> HeldJournal::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::vector<things::Reading> HeldJournal::readings() const {
  const std::lock_guard lock(mutex_);
  return readings_;
}

// --- RawSocket ----------------------------------------------------------------------------------

RawSocket::RawSocket(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

RawSocket::~RawSocket() {
  ::close(descriptor_);
}

void RawSocket::send_bytes(ByteView bytes) const {
  (void)::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool RawSocket::is_closed_by_server() const {
  pollfd poll{descriptor_, POLLIN, 0};
  if (::poll(&poll, 1, 10'000) != 1) return false;
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, 0) <= 0;
}

// --- Hub ----------------------------------------------------------------------------------------

Hub::Hub(Limits limits, std::size_t threads, std::chrono::seconds drain)
    : limits_(limits), threads_(threads), drain_(drain) {
  tls::ClientContext::Options anonymous;
  anonymous.anchors = {servers_.anchor()};
  anonymous_ = tls::ClientContext::create(std::move(anonymous)).value();
  make_gateway();
  gateway->start();
}

Hub::~Hub() {
  journal.release();
  if (gateway) gateway->stop();
}

void Hub::make_gateway() {
  Options options;
  options.threads = threads_;
  options.drain = drain_;
  options.limits = limits_;
  options.listeners = listeners();
  if (std::getenv("FASTNESS_TEST_RECORD_LAYER") != nullptr) {
    options.handshakes = Handshakes::beside;
  }
  options.web_sockets = web_sockets;
  gateway =
      Gateway::create(std::move(options), services(), registry.clock, random, log.log(), metrics)
          .value();
}

void Hub::crash(const std::function<bool(const Principal&)>& is_admitted) {
  journal.set_mode(HeldJournal::Mode::failing);
  gateway->stop();
  gateway.reset();
  journal.set_mode(HeldJournal::Mode::immediate);
  make_gateway();
  for (const Bytes& record : journal.records()) {
    if (!gateway->replay(record)) std::abort();
  }
  if (is_admitted) gateway->expel(is_admitted);
  gateway->start();
}

void Hub::restart() {
  gateway->stop();
  gateway.reset();
  registry.clock.advance(std::chrono::seconds{1});
  make_gateway();
  for (const Bytes& record : journal.records()) {
    if (!gateway->replay(record)) std::abort();
  }
  gateway->start();
}

std::vector<ListenerOptions> Hub::listeners() {
  if (contexts_.empty()) {
    using tls::ClientCertificate;
    for (const auto kind :
         {ClientCertificate::request, ClientCertificate::none, ClientCertificate::require}) {
      tls::ServerContext::Options options;
      options.client_certificate = kind;
      // The whole suite runs once with each record layer: see component.cmake.
      options.hand_over = std::getenv("FASTNESS_TEST_RECORD_LAYER") != nullptr;
      options.admission.digest = [this](const tls::LeafDigest& leaf) {
        const std::lock_guard lock(mutex_);
        return leaves_.contains(leaf) || to_renew_.contains(leaf);
      };
      // The digest is asked once more at the end of every handshake.
      options.admission.leaf = [](ByteView) { return true; };
      std::vector<tls::Credential> credentials;
      credentials.push_back(servers_.issue());
      contexts_.push_back(
          tls::ServerContext::create(std::move(options), credentials, registry.clock, random)
              .value());
    }
  }
  const auto any_port = net::parse_endpoint("127.0.0.1:0").value();
  return {{any_port, Proof::certificate_or_secret, contexts_[0], durabilities[0]},
          {any_port, Proof::secret, contexts_[1], durabilities[1]},
          {any_port, Proof::certificate, contexts_[2], durabilities[2]},
          {any_port, Proof::loopback, nullptr, durabilities[3]}};
}

Services Hub::services() {
  Services s;
  s.things = &registry.things->published();
  s.admit_certificate = [this](const tls::LeafDigest& leaf) -> Result<Principal> {
    const std::lock_guard lock(mutex_);
    const auto found = leaves_.find(leaf);
    if (found == leaves_.end()) return fail(Errc::permission_denied, "not admitted");
    return found->second;
  };
  s.admit_renewal = [this](const tls::LeafDigest& leaf, const auto& answer) {
    std::unique_lock lock(mutex_);
    Result<RenewingDevice> device = fail(Errc::permission_denied, "not to be renewed");
    for (const auto* known : {&leaves_, &to_renew_}) {
      const auto found = known->find(leaf);
      if (found == known->end()) continue;
      device = RenewingDevice{found->second.organisation, *found->second.device()};
    }
    lock.unlock();
    answer(device);
  };
  s.admit_secret = [this](DeviceId device, std::string_view secret) -> Result<Principal> {
    const std::lock_guard lock(mutex_);
    const auto found = secrets_.find(device);
    if (found == secrets_.end()) return fail(Errc::not_found, "no such device");
    if (found->second.first != secret) return fail(Errc::unauthenticated, "wrong secret");
    return found->second.second;
  };
  s.admit_plaintext = [this]() -> Result<Principal> {
    const std::lock_guard lock(mutex_);
    if (!plaintext_) return fail(Errc::permission_denied, "no key for plaintext");
    return *plaintext_;
  };
  s.authenticate_user = [this](const Services::Attempt& attempt,
                               const Services::Authenticated& done) {
    std::unique_lock lock(mutex_);
    last_address_ = attempt.address;
    const auto found = people_.find(attempt.username);
    if (found == people_.end() || attempt.password != "password of " + attempt.username) {
      lock.unlock();
      return done(fail(Errc::unauthenticated, "wrong password"));
    }
    const Principal principal = found->second;
    lock.unlock();
    done(principal);
  };
  s.append = other_journal;
  if (s.append == nullptr)
    s.append = [this](auto readings, auto records, Durability durability, auto done) {
      journal.append(std::move(readings), std::move(records), durability, std::move(done));
    };
  s.last_values = [this](OrganisationId, ThingId, const auto& done) {
    done({{}, {3600, registry.clock.now() + std::chrono::hours{24}}});
  };
  s.refused = [](const auto&) {};
  s.note = [](DeviceId, const auto&) {};
  s.connection_events = [this](std::vector<ConnectionEvent> events) {
    const std::lock_guard lock(mutex_);
    std::ranges::move(events, std::back_inserter(events_));
    changed_.notify_all();
  };
  s.renewal = [this](RenewalMessage message) {
    const std::lock_guard lock(mutex_);
    renewals_.push_back(std::move(message));
    changed_.notify_all();
  };
  return s;
}

Hub::Board Hub::add_board(std::uint8_t number) {
  const OrganisationId organisation = things::testing::organisation(number);
  const auto twin =
      registry.add_twin(organisation, {things::testing::property("temperature", "FLOAT")});
  const std::string id = twin.device.value().to_text();
  tls::ClientContext::Options options;
  options.anchors = {servers_.anchor()};
  tls::testing::LeafOptions leaf;
  leaf.common_name = id;
  options.credential = devices_.issue(leaf);
  const tls::LeafDigest digest = tls::testing::leaf_digest(*options.credential);
  Board board{
      twin.device, twin.thing,        organisation,
      id,          "secret of " + id, tls::ClientContext::create(std::move(options)).value(),
      digest};

  const Principal principal{organisation, twin.device, {}, dialects::Speaker::Rights::read_write};
  Principal by_certificate = principal;
  by_certificate.credential = "board:" + std::to_string(number);
  const std::lock_guard lock(mutex_);
  leaves_.emplace(digest, std::move(by_certificate));
  secrets_.emplace(twin.device, std::pair(board.secret, principal));
  return board;
}

Principal Hub::add_person(std::uint8_t number, const std::string& name,
                          dialects::Speaker::Rights rights) {
  const Principal principal{things::testing::organisation(number), UserId(random_uuid(random)),
                            "key of " + name, rights};
  const std::lock_guard lock(mutex_);
  people_.insert_or_assign(name, principal);
  return principal;
}

std::string Hub::last_address() {
  const std::lock_guard lock(mutex_);
  return last_address_;
}

void Hub::serve_plaintext_as(const Principal& principal) {
  const std::lock_guard lock(mutex_);
  plaintext_ = principal;
}

void Hub::admit_to_renew_only(const Board& board) {
  const std::lock_guard lock(mutex_);
  to_renew_.insert(leaves_.extract(board.leaf));
}

void Hub::admit_again(const Board& board) {
  const std::lock_guard lock(mutex_);
  leaves_.insert(to_renew_.extract(board.leaf));
}

void Hub::stop_admitting(const Board& board) {
  const std::lock_guard lock(mutex_);
  leaves_.erase(board.leaf);
  to_renew_.erase(board.leaf);
  secrets_.at(board.device).first.clear();
}

void Hub::stop_admitting(const std::string& person) {
  const std::lock_guard lock(mutex_);
  people_.erase(person);
}

std::unique_ptr<Client> Hub::dial(const std::optional<tls::Session>& session) {
  return std::make_unique<Client>(*anonymous_, port(0), session);
}

std::unique_ptr<Client> Hub::dial_as(const Board& board, std::size_t listener,
                                     const std::optional<tls::Session>& session) {
  return std::make_unique<Client>(*board.with_certificate, port(listener), session);
}

std::unique_ptr<Client> Hub::dial_plaintext() const {
  return std::make_unique<Client>(port(3));
}

mqtt::Connect Hub::connect_packet(std::string_view client_id) {
  mqtt::Connect packet;
  packet.client_id = client_id;
  packet.keep_alive = 600;  // tests that advance the clock by less do not lose their clients
  return packet;
}

mqtt::Connect Hub::connect_packet(const Board& board) const {
  mqtt::Connect packet = connect_packet(board.id);
  packet.username = board.id;
  packet.password = board.secret;
  return packet;
}

mqtt::Connect Hub::person_packet(const std::string& name, std::string_view client_id) {
  // Views must outlive the call: passwords of tests are interned.
  static std::map<std::string, std::string> passwords;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const auto entry = passwords.try_emplace(name, "password of " + name).first;
  mqtt::Connect packet = connect_packet(client_id);
  packet.username = entry->first;
  packet.password = entry->second;
  return packet;
}

std::unique_ptr<Client> Hub::board_client(const Board& board) {
  auto client = dial_as(board);
  const auto connack = client->connect(connect_packet(board.id));
  if (!connack || connack->reason != mqtt::ReasonCode::success) std::abort();
  return client;
}

std::unique_ptr<Client> Hub::person_client(const std::string& name, const std::string& client_id) {
  auto client = dial();
  const auto connack = client->connect(person_packet(name, client_id));
  if (!connack || connack->reason != mqtt::ReasonCode::success) std::abort();
  return client;
}

bool Hub::wait_for_connections(std::int64_t count) const {
  return wait_until([&] { return gateway->connections() >= count; });
}

bool Hub::wait_for_departures(std::int64_t count) const {
  return wait_until([&] { return gateway->connections() <= count; });
}

// One message dropped says little: the gateway may have had no turn yet in which to send.
bool Hub::fill_up(Client& publisher, std::string_view topic, std::string_view payload) {
  constexpr std::uint64_t kAtOnce = 50;
  constexpr int kMaxRounds = 200;
  const auto& dropped = metrics.counter("fastness_gateway_messages_dropped_total", "");
  for (int round = 0; round < kMaxRounds; ++round) {
    const std::uint64_t before = dropped.value();
    for (std::uint64_t i = 0; i < kAtOnce; ++i) publisher.publish(topic, payload);
    if (!publisher.has_nothing()) return false;
    if (dropped.value() - before == kAtOnce) return true;
  }
  return false;
}

bool Hub::wait_for_handshakes(std::uint64_t count, std::string_view result) {
  const auto& ended =
      metrics.counter("fastness_gateway_handshakes_total", "", {{"result", std::string(result)}});
  return wait_until([&] { return ended.value() >= count; });
}

std::vector<ConnectionEvent> Hub::wait_for_events(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return events_.size() >= count; });
  return events_;
}

std::vector<RenewalMessage> Hub::wait_for_renewals(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return renewals_.size() >= count; });
  return renewals_;
}

}  // namespace fastness::gateway::testing

#include "gateway/shard.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <variant>

#include "gateway/link/plain_transport.h"
#include "gateway/link/tls_transport.h"
#include "gateway/link/web_socket_transport.h"

namespace fastness::gateway {
namespace {

// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kTick{50};
constexpr std::uint64_t kTicksOfCiphers = 20;  // a key that is not used is kept a second or two
constexpr std::size_t kInputBytes = std::size_t{64} << 10U;
constexpr std::size_t kPooledBuffers = 64;
constexpr std::size_t kLargestPooled = std::size_t{64} << 10U;
constexpr int kFlushRounds = 4;
constexpr std::size_t kFewDeadlines = 1'024;

// A step of a handshake costs as much as a hundred messages, so it is made when the messages that
// came have left, and one at a time: who is connected already does not feel a thousand who come
// back at once. Callers beyond those who wait for us stay in the kernel's queue; who lets *us* wait
// holds nobody up.
constexpr std::size_t kHandshakesWaiting = 64;

// While messages pass, the steps are made by a thread that gives way to the loop, or each of them
// would hold up whatever comes meanwhile. It has a few at a time, so that it need not wait for us.
constexpr std::size_t kHandshakesBeside = 4;

// Numbers that nobody can predict, in the form of the standard library.
struct ChanceGenerator {
  using result_type = std::uint32_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() const {
    std::array<std::uint8_t, sizeof(result_type)> bytes{};
    random.fill(bytes);
    return std::bit_cast<result_type>(bytes);
  }
  Random& random;
};

}  // namespace

Result<std::unique_ptr<Shard>> Shard::create(const std::string& name, ShardContext context) {
  FASTNESS_ASSIGN_OR_RETURN(auto loop, net::PollLoop::create(name));
  return std::unique_ptr<Shard>(new Shard(name, std::move(loop), std::move(context)));
}

Shard::Shard(const std::string& name, std::unique_ptr<net::PollLoop> loop, ShardContext context)
    : context_(std::move(context)),
      clock_(context_.clock),
      loop_(std::move(loop)),
      gate_(std::make_shared<net::LoopGate>(*loop_)),
      journal_(gate_, context_.services),
      broker_(broker_context()),
      input_(kInputBytes),
      hands_(name + "-tls", [gate = gate_, this] { gate->post([this] { take_steps_back(); }); }) {
  loop_->on_turn_end([this] { end_turn(); });
  loop_->in_spare_time([this] { return shake_a_hand(); });
  loop_->coalesce(context_.options.coalesce_window, [this] { return packets_; });
}

Shard::~Shard() {
  gate_->close();
  loop_->stop();
  loop_->join();
}

BrokerContext Shard::broker_context() {
  return {context_.options.limits,
          context_.options.durability,
          context_.services,
          clock_,
          context_.random,
          context_.log,
          context_.probe,
          context_.quotas,
          gate_,
          journal_,
          context_.last_message,
          [this](std::uint64_t number) { return find(number); },
          [this](Connection& connection, std::shared_ptr<Login> login, const Proven& proven) {
            return plan_move(connection, std::move(login), proven);
          }};
}

Result<net::Endpoint> Shard::listen(const ListenerOptions& options, const net::Endpoint& endpoint,
                                    std::shared_ptr<net::ConnectionLimits> limits) {
  net::Listener::Options accept = context_.options.limits.accept;
  accept.share_port = context_.options.threads > 1;
  if (options.proof == Proof::loopback) accept.proxies.clear();  // nobody comes there for others
  FASTNESS_ASSIGN_OR_RETURN(auto listener, net::Listener::bind(*loop_, endpoint, accept,
                                                               std::move(limits), context_.clock));
  listeners_.push_back(std::move(listener));
  unstarted_.emplace_back(listeners_.back().get(), options);
  return listeners_.back()->endpoint();
}

void Shard::start() {
  loop_->post([this] {
    tick();
    for (auto& [listener, options] : unstarted_) {
      listener->start([this, options = options](net::Accepted accepted) {
        accept(std::move(accepted), options);
      });
    }
    unstarted_.clear();
  });
  loop_->start();
}

void Shard::drain() {
  loop_->post([this] { begin_drain(); });
}

void Shard::stop() {
  drain();
  {
    std::unique_lock lock(stop_mutex_);
    const auto patience =
        context_.options.drain + context_.options.limits.close + std::chrono::seconds{1};
    stopped_.wait_for(lock, patience, [this] { return is_drained_; });
  }
  loop_->stop();
  loop_->join();
}

// --- connections --------------------------------------------------------------------------------

void Shard::accept(net::Accepted accepted, const ListenerOptions& options) {
  if (is_stopping_) return;
  Connection::Origin origin;
  origin.remote = net::to_text(accepted.remote);
  origin.proof = options.proof;
  origin.durability = options.durability;
  if (options.proof == Proof::loopback) {
    // The address we listen on says where packets go, not where they come from.
    if (!accepted.remote.address().is_loopback()) return;
    origin.tls = "none";
    add(std::make_unique<PlainTransport>(std::move(accepted)), std::move(origin));
    return;
  }
  add(std::make_unique<TlsTransport>(std::move(accepted), *options.tls), std::move(origin));
}

Connection* Shard::add(std::unique_ptr<Transport> transport, Connection::Origin origin) {
  const std::uint64_t number = ++context_.last_connection;
  auto connection = std::make_unique<Connection>(number, std::move(transport), std::move(origin),
                                                 context_.options.limits, now());
  if (!connection->attach(*this, *loop_)) return nullptr;
  context_.probe.connection_opened();
  Connection* added = connection.get();
  connections_.emplace(number, std::move(connection));
  return added;
}

void Shard::adopt(std::shared_ptr<http::WebSocket> socket, std::string remote, const char* tls) {
  loop_->post([this, socket = std::move(socket), remote = std::move(remote), tls]() mutable {
    if (is_stopping_) return socket->close(http::CloseCode::going_away);
    auto whereabouts = std::make_shared<Whereabouts>(*this);
    Connection* connection =
        add(std::make_unique<WebSocketTransport>(socket, whereabouts),
            {std::move(remote), tls, Proof::secret, context_.options.web_sockets});
    if (connection == nullptr) return socket->close(http::CloseCode::try_again_later);
    listen_to(*socket, whereabouts, connection->number());
    connection->on_ready();
  });
}

// The events run on the loop of the shard that has the connection by then; those that find it moved
// go after it. The next message comes only after the one before it was handed over, so none
// overtakes another.
void Shard::listen_to(http::WebSocket& socket, const std::shared_ptr<Whereabouts>& whereabouts,
                      std::uint64_t number) {
  const auto hand_over = [whereabouts, number](std::optional<std::string> message) {
    Shard* shard = whereabouts->shard.load();
    shard->loop_->post(
        [shard, number, message = std::move(message)] { shard->on_web_socket(number, message); });
  };
  http::WebSocket::Events events;
  events.message = [hand_over](std::string message) { hand_over(std::move(message)); };
  events.closed = [hand_over] { hand_over(std::nullopt); };
  socket.start(
      [whereabouts](std::function<void()> work) {
        whereabouts->shard.load()->loop_->post(std::move(work));
      },
      std::move(events));
}

void Shard::on_web_socket(std::uint64_t number, const std::optional<std::string>& message) {
  Connection* connection = find(number);
  if (connection == nullptr) return;
  auto& transport = static_cast<WebSocketTransport&>(connection->transport());
  if (Shard* now_at = transport.whereabouts().shard.load(); now_at != this) {
    now_at->loop_->post([now_at, number, message] { now_at->on_web_socket(number, message); });
    return;
  }
  if (message) {
    transport.on_message(*message);
  } else {
    transport.on_closed();
  }
  connection->on_ready();
}

void Shard::take_in(std::unique_ptr<Connection> connection, const std::shared_ptr<Login>& login,
                    const Proven& proven) {
  Connection& moved = *connection;
  const bool attached = moved.attach(*this, *loop_);
  connections_.emplace(moved.number(), std::move(connection));
  if (!attached || is_stopping_) return moved.finish("server_shutting_down");
  std::visit([&](const auto& whom) { broker_.host(moved, *login, whom); }, proven);
}

Connection* Shard::find(std::uint64_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.get();
}

bool Shard::plan_move(Connection& connection, std::shared_ptr<Login> login, const Proven& proven) {
  const auto organisation = std::visit([](const auto& whom) { return whom.organisation; }, proven);
  Shard& home = context_.home_of(organisation);
  if (&home == this) return false;
  connection.pause();
  moves_.push_back({connection.number(), std::move(login), proven, &home});
  return true;
}

// --- ConnectionKeeper ---------------------------------------------------------------------------

std::unique_ptr<Bytes> Shard::take_buffer() {
  if (!buffers_.empty()) {
    auto buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
  }
  auto fresh = std::make_unique<Bytes>();
  fresh->reserve(512);
  return fresh;
}

void Shard::give_back(std::unique_ptr<Bytes> buffer) {
  if (buffers_.size() >= kPooledBuffers || buffer->capacity() > kLargestPooled) return;
  buffer->clear();
  buffers_.push_back(std::move(buffer));
}

void Shard::on_handshake_ready(Connection& connection) {
  handshakes_.push_back(connection.number());
  if (handshakes_.size() < kHandshakesWaiting || std::exchange(is_holding_, true)) return;
  for (auto& listener : listeners_) listener->hold();
}

void Shard::on_handshake(Connection& connection) {
  context_.probe.handshake_done();
  auto* transport = dynamic_cast<TlsTransport*>(&connection.transport());
  if (transport == nullptr || transport->stream() == nullptr) return;
  const tls::Stream& stream = *transport->stream();
  connection.set_proof(stream.version() == tls::Version::tls13 ? "1.3" : "1.2",
                       stream.peer_digest());
  if (transport->settle()) context_.probe.handed_over();
}

void Shard::on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                      std::size_t bytes) {
  ++packets_;
  if (std::holds_alternative<mqtt::Publish>(action)) ++messages_;
  broker_.on_packet(connection, action, bytes);
}

void Shard::on_dirty(Connection& connection) {
  if (connection.is_dirty) return;
  connection.is_dirty = true;
  dirty_.push_back(connection.number());
}

void Shard::on_deadline(Connection& connection) {
  if (connection.is_ended()) return;
  const SteadyTime at = connection.deadline();
  if (connection.scheduled <= at) return;
  connection.scheduled = at;
  deadlines_.push_back({at, connection.number()});
  std::ranges::push_heap(deadlines_, std::greater<>());
}

void Shard::on_closing(Connection& connection) {
  broker_.on_closing(connection);
}

void Shard::on_end(Connection& connection) {
  if (!connection.has_proof()) note_failed_handshake(connection);
  ended_.push_back(connection.number());
}

void Shard::note_failed_handshake(Connection& connection) {
  context_.probe.handshake_failed();
  std::string_view why = connection.why();
  // Whoever makes a step has the transport for himself.
  const auto* transport =
      connection.is_lent() ? nullptr : dynamic_cast<const TlsTransport*>(&connection.transport());
  const tls::Stream* stream = transport == nullptr ? nullptr : transport->stream();
  if (stream != nullptr && !stream->failure().empty()) why = stream->failure();
  context_.log.info("handshake_failed", {{"remote", connection.origin().remote}, {"why", why}});
}

// --- the end ------------------------------------------------------------------------------------

void Shard::begin_drain() {
  if (std::exchange(is_stopping_, true)) return;
  for (auto& listener : listeners_) listener->stop();
  for (auto& [number, connection] : connections_) {
    if (connection->session != nullptr) {
      farewells_.push_back(number);
    } else {
      connection->close(mqtt::ReasonCode::server_shutting_down, "server_shutting_down");
    }
  }
  std::ranges::shuffle(farewells_, ChanceGenerator{context_.random});
  farewells_in_all_ = farewells_.size();
  drain_begun_ = now();
  drain_ = std::min<std::chrono::duration<double>>(context_.options.drain, time_to_come_back());
  say_farewells();
}

// How long it takes to let those in again who are told to leave.
std::chrono::duration<double> Shard::time_to_come_back() const {
  const double pace = context_.options.limits.accept.accepts_per_second;
  return std::chrono::duration<double>(static_cast<double>(farewells_in_all_) / pace);
}

void Shard::say_farewells() {
  const std::chrono::duration<double> passed = now() - drain_begun_;
  const double part = passed < drain_ ? passed / drain_ : 1;
  const auto due = static_cast<std::size_t>(part * static_cast<double>(farewells_in_all_));
  while (!farewells_.empty() && farewells_in_all_ - farewells_.size() < due) {
    Connection* connection = find(farewells_.back());
    farewells_.pop_back();
    if (connection != nullptr) say_farewell(*connection);
  }
}

// A 5.0 client hears after how many seconds to come back, each another number.
void Shard::say_farewell(Connection& connection) {
  constexpr double kShortSpread = 5;
  const auto spread =
      static_cast<std::uint32_t>(std::max(kShortSpread, std::ceil(time_to_come_back().count())));
  const std::string seconds = std::to_string(1 + ChanceGenerator{context_.random}() % spread);
  mqtt::Properties more;
  more.user.push_back({"retry-after", seconds});
  connection.close(mqtt::ReasonCode::server_shutting_down, "server_shutting_down", std::move(more));
}

// --- the turn -----------------------------------------------------------------------------------

bool Shard::shake_a_hand() {
  const bool is_beside = shakes_hands_beside();
  Connection* connection = nullptr;
  while (connection == nullptr && !(is_beside && lent_ == kHandshakesBeside)) {
    connection = next_handshake();
    if (connection == nullptr) break;
    if (is_beside && connection->transport().is_handshake_dear()) {
      loop_->hold_awake(++lent_ != 0);
      hands_.begin(connection->number(), connection->lend_for_step());
      connection = nullptr;
    } else {
      connection->step_handshake();
    }
  }
  if (is_holding_ && handshakes_.size() < kHandshakesWaiting / 2) {
    is_holding_ = false;
    for (auto& listener : listeners_) listener->release();
  }
  return connection != nullptr;
}

Connection* Shard::next_handshake() {
  while (!handshakes_.empty()) {
    Connection* connection = find(handshakes_.front());
    handshakes_.pop_front();
    if (connection != nullptr && !connection->is_ended()) return connection;
  }
  return nullptr;
}

bool Shard::shakes_hands_beside() {
  return is_busy_ || messages_ != messages_until_tick_ ||
         context_.options.handshakes == Handshakes::beside;
}

void Shard::take_steps_back() {
  for (const HandshakeThread::Step& step : hands_.take_done()) {
    loop_->hold_awake(--lent_ != 0);
    Connection& connection = *find(step.connection);  // a lent one is not buried
    connection.give_back(step.progress);
    if (connection.is_ended()) ended_.push_back(connection.number());
  }
}

void Shard::end_turn() {
  journal_.commit();  // first: the disk works while we write to the network
  for (int round = 0; round < kFlushRounds && !dirty_.empty(); ++round) flush_dirty();
  journal_.commit();
  make_moves();
  bury();
  // What reading and writing made dirty again waits for the others' turn, not for an event.
  if (!dirty_.empty()) loop_->post([] {});
  clock_.expire();
  if (is_stopping_ && connections_.empty()) {
    broker_.tell_events();
    const std::lock_guard lock(stop_mutex_);
    is_drained_ = true;
    stopped_.notify_all();
  }
}

void Shard::flush_dirty() {
  std::vector<std::uint64_t> dirty;
  dirty.swap(dirty_);
  for (const std::uint64_t number : dirty) {
    Connection* connection = find(number);
    if (connection == nullptr) continue;
    if (!connection->is_closing() && !connection->is_congested()) broker_.fill(*connection);
    connection->is_dirty = false;
    connection->flush();
    // More waits in the session than one flush may take, and the network keeps up.
    const bool more = connection->session != nullptr && Broker::has_more(*connection->session) &&
                      !connection->wants_write();
    if (more) on_dirty(*connection);
  }
}

void Shard::make_moves() {
  for (Move& move : std::exchange(moves_, {})) {
    auto node = connections_.extract(move.number);
    if (node.empty()) continue;
    if (node.mapped()->is_closing()) {
      connections_.insert(std::move(node));
      continue;
    }
    Shard* home = move.home;
    node.mapped()->move_away();
    auto* socket = dynamic_cast<WebSocketTransport*>(&node.mapped()->transport());
    if (socket != nullptr) socket->whereabouts().shard.store(home);
    home->loop().post([home, connection = std::move(node.mapped()), login = std::move(move.login),
                       proven = std::move(move.proven)]() mutable {
      home->take_in(std::move(connection), login, proven);
    });
  }
}

void Shard::bury() {
  for (const std::uint64_t number : std::exchange(ended_, {})) {
    const Connection* connection = find(number);
    if (connection != nullptr && connection->is_lent()) continue;  // until it is given back
    if (connections_.erase(number) != 0) context_.probe.connection_ended();
  }
}

// --- time ---------------------------------------------------------------------------------------

void Shard::tick() {
  is_busy_ = std::exchange(messages_until_tick_, messages_) != messages_;
  check_deadlines();
  broker_.on_time();
  if (is_stopping_) say_farewells();
  if (++ticks_ % kTicksOfCiphers == 0) ciphers_.rest();
  loop_->call_after(kTick, [this] { tick(); });
}

void Shard::check_deadlines() {
  const SteadyTime at = now();
  while (!deadlines_.empty() && deadlines_.front().at <= at) {
    const Deadline due = deadlines_.front();
    std::ranges::pop_heap(deadlines_, std::greater<>());
    deadlines_.pop_back();
    Connection* connection = find(due.number);
    if (connection == nullptr || connection->scheduled != due.at) continue;
    connection->scheduled = Connection::kNever;
    connection->on_time(at);
    on_deadline(*connection);
  }
  // A storm of handshakes leaves three deadlines for each connection, of which one lasts.
  if (deadlines_.capacity() > kFewDeadlines && deadlines_.size() < deadlines_.capacity() / 2) {
    deadlines_.shrink_to_fit();
  }
}

}  // namespace fastness::gateway

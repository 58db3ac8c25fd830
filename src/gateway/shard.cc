#include "gateway/shard.h"

#include <chrono>

#include "gateway/link/tls_transport.h"
#include "gateway/link/web_socket_transport.h"

namespace fastness::gateway {
namespace {

// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kTick{50};
constexpr std::size_t kInputBytes = std::size_t{64} << 10U;
constexpr std::size_t kPooledBuffers = 64;
constexpr std::size_t kLargestPooled = std::size_t{64} << 10U;
constexpr int kFlushRounds = 4;

}  // namespace

Result<std::unique_ptr<Shard>> Shard::create(const std::string& name, ShardContext context) {
  std::unique_ptr<Shard> shard(new Shard(name, std::move(context)));
  FASTNESS_ASSIGN_OR_RETURN(shard->poller_, Poller::create(shard->loop_));
  return shard;
}

Shard::Shard(const std::string& name, ShardContext context)
    : context_(std::move(context)),
      loop_(name),
      gate_(std::make_shared<net::LoopGate>(loop_)),
      journal_(gate_, context_.services),
      broker_(broker_context()),
      timer_(loop_.context()),
      input_(kInputBytes) {
  loop_.on_turn_end([this] { end_turn(); });
}

Shard::~Shard() {
  gate_->close();
  loop_.stop();
  loop_.join();
}

BrokerContext Shard::broker_context() {
  return {context_.options.limits,
          context_.services,
          context_.clock,
          context_.random,
          context_.log,
          context_.probe,
          gate_,
          journal_,
          context_.last_message,
          [this](std::uint64_t number) { return find(number); },
          [this](Connection& connection, std::shared_ptr<Login> login, const Principal& principal) {
            return plan_move(connection, std::move(login), principal);
          }};
}

Result<net::Endpoint> Shard::listen(const ListenerOptions& options, const net::Endpoint& endpoint,
                                    std::shared_ptr<net::ConnectionLimits> limits) {
  net::Listener::Options accept = context_.options.limits.accept;
  accept.share_port = context_.options.threads > 1;
  FASTNESS_ASSIGN_OR_RETURN(auto listener, net::Listener::bind(loop_, endpoint, accept,
                                                               std::move(limits), context_.clock));
  listeners_.push_back(std::move(listener));
  unstarted_.emplace_back(listeners_.back().get(), options);
  return listeners_.back()->endpoint();
}

void Shard::start() {
  loop_.post([this] {
    poller_->start();
    tick();
    for (auto& [listener, options] : unstarted_) {
      listener->start([this, options = options](net::Accepted accepted) {
        accept(std::move(accepted), options);
      });
    }
    unstarted_.clear();
  });
  loop_.start();
}

void Shard::stop() {
  loop_.post([this] { begin_stop(); });
  {
    std::unique_lock lock(stop_mutex_);
    const auto patience = context_.options.limits.close + std::chrono::seconds{1};
    stopped_.wait_for(lock, patience, [this] { return is_drained_; });
  }
  loop_.stop();
  loop_.join();
}

void Shard::begin_stop() {
  is_stopping_ = true;
  for (auto& listener : listeners_) listener->stop();
  for (auto& [number, connection] : connections_) {
    connection->close(mqtt::ReasonCode::server_shutting_down, "server_shutting_down");
  }
}

// --- connections --------------------------------------------------------------------------------

void Shard::accept(net::Accepted accepted, const ListenerOptions& options) {
  if (is_stopping_) return;
  Connection::Origin origin;
  origin.remote = net::to_text(accepted.remote);
  origin.proof = options.proof;
  add(std::make_unique<TlsTransport>(std::move(accepted), *options.tls), std::move(origin));
}

Connection* Shard::add(std::unique_ptr<Transport> transport, Connection::Origin origin) {
  const std::uint64_t number = ++context_.last_connection;
  auto connection = std::make_unique<Connection>(number, std::move(transport), std::move(origin),
                                                 context_.options.limits, now());
  if (!connection->attach(*this, *poller_)) return nullptr;
  context_.probe.connection_opened();
  Connection* added = connection.get();
  connections_.emplace(number, std::move(connection));
  return added;
}

void Shard::adopt(std::shared_ptr<http::WebSocket> socket, std::string remote, std::string tls) {
  loop_.post([this, socket = std::move(socket), remote = std::move(remote),
              tls = std::move(tls)]() mutable {
    if (is_stopping_) return socket->close(http::CloseCode::going_away);
    auto whereabouts = std::make_shared<Whereabouts>(*this);
    Connection* connection = add(std::make_unique<WebSocketTransport>(socket, whereabouts),
                                 {std::move(remote), Proof::secret, std::move(tls), std::nullopt});
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
    shard->loop_.post(
        [shard, number, message = std::move(message)] { shard->on_web_socket(number, message); });
  };
  http::WebSocket::Events events;
  events.message = [hand_over](std::string message) { hand_over(std::move(message)); };
  events.closed = [hand_over] { hand_over(std::nullopt); };
  socket.start(
      [whereabouts](std::function<void()> work) {
        whereabouts->shard.load()->loop_.post(std::move(work));
      },
      std::move(events));
}

void Shard::on_web_socket(std::uint64_t number, const std::optional<std::string>& message) {
  Connection* connection = find(number);
  if (connection == nullptr) return;
  auto& transport = static_cast<WebSocketTransport&>(connection->transport());
  if (Shard* now_at = transport.whereabouts().shard.load(); now_at != this) {
    now_at->loop_.post([now_at, number, message] { now_at->on_web_socket(number, message); });
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
                    const Principal& principal) {
  Connection& moved = *connection;
  const bool attached = moved.attach(*this, *poller_);
  connections_.emplace(moved.number(), std::move(connection));
  if (!attached || is_stopping_) return moved.finish("server_shutting_down");
  broker_.host(moved, *login, principal);
}

Connection* Shard::find(std::uint64_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.get();
}

bool Shard::plan_move(Connection& connection, std::shared_ptr<Login> login,
                      const Principal& principal) {
  Shard& home = context_.home_of(principal.organisation);
  if (&home == this) return false;
  connection.pause();
  moves_.push_back({connection.number(), std::move(login), principal, &home});
  return true;
}

// --- ConnectionKeeper ---------------------------------------------------------------------------

Bytes Shard::take_buffer() {
  if (!buffers_.empty()) {
    Bytes buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
  }
  Bytes fresh;
  fresh.reserve(512);
  return fresh;
}

void Shard::give_back(Bytes buffer) {
  if (buffers_.size() >= kPooledBuffers || buffer.capacity() > kLargestPooled) return;
  buffer.clear();
  buffers_.push_back(std::move(buffer));
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

void Shard::on_packet(Connection& connection, mqtt::ServerEndpoint::Action action) {
  broker_.on_packet(connection, std::move(action));
}

void Shard::on_dirty(Connection& connection) {
  if (connection.is_dirty) return;
  connection.is_dirty = true;
  dirty_.push_back(connection.number());
}

void Shard::on_deadline(Connection& connection) {
  if (connection.is_ended()) return;
  const SteadyTime at = connection.deadline();
  if (connection.scheduled && *connection.scheduled <= at) return;
  connection.scheduled = at;
  deadlines_.push({at, connection.number()});
}

void Shard::on_closing(Connection& connection) {
  broker_.on_closing(connection);
}

void Shard::on_end(Connection& connection) {
  if (connection.origin().tls.empty()) context_.probe.handshake_failed();
  ended_.push_back(connection.number());
}

// --- the turn -----------------------------------------------------------------------------------

void Shard::end_turn() {
  journal_.commit();  // first: the disk works while we write to the network
  for (int round = 0; round < kFlushRounds && !dirty_.empty(); ++round) flush_dirty();
  journal_.commit();
  make_moves();
  bury();
  // What reading and writing made dirty again waits for the others' turn, not for an event.
  if (!dirty_.empty()) loop_.post([] {});
  if (is_stopping_ && connections_.empty()) {
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
    const bool more = connection->session != nullptr && connection->session->state.has_sendable() &&
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
                       principal = std::move(move.principal)]() mutable {
      home->take_in(std::move(connection), login, principal);
    });
  }
}

void Shard::bury() {
  for (const std::uint64_t number : std::exchange(ended_, {})) {
    if (connections_.erase(number) != 0) context_.probe.connection_ended();
  }
}

// --- time ---------------------------------------------------------------------------------------

void Shard::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    check_deadlines();
    broker_.on_time();
    tick();
  });
}

void Shard::check_deadlines() {
  const SteadyTime at = now();
  while (!deadlines_.empty() && deadlines_.top().at <= at) {
    const Deadline due = deadlines_.top();
    deadlines_.pop();
    Connection* connection = find(due.number);
    if (connection == nullptr || connection->scheduled != due.at) continue;
    connection->scheduled.reset();
    connection->on_time(at);
    on_deadline(*connection);
  }
}

}  // namespace fastness::gateway

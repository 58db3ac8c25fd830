#include "gateway/testing/desk.h"

#include <algorithm>
#include <utility>

namespace fastness::gateway::testing {

constexpr std::size_t kInputBytes = std::size_t{64} << 10U;

tls::Step MemoryTransport::read(std::span<std::uint8_t> out) {
  if (to_server.empty()) {
    return {is_gone ? tls::Progress::closed : tls::Progress::want_read, 0};
  }
  const std::size_t count = std::min(out.size(), to_server.size());
  const auto end = to_server.begin() + static_cast<std::ptrdiff_t>(count);
  std::copy(to_server.begin(), end, out.begin());
  to_server.erase(to_server.begin(), end);
  return {tls::Progress::done, count};
}

tls::Step MemoryTransport::write(ByteView bytes) {
  const ByteView taken = bytes.first(std::min(room, bytes.size()));
  to_client.insert(to_client.end(), taken.begin(), taken.end());
  if (room != SIZE_MAX) room -= taken.size();
  return {tls::Progress::done, taken.size()};
}

Desk::Desk(const Limits& limits, OrganisationId organisation)
    : limits_(limits),
      services_(services(organisation)),
      loop_(net::PollLoop::create("desk").value()),
      gate_(std::make_shared<net::LoopGate>(*loop_)),
      journal_(gate_, services_),
      broker_(context()),
      input_(kInputBytes) {}

Desk::~Desk() {
  gate_->close();
}

Services Desk::services(OrganisationId organisation) {
  Services s;
  s.things = &things_;
  s.admit_secret = [organisation](DeviceId device, std::string_view secret) -> Result<Principal> {
    if (secret != "secret") return fail(Errc::unauthenticated, "wrong secret");
    return Principal{organisation, device, {}, dialects::Speaker::Rights::read_write};
  };
  s.authenticate_user = [](const auto&, const Services::Authenticated& done) {
    done(fail(Errc::unauthenticated, "nobody but devices"));
  };
  s.append = [this](const auto& /*readings*/, const std::vector<Bytes>& records, Durability,
                    const auto& done) {
    last_record_ += records.size();
    const auto answer = [done, end = last_record_ + 1] { done(end); };
    if (!is_held_) return answer();
    held_.emplace_back(answer);
  };
  s.last_values = [](OrganisationId, ThingId, const auto& done) { done({}); };
  s.refused = [](const auto&) {};
  s.note = [](DeviceId, const auto&) {};
  s.connection_events = [](const auto&) {};
  s.renewal = [](const auto&) {};
  return s;
}

BrokerContext Desk::context() {
  return {limits_,
          Durability::fsync,
          services_,
          clock_,
          random_,
          log_,
          probe_,
          quotas_,
          gate_,
          journal_,
          last_message_,
          [this](std::uint64_t number) { return find(number); },
          [](Connection&, const std::shared_ptr<Login>&, const Proven&) { return false; }};
}

Connection* Desk::find(std::uint64_t number) {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second.get();
}

std::uint64_t Desk::open() {
  const std::uint64_t number = ++last_connection_;
  auto connection = std::make_unique<Connection>(
      number, std::make_unique<MemoryTransport>(),
      Connection::Origin{"memory", "memory", Proof::secret}, limits_, now());
  Connection& opened = *connection;
  connections_.emplace(number, std::move(connection));
  (void)opened.attach(*this, *loop_);
  opened.on_ready();
  return number;
}

MemoryTransport& Desk::transport(std::uint64_t number) {
  return static_cast<MemoryTransport&>(connections_.at(number)->transport());
}

void Desk::run() {
  for (auto& [number, connection] : connections_) connection->on_ready();
  do {
    journal_.commit();
  } while (flush() || loop_->run_ready() != 0);
}

bool Desk::flush() {
  const std::vector<std::uint64_t> dirty = std::exchange(dirty_, {});
  for (const std::uint64_t number : dirty) {
    Connection* connection = find(number);
    if (connection == nullptr) continue;
    if (!connection->is_closing() && !connection->is_congested()) broker_.fill(*connection);
    connection->is_dirty = false;
    connection->flush();
    if (connection->session != nullptr && Broker::has_more(*connection->session) &&
        !connection->wants_write()) {
      on_dirty(*connection);
    }
  }
  for (const std::uint64_t number : std::exchange(ended_, {})) connections_.erase(number);
  return !dirty.empty();
}

void Desk::advance(std::chrono::seconds by) {
  clock_.advance(by);
  for (auto& [number, connection] : connections_) connection->on_time(now());
  broker_.on_time();
  run();
}

void Desk::release_journal() {
  is_held_ = false;
  for (const auto& answer : std::exchange(held_, {})) answer();
  run();
}

std::size_t Desk::most_queued() const {
  std::size_t most = 0;
  for (const auto& [number, connection] : connections_) {
    if (connection->session != nullptr) most = std::max(most, connection->session->state.queued());
  }
  return most;
}

std::unique_ptr<Bytes> Desk::take_buffer() {
  auto buffer = std::make_unique<Bytes>();
  buffer->reserve(512);
  return buffer;
}

void Desk::on_packet(Connection& connection, const mqtt::ServerEndpoint::Action& action,
                     std::size_t bytes) {
  broker_.on_packet(connection, action, bytes);
}

void Desk::on_dirty(Connection& connection) {
  if (std::exchange(connection.is_dirty, true)) return;
  dirty_.push_back(connection.number());
}

SteadyTime::duration Desk::pace(Connection& connection, std::size_t bytes) {
  return broker_.pace(connection, bytes);
}

void Desk::on_quota(Connection& connection, Quota quota) {
  broker_.on_quota(connection, quota);
}

void Desk::on_closing(Connection& connection) {
  broker_.on_closing(connection);
}

void Desk::on_end(Connection& connection) {
  ended_.push_back(connection.number());
}

}  // namespace fastness::gateway::testing

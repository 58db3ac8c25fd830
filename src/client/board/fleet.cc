#include "client/board/fleet.h"

#include <algorithm>

#include <poll.h>

#include "crypto/public_key/pem.h"

namespace fastness::client {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A handshake costs the server most of what a board costs it, and a fleet is not an attack.
constexpr std::size_t kMaxConnecting = 32;
constexpr seconds kLongestRetry{32};

}  // namespace

void Fleet::add(Member member) {
  Sketch* sketch = member.sketch.get();
  VirtualBoard protocol(
      member.identity, [sketch](const senml::Record& record) { sketch->written(record); },
      member.qos, member.renewal.get());
  boards_.emplace_back(std::move(member), std::move(protocol));
}

void Fleet::run_once(milliseconds longest) {
  const SteadyTime now = clock_.steady();
  SteadyTime next = now + longest;
  std::size_t connecting = static_cast<std::size_t>(std::ranges::count_if(
      boards_, [](const Board& board) { return board.transport && !board.is_started; }));
  std::vector<pollfd> watched;
  for (Board& board : boards_) {
    if (!board.transport && now >= board.retry_at && connecting < kMaxConnecting) {
      connect(board, now);
      ++connecting;
    }
    if (board.transport) {
      if (auto advanced = advance(board, now); !advanced) lose(board, now, advanced.error());
      if (is_to_reconnect(board)) reconnect(board, now);
    }
    next = std::min(next, next_event(board));
    if (!board.transport) continue;
    watched.push_back({board.transport->number(), board.transport->wanted_events(), 0});
  }
  const auto left = std::chrono::ceil<milliseconds>(next - clock_.steady());
  ::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
}

void Fleet::connect(Board& board, SteadyTime now) {
  BoardRenewal* renewal = board.member.renewal.get();
  if (renewal != nullptr) {
    using Shown = BoardRenewal::Shown;
    board.shown = renewal->wants_reconnect() ? Shown::on_trial : Shown::kept;
    auto context = renewal->context();
    if (!context) return lose(board, now, context.error());
    board.member.context = std::move(context).value();
  }
  auto transport = Transport::connect(server_, board.member.context);
  if (!transport) return lose(board, now, transport.error());
  board.transport.emplace(std::move(transport).value());
  board.is_started = false;
}

bool Fleet::is_to_reconnect(const Board& board) {
  const BoardRenewal* renewal = board.member.renewal.get();
  return renewal != nullptr && board.transport && renewal->wants_reconnect() &&
         board.shown == BoardRenewal::Shown::kept;
}

// Once what is on its way has arrived, so that nothing is lost by it.
void Fleet::reconnect(Board& board, SteadyTime now) {
  if (board.protocol.unanswered() != 0 || board.transport->has_output()) return;
  board.transport.reset();
  board.is_started = false;
  board.retry_at = now;
}

Result<void> Fleet::advance(Board& board, SteadyTime now) {
  Transport& transport = *board.transport;
  FASTNESS_RETURN_IF_ERROR(transport.advance());
  if (!transport.is_open()) return {};
  if (!board.is_started) board.protocol.start(now);
  board.is_started = true;
  FASTNESS_RETURN_IF_ERROR(board.protocol.receive(transport.input(), now));
  FASTNESS_RETURN_IF_ERROR(board.protocol.tick(now));
  const bool is_kept = board.member.renewal && !board.member.renewal->wants_reconnect();
  if (is_kept) board.shown = BoardRenewal::Shown::kept;  // it came in, so that it is no trial now
  if (board.protocol.phase() == VirtualBoard::Phase::running) {
    board.retry_after = seconds(2);
    if (!is_resting_ && !is_to_reconnect(board) && now >= board.member.sketch->next()) {
      board.protocol.publish(board.member.sketch->loop(now));
    }
  }
  if (!board.protocol.output().empty()) {
    transport.send(board.protocol.output());
    board.protocol.output().clear();
    FASTNESS_RETURN_IF_ERROR(transport.advance());
    // The server may have answered and hung up in the same moment: its reason is in the answer.
    FASTNESS_RETURN_IF_ERROR(board.protocol.receive(transport.input(), now));
  }
  if (transport.is_finished()) return fail(Errc::unavailable, "the server hung up");
  return {};
}

void Fleet::lose(Board& board, SteadyTime now, const Error& why) {
  log_.info("connection_lost", {{"device", board.protocol.device_id()},
                                {"why", why.message},
                                {"retry_in_s", board.retry_after.count()}});
  if (board.member.renewal) board.member.renewal->lost(board.shown);
  board.transport.reset();
  board.is_started = false;
  board.retry_at = now + board.retry_after;
  board.retry_after = std::min(board.retry_after * 2, kLongestRetry);
  ++lost_;
  last_loss_ = why.message;
}

SteadyTime Fleet::next_event(const Board& board) const {
  if (!board.transport) return std::max(board.retry_at, clock_.steady() + milliseconds(10));
  if (!board.is_started) return SteadyTime::max();
  if (board.protocol.phase() != VirtualBoard::Phase::running) return board.protocol.next_tick();
  if (is_resting_) return board.protocol.next_tick();
  return std::min(board.protocol.next_tick(), board.member.sketch->next());
}

Fleet::Counts Fleet::counts() const {
  Counts counts;
  counts.lost = lost_;
  counts.last_loss = last_loss_;
  for (const Board& board : boards_) {
    const bool is_running =
        board.is_started && board.protocol.phase() == VirtualBoard::Phase::running;
    counts.connected += is_running ? 1 : 0;
    counts.published += board.protocol.published();
    counts.acknowledged += board.protocol.acknowledged();
    counts.renewed += board.member.renewal ? board.member.renewal->renewed() : 0;
  }
  return counts;
}

Result<std::shared_ptr<const tls::ClientContext>> device_context(const std::string& anchors_pem,
                                                                 const std::string& certificate_pem,
                                                                 const crypto::PrivateKey& key) {
  tls::ClientContext::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.anchors,
                            crypto::all_from_pem(crypto::kCertificateLabel, anchors_pem));
  FASTNESS_ASSIGN_OR_RETURN(auto chain,
                            crypto::all_from_pem(crypto::kCertificateLabel, certificate_pem));
  options.credential = tls::Credential{std::move(chain), key.to_pkcs8()};
  FASTNESS_ASSIGN_OR_RETURN(auto context, tls::ClientContext::create(std::move(options)));
  return std::shared_ptr<const tls::ClientContext>(std::move(context));
}

}  // namespace fastness::client

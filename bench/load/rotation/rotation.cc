// A fleet whose authority is given up while it publishes: each device is cut off, renews by EST
// with the key that it has, comes back, and sends again what was not acknowledged.

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

#include "../fleet.h"
#include "../marks.h"
#include "../shapes.h"
#include "est_exchange.h"

namespace fastness::load {
namespace {

constexpr std::int64_t kTick = kSecond / 1'000;
constexpr std::int64_t kWarmUp = 3 * kSecond;
constexpr std::int64_t kLongest = 1'800 * kSecond;
constexpr std::int64_t kDrain = 20 * kSecond;

// Renewals under way, on an epoll of their own.
class Renewals {
 public:
  using OnEnd = std::function<void(std::size_t index, const std::string& failure)>;

  Renewals(Tls& tls, int port) : tls_(tls), port_(port), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
  Renewals(const Renewals&) = delete;
  Renewals& operator=(const Renewals&) = delete;
  ~Renewals() {
    running_.clear();
    close(epoll_);
  }

  void begin(std::size_t index, std::size_t identity) {
    auto exchange = std::make_unique<EstExchange>(tls_, port_, identity);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, exchange->descriptor(), &event);
    running_[index] = std::move(exchange);
  }

  // What is ready now; `failure` is empty if the new certificate is there.
  void poll(const OnEnd& on_end) {
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(epoll_, events.data(), events.size(), 0);
    for (int i = 0; i < count; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
      EstExchange& exchange = *running_.at(index);
      exchange.advance();
      if (exchange.state() < EstExchange::State::done) continue;
      const std::string failure = exchange.failure();
      running_.erase(index);
      on_end(index, failure);
    }
  }

  [[nodiscard]] std::size_t size() const { return running_.size(); }

 private:
  Tls& tls_;
  int port_;
  int epoll_;
  std::map<std::size_t, std::unique_ptr<EstExchange>> running_;
};

// What a message is: whose, and its number.
struct Reading {
  std::uint32_t device = 0;
  std::uint32_t number = 0;
};

class Rotation {
 public:
  explicit Rotation(const Options& options)
      : options_(options),
        fleet_(options),
        renewals_(fleet_.tls(), options.https_port),
        devices_(static_cast<std::size_t>(options.clients)),
        payload_(static_cast<std::size_t>(options.size), 'x') {}

  void run() {
    const std::int64_t begun = now_nanoseconds();
    fleet_.open(roles());
    Mark("standing")
        .figure("connections", static_cast<double>(fleet_.size()))
        .figure("seconds", seconds_since(begun))
        .print_and_wait();
    traffic_began_ = now_nanoseconds();
    while (now_nanoseconds() < traffic_began_ + kWarmUp) turn();
    const long before = acknowledged_;
    Mark("flowing").figure("acknowledged", static_cast<double>(before)).print_and_wait();
    wait_for_everybody();
    drain();
    report();
    for (std::size_t index = 0; index < revocations(); ++index) be_revoked(index);
    fleet_.close_all();
  }

 private:
  enum class Phase { connected, waiting, renewing, calling };
  struct Device {
    Phase phase = Phase::connected;
    bool is_renewed = false;
    bool is_unanswered = false;
    std::uint32_t sent = 0;          // the newest reading's number
    std::uint32_t acknowledged = 0;  // and that of the newest which was acknowledged
    std::uint32_t arrived = 0;       // and up to which all have come out on the other side
  };

  static double seconds_since(std::int64_t begun) {
    return static_cast<double>(now_nanoseconds() - begun) / kSecond;
  }
  [[nodiscard]] std::size_t listener() const { return devices_.size(); }

  // The first identity is a board's, which stays connected: it hears all others.
  Role role(std::size_t device) { return fleet_.role(device + 1); }

  std::vector<Role> roles() {
    std::vector<Role> roles;
    for (std::size_t i = 0; i < devices_.size(); ++i) roles.push_back(role(i));
    Role& all = roles.emplace_back(fleet_.role(0));
    all.filters.emplace_back("bench/+");
    all.qos = 1;
    return roles;
  }

  // A millisecond's work.
  void turn() {
    renewals_.poll([this](std::size_t index, const std::string& why) { end_renewal(index, why); });
    fleet_.poll(now_nanoseconds() + kTick,
                {[this](std::size_t index, const Frame& frame) { take(index, frame); },
                 [this](std::size_t index) { come_back(index); },
                 [this](std::size_t index, const std::string& why) { lose(index, why); }});
    begin_renewals();
    publish_what_is_due();
  }

  void take(std::size_t index, const Frame& frame) {
    if (index != listener()) {
      if (frame.type != kPuback) return;
      Device& device = devices_[index];
      device.is_unanswered = false;
      device.acknowledged = device.sent;
      ++acknowledged_;
      return;
    }
    if (frame.type != kPublish) return;
    const Message message = parse_publish(frame);
    if (message.qos > 0) fleet_.queue(index, puback_packet(message.id));
    Reading reading;
    std::memcpy(&reading, message.payload.data(), sizeof reading);
    Device& device = devices_.at(reading.device);
    // One is under way at most, and sent again until it is acknowledged: a gap is a loss.
    if (reading.number > device.arrived + 1) lost_ += reading.number - device.arrived - 1;
    device.arrived = std::max(device.arrived, reading.number);
  }

  void lose(std::size_t index, const std::string& why) {
    if (index == listener()) die("the listener was cut off: " + why);
    Device& device = devices_[index];
    if (device.phase == Phase::calling) refuse(why);
    if (cut_off_at_ == 0) cut_off_at_ = now_nanoseconds();
    device.phase = Phase::waiting;
    if (!is_revoking_) waiting_.push_back(index);
  }

  void refuse(const std::string& why) {
    if (refused_++ == 0) first_refusal_ = why;
    if (refused_ > options_.clients) die("too many refusals: " + first_refusal_);
  }

  // Who was renewed already only calls again.
  void begin_renewals() {
    while (!waiting_.empty() && under_way_ < options_.concurrency) {
      const std::size_t index = waiting_.front();
      waiting_.pop_front();
      ++under_way_;
      if (devices_[index].is_renewed) {
        call(index);
      } else {
        devices_[index].phase = Phase::renewing;
        ++handshakes_;
        renewals_.begin(index, role(index).identity);
      }
    }
  }

  void end_renewal(std::size_t index, const std::string& failure) {
    if (failure.empty()) {
      devices_[index].is_renewed = true;
      return call(index);
    }
    refuse(failure);
    --under_way_;
    devices_[index].phase = Phase::waiting;
    waiting_.push_back(index);
  }

  void call(std::size_t index) {
    ++handshakes_;
    devices_[index].phase = Phase::calling;
    fleet_.restart(index, role(index));
  }

  void come_back(std::size_t index) {
    Device& device = devices_[index];
    device.phase = Phase::connected;
    --under_way_;
    ++back_;
    last_back_at_ = now_nanoseconds();
    if (device.is_unanswered) publish(index);
  }

  // The next device's turn, by the clock; who is not there or waits for an answer is passed over.
  void publish_what_is_due() {
    const std::int64_t due = (now_nanoseconds() - traffic_began_) * options_.rate / kSecond;
    for (; turns_ < due; ++turns_) {
      const auto index = static_cast<std::size_t>(turns_) % devices_.size();
      Device& device = devices_[index];
      if (is_draining_ || device.phase != Phase::connected || device.is_unanswered) continue;
      ++device.sent;
      publish(index);
    }
  }

  void publish(std::size_t index) {
    Device& device = devices_[index];
    device.is_unanswered = true;
    const Reading reading{static_cast<std::uint32_t>(index), device.sent};
    std::memcpy(payload_.data(), &reading, sizeof reading);
    fleet_.queue(index,
                 publish_packet({.topic = "bench/" + std::to_string(index),
                                 .payload = payload_,
                                 .qos = 1,
                                 .id = static_cast<std::uint16_t>(device.sent % 65'535 + 1)}));
    fleet_.try_flush(index);
  }

  void wait_for_everybody() {
    const std::int64_t begun = now_nanoseconds();
    while (back_ < options_.clients) {
      turn();
      if (now_nanoseconds() > begun + kLongest) die("half an hour was not enough");
    }
  }

  void drain() {
    is_draining_ = true;
    const auto is_settled = [](const Device& device) {
      return !device.is_unanswered && device.arrived >= device.acknowledged;
    };
    const std::int64_t begun = now_nanoseconds();
    while (!std::ranges::all_of(devices_, is_settled) && now_nanoseconds() < begun + kDrain) turn();
    for (const Device& device : devices_) {
      if (device.arrived < device.acknowledged) lost_ += device.acknowledged - device.arrived;
    }
  }

  void report() {
    Mark("renewed")
        .figure("renewed",
                static_cast<double>(std::ranges::count(devices_, true, &Device::is_renewed)))
        .figure("refused", static_cast<double>(refused_))
        .figure("handshakes", static_cast<double>(handshakes_))
        .figure("seconds", static_cast<double>(last_back_at_ - cut_off_at_) / kSecond)
        .figure("acknowledged", static_cast<double>(acknowledged_))
        .figure("lost", static_cast<double>(lost_))
        .text("failure", first_refusal_)
        .print_and_wait();
  }

  [[nodiscard]] std::size_t revocations() const {
    return std::min<std::size_t>(devices_.size(), 20);
  }

  // Says who is to be revoked, goes on as before, and says when that one was cut off.
  void be_revoked(std::size_t index) {
    is_draining_ = false;
    is_revoking_ = true;
    Mark("revoke").text("device", fleet_.tls().name(role(index).identity)).print_and_wait();
    const std::int64_t begun = now_nanoseconds();
    while (devices_[index].phase == Phase::connected) {
      turn();
      if (now_nanoseconds() > begun + kDrain) die("a revoked device stayed connected");
    }
    Mark("revoked").figure("at", static_cast<double>(now_nanoseconds()) / kSecond).print_and_wait();
  }

  const Options& options_;
  Fleet fleet_;
  Renewals renewals_;
  std::vector<Device> devices_;
  std::string payload_;
  std::deque<std::size_t> waiting_;
  int under_way_ = 0;
  long back_ = 0;
  long refused_ = 0;
  long handshakes_ = 0;
  long acknowledged_ = 0;
  long lost_ = 0;
  long turns_ = 0;
  bool is_draining_ = false;
  bool is_revoking_ = false;
  std::string first_refusal_;
  std::int64_t traffic_began_ = 0;
  std::int64_t cut_off_at_ = 0;
  std::int64_t last_back_at_ = 0;
};

}  // namespace

void run_rotation(const Options& options) {
  Rotation(options).run();
}

}  // namespace fastness::load

#include "client/renewal_by_mqtt.h"

#include <chrono>
#include <optional>
#include <utility>

#include "client/board/fleet.h"
#include "client/mqtt/mqtt_link.h"
#include "device/mqtt_renewal.h"

namespace fastness::client {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kOfferPatience{5};
constexpr std::chrono::seconds kRenewalPatience{90};

// One connection that renews.
class RenewingLink {
 public:
  RenewingLink(RenewalFolder& folder, RenewalMoment moment, const Clock& clock)
      : folder_(folder),
        clock_(clock),
        is_at_once_(moment == RenewalMoment::at_once),
        renewal_(folder.device_id(), folder.key(), folder.slots()) {}

  // As a device that works, or that asks for nothing but its renewal.
  Result<void> open(const Address& server, const std::string& anchors_pem,
                    const std::string& username) {
    FASTNESS_ASSIGN_OR_RETURN(const DeviceIdentity device, folder_.kept());
    FASTNESS_ASSIGN_OR_RETURN(auto context,
                              device_context(anchors_pem, device.certificate_pem, device.key));
    FASTNESS_ASSIGN_OR_RETURN(auto transport, Transport::connect(server, std::move(context)));
    MqttConnection::Events events;
    events.message = [this](const mqtt::Publish& message) {
      (void)renewal_.receive(message.topic, as_text(message.payload), clock_.now());
    };
    // No client id: the device's own session, which may be served by its program, lives on.
    link_.emplace(std::move(transport), MqttConnection::Login{"", username, ""}, std::move(events),
                  clock_);
    FASTNESS_RETURN_IF_ERROR(link_->open());
    link_->mqtt().subscribe(renewal_.subscriptions(), {});
    return {};
  }

  Result<MqttRenewalOutcome> run() {
    const SteadyTime begun = clock_.steady();
    while (!folder_.slots().is_on_trial()) {
      const auto advanced = link_->advance();
      speak();
      if (folder_.slots().is_on_trial()) break;
      FASTNESS_RETURN_IF_ERROR(advanced);
      if (!renewal_.last_failure().empty()) {
        return fail(Errc::permission_denied, renewal_.last_failure());
      }
      const SteadyTime::duration passed = clock_.steady() - begun;
      const auto next = renewal_.next_tick();
      const bool is_later = next && !is_at_once_ && *next > clock_.now() + kRenewalPatience;
      if (is_later || (!next && passed > kOfferPatience)) return MqttRenewalOutcome::not_due;
      if (passed > kRenewalPatience)
        return fail(Errc::unavailable, "the server did not answer in time");
      await_events(link_->transport(), 100ms);
    }
    link_->close();
    return MqttRenewalOutcome::on_trial;
  }

 private:
  void speak() {
    // An offer is not waited for, if that is wished; what was asked is, as long as it takes.
    const auto next = renewal_.next_tick();
    const bool is_hurried = next && is_at_once_ && !std::exchange(has_asked_, true);
    renewal_.tick(is_hurried ? *next : clock_.now());
    for (const auto& each : std::exchange(renewal_.output(), {})) {
      mqtt::Publish message;
      message.topic = each.topic;
      message.payload = as_bytes(each.payload);
      link_->mqtt().publish(std::move(message));
    }
  }

  RenewalFolder& folder_;
  const Clock& clock_;
  bool is_at_once_;
  bool has_asked_ = false;
  device::MqttRenewal renewal_;
  std::optional<MqttLink> link_;
};

}  // namespace

Result<MqttRenewalOutcome> renew_by_mqtt(RenewalFolder& folder, const Address& server,
                                         const std::string& anchors_pem, RenewalMoment moment,
                                         const Clock& clock) {
  RenewingLink as_ever(folder, moment, clock);
  const auto opened = as_ever.open(server, anchors_pem, "");
  if (opened) return as_ever.run();
  const bool is_refused = opened.error().code == Errc::permission_denied ||
                          opened.error().code == Errc::unauthenticated;
  if (!is_refused) return Unexpected<Error>{opened.error()};
  RenewingLink for_this_alone(folder, moment, clock);
  FASTNESS_RETURN_IF_ERROR(
      for_this_alone.open(server, anchors_pem, std::string(device::kRenewalUserName)));
  return for_this_alone.run();
}

}  // namespace fastness::client

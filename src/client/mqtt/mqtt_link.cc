#include "client/mqtt/mqtt_link.h"

#include <algorithm>

#include "client/board/fleet.h"
#include "client/enrolment.h"
#include "json/value.h"

namespace fastness::client {

using std::chrono::milliseconds;

Result<void> MqttLink::advance() {
  FASTNESS_RETURN_IF_ERROR(transport_.advance());
  if (!transport_.is_open()) return {};
  const SteadyTime now = clock_->steady();
  if (!is_started_) {
    mqtt_.start(login_, now);
    login_.password.assign(login_.password.size(), '\0');
    is_started_ = true;
  }
  FASTNESS_RETURN_IF_ERROR(mqtt_.receive(transport_.input(), now));
  FASTNESS_RETURN_IF_ERROR(mqtt_.tick(now));
  if (!mqtt_.output().empty()) {
    transport_.send(mqtt_.output());
    mqtt_.output().clear();
    FASTNESS_RETURN_IF_ERROR(transport_.advance());
    // The server may have answered and hung up in the same moment: its reason is in the answer.
    FASTNESS_RETURN_IF_ERROR(mqtt_.receive(transport_.input(), now));
  }
  if (transport_.is_finished()) return fail(Errc::unavailable, "the server hung up");
  return {};
}

Result<void> MqttLink::open() {
  constexpr std::chrono::seconds kPatience{10};
  const SteadyTime end = clock_->steady() + kPatience;
  while (!mqtt_.is_accepted()) {
    FASTNESS_RETURN_IF_ERROR(advance());
    if (clock_->steady() > end) return fail(Errc::unavailable, "the server did not answer in time");
    if (!mqtt_.is_accepted()) await_events(transport_, milliseconds(100));
  }
  return {};
}

void MqttLink::close() {
  constexpr std::chrono::seconds kPatience{2};
  const SteadyTime end = clock_->steady() + kPatience;
  mqtt_.disconnect();
  while (advance() && transport_.has_output() && clock_->steady() < end) {
    await_events(transport_, milliseconds(50));
  }
}

Result<std::string> user_of_token(std::string_view token) {
  const auto unclear = [] { return fail(Errc::corrupted, "the access token names no user"); };
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first == token.npos ? first : first + 1);
  if (second == token.npos) return unclear();
  const auto claims = from_base64url(token.substr(first + 1, second - first - 1));
  if (!claims) return unclear();
  const auto parsed = json::parse(as_text(*claims));
  const json::Value* user = parsed ? parsed->find("http://arduino.cc/id") : nullptr;
  const std::string* text = user != nullptr ? user->get<std::string>() : nullptr;
  if (text == nullptr || text->empty()) return unclear();
  return *text;
}

Result<MqttConnection::Login> login_of(Api& api, std::string client_id) {
  FASTNESS_ASSIGN_OR_RETURN(std::string token, api.token());
  FASTNESS_ASSIGN_OR_RETURN(std::string user, user_of_token(token));
  return MqttConnection::Login{std::move(client_id), std::move(user), std::move(token)};
}

Result<MqttLink> link_of_device(const Address& server, const std::string& anchors_pem,
                                const DeviceIdentity& device, std::string client_id,
                                const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(auto context,
                            device_context(anchors_pem, device.certificate_pem, device.key));
  FASTNESS_ASSIGN_OR_RETURN(auto transport, Transport::connect(server, std::move(context)));
  return MqttLink(std::move(transport), {std::move(client_id), "", ""}, {}, clock);
}

}  // namespace fastness::client

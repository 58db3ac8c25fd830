#include "test_devices.h"

#include <poll.h>

#include "../session.h"
#include "client/board/fleet.h"
#include "client/enrolment.h"
#include "json/writer.h"

namespace fastness::cli {
namespace {

// Does it again while the server says "too many requests", for half a minute at most.
template <typename Ask>
auto patiently(Ask ask) {
  constexpr int kTries = 150;
  constexpr int kPauseMilliseconds = 200;
  auto answer = ask();
  for (int i = 0; i < kTries && !answer && answer.error().code == Errc::exhausted; ++i) {
    ::poll(nullptr, 0, kPauseMilliseconds);
    answer = ask();
  }
  return answer;
}

}  // namespace

Result<void> TestDevices::add(const std::string& name, const std::string& anchors_pem) {
  json::Writer body;
  body.begin_object();
  body.field("name", name);
  body.field("type", "generic_device");
  body.end_object();
  const std::string text = std::move(body).text();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value made,
                            patiently([&] { return api_.send("POST", "/api/v1/devices", text); }));
  Device& device = devices_.emplace_back();
  device.id = text_in(made, "id");
  FASTNESS_ASSIGN_OR_RETURN(const client::DeviceIdentity identity, patiently([&] {
                              return client::enrol_device(
                                  api_, device.id, crypto::PrivateKey::generate(), "standard");
                            }));
  FASTNESS_ASSIGN_OR_RETURN(
      device.context, client::device_context(anchors_pem, identity.certificate_pem, identity.key));
  return {};
}

std::size_t TestDevices::remove(const std::function<void(std::size_t done)>& tell) {
  std::size_t left = 0;
  std::size_t done = 0;
  for (const Device& device : devices_) {
    const std::string target = "/api/v1/devices/" + device.id;
    if (!patiently([&] { return api_.send("DELETE", target); })) ++left;
    if (tell) tell(++done);
  }
  devices_.clear();
  return left;
}

}  // namespace fastness::cli

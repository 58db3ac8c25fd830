#include "api/iot/network_credentials.h"

#include <array>

namespace fastness::api::iot {
namespace {

using Need = NetworkCredential::Need;
using Look = NetworkCredential::Look;

// The longest by IEEE 802.11 (names, pass phrases) and by 3GPP TS 23.003 (access point names).
constexpr NetworkCredential kSsid{"SECRET_SSID", "Wi-Fi name", Need::required, Look::plain, 32};
constexpr NetworkCredential kWifiPassword{"SECRET_OPTIONAL_PASS", "Wi-Fi password", Need::optional,
                                          Look::hidden, 64};
constexpr std::array kWifi = {kSsid, kWifiPassword};
constexpr std::array kWifiAndSecret = {
    kSsid, kWifiPassword,
    NetworkCredential{"SECRET_DEVICE_KEY", "Secret key of the device", Need::required, Look::hidden,
                      256}};
constexpr std::array kCellular = {
    NetworkCredential{"SECRET_PIN", "PIN of the SIM", Need::optional, Look::hidden, 8},
    NetworkCredential{"SECRET_APN", "Access point name", Need::required, Look::plain, 100},
    NetworkCredential{"SECRET_LOGIN", "Login", Need::optional, Look::plain, 64},
    NetworkCredential{"SECRET_PASS", "Password", Need::optional, Look::hidden, 64}};
constexpr std::array kLora = {
    NetworkCredential{"SECRET_APP_EUI", "App EUI", Need::required, Look::plain, 16},
    NetworkCredential{"SECRET_APP_KEY", "App key", Need::required, Look::hidden, 32}};

}  // namespace

std::span<const NetworkCredential> network_credentials(std::string_view connection) {
  if (connection == "wifi") return kWifi;
  if (connection == "wifiandsecret") return kWifiAndSecret;
  if (connection == "lora") return kLora;
  if (connection == "gsm" || connection == "nb" || connection == "catm1" ||
      connection == "cellular") {
    return kCellular;
  }
  return {};
}

}  // namespace fastness::api::iot

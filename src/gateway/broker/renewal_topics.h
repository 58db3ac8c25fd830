#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/principal.h"

namespace fastness::gateway {

// The topics between a device and the authority that certifies it: `$iot/<device>/pki/<word>`. They
// are that device's alone, and only when it came in by its certificate. What each word means is for
// `renewals` to say.
inline constexpr std::string_view kRenewalPrefix = "$iot/";

// The user name of a device that connects to renew its certificate and for nothing else, beside
// that certificate.
inline constexpr std::string_view kRenewalUserName = "renew";

// What a device says there.
enum class RenewalChannel : std::uint8_t {
  listening,  // nothing: it subscribed to `renew`
  gone,       // nothing: its connection, which was for this alone, has ended
  request,    // csr
  stored,     // ack
  refused,    // nack
};

// Where this device is told `word`.
[[nodiscard]] std::string renewal_topic(DeviceId device, std::string_view word);

// The channel of a topic that `principal` may publish to; nothing if it may not, whatever it is.
[[nodiscard]] std::optional<RenewalChannel> may_say(const Principal& principal,
                                                    std::string_view topic);
[[nodiscard]] std::optional<RenewalChannel> may_say(const RenewingDevice& device,
                                                    std::string_view topic);

// Whether `principal` may subscribe to exactly this. No wildcard: there is nothing else to hear.
[[nodiscard]] bool may_hear(const Principal& principal, std::string_view filter);
[[nodiscard]] bool may_hear(const RenewingDevice& device, std::string_view filter);

}  // namespace fastness::gateway

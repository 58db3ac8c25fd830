#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "device/credential_slots.h"
#include "device/key_holder.h"

namespace fastness::device {

// A request to the server's HTTPS address, on a connection that shows `slots.present()`, and what
// came back.
struct HttpsRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
struct HttpsResponse {
  int status = 0;
  std::string body;
};

// The device's side of a renewal by EST (RFC 7030, 8951): requests out, answers in. It works also
// when the certificate that the device has lets it in nowhere else, because its authority was given
// up or it is over. Thread-compatible.
class EstRenewal {
 public:
  // `key` and `slots` must outlive it.
  EstRenewal(std::string device_id, const KeyHolder& key, CredentialSlots& slots)
      : device_id_(std::move(device_id)), key_(key), slots_(slots) {}

  // When to renew, and the moment in that window which is this certificate's. Errors: what the
  // server said, or `corrupted` if that makes no sense.
  [[nodiscard]] static HttpsRequest ask_for_window();
  [[nodiscard]] Result<Timestamp> hear_window(const HttpsResponse& untrusted) const;

  // Asks for a certificate; the same request until there is an answer.
  [[nodiscard]] Result<HttpsRequest> ask();
  // Puts the certificate in the answer on trial. On failure the slots are as they were.
  [[nodiscard]] Result<void> hear(const HttpsResponse& untrusted, Timestamp now);

  // The same for a certificate for another key, for which both sign (docs/identity.md, "Another
  // key"); `invalid_argument` if it is the one that the device has. While the certificate is on
  // trial, the key to connect with is `next`, which after `commit` is the device's: `is_for` says
  // which of the two goes with a certificate, also after a crash. `next` must be kept until the
  // answer has come, or the certificate that the server has given is lost.
  [[nodiscard]] Result<HttpsRequest> ask_for(const KeyHolder& next);
  [[nodiscard]] Result<void> hear_for(const KeyHolder& next, const HttpsResponse& untrusted,
                                      Timestamp now);

 private:
  [[nodiscard]] Result<void> take(const KeyHolder& key, const HttpsResponse& untrusted,
                                  Timestamp now);
  std::string device_id_;
  const KeyHolder& key_;
  CredentialSlots& slots_;
};

// The request of this device that is under way, or a new one that is under way from now on.
[[nodiscard]] Result<Bytes> find_or_make_request(CredentialSlots& slots, const KeyHolder& key,
                                                 std::string_view device_id);

}  // namespace fastness::device

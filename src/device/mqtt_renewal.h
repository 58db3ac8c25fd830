#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "device/credential_slots.h"
#include "device/key_holder.h"

namespace fastness::device {

// A device that is refused, because its certificate lets it in nowhere any more, connects with this
// user name beside it: then it is let in for its renewal and nothing else (docs/identity.md). That
// does not say that the certificate is good: `connected` is not for such a connection.
inline constexpr std::string_view kRenewalUserName = "renew";

// The device's side of a renewal over MQTT: what came in and what time it is go in, what to say
// comes out. The certificate that it gets is put on trial in the slots; the next connection decides
// what becomes of it. Thread-compatible.
class MqttRenewal {
 public:
  struct Message {
    std::string topic;
    std::string payload;  // at most 512 bytes; at QoS 0 or 1, not retained
  };

  // `key` and `slots` must outlive it, or `refer_to` their successors.
  MqttRenewal(std::string device_id, const KeyHolder& key, CredentialSlots& slots)
      : device_id_(std::move(device_id)), key_(&key), slots_(&slots) {}
  void refer_to(const KeyHolder& key, CredentialSlots& slots) {
    key_ = &key;
    slots_ = &slots;
  }

  // What to subscribe to after each CONNACK, by exactly these filters.
  [[nodiscard]] std::vector<std::string> subscriptions() const;

  // A server let the device in with `slots.present()`: a certificate on trial is the kept one now.
  [[nodiscard]] Result<void> connected();
  // None did. A certificate on trial is given up; the server hears why when it offers again.
  [[nodiscard]] Result<void> could_not_connect();
  // The connection is gone, and with it every offer.
  void disconnected() { offer_.reset(); }

  // A message that came. False if it is not for this part of the program.
  bool receive(std::string_view topic, std::string_view untrusted_payload, Timestamp now);
  // Does what is due. Call it every few seconds, or at `next_tick`.
  void tick(Timestamp now);
  // Nothing while there is nothing to wait for.
  [[nodiscard]] std::optional<Timestamp> next_tick() const;

  // What is to be published, in this order. The caller takes it.
  [[nodiscard]] std::vector<Message>& output() { return output_; }

  // There is a certificate on trial: connect anew with it.
  [[nodiscard]] bool wants_reconnect() const { return slots_->is_on_trial(); }
  // Why the last attempt came to nothing; empty if it did not. For a log.
  [[nodiscard]] const std::string& last_failure() const { return last_failure_; }

 private:
  struct Offer {
    std::string nonce;
    std::int64_t generation = 0;
    Timestamp at{};     // when to ask, and to ask again
    int asked = 0;      // times
    Bytes certificate;  // as far as it has come
    std::int64_t came = 0;
    std::int64_t expected = 0;
  };

  void hear_offer(std::string_view payload, Timestamp now);
  void hear_answer(std::string_view payload, Timestamp now);
  [[nodiscard]] Timestamp moment_in(std::int64_t start, std::int64_t end, Timestamp now) const;
  void ask(Timestamp now);
  [[nodiscard]] Result<std::string> proof_of(const Bytes& request) const;
  [[nodiscard]] bool take_piece(std::int64_t index, std::int64_t count, const Bytes& data);
  void take_certificate(Timestamp now);
  void refuse(const char* code, std::string why);
  void say(std::string_view word, std::string payload);
  [[nodiscard]] std::string topic(std::string_view word) const;

  std::string device_id_;
  const KeyHolder* key_;
  CredentialSlots* slots_;
  std::optional<Offer> offer_;
  bool trial_failed_ = false;  // and the server does not know yet
  std::string last_failure_;
  std::vector<Message> output_;
};

}  // namespace fastness::device

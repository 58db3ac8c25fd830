#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "client/board/virtual_board.h"
#include "client/enrolment.h"
#include "device/credential_slots.h"
#include "device/key_holder.h"
#include "device/mqtt_renewal.h"
#include "tls/context/client_context.h"

namespace fastness::client {

// A virtual board's identity that renews itself over MQTT when its server says so, with the library
// that real devices use. Key and certificates are in memory. Thread-compatible.
class BoardRenewal final : public VirtualBoard::Companion {
 public:
  // `clock` must outlive it. `invalid_argument` for a certificate or anchors that are none.
  [[nodiscard]] static Result<std::unique_ptr<BoardRenewal>> create(std::string anchors_pem,
                                                                    const DeviceIdentity& device,
                                                                    const Clock& clock);

  // What to connect with: it shows the certificate on trial, if there is one.
  [[nodiscard]] Result<std::shared_ptr<const tls::ClientContext>> context();
  // A new certificate waits to be tried: connect anew.
  [[nodiscard]] bool wants_reconnect() const { return renewal_.wants_reconnect(); }
  // A connection that showed the certificate on trial, or did not, came to nothing.
  enum class Shown : bool { kept, on_trial };
  void lost(Shown shown);

  // How often it has come in with a new certificate.
  [[nodiscard]] std::size_t renewed() const { return renewed_; }

  // VirtualBoard::Companion
  [[nodiscard]] std::vector<std::string> filters() const override {
    return renewal_.subscriptions();
  }
  void accepted() override;
  [[nodiscard]] bool take(std::string_view topic, ByteView payload) override;
  [[nodiscard]] std::vector<Message> speak() override;

 private:
  // The key as it is in memory anyway, for TLS.
  class HeldKey final : public device::KeyHolder {
   public:
    explicit HeldKey(crypto::PrivateKey key)
        : key_(std::move(key)), public_key_(key_.public_key().to_spki()) {}
    [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
    [[nodiscard]] const Bytes& public_key() const override { return public_key_; }
    [[nodiscard]] Result<Bytes> sign(ByteView message) const override {
      return key_.sign(message).to_der();
    }

   private:
    crypto::PrivateKey key_;
    Bytes public_key_;
  };

  BoardRenewal(std::string anchors_pem, const std::string& device_id, crypto::PrivateKey key,
               std::unique_ptr<device::MemoryStore> store, device::CredentialSlots slots,
               const Clock& clock);

  std::string anchors_pem_;
  HeldKey key_;
  std::unique_ptr<device::MemoryStore> store_;  // where `slots_` points
  device::CredentialSlots slots_;
  device::MqttRenewal renewal_;
  const Clock& clock_;
  std::shared_ptr<const tls::ClientContext> context_;  // for `shown_`; shared with connections
  std::string shown_;
  std::size_t renewed_ = 0;
};

}  // namespace fastness::client

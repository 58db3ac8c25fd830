#include "client/board/board_renewal.h"

#include <utility>

#include "client/board/fleet.h"

namespace fastness::client {

BoardRenewal::BoardRenewal(std::string anchors_pem, const std::string& device_id,
                           crypto::PrivateKey key, std::unique_ptr<device::MemoryStore> store,
                           device::CredentialSlots slots, const Clock& clock)
    : anchors_pem_(std::move(anchors_pem)),
      key_(std::move(key)),
      store_(std::move(store)),
      slots_(std::move(slots)),
      renewal_(device_id, key_, slots_),
      clock_(clock) {}

Result<std::unique_ptr<BoardRenewal>> BoardRenewal::create(std::string anchors_pem,
                                                           const DeviceIdentity& device,
                                                           const Clock& clock) {
  auto store = std::make_unique<device::MemoryStore>();
  FASTNESS_ASSIGN_OR_RETURN(auto slots,
                            device::CredentialSlots::begin(*store, device.certificate_pem));
  FASTNESS_ASSIGN_OR_RETURN(auto key, crypto::PrivateKey::from_pkcs8(device.key.to_pkcs8()));
  std::unique_ptr<BoardRenewal> made(new BoardRenewal(std::move(anchors_pem), device.device_id,
                                                      std::move(key), std::move(store),
                                                      std::move(slots), clock));
  FASTNESS_RETURN_IF_ERROR(made->context());  // so that what is wrong is said before it connects
  return made;
}

Result<std::shared_ptr<const tls::ClientContext>> BoardRenewal::context() {
  if (context_ != nullptr && shown_ == slots_.present()) return context_;
  FASTNESS_ASSIGN_OR_RETURN(context_, device_context(anchors_pem_, slots_.present(), key_.key()));
  shown_ = slots_.present();
  return context_;
}

void BoardRenewal::lost(Shown shown) {
  // A store in memory fails nowhere.
  if (shown == Shown::on_trial) return static_cast<void>(renewal_.could_not_connect());
  renewal_.disconnected();
}

void BoardRenewal::accepted() {
  renewed_ += slots_.is_on_trial() ? 1 : 0;
  static_cast<void>(renewal_.connected());
}

bool BoardRenewal::take(std::string_view topic, ByteView payload) {
  return renewal_.receive(topic, as_text(payload), clock_.now());
}

std::vector<BoardRenewal::Message> BoardRenewal::speak() {
  renewal_.tick(clock_.now());
  std::vector<Message> messages;
  for (auto& each : std::exchange(renewal_.output(), {})) {
    messages.push_back({std::move(each.topic), std::move(each.payload)});
  }
  return messages;
}

}  // namespace fastness::client

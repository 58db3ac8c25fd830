#include "thief.h"

#include <array>
#include <utility>

#include "client/mqtt/mqtt_link.h"
#include "crypto/secret/system_random.h"
#include "crypto/x509/certificate_body.h"

namespace fastness::cli {

Result<client::DeviceIdentity> Thief::forge(const std::string& device_id, Timestamp now) const {
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  std::array<std::uint8_t, 16> serial{};
  crypto::SystemRandom().fill(serial);
  crypto::CertificateBody body;
  body.serial = to_bytes(serial);
  body.issuer = to_bytes(authority_.subject());
  body.not_before = now - std::chrono::hours(1);
  body.not_after = body.not_before + std::chrono::days(365);
  FASTNESS_ASSIGN_OR_RETURN(body.subject,
                            crypto::encode_name({{crypto::NameAttribute::common_name, device_id}}));
  body.spki = key.public_key().to_spki();
  body.extensions = {crypto::authority_key_id_extension(authority_.subject_key_id())};
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(
      const auto certificate,
      crypto::Certificate::parse(crypto::assemble_certificate(tbs, stolen_.sign(tbs))));
  return client::DeviceIdentity{device_id, std::move(key), certificate.to_pem()};
}

Result<std::optional<std::string>> refusal_of(const BoardServer& server,
                                              const client::DeviceIdentity& identity,
                                              const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(client::MqttLink link,
                            client::link_of_device(server.address, server.anchors_pem, identity,
                                                   identity.device_id, clock));
  const auto opened = link.open();
  if (!opened) return std::optional(opened.error().message);
  link.close();
  return std::optional<std::string>();
}

}  // namespace fastness::cli

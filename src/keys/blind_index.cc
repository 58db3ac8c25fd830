#include "keys/blind_index.h"

#include "base/bytes.h"

namespace fastness::keys {

crypto::Digest blind_index(const crypto::SecretBytes& key, FieldId field,
                           std::string_view normalised) {
  Bytes message;
  ByteWriter out(message);
  out.u16(static_cast<std::uint16_t>(field));
  out.raw(as_bytes(normalised));
  const crypto::Digest index = crypto::hmac_sha256(key, message);
  crypto::secure_zero(message);
  return index;
}

}  // namespace fastness::keys

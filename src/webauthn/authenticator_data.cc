#include "webauthn/authenticator_data.h"

namespace fastness::webauthn {

Result<AuthenticatorData> AuthenticatorData::parse(ByteView untrusted_bytes) {
  if (untrusted_bytes.size() > kMostBytes) {
    return fail(Errc::invalid_argument, "more authenticator data than any has");
  }
  AuthenticatorData data;
  ByteReader in(untrusted_bytes);
  in.copy_to(data.party_);
  data.flags_ = in.u8();
  data.counter_ = in.u32();
  if (!in.ok()) return fail(Errc::invalid_argument, "authenticator data is cut short");
  if (in.rest().empty() == (data.has_credential() || data.has_extensions())) {
    return fail(Errc::invalid_argument, "the flags and the length contradict each other");
  }
  if (data.backup().is_backed_up && !data.backup().is_eligible) {
    return fail(Errc::invalid_argument, "a copy of what cannot be copied");
  }
  return data;
}

}  // namespace fastness::webauthn

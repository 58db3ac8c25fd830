// Arbitrary bytes as what a browser and an authenticator say: no crash, and what is accepted keeps
// its rules. The first two bytes say how much of the rest is client data.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "webauthn/ceremony.h"
#include "webauthn/fido.h"

using namespace fastness;

namespace {

void check_registration(ByteView data) {
  const auto found = webauthn::find_attested(data);
  if (!found) return;
  if (found->end > data.size() || found->end < webauthn::AuthenticatorData::kHead) std::abort();
  const auto key = webauthn::fido::read_key(data.first(found->end), *found);
  if (key && key->bytes.empty()) std::abort();
}

void check_parsed(const webauthn::ClientData& client_data, ByteView data,
                  const webauthn::RelyingParty& party) {
  if (const auto made = webauthn::register_credential(client_data, data, party)) {
    if (client_data.type() != webauthn::ClientData::Type::create) std::abort();
    if (client_data.origin() != party.origin()) std::abort();
  }
  const std::size_t cut = std::min<std::size_t>(data.size(), webauthn::AuthenticatorData::kHead);
  const webauthn::RawAssertion said{to_bytes(data.first(cut)), to_bytes(data.subspan(cut))};
  const Result<webauthn::Use> refused = webauthn::refuse_assertion(client_data, said, party);
  if (refused) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto party = webauthn::RelyingParty::of(webauthn::RelyingParty::Scheme::http, "localhost",
                                                std::uint16_t{8080});
  ByteReader in(ByteView(data, size));
  const std::size_t length = in.u16();
  const ByteView rest = in.rest();
  const ByteView json = rest.first(std::min(length, rest.size()));
  const ByteView said = rest.subspan(json.size());
  check_registration(said);
  const auto client_data = webauthn::ClientData::parse(json);
  if (client_data) check_parsed(*client_data, said, *party);
  return 0;
}

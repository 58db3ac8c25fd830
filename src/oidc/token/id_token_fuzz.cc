// Arbitrary bytes as what a provider says: its document, its keys and an ID token. No crash, and
// what is accepted keeps its rules. The first two bytes say how much of the rest is the keys.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "oidc/provider/discovery.h"
#include "oidc/provider/provider.h"
#include "oidc/token/id_token.h"

using namespace fastness;

namespace {

void check_discovery(std::string_view text) {
  const std::string issuer = "https://id.example";
  const auto discovery = oidc::Discovery::parse(text, issuer);
  if (!discovery) return;
  for (const std::string* each :
       {&discovery->authorization_endpoint, &discovery->token_endpoint, &discovery->key_set}) {
    if (!oidc::is_endpoint(*each)) std::abort();
  }
}

void check_token(const oidc::KeySet& keys, std::string_view text) {
  const auto token = oidc::IdToken::parse(text);
  if (!token) return;
  const oidc::SigningKey* key = keys.find(token->key_id(), token->algorithm());
  if (key == nullptr) return;
  if (key->algorithm() != token->algorithm()) std::abort();
  const oidc::Expected expected{"https://id.example", "fastness", "nonce",
                                Timestamp(std::chrono::seconds(1'800'000'000))};
  const auto subject = token->verify(*key, expected);
  if (subject && (subject->empty() || subject->size() > oidc::IdToken::kMostSubject)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(ByteView(data, size));
  const std::size_t length = in.u16();
  const ByteView rest = in.rest();
  const ByteView first = rest.first(std::min(length, rest.size()));
  const ByteView second = rest.subspan(first.size());
  check_discovery(as_text(rest));
  static_cast<void>(oidc::IdToken::parse(as_text(rest)).has_value());
  const auto keys = oidc::KeySet::parse(as_text(first));
  if (!keys) return 0;
  if (keys->size() > oidc::KeySet::kMostKeys) std::abort();
  check_token(*keys, as_text(second));
  return 0;
}

// Arbitrary bytes as what a provider says: its document, its keys and a token. No crash, and
// what is accepted keeps its rules. The first two bytes say how much of the rest is the keys.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "oidc/provider/discovery.h"
#include "oidc/provider/provider.h"
#include "oidc/token/id_token.h"
#include "oidc/token/logout_token.h"

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

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= oidc::SignedToken::kMostSubject;
}

void check_token(oidc::TokenKind kind, const oidc::KeySet& keys, std::string_view text) {
  const auto token = oidc::SignedToken::parse(kind, text);
  if (!token) return;
  const oidc::SigningKey* key = keys.find(token->key_id(), token->algorithm());
  if (key == nullptr) return;
  if (key->algorithm() != token->algorithm()) std::abort();
  const oidc::Expected expected{"https://id.example", "fastness",
                                Timestamp(std::chrono::seconds(1'800'000'000))};
  const auto person = oidc::read_id_token(*token, *key, expected, "nonce");
  if (person && !is_name(person->subject)) std::abort();
  const auto logout = oidc::read_logout_token(*token, *key, expected);
  if (logout && !logout->subject && !logout->session) std::abort();
  if (person && logout) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(ByteView(data, size));
  const std::size_t length = in.u16();
  const ByteView rest = in.rest();
  const ByteView first = rest.first(std::min(length, rest.size()));
  const ByteView second = rest.subspan(first.size());
  check_discovery(as_text(rest));
  static_cast<void>(oidc::SignedToken::parse(oidc::TokenKind::id, as_text(rest)).has_value());
  const auto keys = oidc::KeySet::parse(as_text(first));
  if (!keys) return 0;
  if (keys->size() > oidc::KeySet::kMostKeys) std::abort();
  for (const auto kind : {oidc::TokenKind::id, oidc::TokenKind::logout}) {
    check_token(kind, *keys, as_text(second));
  }
  return 0;
}

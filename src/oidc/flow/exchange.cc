#include "oidc/flow/exchange.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "crypto/public_key/pem.h"

namespace fastness::oidc {
namespace {

Result<crypto::PrivateKey> read_apple_key(std::string_view text) {
  auto der = crypto::from_pem(crypto::kPrivateKeyLabel, text);
  if (!der) return fail(Errc::invalid_argument, "is no key of Apple's: a PRIVATE KEY as PEM");
  return crypto::PrivateKey::from_pkcs8(crypto::SecretBytes::take(der.value()));
}

Result<crypto::SecretBytes> read_secret(const crypto::SecretBytes& file) {
  const auto end = std::ranges::find(file.reveal(), static_cast<std::uint8_t>('\n'));
  auto size = static_cast<std::size_t>(end - file.reveal().begin());
  if (size != 0 && file.reveal()[size - 1] == '\r') --size;
  if (size == 0) return fail(Errc::invalid_argument, "has no secret in its first line");
  crypto::SecretBytes secret(size);
  std::ranges::copy(file.reveal().first(size), secret.reveal().begin());
  return secret;
}

}  // namespace

Result<Client> make_client(Provider provider, const crypto::SecretBytes& file) {
  Client client{std::move(provider), {}, std::nullopt};
  if (client.provider.kind == Kind::apple) {
    FASTNESS_ASSIGN_OR_RETURN(client.apple_key, read_apple_key(as_text(file.reveal())));
  } else {
    FASTNESS_ASSIGN_OR_RETURN(client.secret, read_secret(file));
  }
  return client;
}

// A provider and what is kept of it; `mutex` is held while it is asked for what is public.
struct Exchange::Known {
  explicit Known(Client its_client) : client(std::move(its_client)) {}

  const Client client;
  std::mutex mutex;
  std::optional<Result<Discovery>> discovery;
  SteadyTime discovery_until;
  std::optional<KeySet> keys;
  SteadyTime keys_until;
  SteadyTime no_reload_before;
};

Exchange::Exchange(std::vector<Client> clients, Fetch fetch, const Clock& clock)
    : fetch_(std::move(fetch)), clock_(clock) {
  for (Client& each : clients) {
    std::string id = each.provider.id;
    known_.emplace(std::move(id), std::make_unique<Known>(std::move(each)));
  }
}

Exchange::~Exchange() = default;

Result<Exchange::Known*> Exchange::find(const std::string& provider) {
  const auto found = known_.find(provider);
  if (found == known_.end()) return fail(Errc::not_found, "no such provider");
  return found->second.get();
}

// A failure is kept for a while too: whoever asks again and again has us call nobody.
Result<Discovery> Exchange::discover(Known& known) {
  if (known.client.provider.kind == Kind::github) return github_endpoints();
  const std::lock_guard lock(known.mutex);
  const SteadyTime now = clock_.steady();
  if (known.discovery && now < known.discovery_until) return *known.discovery;
  const std::string& issuer = known.client.provider.issuer;
  const auto document = fetch_({Discovery::address_of(issuer)});
  known.discovery = document ? Discovery::parse(*document, issuer)
                             : Result<Discovery>(Unexpected<Error>{document.error()});
  known.discovery_until = clock_.steady() + (*known.discovery ? SteadyTime::duration(kKept)
                                                              : SteadyTime::duration(kPause));
  return *known.discovery;
}

Result<std::string> Exchange::begin(const Attempt& attempt) {
  FASTNESS_ASSIGN_OR_RETURN(Known* const known, find(attempt.provider));
  FASTNESS_ASSIGN_OR_RETURN(const Discovery discovery, discover(*known));
  return authorization_url(known->client.provider, discovery, attempt);
}

Result<Identity> Exchange::redeem(const Attempt& attempt, const Answer& answer) {
  FASTNESS_ASSIGN_OR_RETURN(Known* const known, find(attempt.provider));
  const Provider& provider = known->client.provider;
  FASTNESS_ASSIGN_OR_RETURN(const Discovery discovery, discover(*known));
  // Before the code is shown to anybody: it may be another provider's (RFC 9207, 2.4).
  if (answer.issuer ? *answer.issuer != provider.issuer : discovery.promises_issuer) {
    return fail(Errc::unauthenticated, "the answer is not of the provider that was asked");
  }
  if (answer.code.empty()) return fail(Errc::unauthenticated, "the provider refused");
  const std::string secret =
      known->client.apple_key
          ? apple_client_secret(provider, *known->client.apple_key, clock_.now())
          : std::string(as_text(known->client.secret.reveal()));
  FASTNESS_ASSIGN_OR_RETURN(const std::string given,
                            fetch_(token_request(provider, discovery, attempt, answer, secret)));
  FASTNESS_ASSIGN_OR_RETURN(Person person, read_person(*known, discovery, attempt, given));
  return Identity{provider.issuer, std::move(person.subject), std::move(person.session)};
}

Result<Person> Exchange::read_person(Known& known, const Discovery& discovery,
                                     const Attempt& attempt, const std::string& token_answer) {
  const Provider& provider = known.client.provider;
  if (provider.kind == Kind::github) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string access_token,
                              read_token_answer(token_answer, "access_token"));
    FASTNESS_ASSIGN_OR_RETURN(const std::string user, fetch_(github_user_request(access_token)));
    FASTNESS_ASSIGN_OR_RETURN(std::string subject, read_github_user(user));
    return Person{std::move(subject), std::nullopt};
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, read_token_answer(token_answer, "id_token"));
  FASTNESS_ASSIGN_OR_RETURN(const SignedToken token, SignedToken::parse(TokenKind::id, text));
  FASTNESS_ASSIGN_OR_RETURN(const SigningKey key, key_for(known, discovery, token));
  return read_id_token(token, key, {provider.issuer, provider.client_id, clock_.now()},
                       attempt.nonce);
}

Result<Logout> Exchange::read_logout(const std::string& provider,
                                     std::string_view untrusted_token) {
  FASTNESS_ASSIGN_OR_RETURN(Known* const known, find(provider));
  const Provider& its = known->client.provider;
  if (its.kind == Kind::github) return fail(Errc::not_found, "GitHub signs nothing");
  FASTNESS_ASSIGN_OR_RETURN(const SignedToken token,
                            SignedToken::parse(TokenKind::logout, untrusted_token));
  FASTNESS_ASSIGN_OR_RETURN(const Discovery discovery, discover(*known));
  FASTNESS_ASSIGN_OR_RETURN(const SigningKey key, key_for(*known, discovery, token));
  return read_logout_token(token, key, {its.issuer, its.client_id, clock_.now()});
}

Result<SigningKey> Exchange::key_for(Known& known, const Discovery& discovery,
                                     const SignedToken& token) {
  const std::lock_guard lock(known.mutex);
  const bool is_old = !known.keys || known.keys_until <= clock_.steady();
  if (is_old) FASTNESS_RETURN_IF_ERROR(load_keys(known, discovery));
  const SigningKey* found = known.keys->find(token.key_id(), token.algorithm());
  if (found == nullptr && !is_old && known.no_reload_before <= clock_.steady()) {
    FASTNESS_RETURN_IF_ERROR(load_keys(known, discovery));
    found = known.keys->find(token.key_id(), token.algorithm());
  }
  if (found != nullptr) return *found;
  return fail(Errc::unauthenticated, "the token names a key that its provider does not have");
}

Result<void> Exchange::load_keys(Known& known, const Discovery& discovery) {
  const SteadyTime now = clock_.steady();
  known.no_reload_before = now + kReload;
  FASTNESS_ASSIGN_OR_RETURN(const std::string document, fetch_({discovery.key_set}));
  FASTNESS_ASSIGN_OR_RETURN(known.keys, KeySet::parse(document));
  known.keys_until = now + kKept;
  return {};
}

}  // namespace fastness::oidc

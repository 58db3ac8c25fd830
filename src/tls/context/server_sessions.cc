// TLS 1.3 tickets that name a session kept here; see SavedSessions.

#include <algorithm>
#include <array>

#include "tls/context/server_shared.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {
namespace {

// Whether the ClientHello offers TLS 1.3 (RFC 8446, 4.2.1), which we then choose.
bool offers_tls13(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &data, &size) != 1)
    return false;
  ByteReader reader({data, size});
  const std::size_t count = reader.u8() / 2;
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    if (reader.u16() == TLS1_3_VERSION) return reader.ok();
  }
  return false;
}

// OpenSSL keeps sessions instead of sealing them into tickets if it is told to issue none. That
// would take tickets from TLS 1.2 as well, so it is told for each connection.
int choose_tickets(SSL* ssl, int* /*alert*/, void* /*unused*/) {
  if (offers_tls13(ssl)) SSL_set_options(ssl, SSL_OP_NO_TICKET);
  return SSL_CLIENT_HELLO_SUCCESS;
}

std::optional<SavedSessions::Id> id_of(ByteView name) {
  if (name.size() != SSL_MAX_SSL_SESSION_ID_LENGTH) return std::nullopt;
  SavedSessions::Id id{};
  std::copy_n(name.begin(), id.size(), id.begin());
  return id;
}

// Returns whether it keeps the reference to the session.
int save_session(SSL* ssl, SSL_SESSION* session) {
  constexpr int kNotKept = 0;
  unsigned size = 0;
  const unsigned char* name = SSL_SESSION_get_id(session, &size);
  const auto id = id_of({name, size});
  if (SSL_SESSION_get_protocol_version(session) != TLS1_3_VERSION || !id) return kNotKept;
  std::array<std::uint8_t, TrafficSecret::kCapacity> key{};
  const std::size_t key_size = SSL_SESSION_get_master_key(session, key.data(), key.size());
  Stream::State& state = Stream::State::of(ssl);
  state.server->sessions.put(
      *id, {TrafficSecret(ByteView(key).first(key_size)),
            SSL_CIPHER_get_protocol_id(SSL_SESSION_get0_cipher(session)), state.authentication()});
  OPENSSL_cleanse(key.data(), key.size());
  return kNotKept;
}

SSL_SESSION* make_session(SSL* ssl, ByteView name, const SavedSessions::Saved& saved) {
  SslSessionPtr session(SSL_SESSION_new());
  const std::array<unsigned char, 2> number{static_cast<unsigned char>(saved.cipher >> 8U),
                                            static_cast<unsigned char>(saved.cipher)};
  const SSL_CIPHER* cipher = SSL_CIPHER_find(ssl, number.data());
  const ByteView key = saved.key.reveal();
  const std::string_view context = session_context(Stream::State::of(ssl).server->options);
  const bool ok =
      session && cipher != nullptr &&
      SSL_SESSION_set_protocol_version(session.get(), TLS1_3_VERSION) == 1 &&
      SSL_SESSION_set_cipher(session.get(), cipher) == 1 &&
      SSL_SESSION_set1_master_key(session.get(), key.data(), key.size()) == 1 &&
      SSL_SESSION_set1_id(session.get(), name.data(), static_cast<unsigned>(name.size())) == 1 &&
      SSL_SESSION_set1_id_context(session.get(), as_bytes(context).data(),
                                  static_cast<unsigned>(context.size())) == 1;
  return ok ? session.release() : nullptr;
}

SSL_SESSION* find_session(SSL* ssl, const unsigned char* name, int size, int* takes_copy) {
  *takes_copy = 0;  // ours is made for this call
  const ByteView whole(name, static_cast<std::size_t>(size));
  const auto id = id_of(whole);
  Stream::State& state = Stream::State::of(ssl);
  const auto saved = id ? state.server->sessions.take(*id) : std::nullopt;
  if (!saved || !state.server->may_resume(saved->peer)) return nullptr;
  SSL_SESSION* session = make_session(ssl, whole, *saved);
  if (session != nullptr) state.ticket = saved->peer;
  return session;
}

}  // namespace

void set_session_callbacks(SSL_CTX& context) {
  SSL_CTX_set_client_hello_cb(&context, choose_tickets, nullptr);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(&context, save_session);
  SSL_CTX_sess_set_get_cb(&context, find_session);
}

}  // namespace fastness::tls

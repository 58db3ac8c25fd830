// Session tickets of TLS 1.2 (RFC 5077): sealed under rotating keys, and honoured only after
// the admission was asked about the leaf that they name.

#include <algorithm>
#include <array>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "tls/context/server_shared.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {
namespace {

constexpr std::uint8_t kNoteVersion = 1;

// What we add to each ticket. Without the time a ticket could be renewed by itself for ever.
Bytes encode(const Authentication& peer) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kNoteVersion);
  writer.i64(peer.at.time_since_epoch().count());
  if (peer.leaf) writer.raw(*peer.leaf);
  return out;
}

std::optional<Authentication> decode(ByteView bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kNoteVersion) return std::nullopt;
  Authentication peer{SteadyTime(SteadyTime::duration(reader.i64())), std::nullopt};
  if (!reader.rest().empty()) reader.copy_to(peer.leaf.emplace());
  if (!reader.finish("ticket")) return std::nullopt;
  return peer;
}

int note_ticket(SSL* ssl, void* /*unused*/) {
  const Bytes note = encode(Stream::State::of(ssl).authentication());
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), note.data(), note.size());
}

bool may_resume(Stream::State& state, SSL_SESSION* session) {
  void* data = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket_appdata(session, &data, &size);
  const auto peer = decode({static_cast<const std::uint8_t*>(data), size});
  if (!peer) return false;
  if (!state.server->may_resume(*peer)) return false;
  state.ticket = peer;
  return true;
}

SSL_TICKET_RETURN open_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char* /*name*/,
                              std::size_t /*name_size*/, SSL_TICKET_STATUS status,
                              void* /*unused*/) {
  switch (status) {
    case SSL_TICKET_SUCCESS:
      return may_resume(Stream::State::of(ssl), session) ? SSL_TICKET_RETURN_USE
                                                         : SSL_TICKET_RETURN_IGNORE_RENEW;
    case SSL_TICKET_SUCCESS_RENEW:
      return may_resume(Stream::State::of(ssl), session) ? SSL_TICKET_RETURN_USE_RENEW
                                                         : SSL_TICKET_RETURN_IGNORE_RENEW;
    default:
      return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
}

bool set_key(const TicketKey& key, EVP_MAC_CTX* mac) {
  std::string digest = "SHA256";
  const auto mac_key = key.mac_key.reveal();
  const std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
                                        const_cast<std::uint8_t*>(mac_key.data()), mac_key.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

constexpr int kTicketError = -1;
constexpr int kTicketUnknown = 0;
constexpr int kTicketOk = 1;
constexpr int kTicketRenew = 2;

int seal_ticket(ServerContext::Shared& server, unsigned char* name, unsigned char* iv,
                EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const auto key = server.tickets.current();
  std::ranges::copy(key->name, name);
  constexpr std::size_t kIvBytes = 16;
  server.random.fill({iv, kIvBytes});
  const bool ok = EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher_key.reveal().data(),
                                      iv, nullptr) == 1 &&
                  set_key(*key, mac);
  return ok ? kTicketOk : kTicketError;
}

int unseal_ticket(ServerContext::Shared& server, const unsigned char* name, const unsigned char* iv,
                  EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const auto key = server.tickets.find(std::span<const std::uint8_t, 16>(name, 16));
  if (!key) return kTicketUnknown;
  const bool ok = EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher_key.reveal().data(),
                                      iv, nullptr) == 1 &&
                  set_key(*key, mac);
  if (!ok) return kTicketError;
  return key == server.tickets.current() ? kTicketOk : kTicketRenew;
}

int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
               EVP_MAC_CTX* mac, int sealing) {
  ServerContext::Shared& server = *Stream::State::of(ssl).server;
  return sealing != 0 ? seal_ticket(server, name, iv, cipher, mac)
                      : unseal_ticket(server, name, iv, cipher, mac);
}

}  // namespace

void set_ticket_callbacks(SSL_CTX& context) {
  SSL_CTX_set_tlsext_ticket_key_evp_cb(&context, ticket_key);
  SSL_CTX_set_session_ticket_cb(&context, note_ticket, open_ticket, nullptr);
}

}  // namespace fastness::tls

#include "tls/stream/stream.h"

#include <utility>

#include "tls/context/context.h"
#include "tls/context/server_shared.h"
#include "tls/record/record_stream.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {

Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Progress Stream::handshake() {
  return state_->handshake();
}

Step Stream::read(std::span<std::uint8_t> out) {
  return state_->read(out);
}

Step Stream::queue(ByteView bytes) {
  return state_->queue(bytes);
}

Progress Stream::flush() {
  return state_->flush();
}

Step Stream::write(ByteView bytes) {
  // What waits goes first: a peer that reads again makes room for more.
  if (state_->flush() == Progress::failed) return {Progress::failed};
  const Step step = state_->queue(bytes);
  if (step.progress != Progress::done) return step;
  return state_->flush() == Progress::failed ? Step{Progress::failed} : step;
}

bool Stream::has_output() const {
  return state_->output_sent < state_->output.size();
}

Progress Stream::close() {
  return state_->close();
}

void Stream::limit_records(std::size_t bytes) {
  state_->limit_records(bytes);
}

int Stream::descriptor() const {
  return state_->descriptor;
}

Version Stream::version() const {
  return SSL_version(state_->ssl.get()) == TLS1_3_VERSION ? Version::tls13 : Version::tls12;
}

std::string_view Stream::cipher() const {
  return SSL_get_cipher_name(state_->ssl.get());
}

bool Stream::is_resumed() const {
  return SSL_session_reused(state_->ssl.get()) == 1;
}

std::string_view Stream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
  return as_text({name, size});
}

std::string_view Stream::server_name() const {
  const char* name = SSL_get_servername(state_->ssl.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? name : std::string_view();
}

std::optional<Bytes> Stream::peer_leaf() const {
  const X509* leaf = SSL_get0_peer_certificate(state_->ssl.get());
  if (leaf == nullptr) return std::nullopt;
  return certificate_der(leaf);
}

std::optional<LeafDigest> Stream::peer_digest() const {
  if (state_->server) return state_->authentication().leaf;
  const auto leaf = peer_leaf();
  return leaf ? std::optional(digest_of(*leaf)) : std::nullopt;
}

std::optional<Session> Stream::session() const {
  if (state_->session) return state_->session;
  // With TLS 1.2 a renewed ticket changes the session in place, and no callback tells.
  SslSessionPtr current(SSL_get1_session(state_->ssl.get()));
  if (!current || SSL_SESSION_is_resumable(current.get()) != 1) return std::nullopt;
  auto opaque = std::make_shared<Session::Opaque>();
  opaque->session = std::move(current);
  return Session(std::move(opaque));
}

std::string_view Stream::failure() const {
  return state_->failure;
}

std::optional<RecordStream> Stream::hand_over() {
  State& state = *state_;
  if (!state.handover || !state.failure.empty()) return std::nullopt;
  auto origin = state.handover->finish(*state.ssl);
  if (!origin) return std::nullopt;
  origin->max_key_blocks = state.server->options.max_key_blocks;
  const auto waiting = ByteView(state.output).subspan(state.output_sent);
  RecordStream next(RecordLayer(std::move(*origin)), state.descriptor, state.handover->unread(),
                    to_bytes(waiting));
  state.failure = "handed over";
  return next;
}

}  // namespace fastness::tls

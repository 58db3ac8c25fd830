#include "tls/stream/stream_state.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <openssl/err.h>
#include <sys/socket.h>

#include "tls/context/context.h"
#include "tls/context/server_shared.h"
#include "tls/stream/descriptor_bio.h"

namespace fastness::tls {
namespace {

// Ciphertext that may wait for a slow peer; beyond it the caller must.
constexpr std::size_t kMaxOutput = 64 * 1024;

constexpr std::size_t kMaxRecord = 16 * 1024;
constexpr std::size_t kTls12Record = 4 * 1024;  // what stock boards have buffers for
constexpr std::size_t kMinRecord = 512;

// The system's words for what has just failed.
const char* reason() {
  return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): it is safe in glibc
}

}  // namespace

Stream::State::State(SslPtr ssl_in, int descriptor_in,
                     std::shared_ptr<ServerContext::Shared> server_in)
    : server(std::move(server_in)), ssl(std::move(ssl_in)), descriptor(descriptor_in) {
  SSL_set_app_data(ssl.get(), this);
  BIO* bio = make_descriptor_bio(*this);
  SSL_set_bio(ssl.get(), bio, bio);
  if (server && server->options.hand_over) handover = std::make_unique<Handover>(*ssl);
}

Stream::State::~State() {
  // OpenSSL forgets the session of a connection that was cut; TLS 1.1 and later keep it (RFC 5246,
  // 7.2.1), and links of boards are cut all the time.
  if (ssl) SSL_set_shutdown(ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Stream::State& Stream::State::of(const SSL* ssl) {
  return *static_cast<State*>(SSL_get_app_data(ssl));
}

Authentication Stream::State::authentication() const {
  if (SSL_session_reused(ssl.get()) == 1) return ticket.value();
  return {server->clock.steady(), shown_leaf};
}

Progress Stream::State::handshake() {
  if (!failure.empty()) return Progress::failed;
  const bool was_done = SSL_is_init_finished(ssl.get()) == 1;
  ERR_clear_error();
  const Progress progress = outcome(SSL_do_handshake(ssl.get()));
  if (progress == Progress::failed) return progress;
  if (progress == Progress::done && !was_done) {
    if (finish_handshake() == Progress::failed) return Progress::failed;
  }
  const Progress sent = send_output();
  return sent == Progress::done ? progress : sent;
}

Progress Stream::State::finish_handshake() {
  limit_records(SSL_version(ssl.get()) == TLS1_3_VERSION ? kMaxRecord : kTls12Record);
  // OpenSSL would keep what was shown of a certificate's status for as long as the connection.
  if (server) SSL_set_tlsext_status_ocsp_resp(ssl.get(), nullptr, 0);
  if (server && !server->still_admits(authentication()))
    return fail_with("refused at the end of the handshake");
  return Progress::done;
}

Step Stream::State::read(std::span<std::uint8_t> out) {
  if (!failure.empty()) return {Progress::failed};
  ERR_clear_error();
  std::size_t got = 0;
  const Progress progress = outcome(SSL_read_ex(ssl.get(), out.data(), out.size(), &got));
  if (progress == Progress::failed) return {progress};
  // Reading may have made OpenSSL answer, to a key update for one.
  if (send_output() == Progress::failed) return {Progress::failed};
  return {progress, got};
}

Step Stream::State::queue(ByteView bytes) {
  if (!failure.empty()) return {Progress::failed};
  if (bytes.empty()) return {};
  const std::size_t waiting = output.size() - output_sent;
  if (waiting >= kMaxOutput) return {Progress::want_write};
  ERR_clear_error();
  std::size_t taken = 0;
  const std::size_t size = std::min(bytes.size(), kMaxOutput - waiting);
  const Progress progress = outcome(SSL_write_ex(ssl.get(), bytes.data(), size, &taken));
  return {progress, taken};
}

Progress Stream::State::flush() {
  return failure.empty() ? send_output() : Progress::failed;
}

Progress Stream::State::close() {
  if (!failure.empty()) return Progress::failed;
  ERR_clear_error();
  if (SSL_is_init_finished(ssl.get()) == 1) (void)SSL_shutdown(ssl.get());
  ERR_clear_error();
  return send_output();
}

void Stream::State::limit_records(std::size_t bytes) {
  const auto limit = static_cast<long>(std::clamp(bytes, kMinRecord, kMaxRecord));
  SSL_set_max_send_fragment(ssl.get(), limit);
  SSL_set_split_send_fragment(ssl.get(), limit);
}

Progress Stream::State::outcome(int result) {
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_NONE:
      return Progress::done;
    case SSL_ERROR_WANT_READ:
      return Progress::want_read;
    case SSL_ERROR_ZERO_RETURN:
      return Progress::closed;
    case SSL_ERROR_SYSCALL:
      return fail_with(errno != 0 ? reason() : "connection cut");
    default: {
      const long verified = SSL_get_verify_result(ssl.get());
      std::string reason = take_error();
      if (!server && verified != X509_V_OK) {
        reason += std::string(": ") + X509_verify_cert_error_string(verified);
      }
      return fail_with(std::move(reason));
    }
  }
}

Progress Stream::State::fail_with(std::string reason) {
  failure = std::move(reason);
  (void)send_output();  // the alert, if there is one
  return Progress::failed;
}

Progress Stream::State::send_output() {
  while (output_sent < output.size()) {
    const ssize_t sent =
        ::send(descriptor, output.data() + output_sent, output.size() - output_sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Progress::want_write;
    if (sent < 0) {
      if (failure.empty()) failure = reason();
      return Progress::failed;
    }
    output_sent += static_cast<std::size_t>(sent);
  }
  output = Bytes();  // an idle stream holds no buffer
  output_sent = 0;
  return Progress::done;
}

}  // namespace fastness::tls

#include "tls/context/server_context.h"

#include <utility>

#include "tls/context/context.h"
#include "tls/context/server_shared.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {
namespace {

using NamePtr = Handle<X509_NAME, X509_NAME_free>;

struct FreeNames {
  void operator()(STACK_OF(X509_NAME) * names) const noexcept {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
  }
};
using NameListPtr = std::unique_ptr<STACK_OF(X509_NAME), FreeNames>;

constexpr std::string_view kSessionContexts[] = {"fastness/none", "fastness/request",
                                                 "fastness/require"};

int verify_mode(ClientCertificate wanted) {
  switch (wanted) {
    case ClientCertificate::none:
      return SSL_VERIFY_NONE;
    case ClientCertificate::request:
      return SSL_VERIFY_PEER;
    case ClientCertificate::require:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  std::abort();
}

// Stands in for OpenSSL's chain building: looks at the leaf alone and asks our admission. That the
// peer holds the leaf's key OpenSSL checks afterwards (CertificateVerify), in every case.
int verify_leaf(X509_STORE_CTX* store, void* /*unused*/) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Stream::State& state = Stream::State::of(ssl);
  const Bytes leaf = certificate_der(X509_STORE_CTX_get0_cert(store));
  if (!state.server->options.admission.leaf(leaf)) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
  X509_STORE_CTX_set_error(store, X509_V_OK);
  state.shown_leaf = digest_of(leaf);
  return 1;
}

int select_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* /*unused*/) {
  const Bytes& ours = Stream::State::of(ssl).server->protocols;
  if (ours.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(
      &chosen, out_size, ours.data(), static_cast<unsigned>(ours.size()), offered, offered_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<void> name_authorities(SSL_CTX& context, const std::vector<Bytes>& names) {
  if (names.empty()) return {};
  NameListPtr list(sk_X509_NAME_new_null());
  for (const Bytes& der : names) {
    const std::uint8_t* in = der.data();
    NamePtr name(d2i_X509_NAME(nullptr, &in, static_cast<long>(der.size())));
    if (!name || in != der.data() + der.size()) {
      return fail(Errc::invalid_argument, "an authority's name does not parse: " + take_error());
    }
    if (sk_X509_NAME_push(list.get(), name.get()) > 0) static_cast<void>(name.release());
  }
  SSL_CTX_set_client_CA_list(&context, list.release());
  return {};
}

void note_secret(const SSL* ssl, const char* line) {
  Stream::State& state = Stream::State::of(ssl);
  if (state.handover) state.handover->note_secret(line);
}

}  // namespace

std::string_view session_context(const ServerContext::Options& options) {
  return kSessionContexts[static_cast<std::size_t>(options.client_certificate)];
}

ServerContext::Shared::Shared(Options options_in, const Clock& clock_in, Random& random_in)
    : options(std::move(options_in)),
      protocols(protocol_list(options.protocols)),
      clock(clock_in),
      random(random_in),
      tickets(clock_in, random_in),
      sessions(clock_in) {}

Result<void> ServerContext::Shared::load(const std::vector<Credential>& credentials) {
  if (credentials.empty()) return fail(Errc::invalid_argument, "a TLS server needs a certificate");
  SslContextPtr fresh = make_context(TLS_server_method(), options.min_version, Version::tls13);
  for (const Credential& credential : credentials) {
    FASTNESS_RETURN_IF_ERROR(use_credential(*fresh, credential));
  }
  SSL_CTX* raw = fresh.get();
  const std::string_view context = session_context(options);
  SSL_CTX_set_session_id_context(raw, as_bytes(context).data(),
                                 static_cast<unsigned>(context.size()));
  SSL_CTX_set_timeout(raw, std::chrono::seconds(TicketKeys::kLifetime).count());
  SSL_CTX_set_num_tickets(raw, 1);
  SSL_CTX_set_alpn_select_cb(raw, select_protocol, nullptr);
  SSL_CTX_set_verify(raw, verify_mode(options.client_certificate), nullptr);
  SSL_CTX_set_cert_verify_callback(raw, verify_leaf, nullptr);
  FASTNESS_RETURN_IF_ERROR(name_authorities(*raw, options.acceptable_authorities));
  set_session_callbacks(*raw);
  set_ticket_callbacks(*raw);
  set_staple_callback(*raw);
  if (options.hand_over) SSL_CTX_set_keylog_callback(raw, note_secret);

  const std::scoped_lock lock(mutex_);
  context_ = std::move(fresh);
  return {};
}

SslPtr ServerContext::Shared::make_ssl() const {
  const std::scoped_lock lock(mutex_);
  SslPtr ssl(SSL_new(context_.get()));  // takes its own reference to the SSL_CTX
  SSL_set_accept_state(ssl.get());
  return ssl;
}

bool ServerContext::Shared::may_resume(const Authentication& peer) const {
  return clock.steady() - peer.at < TicketKeys::kLifetime && still_admits(peer);
}

bool ServerContext::Shared::still_admits(const Authentication& peer) const {
  if (peer.leaf) return options.admission.digest(*peer.leaf);
  return options.client_certificate != ClientCertificate::require;
}

ServerContext::ServerContext(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
ServerContext::~ServerContext() = default;

Result<std::shared_ptr<ServerContext>> ServerContext::create(
    Options options, const std::vector<Credential>& credentials, const Clock& clock,
    Random& random) {
  const bool asks = options.client_certificate != ClientCertificate::none;
  if (asks && (!options.admission.leaf || !options.admission.digest)) {
    return fail(Errc::invalid_argument, "client certificates need an admission");
  }
  auto shared = std::make_shared<Shared>(std::move(options), clock, random);
  FASTNESS_RETURN_IF_ERROR(shared->load(credentials));
  return std::shared_ptr<ServerContext>(new ServerContext(std::move(shared)));
}

Result<void> ServerContext::reload(const std::vector<Credential>& credentials) {
  return shared_->load(credentials);
}

void ServerContext::staple(std::vector<crypto::VerifiedStatus> statuses) {
  shared_->staples.set(std::move(statuses));
}

void ServerContext::drop_tickets() {
  shared_->tickets.drop();
  shared_->sessions.drop();
}

Stream ServerContext::accept(int descriptor) const {
  return Stream(std::make_unique<Stream::State>(shared_->make_ssl(), descriptor, shared_));
}

}  // namespace fastness::tls

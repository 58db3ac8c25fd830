#include "tls/context/client_context.h"

#include <utility>

#include <openssl/x509v3.h>

#include "tls/context/context.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {
namespace {

// Keeps the newest session that a server sends. One means that we took the reference.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto opaque = std::make_shared<Session::Opaque>();
  opaque->session.reset(session);
  Stream::State::of(ssl).session.emplace(std::move(opaque));
  return 1;
}

// Whether `name` is a literal address, which is checked against another kind of name and is not
// sent as SNI (RFC 6066, 3).
bool expect_address(SSL& ssl, const std::string& name) {
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), name.c_str()) == 1;
}

}  // namespace

class ClientContext::Shared {
 public:
  SslContextPtr context;
};

ClientContext::ClientContext(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}
ClientContext::~ClientContext() = default;

Result<std::shared_ptr<ClientContext>> ClientContext::create(Options options) {
  auto shared = std::make_shared<Shared>();
  shared->context = make_context(TLS_client_method(), options.min_version, options.max_version);
  SSL_CTX* raw = shared->context.get();
  for (const Bytes& der : options.anchors) {
    FASTNESS_ASSIGN_OR_RETURN(const X509Ptr anchor, parse_certificate(der));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), anchor.get());
  }
  if (options.credential) FASTNESS_RETURN_IF_ERROR(use_credential(*raw, *options.credential));
  if (!options.protocols.empty()) {
    const Bytes list = protocol_list(options.protocols);
    SSL_CTX_set_alpn_protos(raw, list.data(), static_cast<unsigned>(list.size()));
  }
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(raw, keep_session);
  return std::shared_ptr<ClientContext>(new ClientContext(std::move(shared)));
}

Stream ClientContext::connect(int descriptor, const std::string& name,
                              const std::optional<Session>& session) const {
  SslPtr ssl(SSL_new(shared_->context.get()));
  SSL_set_connect_state(ssl.get());
  if (!expect_address(*ssl, name)) {
    // A host is what the alternative names say, never the subject's common name (RFC 9525, 6.3).
    SSL_set_hostflags(ssl.get(),
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_set1_host(ssl.get(), name.c_str());
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  }
  if (session) SSL_set_session(ssl.get(), session->opaque().session.get());
  return Stream(std::make_unique<Stream::State>(std::move(ssl), descriptor, nullptr));
}

}  // namespace fastness::tls

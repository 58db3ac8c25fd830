#include "tls.h"

#include <array>
#include <cstdint>

#include <openssl/pem.h>

namespace fastness::load {
namespace {

using FilePtr = Owned<std::FILE, std::fclose>;

FilePtr open_file(const std::string& path) {
  FilePtr file(std::fopen(path.c_str(), "r"));
  if (!file) die("cannot read " + path);
  return file;
}

std::string common_name(X509* certificate) {
  std::array<char, 128> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                            name.size());
  return name.data();
}

}  // namespace

Tls::Tls(const Options& options)
    : folder_(options.identities), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX* context = context_.get();
  if (SSL_CTX_load_verify_locations(context, options.anchors.c_str(), nullptr) != 1) {
    die("cannot read the anchors");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const int version = options.tls == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, keep_ticket);
  SSL_CTX_set_app_data(context, this);
}

int Tls::keep_ticket(SSL* ssl, SSL_SESSION* session) {
  auto& tls = *static_cast<Tls*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto index = reinterpret_cast<std::uintptr_t>(SSL_get_app_data(ssl));
  tls.identities_[index].ticket.reset(session);
  return 1;  // ours from now on
}

Tls::Identity& Tls::identity(std::size_t index) {
  if (identities_.size() <= index) identities_.resize(index + 1);
  Identity& found = identities_[index];
  if (found.certificate) return found;
  const std::string base = folder_ + "/" + std::to_string(index);
  found.certificate.reset(PEM_read_X509(open_file(base + ".pem").get(), nullptr, nullptr, nullptr));
  found.key.reset(PEM_read_PrivateKey(open_file(base + ".key").get(), nullptr, nullptr, nullptr));
  if (!found.certificate || !found.key) die("cannot read identity " + base);
  found.name = common_name(found.certificate.get());
  return found;
}

void Tls::replace(std::size_t index, Owned<X509, X509_free> certificate) {
  Identity& whose = identity(index);
  whose.certificate = std::move(certificate);
  whose.ticket.reset();
}

SslPtr Tls::start(int descriptor, std::size_t index, Start how) {
  Identity& who = identity(index);
  SslPtr ssl(SSL_new(context_.get()));
  SSL_use_certificate(ssl.get(), who.certificate.get());
  SSL_use_PrivateKey(ssl.get(), who.key.get());
  SSL_set_app_data(ssl.get(), reinterpret_cast<void*>(index));
  SSL_set1_host(ssl.get(), "localhost");
  SSL_set_tlsext_host_name(ssl.get(), "localhost");
  SSL_set_fd(ssl.get(), descriptor);
  if (how == Start::resume && who.ticket) SSL_set_session(ssl.get(), who.ticket.get());
  return ssl;
}

}  // namespace fastness::load

#include "est_exchange.h"

#include <algorithm>
#include <array>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "../socket.h"

namespace fastness::load {
namespace {

std::string to_base64(const std::vector<unsigned char>& der) {
  std::string text(4 * ((der.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), der.data(),
                                   static_cast<int>(der.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::vector<unsigned char> from_base64(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  std::vector<unsigned char> der(text.size() / 4 * 3 + 3);
  const int size = EVP_DecodeBlock(der.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  der.resize(static_cast<std::size_t>(std::max(0, size)));
  return der;
}

std::string certificate_request(const std::string& name, EVP_PKEY* key) {
  Owned<X509_REQ, X509_REQ_free> request(X509_REQ_new());
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  if (X509_REQ_set_pubkey(request.get(), key) != 1 ||
      X509_REQ_sign(request.get(), key, EVP_sha256()) <= 0) {
    die("cannot make a request");
  }
  std::vector<unsigned char> der(static_cast<std::size_t>(i2d_X509_REQ(request.get(), nullptr)));
  unsigned char* end = der.data();
  i2d_X509_REQ(request.get(), &end);
  return to_base64(der);
}

std::string post(const std::string& body) {
  return "POST /.well-known/est/simplereenroll HTTP/1.1\r\nhost: localhost\r\n"
         "content-type: application/pkcs10\r\nconnection: close\r\ncontent-length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The first certificate of a certs-only message; none if it is no such thing.
Owned<X509, X509_free> certificate_of(const std::string& body) {
  const auto der = from_base64(body);
  const unsigned char* begin = der.data();
  const Owned<PKCS7, PKCS7_free> message(d2i_PKCS7(nullptr, &begin, static_cast<long>(der.size())));
  if (!message || PKCS7_type_is_signed(message.get()) != 1) return nullptr;
  const STACK_OF(X509)* certificates = message->d.sign->cert;
  if (sk_X509_num(certificates) < 1) return nullptr;
  X509* first = sk_X509_value(certificates, 0);
  X509_up_ref(first);
  return Owned<X509, X509_free>(first);
}

}  // namespace

EstExchange::EstExchange(Tls& tls, int port, std::size_t identity)
    : tls_(tls),
      identity_(identity),
      descriptor_(connecting_socket(port)),
      ssl_(tls.start(descriptor_, identity, Tls::Start::full)) {}

EstExchange::~EstExchange() {
  ssl_.reset();
  close(descriptor_);
}

void EstExchange::fail(std::string why) {
  state_ = State::failed;
  failure_ = "EST: " + std::move(why);
}

void EstExchange::advance() {
  if (state_ == State::handshaking) shake_hands();
  if (state_ == State::asking) write_some();
  if (state_ == State::asking) read_some();
}

void EstExchange::shake_hands() {
  const int outcome = SSL_connect(ssl_.get());
  if (outcome == 1) {
    out_ = post(certificate_request(tls_.name(identity_), tls_.key(identity_)));
    state_ = State::asking;
    return;
  }
  const int error = SSL_get_error(ssl_.get(), outcome);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    fail("handshake: " + openssl_reason());
  }
}

void EstExchange::write_some() {
  while (!out_.empty()) {
    const int wrote = SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size()));
    if (wrote <= 0) {
      if (SSL_get_error(ssl_.get(), wrote) != SSL_ERROR_WANT_WRITE) {
        fail("write: " + openssl_reason());
      }
      return;
    }
    out_.erase(0, static_cast<std::size_t>(wrote));
  }
}

// The server closes behind its answer, as it was asked to.
void EstExchange::read_some() {
  std::array<char, 8'192>
      buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  int got = 0;
  while ((got = SSL_read(ssl_.get(), buffer.data(), buffer.size())) > 0) {
    in_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const int error = SSL_get_error(ssl_.get(), got);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  if (error == SSL_ERROR_ZERO_RETURN) return take_answer();
  fail("read: " + openssl_reason());
}

void EstExchange::take_answer() {
  const std::size_t head = in_.find("\r\n\r\n");
  if (!in_.starts_with("HTTP/1.1 200 ") || head == std::string::npos) {
    return fail(in_.substr(0, in_.find('\r')));
  }
  auto certificate = certificate_of(in_.substr(head + 4));
  if (!certificate) return fail("no certificate in the answer");
  tls_.replace(identity_, std::move(certificate));
  state_ = State::done;
}

}  // namespace fastness::load

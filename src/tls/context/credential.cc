#include "tls/context/credential.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tls/openssl.h"

namespace fastness::tls {
namespace {

BioPtr reader(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Bytes to_der(const X509* certificate) {
  Bytes der(static_cast<std::size_t>(std::max(0, i2d_X509(certificate, nullptr))));
  std::uint8_t* out = der.data();
  i2d_X509(certificate, &out);
  return der;
}

// Never asks on the terminal: a key with a passphrase is refused.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

Result<Credential> Credential::from_pem(std::string_view chain, std::string_view key) {
  Credential credential;
  const BioPtr chain_reader = reader(chain);
  X509Ptr leaf;
  while (X509Ptr next{PEM_read_bio_X509(chain_reader.get(), nullptr, no_passphrase, nullptr)}) {
    credential.chain.push_back(to_der(next.get()));
    if (!leaf) leaf = std::move(next);
  }
  const BioPtr key_reader = reader(key);
  const PkeyPtr pkey(PEM_read_bio_PrivateKey(key_reader.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();

  if (!leaf) return fail(Errc::invalid_argument, "no PEM certificate found");
  if (!pkey) return fail(Errc::invalid_argument, "no unencrypted PEM private key found");
  if (X509_check_private_key(leaf.get(), pkey.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid_argument, "the private key is not that of the first certificate");
  }
  const Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(EVP_PKEY2PKCS8(pkey.get()));
  credential.private_key =
      crypto::SecretBytes(static_cast<std::size_t>(i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr)));
  std::uint8_t* out = credential.private_key.reveal().data();
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
  return credential;
}

Credential Credential::clone() const {
  Credential copy;
  copy.chain = chain;
  Bytes key = to_bytes(private_key.reveal());
  copy.private_key = crypto::SecretBytes::take(key);
  return copy;
}

}  // namespace fastness::tls

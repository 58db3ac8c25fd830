#include "tls/record/record_ciphers.h"

#include "tls/openssl.h"

namespace fastness::tls {
namespace {

using CipherPtr = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherContextPtr = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const char* cipher_name(Suite suite) {
  switch (suite) {
    case Suite::aes128_gcm_sha256:
      return "AES-128-GCM";
    case Suite::aes256_gcm_sha384:
      return "AES-256-GCM";
    case Suite::chacha20_poly1305_sha256:
      return "ChaCha20-Poly1305";
  }
  std::abort();
}

// Adds `context` and processes `data` in place.
bool update(EVP_CIPHER_CTX* cipher, ByteView context, std::span<std::uint8_t> data) {
  int size = 0;
  if (EVP_CipherUpdate(cipher, nullptr, &size, context.data(), static_cast<int>(context.size())) !=
      1) {
    return false;
  }
  if (data.empty()) return true;
  return EVP_CipherUpdate(cipher, data.data(), &size, data.data(), static_cast<int>(data.size())) ==
         1;
}

bool finish(EVP_CIPHER_CTX* cipher) {
  std::array<std::uint8_t, 16> nothing{};  // an AEAD holds no block back
  int size = 0;
  return EVP_CipherFinal_ex(cipher, nothing.data(), &size) == 1;
}

}  // namespace

class RecordCiphers::Machine {
 public:
  explicit Machine(Suite suite)
      : cipher_(EVP_CIPHER_fetch(nullptr, cipher_name(suite), nullptr)),
        sealing_(EVP_CIPHER_CTX_new()),
        opening_(EVP_CIPHER_CTX_new()) {
    EVP_EncryptInit_ex2(sealing_.get(), cipher_.get(), nullptr, nullptr, nullptr);
    EVP_DecryptInit_ex2(opening_.get(), cipher_.get(), nullptr, nullptr, nullptr);
  }

  [[nodiscard]] EVP_CIPHER_CTX* sealing() { return sealing_.get(); }
  [[nodiscard]] EVP_CIPHER_CTX* opening() { return opening_.get(); }

 private:
  CipherPtr cipher_;
  CipherContextPtr sealing_;
  CipherContextPtr opening_;
};

RecordCiphers::RecordCiphers() = default;
RecordCiphers::~RecordCiphers() = default;

RecordCiphers::Machine& RecordCiphers::machine(Suite suite) {
  std::unique_ptr<Machine>& machine = machines_.at(static_cast<std::size_t>(suite));
  if (!machine) machine = std::make_unique<Machine>(suite);
  return *machine;
}

bool RecordCiphers::seal(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                         std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag) {
  EVP_CIPHER_CTX* cipher = machine(suite).sealing();
  return EVP_EncryptInit_ex2(cipher, nullptr, key.data(), nonce.data(), nullptr) == 1 &&
         update(cipher, context, data) && finish(cipher) &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTag, tag.data()) == 1;
}

bool RecordCiphers::open(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                         std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag) {
  EVP_CIPHER_CTX* cipher = machine(suite).opening();
  return EVP_DecryptInit_ex2(cipher, nullptr, key.data(), nonce.data(), nullptr) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
         update(cipher, context, data) && finish(cipher);
}

}  // namespace fastness::tls

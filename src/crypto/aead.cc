#include "crypto/aead.h"

#include <array>

#include <openssl/evp.h>

#include "crypto/require.h"

namespace fastness::crypto {
namespace {

const EVP_CIPHER* algorithm(Cipher cipher) {
  static const EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  return cipher == Cipher::chacha20_poly1305 ? chacha : aes;
}

// OpenSSL counts in int, and nothing here is near two gigabytes.
int length(std::size_t size) {
  require(size < (std::size_t{1} << 30U));
  return static_cast<int>(size);
}

}  // namespace

void AeadKey::Free::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

AeadKey::AeadKey(const SecretBytes& key, Cipher cipher)
    : sealing_(EVP_CIPHER_CTX_new()), opening_(EVP_CIPHER_CTX_new()) {
  require(key.size() == kKeySize && sealing_ && opening_);
  const std::uint8_t* bytes = key.reveal().data();
  require(EVP_EncryptInit_ex(sealing_.get(), algorithm(cipher), nullptr, bytes, nullptr) == 1);
  require(EVP_DecryptInit_ex(opening_.get(), algorithm(cipher), nullptr, bytes, nullptr) == 1);
}

void AeadKey::seal_onto(Bytes& out, ByteView nonce, ByteView context, ByteView plain) {
  require(nonce.size() == kNonceSize);
  const std::size_t start = out.size();
  out.resize(start + plain.size() + kTagSize);
  std::uint8_t* const ciphertext = out.data() + start;
  EVP_CIPHER_CTX* const cipher = sealing_.get();
  int written = 0;
  require(EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, nonce.data()) == 1);
  if (!context.empty()) {
    require(EVP_EncryptUpdate(cipher, nullptr, &written, context.data(), length(context.size())) ==
            1);
  }
  if (!plain.empty()) {
    require(EVP_EncryptUpdate(cipher, ciphertext, &written, plain.data(), length(plain.size())) ==
            1);
  }
  require(EVP_EncryptFinal_ex(cipher, ciphertext + plain.size(), &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, kTagSize, ciphertext + plain.size()) ==
          1);
}

Bytes AeadKey::seal(ByteView nonce, ByteView context, ByteView plain) {
  Bytes sealed;
  seal_onto(sealed, nonce, context, plain);
  return sealed;
}

bool AeadKey::open_into(std::span<std::uint8_t> plain, ByteView nonce, ByteView context,
                        ByteView sealed) {
  require(nonce.size() == kNonceSize);
  std::array<std::uint8_t, kTagSize> tag{};
  std::copy(sealed.end() - kTagSize, sealed.end(), tag.begin());
  EVP_CIPHER_CTX* const cipher = opening_.get();
  int written = 0;
  require(EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, nonce.data()) == 1);
  if (!context.empty()) {
    require(EVP_DecryptUpdate(cipher, nullptr, &written, context.data(), length(context.size())) ==
            1);
  }
  if (!plain.empty()) {
    require(EVP_DecryptUpdate(cipher, plain.data(), &written, sealed.data(),
                              length(plain.size())) == 1);
  }
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1);
  std::array<std::uint8_t, kTagSize> none{};
  if (EVP_DecryptFinal_ex(cipher, none.data(), &written) == 1) return true;
  secure_zero(plain);  // unauthenticated plain text is nobody's business
  return false;
}

Result<Bytes> AeadKey::open(ByteView nonce, ByteView context, ByteView sealed) {
  if (sealed.size() < kTagSize) return fail(Errc::corrupted, "sealed bytes are cut short");
  Bytes plain(sealed.size() - kTagSize);
  if (!open_into(plain, nonce, context, sealed)) {
    return fail(Errc::corrupted, "sealed bytes fail their authentication");
  }
  return plain;
}

Result<SecretBytes> AeadKey::open_secret(ByteView nonce, ByteView context, ByteView sealed) {
  if (sealed.size() < kTagSize) return fail(Errc::corrupted, "a sealed key is cut short");
  SecretBytes plain(sealed.size() - kTagSize);
  if (!open_into(plain.reveal(), nonce, context, sealed)) {
    return fail(Errc::corrupted, "a sealed key fails its authentication");
  }
  return plain;
}

Bytes seal_with_random_nonce(const SecretBytes& key, ByteView context, ByteView plain,
                             Random& random) {
  Bytes sealed(AeadKey::kNonceSize);
  random.fill(sealed);
  const Bytes nonce = sealed;
  AeadKey(key).seal_onto(sealed, nonce, context, plain);
  return sealed;
}

Result<SecretBytes> open_with_nonce(const SecretBytes& key, ByteView context, ByteView sealed) {
  if (sealed.size() < AeadKey::kNonceSize)
    return fail(Errc::corrupted, "a sealed key is cut short");
  return AeadKey(key).open_secret(sealed.first(AeadKey::kNonceSize), context,
                                  sealed.subspan(AeadKey::kNonceSize));
}

}  // namespace fastness::crypto

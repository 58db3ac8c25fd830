#include <array>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "device/files.h"
#include "device/handles.h"
#include "device/key_holder.h"

namespace fastness::device {
namespace {

constexpr std::size_t kMaxKeyFile = 4'096;

// Bytes of a key in transit, zeroed on every way out.
struct Wiped {
  std::string text;
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

Result<void> check_is_private(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return fail_with_errno("read " + file.string());
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  return fail(Errc::permission_denied, "others may read the key in " + file.string() +
                                           "; say chmod 600, and if somebody "
                                           "could have read it, enrol the device with another key");
}

}  // namespace

void FileKey::Free::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

Result<FileKey> FileKey::adopt(Handle key) {
  std::array<char, 32> curve{};
  std::size_t size = 0;
  const bool is_p256 = key != nullptr && EVP_PKEY_is_a(key.get(), "EC") == 1 &&
                       EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), &size) == 1 &&
                       std::string_view(curve.data(), size) == "prime256v1";
  if (!is_p256) return fail(Errc::corrupted, "the file holds no key on P-256");
  Bytes public_key = public_key_of(key.get());
  return FileKey(std::move(key), std::move(public_key));
}

Result<FileKey> FileKey::open(const std::filesystem::path& file) {
  FASTNESS_RETURN_IF_ERROR(check_is_private(file));
  Wiped pem;
  FASTNESS_ASSIGN_OR_RETURN(pem.text, read_file(file, kMaxKeyFile));
  const BioPtr bio(BIO_new_mem_buf(pem.text.data(), static_cast<int>(pem.text.size())));
  // No password callback: a prompt would stop a device for ever.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  return adopt(Handle(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr)));
}

Result<FileKey> FileKey::make(const std::filesystem::path& file) {
  Handle key(EVP_EC_gen("P-256"));
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return fail(Errc::unavailable, "OpenSSL makes no key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  FASTNESS_RETURN_IF_ERROR(
      make_private_file(file, std::string_view(data, static_cast<std::size_t>(size))));
  return adopt(std::move(key));
}

Result<Bytes> FileKey::sign(ByteView message) const {
  const DigestContextPtr context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
    return fail(Errc::unavailable, "OpenSSL signs nothing");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return fail(Errc::unavailable, "OpenSSL signs nothing");
  }
  signature.resize(size);
  return signature;
}

}  // namespace fastness::device

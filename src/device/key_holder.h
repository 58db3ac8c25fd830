#pragma once

#include <filesystem>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

struct evp_pkey_st;

namespace fastness::device {

// The device's own key on NIST P-256, wherever it is kept. It never leaves: this is all that
// anybody may ask of it.
class KeyHolder {
 public:
  virtual ~KeyHolder() = default;

  // SubjectPublicKeyInfo (RFC 5480), DER.
  [[nodiscard]] virtual const Bytes& public_key() const = 0;
  // ECDSA with SHA-256 over the message, DER. `unavailable` if the key cannot be reached now.
  [[nodiscard]] virtual Result<Bytes> sign(ByteView message) const = 0;
};

// A key in a file: PKCS#8, PEM, which nobody but its owner may read. Thread-compatible.
class FileKey final : public KeyHolder {
 public:
  // `not_found` if there is no such file, `permission_denied` if others may read it, `corrupted` if
  // it holds no P-256 key.
  [[nodiscard]] static Result<FileKey> open(const std::filesystem::path& file);
  // Makes a key and its file, durably. `already_exists` if there is one: a key is not overwritten.
  [[nodiscard]] static Result<FileKey> make(const std::filesystem::path& file);

  [[nodiscard]] const Bytes& public_key() const override { return public_key_; }
  [[nodiscard]] Result<Bytes> sign(ByteView message) const override;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  FileKey(Handle key, Bytes public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}
  [[nodiscard]] static Result<FileKey> adopt(Handle key);

  Handle key_;
  Bytes public_key_;
};

}  // namespace fastness::device

#include "vault/store/root_key.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "os/files/file_system.h"

namespace fastness::vault {
namespace {

// root.sealed: version, method, salt, then nonce || ciphertext || tag of (root key, instance id).
constexpr std::string_view kSealedName = "root.sealed";
constexpr std::string_view kKeyFileName = "unlock.key";
constexpr std::uint8_t kVersion = 1;
enum class Method : std::uint8_t { key_file = 1, passphrase = 2 };
constexpr std::size_t kHeaderSize = 2 + crypto::kPasswordSaltSize;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kInstanceSize = 16;
constexpr std::size_t kMaxFile = 4096;

Bytes make_header(Method method, Random& random) {
  Bytes header(kHeaderSize);
  random.fill(header);
  header[0] = kVersion;
  header[1] = static_cast<std::uint8_t>(method);
  return header;
}

ByteView salt_of(ByteView header) {
  return header.subspan(2, crypto::kPasswordSaltSize);
}

Result<crypto::SecretBytes> read_secret_file(os::FileSystem& files,
                                             const std::filesystem::path& path) {
  FASTNESS_ASSIGN_OR_RETURN(Bytes bytes, os::read_file(files, path, kMaxFile));
  return crypto::SecretBytes::take(bytes);
}

// The key file, made if there is none.
Result<crypto::SecretBytes> key_file(os::FileSystem& files, const std::filesystem::path& directory,
                                     Random& random) {
  const std::filesystem::path path = directory / kKeyFileName;
  auto existing = read_secret_file(files, path);
  if (existing || existing.error().code != Errc::not_found) return existing;
  crypto::SecretBytes fresh(kKeySize);
  random.fill(fresh.reveal());
  FASTNESS_RETURN_IF_ERROR(os::replace_file(files, path, fresh.reveal()));
  return fresh;
}

Result<crypto::SecretBytes> unlock_key(const crypto::SecretBytes& key_file_contents,
                                       ByteView salt) {
  if (key_file_contents.size() != kKeySize) return fail(Errc::corrupted, "the key file is damaged");
  return crypto::hkdf_sha256(key_file_contents, salt, "fastness vault unlock v1", kKeySize);
}

Result<crypto::SecretBytes> unlock_with(Method method, ByteView salt, os::FileSystem& files,
                                        const std::filesystem::path& directory,
                                        const std::optional<crypto::SecretBytes>& passphrase) {
  if (method == Method::passphrase) {
    if (!passphrase) return fail(Errc::unauthenticated, "the vault needs its passphrase");
    return crypto::argon2id(as_text(passphrase->reveal()), salt);
  }
  if (passphrase) {
    return fail(Errc::invalid_argument, "this vault opens with its key file, not a passphrase");
  }
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes contents,
                            read_secret_file(files, directory / kKeyFileName));
  return unlock_key(contents, salt);
}

}  // namespace

Result<bool> RootKey::exists(os::FileSystem& files, const std::filesystem::path& directory) {
  FASTNESS_ASSIGN_OR_RETURN(const auto names, files.list(directory));
  return std::ranges::find(names, kSealedName) != names.end();
}

Result<RootKey> RootKey::open_or_create(os::FileSystem& files,
                                        const std::filesystem::path& directory,
                                        const std::optional<crypto::SecretBytes>& passphrase,
                                        Random& random) {
  const std::filesystem::path path = directory / kSealedName;
  FASTNESS_ASSIGN_OR_RETURN(const bool is_there, exists(files, directory));
  if (!is_there) {
    const Method method = passphrase ? Method::passphrase : Method::key_file;
    if (method == Method::key_file) {
      FASTNESS_RETURN_IF_ERROR(key_file(files, directory, random));
    }
    Bytes sealed = make_header(method, random);
    FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes unlock,
                              unlock_with(method, salt_of(sealed), files, directory, passphrase));
    crypto::SecretBytes contents(kKeySize + kInstanceSize);
    random.fill(contents.reveal().first(kKeySize));
    const Uuid instance = random_uuid(random);
    std::ranges::copy(instance.bytes(), contents.reveal().begin() + kKeySize);
    const Bytes body =
        crypto::seal_with_random_nonce(unlock, Bytes(sealed), contents.reveal(), random);
    sealed.insert(sealed.end(), body.begin(), body.end());
    FASTNESS_RETURN_IF_ERROR(os::replace_file(files, path, sealed));
  }
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, os::read_file(files, path, kMaxFile));
  if (sealed.size() <= kHeaderSize || sealed[0] != kVersion) {
    return fail(Errc::corrupted, "the sealed root key is damaged");
  }
  const ByteView header = ByteView(sealed).first(kHeaderSize);
  const auto method = static_cast<Method>(sealed[1]);
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes unlock,
                            unlock_with(method, salt_of(header), files, directory, passphrase));
  auto contents = crypto::open_with_nonce(unlock, header, ByteView(sealed).subspan(kHeaderSize));
  if (!contents && method == Method::passphrase) {
    return fail(Errc::unauthenticated, "the passphrase does not open the vault");
  }
  if (!contents || contents->size() != kKeySize + kInstanceSize) {
    return fail(Errc::corrupted, "the root key does not open with this key file");
  }
  crypto::SecretBytes opened = std::move(contents).value();
  Uuid::Bytes instance{};
  std::ranges::copy(opened.reveal().subspan(kKeySize), instance.begin());
  return RootKey(crypto::SecretBytes::take(opened.reveal().first(kKeySize)), Uuid(instance));
}

crypto::SecretBytes RootKey::derive(std::string_view purpose) const {
  return key_.derive(instance_.bytes(), purpose, kKeySize);
}

}  // namespace fastness::vault

#include "vault/store/root_key.h"

#include <algorithm>
#include <string>

#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "os/files/file_system.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {
namespace {

// root.sealed: version, method, salt, then nonce || ciphertext || tag of (root key, instance id).
constexpr std::string_view kSealedName = "root.sealed";
constexpr std::string_view kKeyFileName = "unlock.key";
constexpr std::uint8_t kVersion = 1;
using Method = RootKey::Opener;
constexpr std::size_t kHeaderSize = 2 + crypto::kPasswordSaltSize;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kInstanceSize = 16;
constexpr std::size_t kMaxRootKeyFile = 4096;

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
  FASTNESS_ASSIGN_OR_RETURN(Bytes bytes, os::read_file(files, path, kMaxRootKeyFile));
  return crypto::SecretBytes::take(bytes);
}

Result<void> make_key_file(os::FileSystem& files, const std::filesystem::path& directory,
                           Random& random) {
  crypto::SecretBytes fresh(kKeySize);
  random.fill(fresh.reveal());
  return os::replace_file(files, directory / kKeyFileName, fresh.reveal());
}

// Beside a root key that a passphrase opens, a key file is what a power cut left of a change.
Result<void> destroy_key_file(os::FileSystem& files, const std::filesystem::path& directory) {
  FASTNESS_RETURN_IF_ERROR(destroy_file(files, directory / (std::string(kKeyFileName) + ".new")));
  return destroy_file(files, directory / kKeyFileName);
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
    if (!passphrase) {
      return fail(Errc::unauthenticated,
                  "the vault needs its passphrase: set vault.key = \"passphrase\"");
    }
    return crypto::argon2id(as_text(passphrase->reveal()), salt);
  }
  if (passphrase) {
    return fail(
        Errc::invalid_argument,
        "this vault opens with its key file, not a passphrase: set vault.key = \"file\", or "
        "run fastness host vault migrate");
  }
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes contents,
                            read_secret_file(files, directory / kKeyFileName));
  return unlock_key(contents, salt);
}

Result<Bytes> read_sealed(os::FileSystem& files, const std::filesystem::path& directory) {
  FASTNESS_ASSIGN_OR_RETURN(Bytes sealed,
                            os::read_file(files, directory / kSealedName, kMaxRootKeyFile));
  const bool is_whole = sealed.size() > kHeaderSize && sealed[0] == kVersion;
  const bool is_known = is_whole && (sealed[1] == static_cast<std::uint8_t>(Method::key_file) ||
                                     sealed[1] == static_cast<std::uint8_t>(Method::passphrase));
  if (!is_known) return fail(Errc::corrupted, "the sealed root key is damaged");
  return sealed;
}

// The root key and the instance's id.
Result<crypto::SecretBytes> unseal(ByteView sealed, os::FileSystem& files,
                                   const std::filesystem::path& directory,
                                   const std::optional<crypto::SecretBytes>& passphrase) {
  const ByteView header = sealed.first(kHeaderSize);
  const auto method = static_cast<Method>(sealed[1]);
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes unlock,
                            unlock_with(method, salt_of(header), files, directory, passphrase));
  auto contents = crypto::open_with_nonce(unlock, header, sealed.subspan(kHeaderSize));
  if (!contents && method == Method::passphrase) {
    return fail(Errc::unauthenticated, "the passphrase does not open the vault");
  }
  if (!contents || contents->size() != kKeySize + kInstanceSize) {
    return fail(Errc::corrupted, "the root key does not open with this key file");
  }
  return contents;
}

// Puts the root key where it belongs, sealed; a key file is there already if one is to open it.
Result<void> seal(const crypto::SecretBytes& contents, os::FileSystem& files,
                  const std::filesystem::path& directory,
                  const std::optional<crypto::SecretBytes>& passphrase, Random& random) {
  const Method method = passphrase ? Method::passphrase : Method::key_file;
  Bytes sealed = make_header(method, random);
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes unlock,
                            unlock_with(method, salt_of(sealed), files, directory, passphrase));
  const Bytes body =
      crypto::seal_with_random_nonce(unlock, Bytes(sealed), contents.reveal(), random);
  sealed.insert(sealed.end(), body.begin(), body.end());
  return os::replace_file(files, directory / kSealedName, sealed);
}

// Makes a root key and seals it in the way given.
Result<void> make_root_key(const Uuid& instance, os::FileSystem& files,
                           const std::filesystem::path& directory,
                           const std::optional<crypto::SecretBytes>& passphrase, Random& random) {
  if (!passphrase) FASTNESS_RETURN_IF_ERROR(make_key_file(files, directory, random));
  crypto::SecretBytes contents(kKeySize + kInstanceSize);
  random.fill(contents.reveal().first(kKeySize));
  std::ranges::copy(instance.bytes(), contents.reveal().begin() + kKeySize);
  return seal(contents, files, directory, passphrase, random);
}

}  // namespace

Result<bool> RootKey::exists(os::FileSystem& files, const std::filesystem::path& directory) {
  FASTNESS_ASSIGN_OR_RETURN(const auto names, files.list(directory));
  return std::ranges::find(names, kSealedName) != names.end();
}

Result<RootKey::Opener> RootKey::opener_of(os::FileSystem& files,
                                           const std::filesystem::path& directory) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, read_sealed(files, directory));
  return static_cast<Opener>(sealed[1]);
}

Result<RootKey> RootKey::open_or_create(os::FileSystem& files,
                                        const std::filesystem::path& directory,
                                        const std::optional<crypto::SecretBytes>& passphrase,
                                        Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_there, exists(files, directory));
  if (!is_there) {
    FASTNESS_RETURN_IF_ERROR(
        make_root_key(random_uuid(random), files, directory, passphrase, random));
  }
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, read_sealed(files, directory));
  FASTNESS_ASSIGN_OR_RETURN(crypto::SecretBytes opened,
                            unseal(sealed, files, directory, passphrase));
  if (passphrase) FASTNESS_RETURN_IF_ERROR(destroy_key_file(files, directory));
  Uuid::Bytes instance{};
  std::ranges::copy(opened.reveal().subspan(kKeySize), instance.begin());
  return RootKey(crypto::SecretBytes::take(opened.reveal().first(kKeySize)), Uuid(instance),
                 static_cast<Opener>(sealed[1]));
}

Result<RootKey> RootKey::create_for(const Uuid& instance, os::FileSystem& files,
                                    const std::filesystem::path& directory,
                                    const std::optional<crypto::SecretBytes>& passphrase,
                                    Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_there, exists(files, directory));
  if (is_there) return fail(Errc::already_exists, "the directory holds a vault already");
  FASTNESS_RETURN_IF_ERROR(make_root_key(instance, files, directory, passphrase, random));
  return open_or_create(files, directory, passphrase, random);
}

Result<void> RootKey::change_opener(os::FileSystem& files, const std::filesystem::path& directory,
                                    const std::optional<crypto::SecretBytes>& now,
                                    const std::optional<crypto::SecretBytes>& next,
                                    Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, read_sealed(files, directory));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes contents,
                            unseal(sealed, files, directory, now));
  if (!now && !next) return fail(Errc::invalid_argument, "the vault opens with a key file already");
  // Held open, since its name goes to the new one: who knows what opened it must not find it.
  FASTNESS_ASSIGN_OR_RETURN(const auto before,
                            files.open(directory / kSealedName, os::OpenMode::read_write));
  if (!next) FASTNESS_RETURN_IF_ERROR(make_key_file(files, directory, random));
  FASTNESS_RETURN_IF_ERROR(seal(contents, files, directory, next, random));
  FASTNESS_RETURN_IF_ERROR(overwrite(*before));
  return next ? destroy_key_file(files, directory) : Result<void>();
}

crypto::SecretBytes RootKey::derive(std::string_view purpose) const {
  return key_.derive(instance_.bytes(), purpose, kKeySize);
}

}  // namespace fastness::vault

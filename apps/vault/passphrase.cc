#include "passphrase.h"

#include <string_view>

#include <unistd.h>

#include "crypto/guess_bits.h"
#include "os/descriptor.h"
#include "os/file_system.h"
#include "os/terminal.h"
#include "vault/store/root_key.h"

namespace fastness::vault_app {
namespace {

constexpr std::size_t kMaxPassphrase = 4096;
constexpr std::size_t kMinNewPassphrase = 12;
constexpr double kMinNewPassphraseBits = 50;  // each guess costs an Argon2id

Result<crypto::SecretBytes> read_to_end(int descriptor) {
  crypto::SecretBytes buffer(kMaxPassphrase);
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(descriptor, buffer.reveal().data() + size, buffer.size() - size);
    if (got < 0) return os::fail_with_errno("read the passphrase");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > 0 && buffer.reveal()[size - 1] == '\n') --size;
  if (size == 0) return fail(Errc::unauthenticated, "the passphrase is empty");
  return crypto::SecretBytes::take(buffer.reveal().first(size));
}

Result<crypto::SecretBytes> ask(int terminal, std::string_view question) {
  crypto::SecretBytes buffer(kMaxPassphrase);
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t size,
                            os::read_hidden_line(terminal, question, buffer.reveal()));
  if (size == 0) return fail(Errc::unauthenticated, "the passphrase is empty");
  return crypto::SecretBytes::take(buffer.reveal().first(size));
}

// Whoever gets the disk may guess for as long as they like.
Result<void> check_new(const crypto::SecretBytes& passphrase) {
  if (passphrase.size() < kMinNewPassphrase) {
    return fail(Errc::unauthenticated, "a new passphrase needs twelve characters at least");
  }
  if (crypto::guess_bits(as_text(passphrase.reveal()), {}) < kMinNewPassphraseBits) {
    return fail(Errc::unauthenticated,
                "the new passphrase is easy to guess: take five words that do not belong together");
  }
  return {};
}

// A passphrase that was mistyped here would lock its owner out for good.
Result<crypto::SecretBytes> ask_for_new(int terminal) {
  FASTNESS_ASSIGN_OR_RETURN(auto first, ask(terminal, "New passphrase of the vault: "));
  FASTNESS_RETURN_IF_ERROR(check_new(first));
  FASTNESS_ASSIGN_OR_RETURN(const auto second, ask(terminal, "The same once more: "));
  if (!crypto::constant_time_equal(first.reveal(), second.reveal())) {
    return fail(Errc::unauthenticated, "the two passphrases differ");
  }
  return first;
}

}  // namespace

Result<std::optional<crypto::SecretBytes>> read_passphrase(std::optional<int> descriptor,
                                                           const std::filesystem::path& directory) {
  if (!descriptor) return std::optional<crypto::SecretBytes>();
  const os::Descriptor source(*descriptor);
  os::PosixFileSystem files;
  const auto exists = vault::RootKey::exists(files, directory);
  const bool is_new = !exists || !*exists;
  if (!os::is_terminal(source.number())) {
    FASTNESS_ASSIGN_OR_RETURN(auto passphrase, read_to_end(source.number()));
    if (is_new) FASTNESS_RETURN_IF_ERROR(check_new(passphrase));
    return std::optional(std::move(passphrase));
  }
  FASTNESS_ASSIGN_OR_RETURN(
      auto passphrase,
      is_new ? ask_for_new(source.number()) : ask(source.number(), "Passphrase of the vault: "));
  return std::optional(std::move(passphrase));
}

}  // namespace fastness::vault_app

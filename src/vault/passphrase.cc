#include "vault/passphrase.h"

#include <string_view>

#include <unistd.h>

#include "base/fixed_limits.h"
#include "crypto/password/guess_bits.h"
#include "os/files/descriptor.h"
#include "os/files/file_system.h"
#include "os/terminal.h"
#include "vault/store/root_key.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kMost = fixed_limit("vault.passphrase_bytes");
constexpr std::size_t kLeast = fixed_limit("vault.passphrase_least_bytes");
constexpr double kMinNewBits = 50;  // each guess costs an Argon2id

Unexpected<Error> too_long() {
  return fail(Errc::unauthenticated,
              "a passphrase has " + std::to_string(kMost) + " characters at most");
}

Result<crypto::SecretBytes> read_to_end(int descriptor) {
  crypto::SecretBytes buffer(kMost + 2);  // with a line's end and what would be too much
  std::size_t size = 0;
  while (size < buffer.size()) {
    const ssize_t got = ::read(descriptor, buffer.reveal().data() + size, buffer.size() - size);
    if (got < 0) return os::fail_with_errno("read the passphrase");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > 0 && buffer.reveal()[size - 1] == '\n') --size;
  if (size > kMost) return too_long();
  return crypto::SecretBytes::take(buffer.reveal().first(size));
}

Result<crypto::SecretBytes> ask(int terminal, std::string_view question) {
  crypto::SecretBytes buffer(kMost);
  const auto size = os::read_hidden_line(terminal, question, buffer.reveal());
  if (!size && size.error().code == Errc::exhausted) return too_long();
  if (!size) return Unexpected<Error>{size.error()};
  return crypto::SecretBytes::take(buffer.reveal().first(*size));
}

// Whoever gets the disk may guess for as long as they like.
Result<void> check_new(const crypto::SecretBytes& passphrase) {
  if (passphrase.size() < kLeast) {
    return fail(Errc::unauthenticated, "a new passphrase needs twelve characters at least");
  }
  if (crypto::guess_bits(as_text(passphrase.reveal()), {}) < kMinNewBits) {
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

Result<crypto::SecretBytes> read_from(int source, bool is_new) {
  if (os::is_terminal(source)) {
    return is_new ? ask_for_new(source) : ask(source, "Passphrase of the vault: ");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto passphrase, read_to_end(source));
  if (is_new) FASTNESS_RETURN_IF_ERROR(check_new(passphrase));
  return passphrase;
}

}  // namespace

Result<std::optional<crypto::SecretBytes>> read_passphrase(std::optional<int> descriptor,
                                                           os::FileSystem& files,
                                                           const std::filesystem::path& directory) {
  if (!descriptor) return std::optional<crypto::SecretBytes>();
  const os::Descriptor source(*descriptor);
  const auto exists = RootKey::exists(files, directory);
  FASTNESS_ASSIGN_OR_RETURN(auto passphrase, read_from(source.number(), !exists || !*exists));
  if (passphrase.size() == 0) return fail(Errc::unauthenticated, "the passphrase is empty");
  return std::optional(std::move(passphrase));
}

}  // namespace fastness::vault

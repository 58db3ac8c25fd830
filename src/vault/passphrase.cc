#include "vault/passphrase.h"

#include <algorithm>
#include <span>
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
Result<crypto::SecretBytes> ask_for_new(int terminal, std::string_view question) {
  FASTNESS_ASSIGN_OR_RETURN(auto first, ask(terminal, question));
  FASTNESS_RETURN_IF_ERROR(check_new(first));
  FASTNESS_ASSIGN_OR_RETURN(const auto second, ask(terminal, "The same once more: "));
  if (!crypto::constant_time_equal(first.reveal(), second.reveal())) {
    return fail(Errc::unauthenticated, "the two passphrases differ");
  }
  return first;
}

Result<crypto::SecretBytes> read_once(int source, std::string_view question) {
  return os::is_terminal(source) ? ask(source, question) : read_to_end(source);
}

Result<crypto::SecretBytes> read_from(int source, bool is_new) {
  if (is_new && os::is_terminal(source))
    return ask_for_new(source, "New passphrase of the vault: ");
  FASTNESS_ASSIGN_OR_RETURN(auto passphrase, read_once(source, "Passphrase of the vault: "));
  if (is_new) FASTNESS_RETURN_IF_ERROR(check_new(passphrase));
  return passphrase;
}

// From a terminal one after the other, until an empty line.
Result<crypto::SecretBytes> read_shares(int source) {
  if (!os::is_terminal(source)) return read_to_end(source);
  crypto::SecretBytes lines(kMost);
  std::size_t size = 0;
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const auto line,
                              ask(source, "A share of the kit, or nothing to go on: "));
    if (line.size() == 0) break;
    if (size + line.size() + 1 > lines.size()) return too_long();
    std::ranges::copy(line.reveal(), lines.reveal().begin() + static_cast<std::ptrdiff_t>(size));
    size += line.size();
    lines.reveal()[size++] = '\n';
  }
  return crypto::SecretBytes::take(lines.reveal().first(size));
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

Result<std::optional<crypto::SecretBytes>> read_new_passphrase(std::optional<int> descriptor) {
  if (!descriptor) return std::optional<crypto::SecretBytes>();
  const os::Descriptor source(*descriptor);
  FASTNESS_ASSIGN_OR_RETURN(auto passphrase, read_from(source.number(), true));
  return std::optional(std::move(passphrase));
}

Result<crypto::SecretBytes> read_kit_secret(int descriptor, KitSecret what) {
  const os::Descriptor source(descriptor);
  const int number = source.number();
  if (what == KitSecret::shares) return read_shares(number);
  if (what == KitSecret::passphrase) return read_once(number, "Passphrase of the kit: ");
  if (os::is_terminal(number)) return ask_for_new(number, "New passphrase of the kit: ");
  FASTNESS_ASSIGN_OR_RETURN(auto passphrase, read_to_end(number));
  FASTNESS_RETURN_IF_ERROR(check_new(passphrase));
  return passphrase;
}

Result<std::optional<crypto::SecretBytes>> read_token_pin(std::optional<int> descriptor) {
  if (!descriptor) return std::optional<crypto::SecretBytes>();
  const os::Descriptor source(*descriptor);
  FASTNESS_ASSIGN_OR_RETURN(auto pin, read_once(source.number(), "User PIN of the token: "));
  if (pin.size() == 0) return fail(Errc::unauthenticated, "the PIN is empty");
  return std::optional(std::move(pin));
}

Result<std::vector<crypto::SecretBytes>> read_codes(int descriptor,
                                                    const std::vector<std::string>& files) {
  const os::Descriptor source(descriptor);
  std::vector<crypto::SecretBytes> codes;
  if (os::is_terminal(source.number())) {
    for (const std::string& file : files) {
      FASTNESS_ASSIGN_OR_RETURN(auto code, ask(source.number(), "Code of " + file + ": "));
      codes.push_back(std::move(code));
    }
    return codes;
  }
  FASTNESS_ASSIGN_OR_RETURN(crypto::SecretBytes all, read_to_end(source.number()));
  std::span<std::uint8_t> rest = all.reveal();
  while (!rest.empty()) {
    const auto end = std::ranges::find(rest, static_cast<std::uint8_t>('\n'));
    const auto size = static_cast<std::size_t>(end - rest.begin());
    codes.push_back(crypto::SecretBytes::take(rest.first(size)));
    rest = rest.subspan(std::min(size + 1, rest.size()));
  }
  if (codes.size() == files.size()) return codes;
  return fail(Errc::unauthenticated, "each file of a root has a code of its own, one a line: " +
                                         std::to_string(files.size()) + " are needed");
}

}  // namespace fastness::vault

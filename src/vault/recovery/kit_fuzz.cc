// A file that somebody says is a kit or a backup is read before anything proves it: nothing may
// crash, and nothing opens that no vault has sealed.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "vault/recovery/backup_head.h"
#include "vault/recovery/kit.h"
#include "vault/recovery/kit_opening.h"

namespace {

using namespace fastness;
using namespace fastness::vault;

void read_as_kit(ByteView input) {
  const auto kit = SealedKit::parse(to_bytes(input));
  if (!kit) return;
  if (kit->open(crypto::SecretBytes(32))) std::abort();
  // A passphrase costs an Argon2id, so only the lines of shares are tried.
  if (!std::holds_alternative<ByShares>(kit->header().opening)) return;
  Bytes lines = to_bytes(input);
  if (secret_of_kit(kit->header(), crypto::SecretBytes::take(lines))) std::abort();
}

void read_as_backup(ByteView input) {
  ByteView rest = input;
  const auto head = read_backup_head([&rest](std::span<std::uint8_t> out) -> Result<void> {
    if (rest.size() < out.size()) return fail(Errc::invalid_argument, "the file ends");
    std::copy_n(rest.begin(), out.size(), out.begin());
    rest = rest.subspan(out.size());
    return {};
  });
  if (!head) return;
  const Bytes again = head->to_bytes();
  if (!std::equal(again.begin(), again.end(), input.begin(),
                  input.end() - static_cast<std::ptrdiff_t>(rest.size()))) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  read_as_kit(input);
  read_as_backup(input);
  return 0;
}

// Arbitrary text, searched for secrets of ours: what is found lies within it, one behind the other,
// and is found again when it stands alone.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "crypto/secret/key_text.h"
#include "crypto/secret/secret_finder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const std::string_view text = as_text({data, size});
  std::size_t behind = 0;
  for (const crypto::FoundSecret& each : crypto::find_secrets(text)) {
    if (each.at < behind || each.text.size() > crypto::kLongestSecret) std::abort();
    if (text.substr(each.at, each.text.size()) != each.text) std::abort();
    behind = each.at + 1;
    const bool is_link = each.kind == crypto::SecretKind::set_up_link;
    const std::string alone = (is_link ? "/setup#" : "") + std::string(each.text);
    if (crypto::find_secrets(alone).empty()) std::abort();
    const bool is_key = each.kind == crypto::SecretKind::api_key;
    if (is_key != crypto::is_client_secret(each.text)) std::abort();
  }
  return 0;
}

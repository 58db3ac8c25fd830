// What a server says to a device: whatever parses is within the limits of a message.
#include <cstdlib>

#include "base/bytes.h"
#include "device/flat_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fastness::device::FlatJson;
  const auto message = FlatJson::parse(fastness::as_text({data, size}));
  if (!message) return 0;
  for (const char* name : {"nonce", "id", "cert", "refused", "suggestedWindow.start"}) {
    const auto text = message->text(name);
    if (text && (text->size() > size || text->find('"') != std::string::npos)) std::abort();
  }
  for (const char* name : {"gen", "i", "of", "wait"}) {
    if (message->number(name) && message->text(name)) std::abort();
  }
  if (const auto window = message->numbers("win"); window && window->size() > 8) std::abort();
  return 0;
}

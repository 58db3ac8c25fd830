// Whatever answers on the admin socket: a status of three digits and what follows the header.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "supervisor/admin_client.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fastness::as_text({data, size});
  const auto answer = fastness::supervisor::parse_answer(input);
  if (answer && (answer->status < 0 || answer->status > 999 || !input.ends_with(answer->body))) {
    std::abort();
  }
  return 0;
}

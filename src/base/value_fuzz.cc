// Arbitrary bytes as a stored value, an id, hexadecimal and base64: what decodes has one spelling.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "base/ids/uuid.h"
#include "base/value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const ByteView input(data, size);
  const std::string_view text = as_text(input);
  ByteReader in(input);
  if (const auto value = Value::decode(in)) {
    Bytes once;
    ByteWriter out(once);
    value->encode(out);
    ByteReader again(once);
    const auto read = Value::decode(again);
    Bytes twice;
    ByteWriter out_again(twice);
    if (read) read->encode(out_again);
    if (once != twice) std::abort();
  }
  if (const auto uuid = Uuid::parse(text)) {
    if (Uuid::parse(uuid->to_text()).value() != *uuid) std::abort();
  }
  if (const auto bytes = from_base64(text); bytes && to_base64(*bytes) != text) std::abort();
  if (const auto bytes = from_base64url(text)) {
    const auto again = from_base64url(to_base64url(*bytes));
    if (!again || *again != *bytes) std::abort();
  }
  if (const auto bytes = from_hex(text); bytes && bytes->size() * 2 != text.size()) std::abort();
  return 0;
}

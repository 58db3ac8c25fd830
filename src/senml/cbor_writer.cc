#include <bit>
#include <cmath>

#include "senml/cbor.h"

namespace fastness::senml {

void CborWriter::head(std::uint8_t major, std::uint64_t argument) {
  const auto initial = [&](unsigned info) {
    out_.push_back(static_cast<std::uint8_t>((unsigned{major} << 5U) | info));
  };
  ByteWriter writer(out_);
  if (argument < 24) {
    initial(static_cast<unsigned>(argument));
  } else if (argument <= 0xff) {
    initial(24);
    writer.u8(static_cast<std::uint8_t>(argument));
  } else if (argument <= 0xffff) {
    initial(25);
    writer.u16(static_cast<std::uint16_t>(argument));
  } else if (argument <= 0xffff'ffff) {
    initial(26);
    writer.u32(static_cast<std::uint32_t>(argument));
  } else {
    initial(27);
    writer.u64(argument);
  }
}

void CborWriter::integer(std::int64_t value) {
  if (value >= 0) {
    head(0, static_cast<std::uint64_t>(value));
  } else {
    head(1, static_cast<std::uint64_t>(-1 - value));
  }
}

void CborWriter::floating(double value) {
  ByteWriter writer(out_);
  const auto single = static_cast<float>(value);
  if (static_cast<double>(single) == value || std::isnan(value)) {
    writer.u8(0xfa);
    writer.u32(std::bit_cast<std::uint32_t>(single));
  } else {
    writer.u8(0xfb);
    writer.f64(value);
  }
}

void CborWriter::text(std::string_view value) {
  head(3, value.size());
  ByteWriter(out_).raw(as_bytes(value));
}

void CborWriter::bytes(ByteView value) {
  head(2, value.size());
  ByteWriter(out_).raw(value);
}

void CborWriter::tag(std::uint32_t value) {
  ByteWriter writer(out_);
  writer.u8(0xda);
  writer.u32(value);
}

void CborWriter::simple(std::uint8_t value) {
  head(7, value);
}

}  // namespace fastness::senml

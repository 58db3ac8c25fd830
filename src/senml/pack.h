// SenML packs (RFC 8428) in CBOR, as Arduino boards and clients write them: an array of maps with
// integer labels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "base/value.h"

namespace fastness::senml {

// One record. `value` is absent when the record had none that we know.
struct Record {
  std::string name;                      // `temp`, `lamp:hue`; without the base name
  std::optional<std::int64_t> light_id;  // in place of a name: property + 256 * attribute
  std::optional<Scalar> value;

  // In whatever unit the sender uses, usually seconds; 0 is 1970. A base time holds until the next
  // one, and `time` adds to it.
  std::optional<double> base_time;
  std::optional<double> time;

  friend bool operator==(const Record&, const Record&) = default;
};

struct Pack {
  std::string base_name;  // the last one given; boards send none, and ignore ours
  std::vector<Record> records;
};

// Limits of what is read; each is far above what a board can send.
constexpr std::size_t kMaxRecords = fixed_limit("senml.records");
constexpr std::size_t kMaxNameBytes = fixed_limit("senml.name_bytes");
constexpr std::size_t kMaxTextBytes = fixed_limit("senml.text_bytes");

// Reads a pack. Arrays, maps and strings may be definite or not; numbers of any width; labels that
// we do not know are skipped with their values. `invalid_argument` for anything that is not such
// an array, has a text label, names a label twice, or has bytes after the array.
[[nodiscard]] Result<Pack> decode(ByteView input);

// Writes a definite array of definite maps. Base times are written as integers.
[[nodiscard]] Bytes encode(std::span<const Record> records);

}  // namespace fastness::senml

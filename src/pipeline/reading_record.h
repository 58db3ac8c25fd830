#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "journal/record.h"
#include "things/model/reading.h"

namespace fastness::pipeline {

// The types of journal records. Numbers are on disk: add at the end, never change or reuse one.
enum class RecordType : std::uint8_t {
  readings = 1,  // ours
  gateway = 2,   // sessions, retained messages, queues: what is in them is the gateway's business
};

// As few records as will do, each with readings of one thing, source and arrival, in order.
[[nodiscard]] std::vector<journal::Record> encode_readings(
    std::span<const things::Reading> readings);

// `corrupted` if the payload is not what `encode_readings` makes.
[[nodiscard]] Result<std::vector<things::Reading>> decode_readings(ByteView payload);

}  // namespace fastness::pipeline

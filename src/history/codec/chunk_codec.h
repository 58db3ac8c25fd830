#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "history/point.h"

namespace fastness::history {

// How many points one chunk may have.
inline constexpr std::size_t kMaxChunkPoints = 4'096;

// The compressed form of points in ascending order of time, no two at one moment, at most
// kMaxChunkPoints. Every value comes back as it was, bit for bit.
[[nodiscard]] Bytes encode_chunk(std::span<const Point> points);

// `corrupted` unless encode_chunk() could have made it. A chunk never decodes to more than
// kMaxChunkPoints points, nor to texts longer in sum than kMaxChunkText.
inline constexpr std::size_t kMaxChunkText = std::size_t{64} << 20U;
[[nodiscard]] Result<std::vector<Point>> decode_chunk(ByteView bytes);

}  // namespace fastness::history

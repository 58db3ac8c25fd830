#include "history/open_chunks.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "history/codec/chunk_codec.h"

namespace fastness::history {
namespace {

// About what a point takes in memory.
std::size_t footprint(const Point& point) {
  std::size_t bytes = sizeof(Point);
  if (const auto* text = point.value.get<std::string>()) bytes += text->size();
  if (const auto* attributes = point.value.get<Composite>()) {
    for (const Attribute& attribute : *attributes) {
      bytes += sizeof(Attribute) + attribute.name.size();
      if (const auto* text = std::get_if<std::string>(&attribute.value)) bytes += text->size();
    }
  }
  return bytes;
}

}  // namespace

std::vector<Point> sorted_unique(std::vector<Point> points) {
  std::ranges::stable_sort(points, {}, &Point::time);
  // Keeps the last of equal moments: it came last.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i + 1 < points.size() && points[i + 1].time == points[i].time) continue;
    if (kept != i) points[kept] = std::move(points[i]);
    ++kept;
  }
  points.erase(points.begin() + static_cast<std::ptrdiff_t>(kept), points.end());
  return points;
}

Result<std::vector<Point>> OpenView::points() const {
  std::vector<Point> all;
  if (encoded) {
    FASTNESS_ASSIGN_OR_RETURN(all, decode_chunk(*encoded));
  }
  if (marked) all.insert(all.end(), marked->begin(), marked->end());
  all.insert(all.end(), fresh.begin(), fresh.end());
  return sorted_unique(std::move(all));
}

void OpenChunks::append(const Series& series, Point point, std::uint64_t position, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  next_position_ = std::max(next_position_, position + 1);
  Chunks& chunks = chunks_[{series, day_of(point.time)}];
  if (chunks.empty() || chunks.back().is_full()) {
    chunks.emplace_back().sequence = next_sequence(position);
  }
  Chunk& chunk = chunks.back();
  const std::size_t bytes = footprint(point);
  chunk.fresh.push_back(std::move(point));
  chunk.fresh_bytes += bytes;
  chunk.last_append = now;
  chunk.last_position = position;
  ++chunk.count;
  bytes_ += bytes;
  fresh_bytes_ += bytes;
}

std::uint64_t OpenChunks::next_sequence(std::uint64_t position) {
  last_sequence_ = std::max(position << 16U, last_sequence_ + 1);
  return last_sequence_;
}

std::optional<Checkpoint> OpenChunks::begin(SteadyTime idle_since) {
  const std::lock_guard lock(mutex_);
  if (is_under_way_) return std::nullopt;
  is_under_way_ = true;
  Checkpoint checkpoint;
  checkpoint.next_position_ = next_position_;
  for (auto at = chunks_.begin(); at != chunks_.end();) {
    drop_idle(at->second, idle_since);
    for (Chunk& chunk : at->second) {
      if (!chunk.fresh.empty()) mark(at->first, chunk, checkpoint);
    }
    at = at->second.empty() ? chunks_.erase(at) : std::next(at);
  }
  return checkpoint;
}

void OpenChunks::drop_idle(Chunks& chunks, SteadyTime idle_since) {
  std::erase_if(chunks, [&](const Chunk& chunk) {
    const bool is_idle = chunk.fresh.empty() && chunk.last_append <= idle_since;
    if (is_idle) bytes_ -= chunk.bytes();
    return is_idle;
  });
}

void OpenChunks::mark(const Key& key, Chunk& chunk, Checkpoint& checkpoint) {
  chunk.marked = std::make_shared<const std::vector<Point>>(std::exchange(chunk.fresh, {}));
  chunk.marked_bytes = std::exchange(chunk.fresh_bytes, 0);
  fresh_bytes_ -= chunk.marked_bytes;
  checkpoint.marked_.push_back(
      {key.series,
       {key.day, chunk.sequence, chunk.last_position, chunk.encoded, chunk.marked, {}},
       chunk.stored});
}

OpenChunks::Chunk* OpenChunks::find(const Checkpoint::Marked& marked) {
  const auto at = chunks_.find({marked.series, marked.view.day});
  if (at == chunks_.end()) return nullptr;  // removed meanwhile
  const auto chunk = std::ranges::find(at->second, marked.view.sequence, &Chunk::sequence);
  return chunk == at->second.end() ? nullptr : &*chunk;
}

bool OpenChunks::is_wanted(const Checkpoint::Marked& marked) {
  const std::lock_guard lock(mutex_);
  return find(marked) != nullptr;
}

void OpenChunks::stored(const Checkpoint::Marked& marked, std::shared_ptr<const Bytes> encoded,
                        std::size_t count, const ChunkId& where, Keep keep) {
  const std::lock_guard lock(mutex_);
  Chunk* chunk = find(marked);
  if (chunk == nullptr) return;
  bytes_ -= chunk->bytes();
  chunk->encoded = std::move(encoded);
  chunk->marked = nullptr;
  chunk->marked_bytes = 0;
  chunk->count = count + chunk->fresh.size();
  chunk->stored = where;
  bytes_ += chunk->bytes();
  const auto at = chunks_.find({marked.series, marked.view.day});
  const bool is_closed = chunk->is_full() || chunk != &at->second.back() || keep == Keep::no;
  if (is_closed && chunk->fresh.empty()) erase_chunk(at, chunk->sequence);
}

void OpenChunks::erase_chunk(Map::iterator at, std::uint64_t sequence) {
  std::erase_if(at->second, [&](const Chunk& chunk) {
    if (chunk.sequence == sequence) bytes_ -= chunk.bytes();
    return chunk.sequence == sequence;
  });
  if (at->second.empty()) chunks_.erase(at);
}

void OpenChunks::not_stored(const Checkpoint::Marked& marked) {
  const std::lock_guard lock(mutex_);
  Chunk* chunk = find(marked);
  if (chunk == nullptr || !chunk->marked) return;
  std::vector<Point> fresh = *chunk->marked;
  std::ranges::move(chunk->fresh, std::back_inserter(fresh));
  chunk->fresh = std::move(fresh);
  chunk->marked = nullptr;
  fresh_bytes_ += chunk->marked_bytes;
  chunk->fresh_bytes += std::exchange(chunk->marked_bytes, 0);
}

void OpenChunks::finish() {
  const std::lock_guard lock(mutex_);
  is_under_way_ = false;
}

std::vector<OpenView> OpenChunks::view(const Series& series) const {
  const std::lock_guard lock(mutex_);
  std::vector<OpenView> views;
  for (auto at = chunks_.lower_bound({series, std::numeric_limits<Day>::min()});
       at != chunks_.end() && at->first.series == series; ++at) {
    for (const Chunk& chunk : at->second) {
      views.push_back({at->first.day, chunk.sequence, chunk.last_position, chunk.encoded,
                       chunk.marked, chunk.fresh});
    }
  }
  return views;
}

template <typename Predicate>
void OpenChunks::erase_if(const Predicate& predicate) {
  const std::lock_guard lock(mutex_);
  std::erase_if(chunks_, [&](const auto& entry) {
    if (!predicate(entry.first)) return false;
    for (const Chunk& chunk : entry.second) {
      bytes_ -= chunk.bytes();
      fresh_bytes_ -= chunk.fresh_bytes;
    }
    return true;
  });
}

void OpenChunks::remove(const Series& series) {
  erase_if([&](const Key& key) { return key.series == series; });
}

void OpenChunks::remove(OrganisationId organisation) {
  erase_if([&](const Key& key) { return key.series.organisation == organisation; });
}

void OpenChunks::remove_before(OrganisationId organisation, Day day) {
  erase_if(
      [&](const Key& key) { return key.series.organisation == organisation && key.day < day; });
}

std::size_t OpenChunks::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t OpenChunks::fresh_bytes() const {
  const std::lock_guard lock(mutex_);
  return fresh_bytes_;
}

std::size_t OpenChunks::chunks() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [key, chunks] : chunks_) count += chunks.size();
  return count;
}

}  // namespace fastness::history

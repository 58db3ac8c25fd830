#include "journal/testing/open_journal.h"

#include "telemetry/log.h"

namespace fastness::journal::testing {

Result<std::unique_ptr<Journal>> open_journal(os::FileSystem& disk, keys::SegmentKeys& keys,
                                              const Clock& clock, const std::string& consumer) {
  Journal::Options options;
  options.directory = "/journal";
  options.consumers = {consumer};
  options.segment_bytes = std::uint64_t{32} << 10U;
  options.max_frame_bytes = std::size_t{16} << 10U;
  return Journal::open(disk, keys, clock, telemetry::Log::discard(), options);
}

}  // namespace fastness::journal::testing

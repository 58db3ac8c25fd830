#pragma once

#include <memory>
#include <string>

#include "journal/journal.h"

namespace fastness::journal::testing {

// A real journal with small segments, for one consumer, on a disk that a test can break.
[[nodiscard]] Result<std::unique_ptr<Journal>> open_journal(os::FileSystem& disk,
                                                            keys::SegmentKeys& keys,
                                                            const Clock& clock,
                                                            const std::string& consumer);

}  // namespace fastness::journal::testing

#pragma once

namespace fastness::os {

// Whether this processor computes AES-GCM by instructions of its own (AES and a multiplication
// without carries). Without them AES is several times slower than ChaCha20. Thread-safe.
[[nodiscard]] bool has_aes_instructions();

}  // namespace fastness::os

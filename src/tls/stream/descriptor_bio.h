// How OpenSSL reaches the socket; for the .cc files of this folder only.
#pragma once

#include "tls/stream/stream_state.h"

namespace fastness::tls {

// A BIO that reads from the state's descriptor and appends to its output, so that many records
// leave in one system call, and a broken pipe raises no signal (OpenSSL's own BIO calls write).
[[nodiscard]] BIO* make_descriptor_bio(Stream::State& state);

}  // namespace fastness::tls

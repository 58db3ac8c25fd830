// What a server of EST answers (RFC 7030, 4.2.3).
#pragma once

#include "base/result.h"
#include "client/connection/http_client.h"
#include "crypto/x509/certificate.h"

namespace fastness::client {

// The one certificate of a success, not looked at yet. `corrupted` if that is not what came.
[[nodiscard]] Result<crypto::Certificate> certificate_in(const HttpResponse& response);

// A refusal as an error of Api's, with the server's sentence made fit for a terminal.
[[nodiscard]] Unexpected<Error> refusal_in(const HttpResponse& response);

}  // namespace fastness::client

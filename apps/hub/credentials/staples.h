#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "crypto/ocsp/verified_status.h"
#include "os/files/file_stamp.h"
#include "telemetry/log.h"
#include "tls/context/credential.h"

namespace fastness::hub {

// What the authorities of our certificates say of these, by files that the owner keeps fresh: read
// when one changes, believed only if it verifies, shown while it counts. Asks nobody. Lives on the
// control thread.
class Staples {
 public:
  // `clock` must outlive it.
  Staples(const config::Config::Server& server, const Clock& clock, telemetry::Log log);

  // Looks at the files, the certificates that are shown from now on and the time, and says in the
  // log what is new. Returns what clients are to be shown if that is not what they were.
  [[nodiscard]] std::optional<std::vector<crypto::VerifiedStatus>> look(
      const std::vector<tls::Credential>& credentials);

 private:
  // One certificate, and the file about it.
  struct Watched {
    std::string file;  // empty: the owner names none
    Bytes leaf = {};
    bool demands = false;  // that there be one (RFC 7633)
    os::FileStamp seen = {};
    std::optional<Timestamp> again = {};  // when a file is read that did not count yet
    std::optional<crypto::VerifiedStatus> status = {};
    // What was said, so that it is said once.
    std::string complaint = {};
    bool is_ending_said = false;
    bool is_missing_said = false;
  };

  // Whether what is shown of it is another thing than before.
  [[nodiscard]] bool look_at(Watched& watched, const tls::Credential& credential);
  [[nodiscard]] bool read(Watched& watched, const tls::Credential& credential);
  [[nodiscard]] bool refuse(Watched& watched, const Error& why);
  [[nodiscard]] bool follow_time(Watched& watched);
  void warn_of_none(Watched& watched);

  const Clock& clock_;
  telemetry::Log log_;
  std::vector<Watched> watched_;  // in the order of the credentials
};

}  // namespace fastness::hub

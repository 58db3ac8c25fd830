#pragma once

#include <string>

#include "session.h"

namespace fastness::cli {

// fastness device enrol --est: on a device that nobody knows yet.
struct ClaimEnrolment {
  std::string server;
  std::string anchors_file;      // empty: those of a login to the same server, else the system's
  std::string code_file;         // "-": standard input; empty: it is asked for
  std::string certificate_file;  // a claim certificate, and its key: no code is asked for
  std::string key_file;
  std::string name;
  std::string folder;      // empty: the name
  bool is_patient = true;  // asks until the owner has decided
};

// Makes the key, or takes the one that is there, and asks for its certificate. `unavailable` if the
// owner has not decided and it shall not wait: the same command goes on.
[[nodiscard]] Result<ExitStatus> enrol_by_claim(const Session& session,
                                                const ClaimEnrolment& options);

}  // namespace fastness::cli

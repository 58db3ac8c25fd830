#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "identity/remote_witness.h"
#include "ledger/witnessed_log.h"
#include "outside/correspondence.h"
#include "storage/data_directory.h"
#include "telemetry/log.h"

namespace fastness::hub {

// Those outside this host who are sent checkpoints, of the ledger and of the audit trail, by HTTPS
// and by mail. Lives on the control thread; ends after that has run its last.
class LedgerWitnesses {
 public:
  // What is passed in must outlive it.
  struct Parts {
    const config::Config& config;
    os::FileSystem& files;
    const DataDirectory& data;
    Correspondence& correspondence;
    const Clock& clock;
    const telemetry::Log& log;
  };

  // `invalid_argument` names the setting that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<LedgerWitnesses>> create(const Parts& parts);
  LedgerWitnesses(const LedgerWitnesses&) = delete;
  LedgerWitnesses& operator=(const LedgerWitnesses&) = delete;
  ~LedgerWitnesses() = default;

  // At the start and each minute: sends what is due, without waiting for it.
  void update(const ledger::WitnessedLog& certificates, const ledger::WitnessedLog& trail);

 private:
  // Whose checkpoints: what they are called to the operator, and the prefix of what is kept of
  // them.
  enum class Of : std::uint8_t { certificates, trail };
  struct Witness {
    Of of;
    std::string name;  // for the log
    std::unique_ptr<identity::RemoteWitness> remote;
  };

  explicit LedgerWitnesses(const Parts& parts) : parts_(parts) {}

  [[nodiscard]] Result<void> add_webhook(const std::string& url);
  [[nodiscard]] Result<void> add_mail(const std::string& address);
  void add(Of of, const std::string& name, identity::RemoteWitness::Deliver deliver);

  Parts parts_;
  std::vector<Witness> witnesses_;
};

}  // namespace fastness::hub

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "config/load.h"
#include "os/process.h"
#include "supervisor/backoff.h"
#include "telemetry/log.h"

namespace fastness::supervisor {

// Runs one vault and one hub, joined by a socket pair that nobody else has an end of. Holds no key
// and no socket of the network. Lives on the main thread.
class Supervisor {
 public:
  struct Options {
    std::string programs;       // the folder of fastness-vault and fastness-hub
    std::string configuration;  // TOML, for the children
    os::Descriptor passphrase;  // handed to the vault unread; may be empty
    Backoff::Options backoff;
    std::chrono::milliseconds start_deadline{120'000};  // for each child, until it serves
    std::chrono::milliseconds drain_deadline{30'000};   // for the hub, once asked to end
  };

  // `signals` has SIGTERM, SIGINT and SIGCHLD blocked; it and `clock` must outlive this.
  Supervisor(Options options, const os::Signals& signals, const Clock& clock, telemetry::Log log);
  ~Supervisor();  // ends the children, politely first
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts both. Success once both serve; `unavailable` if one ends or is late, or if a signal asks
  // to stop meanwhile (see `is_stopping`). Nothing runs after a failure.
  [[nodiscard]] Result<void> start();

  // Watches, and starts both anew when one dies: the vault gives its keys out once a connection.
  // Returns when a signal asks to stop, with everything ended; a failure is one that no restart can
  // mend. Precondition: started.
  [[nodiscard]] Result<void> run();

  // Ends the hub, which drains, then the vault.
  void stop();

  [[nodiscard]] bool is_stopping() const { return stopping_; }

 private:
  struct Family {
    os::Process vault;
    os::Process hub;
    SteadyTime started;
  };

  [[nodiscard]] Result<os::Process> start_child(const char* name, int peer, bool with_passphrase);
  [[nodiscard]] Result<void> await_ready(os::Process& child, const os::Descriptor& ready,
                                         const std::string& name);
  [[nodiscard]] Result<void> rewind_passphrase();
  // Starts again, waiting longer each time. Success if it holds or a signal asks to stop.
  [[nodiscard]] Result<void> restart(Backoff& backoff);
  void pause(std::chrono::milliseconds delay);
  void watch();
  void await_end(os::Process& child, std::chrono::milliseconds patience, const char* name);
  // Sleeps until something happens; notes signals that ask to stop.
  void wait(std::initializer_list<int> descriptors, std::chrono::milliseconds longest);

  Options options_;
  const os::Signals& signals_;
  const Clock& clock_;
  telemetry::Log log_;
  std::optional<Family> family_;
  SteadyTime last_start_;
  bool passphrase_was_used_ = false;
  bool stopping_ = false;
  bool hurried_ = false;  // asked a second time: no draining
};

}  // namespace fastness::supervisor

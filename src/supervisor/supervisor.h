#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "os/process.h"
#include "os/seqpacket_socket.h"
#include "supervisor/backoff.h"
#include "telemetry/log.h"

namespace fastness::supervisor {

// Runs one vault and one hub, joined by a socket pair that nobody else has an end of: each gets its
// end over a socket of its own, so that a new one joins them when either was started anew. Holds no
// key and no socket of the network. Lives on the main thread.
class Supervisor {
 public:
  // A program that is started now and then while both run, and ended with them.
  struct Chore {
    os::Program program;
    std::chrono::milliseconds first{60'000};
    std::chrono::milliseconds between{600'000};          // from the end of one to the next
    std::chrono::milliseconds after_failure{3'600'000};  // the same, if it failed
  };
  struct Options {
    std::string programs;                      // the folder of fastness-vault and fastness-hub
    std::vector<std::string> vault_arguments;  // but for descriptors
    os::Descriptor passphrase;                 // handed to the vault unread; may be empty
    os::Descriptor token_pin;                  // the same, once: the vault keeps it
    std::string hub_configuration;             // TOML
    std::optional<Chore> chore;
    Backoff::Options backoff;
    std::chrono::milliseconds start_deadline{120'000};  // for the hub, until it serves
    std::chrono::milliseconds drain_deadline{30'000};   // for the hub, once asked to end
    // A signal this long after the first means that somebody will not wait. Sooner ones do not:
    // Ctrl-C reaches a whole process group, and scripts pass it on again.
    std::chrono::milliseconds hurry_after{1'000};
  };

  // The vault's way to say that its passphrase will not do, which no restart mends.
  static constexpr int kVaultNeedsAPerson = 3;
  // Its way to say that the hub is not the program it should be: neither may go on.
  static constexpr int kVaultAccusesHub = 4;

  // `signals` has SIGTERM, SIGINT and SIGCHLD blocked; it and `clock` must outlive this.
  Supervisor(Options options, const os::Signals& signals, const Clock& clock, telemetry::Log log);
  ~Supervisor();  // ends the children, politely first
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Starts both. Success once the hub serves; `unavailable` if one ends or is late, or if a signal
  // asks to stop meanwhile (see `is_stopping`); `unauthenticated` if the vault needs a person.
  // Nothing runs after a failure.
  [[nodiscard]] Result<void> start();

  // Watches, and starts anew what dies: the hub alone, or the vault alone, while the hub goes on
  // with a new connection. A hub that takes none, and one that its vault accuses, is started anew
  // too. Returns when a signal asks to stop, with everything ended. Fails, with everything ended,
  // if no restart can help. Precondition: started.
  [[nodiscard]] Result<void> run();

  // Ends the hub, which drains, then the vault.
  void stop();

  [[nodiscard]] bool is_stopping() const { return stopping_; }

 private:
  struct Child {
    os::Process process;
    os::SeqpacketSocket connections;  // over which it is handed its end of each pair
  };

  [[nodiscard]] Result<void> start_vault();
  [[nodiscard]] Result<void> start_hub();
  // Makes a pair, and hands the vault one end and the hub the other, over `hub`.
  [[nodiscard]] Result<void> join(const os::SeqpacketSocket& hub);
  // Starts what does not run, and joins the two.
  [[nodiscard]] Result<void> start_missing();
  [[nodiscard]] Result<void> await_hub(const os::Descriptor& ready);
  std::optional<Result<void>> vault_failure();
  [[nodiscard]] Result<void> rewind_passphrase();
  // Ends what cannot go on. Fails if a person is needed.
  [[nodiscard]] Result<void> clear_away();
  // Starts what does not run, waiting longer each time. Success if it holds or a signal asks to
  // stop.
  [[nodiscard]] Result<void> restart(Backoff& backoff);
  void watch();
  // Sees to the chore; how long until it is to be seen to again.
  [[nodiscard]] std::chrono::milliseconds tend_chore();
  void start_chore(SteadyTime now);
  void stop_hub();
  void stop_vault();
  // Whether the child is gone; says so in the log.
  [[nodiscard]] bool has_died(os::Process& child, const char* name) const;
  void await_end(os::Process& child, const char* name);
  void pause(std::chrono::milliseconds delay);
  // Sleeps until something happens; notes signals that ask to stop.
  void wait(std::initializer_list<int> descriptors, std::chrono::milliseconds longest);

  Options options_;
  const os::Signals& signals_;
  const Clock& clock_;
  telemetry::Log log_;
  std::optional<Child> vault_;
  std::optional<Child> hub_;
  std::optional<os::Process> chore_;
  SteadyTime next_chore_;
  SteadyTime last_start_;
  bool passphrase_was_used_ = false;
  bool stopping_ = false;
  SteadyTime stopping_since_;
  bool hurried_ = false;  // asked a second time: no draining
};

}  // namespace fastness::supervisor

// The nouns of the command line. Each is made before parsing, stays where it is, and writes into
// the part of a CommandLine that it was made with, which must outlive it. `fill`, after parsing,
// says whether one of its verbs was named; if so, `command`, the whole of that part, is complete.
#pragma once

#include "supervisor/command_line/verbs.h"

namespace fastness::supervisor {

// `fastnessd host init|status|setup-link|reset-factors|restrict`, and where the nouns of the host
// hang.
class HostNoun {
 public:
  HostNoun(CLI::App& app, HostCommand& command);

  [[nodiscard]] CLI::App& app() { return host_; }
  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  CLI::App& host_;
  Verbs verbs_;
};

// `fastnessd host switch list|off|on`.
class SwitchNoun {
 public:
  SwitchNoun(CLI::App& host, SwitchCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd host user export|erase`.
class UserNoun {
 public:
  UserNoun(CLI::App& host, UserCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd host account list|suspend|resume|end-sessions`.
class AccountNoun {
 public:
  AccountNoun(CLI::App& host, AccountCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd host operator add|remove|review|end|seal-codes`.
class OperatorNoun {
 public:
  OperatorNoun(CLI::App& host, OperatorCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd host order list|guard|unguard|approve-by-codes|signatures`.
class OrderNoun {
 public:
  OrderNoun(CLI::App& host, OrderCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd host incident ...`.
class IncidentNoun {
 public:
  IncidentNoun(CLI::App& host, IncidentCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  void add_affected(CLI::App& incident, IncidentCommand& command);
  void add_telling(CLI::App& incident, IncidentCommand& command);
  void add_end(CLI::App& incident, IncidentCommand& command);

  Verbs verbs_;
};

// `fastnessd host vault ...`.
class VaultNoun {
 public:
  VaultNoun(CLI::App& host, VaultCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd host kit ...`, `host backup ...` and `host restore`.
class RecoveryNouns {
 public:
  RecoveryNouns(CLI::App& host, RecoveryCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  void add_kit(CLI::App& host, RecoveryCommand& command);
  void add_looks(CLI::App& backup, RecoveryCommand& command);
  void add_restore(CLI::App& host, RecoveryCommand& command);

  Verbs verbs_;
};

// `fastnessd host ca ...`.
class RootNoun {
 public:
  RootNoun(CLI::App& host, RootCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

// `fastnessd ca ...`.
class AuthorityNoun {
 public:
  AuthorityNoun(CLI::App& app, AuthorityCommand& command);

  [[nodiscard]] bool fill(CommandLine& command) const;

 private:
  Verbs verbs_;
};

}  // namespace fastness::supervisor

#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {

// A connection's life: the hub first takes its keys, then works. There is no third phase, and no
// way back.
enum class Phase : std::uint8_t { starting, serving };

enum class Repetition : std::uint8_t { once, repeatable };

// One row of the table: this request, in this phase, so often.
struct Permission {
  Phase phase;
  Kind kind;
  Repetition repetition;
};

// Decides for one connection which request may come now. A request that no row permits means that
// the hub is not the program it should be. Thread-compatible.
class Permissions {
 public:
  // Whether the request is permitted now; if so it counts as made, and the phase may advance.
  [[nodiscard]] bool admit(Kind kind);
  [[nodiscard]] Phase phase() const { return phase_; }

 private:
  Phase phase_ = Phase::starting;
  std::set<Kind> made_;
};

// Every row, for tests and documents.
[[nodiscard]] const std::vector<Permission>& permission_table();

}  // namespace fastness::vault_ipc

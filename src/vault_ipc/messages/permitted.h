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

// What it means when the answer is `permission_denied`: no honest hub is ever told so of its
// ledger.
enum class Denial : std::uint8_t { is_an_answer, is_a_violation };

// What the hub does with a request whose connection ended before its answer came. Nobody knows then
// whether it was carried out.
enum class AfterLoss : std::uint8_t {
  is_over,      // it fails: whoever asked looks up what is so, and asks again if it is not
  asked_again,  // of the next vault: it changes nothing, or nothing more the second time
};

// One row of the table: this request, in this phase, so often.
struct Permission {
  Phase phase;
  Kind kind;
  Repetition repetition;
  Denial denial = Denial::is_an_answer;
  AfterLoss after_loss = AfterLoss::is_over;
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

// Whether a hub that is denied this request is not the program it should be.
[[nodiscard]] bool is_denial_a_violation(Kind kind);

// Whether the hub may ask this again when the vault ended before it answered.
[[nodiscard]] bool is_asked_again_after_loss(Kind kind);

// Every row, for tests and documents.
[[nodiscard]] const std::vector<Permission>& permission_table();

}  // namespace fastness::vault_ipc

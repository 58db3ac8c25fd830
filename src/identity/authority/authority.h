#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/authority/progress.h"
#include "identity/authority/rotation.h"
#include "identity/authority/rotation_store.h"

namespace fastness::telemetry {
class Log;
}

namespace fastness::identity {

// What the owner of the host orders.
struct RotationOrder {
  RotationKind kind = RotationKind::routine;
  std::string reason;                      // in their words, for the record
  std::chrono::seconds soak{0};            // of a routine one: until the new key issues
  std::optional<Timestamp> board_cut_off;  // of an emergency: how long boards go on; none: no end
};

// Something that happened to the authority, in the words of the audit trail:
// "ca.generation_issuing" of "generation:2".
struct AuthorityEvent {
  std::string action;
  std::string object;
  // Whose trail it belongs in: what devices feel is everybody's, all else is the host's.
  enum class Audience : std::uint8_t { host, everybody } audience = Audience::host;
};

// The authority over device certificates as the owner of the host moves it: its generations, the
// rotation under way, and how far the devices have come. Every order is on the disk before its
// first step, and a start goes on from wherever a crash came. Lives on the control thread.
//
// Refusals are in words for whoever gave the order: `invalid_argument` for a bad order,
// `not_found`, `already_exists` for one that the present state forbids.
class Authority {
 public:
  // How the authority reaches the rest of identity. All must outlive it.
  struct Parts {
    storage::Database& database;
    const Clock& clock;
    const telemetry::Log& log;
    // Reads them from the vault, and publishes what is not published yet.
    std::function<Result<std::vector<vault_ipc::Generation>>()> generations;
    // Asks the vault, and publishes what has come of it.
    std::function<Result<void>(const vault_ipc::ChangeGeneration&)> change;
    std::function<Result<std::vector<DeviceStanding>>()> devices;
  };
  static constexpr std::size_t kMaxReason = 200;
  static constexpr std::chrono::seconds kMaxSoak = std::chrono::days(7);

  // Reads what is stored. A rotation that is open goes on with the first `tick`.
  [[nodiscard]] static Result<std::unique_ptr<Authority>> open(Parts parts);

  // Begins a rotation and takes the steps that can be taken now; the others follow by `tick`. It
  // takes the place of one whose new key issues already, and an emergency that of any routine one.
  // Once this returns without error the rotation goes on, whatever happens.
  [[nodiscard]] Result<Rotation> rotate(const RotationOrder& order);

  // Before its new key has issued, the key is destroyed and all else is as it was. After that the
  // order of states does not go back: the rotation is only marked as ended.
  [[nodiscard]] Result<Rotation> abort();

  // Gives up a key that is retiring: only its boards come in, until the cut-off. For one that was
  // given up already it moves the cut-off.
  [[nodiscard]] Result<void> distrust(vault_ipc::GenerationId id,
                                      std::optional<Timestamp> board_cut_off);

  // Destroys the private key of a distrusted generation, for good. `known_devices` must be how many
  // devices still come in by its certificates, so that nobody does it unaware.
  [[nodiscard]] Result<void> destroy(vault_ipc::GenerationId id, std::size_t known_devices);

  // The newest rotation, open or over.
  [[nodiscard]] const std::optional<Rotation>& rotation() const { return rotation_; }
  [[nodiscard]] Result<std::vector<vault_ipc::Generation>> generations() const;
  // Of all devices, or of one organisation's.
  [[nodiscard]] Result<Progress> progress(const LastSeen& last_seen,
                                          std::optional<OrganisationId> of = std::nullopt) const;
  // See count_dependants.
  [[nodiscard]] Result<std::size_t> dependants(vault_ipc::GenerationId id) const;

  // About once a second, and once before anybody is served: an emergency that a crash cut short
  // gives the old key up here. What the vault was doing when it ended is found out here too.
  void tick();

  // One listener, called after the change.
  void on_event(std::function<void(const AuthorityEvent&)> listener) {
    listener_ = std::move(listener);
  }

 private:
  Authority(Parts parts, RotationStore store) : parts_(std::move(parts)), store_(store) {}

  [[nodiscard]] Result<void> check_order(const RotationOrder& order) const;
  [[nodiscard]] Result<void> check_nothing_is_in_the_way(RotationKind kind) const;
  [[nodiscard]] Result<void> check_cut_off(const std::optional<Timestamp>& cut_off) const;
  [[nodiscard]] Result<vault_ipc::Generation> require(vault_ipc::GenerationId id) const;

  // Takes every step that can be taken now, and keeps where that has led.
  [[nodiscard]] Result<void> advance();
  // The generations as they are, and tells of the change whose answer was lost, if it was made.
  [[nodiscard]] Result<std::vector<vault_ipc::Generation>> look();
  [[nodiscard]] Result<void> finish_if_complete();
  [[nodiscard]] Result<void> change(const vault_ipc::ChangeGeneration& change,
                                    vault_ipc::GenerationId id);
  [[nodiscard]] Result<void> reach(RotationStep step);
  void go_on();
  [[nodiscard]] std::chrono::microseconds time_to_next_look() const;
  void tell(std::string action, vault_ipc::GenerationId id) const;
  void tell_of_state(vault_ipc::GenerationState state, vault_ipc::GenerationId id);

  Parts parts_;
  RotationStore store_;
  std::optional<Rotation> rotation_;
  // What the vault was asked for when it ended: it may have done it.
  struct Unanswered {
    vault_ipc::ChangeGeneration change;
    vault_ipc::GenerationId id;
  };
  std::optional<Unanswered> unanswered_;
  // Of the generation that the open rotation goes to: the state that was last told; nothing since
  // a start.
  std::optional<vault_ipc::GenerationState> told_of_next_;
  SteadyTime next_look_{};  // when the open rotation, or what is unanswered, is looked at again
  std::function<void(const AuthorityEvent&)> listener_;
};

}  // namespace fastness::identity

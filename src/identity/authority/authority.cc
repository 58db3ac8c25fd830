#include "identity/authority/authority.h"

#include <algorithm>
#include <utility>

#include "telemetry/log.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using vault_ipc::ChangeGeneration;
using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;

// How often the devices of an open rotation are counted, which reads the whole registry.
constexpr std::chrono::microseconds kCountEvery = 10min;
// After the vault has failed to take a step, or to say whether it did.
constexpr std::chrono::microseconds kTryAgain = 5s;
// So that a cut-off of "now" is one however long it took to arrive.
constexpr auto kCutOffTolerance = 1h;

std::string named(GenerationId id) {
  return "Generation " + std::to_string(id.value());
}

// Which key the order is to bring in: a routine one takes what was prepared, an emergency never.
GenerationId successor(RotationKind kind, const std::vector<Generation>& list) {
  if (kind == RotationKind::routine) {
    const auto prepared = std::ranges::find_if(list, [](const Generation& each) {
      return each.state == GenerationState::staged || each.state == GenerationState::trusted;
    });
    if (prepared != list.end()) return prepared->id;
  }
  return GenerationId(list.back().id.value() + 1);
}

bool is_text(const std::string& reason) {
  return std::ranges::none_of(reason,
                              [](char each) { return static_cast<unsigned char>(each) < 0x20; });
}

// Whether the generation is as the change wants it.
bool was_made(const ChangeGeneration& change, const Generation& generation) {
  if (generation.state != change.state) return false;
  return change.state != GenerationState::distrusted ||
         generation.board_cut_off == change.board_cut_off;
}

// Whether devices and their owners notice it.
bool is_felt(std::string_view action) {
  return action == "ca.generation_issuing" || action == "ca.generation_distrusted" ||
         action == "ca.generation_destroyed";
}

}  // namespace

Result<std::unique_ptr<Authority>> Authority::open(Parts parts) {
  FASTNESS_ASSIGN_OR_RETURN(const RotationStore store, RotationStore::open(parts.database));
  std::unique_ptr<Authority> authority(new Authority(std::move(parts), store));
  FASTNESS_ASSIGN_OR_RETURN(authority->rotation_, authority->store_.last());
  return authority;
}

// --- orders -------------------------------------------------------------------------------------

Result<void> Authority::check_cut_off(const std::optional<Timestamp>& cut_off) const {
  if (cut_off && *cut_off + kCutOffTolerance < parts_.clock.now()) {
    return fail(Errc::invalid_argument, "The boards' cut-off is past already.");
  }
  return {};
}

Result<void> Authority::check_order(const RotationOrder& order) const {
  if (order.reason.empty() || order.reason.size() > kMaxReason || !is_text(order.reason)) {
    return fail(Errc::invalid_argument, "The reason must be a line of 1 to 200 bytes.");
  }
  if (order.kind == RotationKind::routine && order.board_cut_off) {
    return fail(Errc::invalid_argument,
                "A cut-off for boards is for an emergency: a routine rotation keeps every board.");
  }
  if (order.kind == RotationKind::emergency && order.soak != 0s) {
    return fail(Errc::invalid_argument, "An emergency does not wait for a soak.");
  }
  if (order.soak < 0s || order.soak > kMaxSoak) {
    return fail(Errc::invalid_argument, "The soak must be 0 seconds to 7 days.");
  }
  return check_cut_off(order.board_cut_off);
}

Result<void> Authority::check_nothing_is_in_the_way(RotationKind kind) const {
  if (!rotation_ || is_over(rotation_->step) || rotation_->step == RotationStep::renewing) {
    return {};
  }
  const bool takes_over =
      kind == RotationKind::emergency && rotation_->kind == RotationKind::routine;
  if (takes_over) return {};
  return fail(Errc::already_exists,
              std::string(rotation_->kind == RotationKind::routine ? "A routine" : "An emergency") +
                  " rotation to generation " + std::to_string(rotation_->to.value()) +
                  " is under way: it is " + std::string(to_text(rotation_->step)) +
                  ". One at a time: see fastness ca status.");
}

Result<Rotation> Authority::rotate(const RotationOrder& order) {
  FASTNESS_RETURN_IF_ERROR(check_order(order));
  FASTNESS_RETURN_IF_ERROR(check_nothing_is_in_the_way(order.kind));
  FASTNESS_ASSIGN_OR_RETURN(const auto list, parts_.generations());
  const auto issuing = std::ranges::find(list, GenerationState::issuing, &Generation::state);
  if (issuing == list.end()) {
    return fail(Errc::unavailable, "no generation issues at the moment");
  }
  const Timestamp now = parts_.clock.now();
  Rotation rotation;
  rotation.kind = order.kind;
  rotation.from = issuing->id;
  rotation.to = successor(order.kind, list);
  rotation.began_at = now;
  rotation.issue_at = now + order.soak;
  rotation.board_cut_off = order.board_cut_off;
  rotation.reason = order.reason;
  FASTNESS_ASSIGN_OR_RETURN(rotation_, store_.begin(std::move(rotation)));
  told_of_next_.reset();
  tell("ca.rotation_" + std::string(to_text(order.kind)), rotation_->to);
  go_on();
  return *rotation_;
}

Result<Rotation> Authority::abort() {
  if (!rotation_ || is_over(rotation_->step)) {
    return fail(Errc::not_found, "No rotation is under way.");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto list, parts_.generations());
  if (step_reached(*rotation_, list) == RotationStep::renewing) {
    FASTNESS_RETURN_IF_ERROR(reach(RotationStep::aborted));
    return *rotation_;
  }
  if (rotation_->kind == RotationKind::emergency) {
    return fail(Errc::already_exists,
                "An emergency is not taken back before its new key issues: the old one is given up "
                "already. It goes on as soon as the vault answers.");
  }
  FASTNESS_RETURN_IF_ERROR(reach(RotationStep::discarding));
  go_on();
  return *rotation_;
}

Result<Generation> Authority::require(GenerationId id) const {
  FASTNESS_ASSIGN_OR_RETURN(const auto list, parts_.generations());
  const Generation* found = find_generation(list, id);
  if (found == nullptr) {
    return fail(Errc::not_found, "There is no generation " + std::to_string(id.value()) + ".");
  }
  return *found;
}

Result<void> Authority::distrust(GenerationId id, std::optional<Timestamp> board_cut_off) {
  FASTNESS_RETURN_IF_ERROR(check_cut_off(board_cut_off));
  FASTNESS_ASSIGN_OR_RETURN(const Generation generation, require(id));
  switch (generation.state) {
    case GenerationState::retiring:
    case GenerationState::distrusted:
      return change({id, GenerationState::distrusted, board_cut_off}, id);
    case GenerationState::issuing:
      return fail(Errc::already_exists,
                  named(id) + " issues. Replace it: fastness ca rotate --emergency");
    case GenerationState::destroyed:
      return fail(Errc::already_exists, named(id) + " is destroyed already.");
    default:
      return fail(Errc::already_exists, named(id) + " never issued. Discard it: fastness ca abort");
  }
}

Result<void> Authority::destroy(GenerationId id, std::size_t known_devices) {
  FASTNESS_ASSIGN_OR_RETURN(const Generation generation, require(id));
  if (generation.state == GenerationState::destroyed) {
    return fail(Errc::already_exists, named(id) + " is destroyed already.");
  }
  if (generation.state != GenerationState::distrusted) {
    return fail(Errc::already_exists,
                named(id) + " is " + std::string(to_text(generation.state)) +
                    ": only a distrusted one can be destroyed. First: fastness ca distrust " +
                    std::to_string(id.value()));
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t dependants_now, dependants(id));
  if (known_devices != dependants_now) {
    return fail(Errc::already_exists,
                std::to_string(dependants_now) + " devices come in by certificates of generation " +
                    std::to_string(id.value()) + ". If that is known and meant: --devices " +
                    std::to_string(dependants_now));
  }
  return change({id, GenerationState::destroyed, std::nullopt}, id);
}

// --- reading ------------------------------------------------------------------------------------

Result<std::vector<Generation>> Authority::generations() const {
  return parts_.generations();
}

Result<Progress> Authority::progress(const LastSeen& last_seen,
                                     std::optional<OrganisationId> of) const {
  FASTNESS_ASSIGN_OR_RETURN(auto devices, parts_.devices());
  if (of) {
    std::erase_if(devices,
                  [&](const DeviceStanding& device) { return device.organisation != *of; });
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto list, parts_.generations());
  return progress_of(devices, list, rotation_ ? &*rotation_ : nullptr, last_seen,
                     parts_.clock.now());
}

Result<std::size_t> Authority::dependants(GenerationId id) const {
  FASTNESS_ASSIGN_OR_RETURN(const Generation generation, require(id));
  FASTNESS_ASSIGN_OR_RETURN(const auto devices, parts_.devices());
  return count_dependants(devices, generation, parts_.clock.now());
}

// --- going on -----------------------------------------------------------------------------------

void Authority::tell(std::string action, GenerationId id) const {
  parts_.log.info("authority", {{"action", action}, {"generation", id.value()}});
  if (!listener_) return;
  const auto audience =
      is_felt(action) ? AuthorityEvent::Audience::everybody : AuthorityEvent::Audience::host;
  listener_({std::move(action), "generation:" + std::to_string(id.value()), audience});
}

Result<void> Authority::change(const ChangeGeneration& change, GenerationId id) {
  auto done = parts_.change(change);
  if (!done && done.error().code == Errc::unavailable) {
    unanswered_ = Unanswered{change, id};
    next_look_ = parts_.clock.steady() + kTryAgain;
  }
  FASTNESS_RETURN_IF_ERROR(std::move(done));
  tell_of_state(change.state, id);
  return {};
}

void Authority::tell_of_state(GenerationState state, GenerationId id) {
  tell("ca.generation_" + std::string(to_text(state)), id);
  if (rotation_ && id == rotation_->to) told_of_next_ = state;
}

Result<std::vector<Generation>> Authority::look() {
  FASTNESS_ASSIGN_OR_RETURN(auto list, parts_.generations());
  if (const auto asked = std::exchange(unanswered_, std::nullopt)) {
    const Generation* found = find_generation(list, asked->id);
    if (found != nullptr && was_made(asked->change, *found)) {
      tell_of_state(asked->change.state, asked->id);
    }
  }
  // A vault that starts and finds none that issues has the next one issue.
  const Generation* next = rotation_ ? find_generation(list, rotation_->to) : nullptr;
  if (next != nullptr && next->state == GenerationState::issuing &&
      told_of_next_ == GenerationState::trusted) {
    tell_of_state(GenerationState::issuing, next->id);
  }
  return list;
}

// Told before it is kept, so that a crash in between tells it twice rather than never.
Result<void> Authority::reach(RotationStep step) {
  if (step == rotation_->step) return {};
  if (step != RotationStep::discarding) {
    tell("ca.rotation_" + std::string(to_text(step)), rotation_->to);
  }
  const Timestamp now = parts_.clock.now();
  FASTNESS_RETURN_IF_ERROR(store_.set_step(*rotation_, step, now));
  rotation_->step = step;
  if (is_over(step)) rotation_->ended_at = now;
  return {};
}

Result<void> Authority::advance() {
  FASTNESS_ASSIGN_OR_RETURN(auto list, look());
  while (const auto next = next_change(*rotation_, list, parts_.clock.now())) {
    FASTNESS_RETURN_IF_ERROR(change(*next, next->id.value_or(rotation_->to)));
    FASTNESS_ASSIGN_OR_RETURN(auto changed, look());
    if (changed == list) return fail(Errc::corrupted, "the vault took a step and nothing changed");
    list = std::move(changed);
  }
  return reach(step_reached(*rotation_, list));
}

Result<void> Authority::finish_if_complete() {
  FASTNESS_ASSIGN_OR_RETURN(const auto devices, parts_.devices());
  if (!is_complete(devices, *rotation_, parts_.clock.now())) return {};
  return reach(RotationStep::completed);
}

// Takes what steps there are to take; what fails is tried again later.
void Authority::go_on() {
  auto done = advance();
  if (done && rotation_->step == RotationStep::renewing) done = finish_if_complete();
  if (!done) {
    parts_.log.warning("rotation_waits", {{"generation", rotation_->to.value()},
                                          {"step", to_text(rotation_->step)},
                                          {"why", done.error().message}});
  }
  next_look_ = parts_.clock.steady() + (done ? time_to_next_look() : kTryAgain);
}

std::chrono::microseconds Authority::time_to_next_look() const {
  if (rotation_->step != RotationStep::soaking) return kCountEvery;
  const std::chrono::microseconds rest = rotation_->issue_at - parts_.clock.now();
  return std::clamp<std::chrono::microseconds>(rest, 1s, kCountEvery);
}

void Authority::tick() {
  if (parts_.clock.steady() < next_look_) return;
  if (rotation_ && !is_over(rotation_->step)) return go_on();
  if (unanswered_ && !look()) next_look_ = parts_.clock.steady() + kTryAgain;
}

}  // namespace fastness::identity

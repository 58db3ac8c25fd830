#include "identity/detection/policy.h"

#include "identity/authority/rotation.h"
#include "identity/identity.h"

namespace fastness::identity {

using vault_ipc::GenerationState;

ForgeryResponse response_to(const ForgeryAlarm& alarm, OnForgery policy,
                            const std::vector<vault_ipc::Generation>& list) {
  if (alarm.is_suspect || policy == OnForgery::alarm) return ForgeryResponse::nothing;
  const vault_ipc::Generation* loose = find_generation(list, alarm.leaf.generation);
  if (loose == nullptr || loose->state >= GenerationState::distrusted) {
    return ForgeryResponse::nothing;
  }
  if (policy == OnForgery::lockdown) return ForgeryResponse::lock;
  // One that was prepared lay where the issuing one lies.
  return loose->state == GenerationState::retiring ? ForgeryResponse::give_up
                                                   : ForgeryResponse::replace;
}

}  // namespace fastness::identity

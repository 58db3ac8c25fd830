#include "identity/detection/attention.h"

namespace fastness::identity {
namespace {

// Of a board that cannot renew: when its generation's boards are let in no more.
std::optional<Timestamp> cut_off_of(const DeviceStanding& device,
                                    const vault_ipc::Generation* generation) {
  if (device.newest->profile != vault_ipc::Profile::board || device.renews_itself) {
    return std::nullopt;
  }
  if (generation == nullptr || !generation->distrusted_at) return std::nullopt;
  return generation->board_cut_off;
}

}  // namespace

std::optional<CertificateAttention> attention_for(const DeviceStanding& device, bool has_secret,
                                                  const vault_ipc::Generation* of_newest,
                                                  Timestamp now) {
  if (device.state != IdentityState::active || has_secret) return std::nullopt;
  if (!device.newest || device.newest->is_revoked) return std::nullopt;
  const Timestamp end = device.newest->not_after;
  const auto cut_off = cut_off_of(device, of_newest);
  if (cut_off && *cut_off <= now + kCutOffSoon && *cut_off < end) {
    return CertificateAttention{
        *cut_off <= now ? AttentionReason::cut_off_is_passed : AttentionReason::cut_off_nears,
        *cut_off};
  }
  if (end > now + kCertificateSoon) return std::nullopt;
  return CertificateAttention{AttentionReason::certificate_ends, end};
}

}  // namespace fastness::identity

// How far the devices have come to the issuing generation.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "identity/admission/admission.h"
#include "identity/authority/rotation.h"

namespace fastness::identity {

// One device as the authority sees it: its newest certificate, if it ever had one.
struct DeviceStanding {
  DeviceId device;
  OrganisationId organisation;
  IdentityState state = IdentityState::active;
  struct Newest {
    vault_ipc::GenerationId generation{0};
    vault_ipc::Profile profile = vault_ipc::Profile::standard;
    Timestamp issued_at{};
    Timestamp not_after{};
    bool is_revoked = false;
  };
  std::optional<Newest> newest;
  bool renews_itself = false;  // it has done so before
};

// Why a device has no certificate of the issuing generation yet.
enum class StragglerReason : std::uint8_t {
  due,          // it has been here since, and has not asked yet
  not_seen,     // it has not been here since
  suspended,    // by its owner
  quarantined,  // it may have been cloned, and gets nothing
  by_hand,      // a board that never renewed by itself: it goes on by the ledger
  shut_out,     // its key was given up, and it never renewed by itself: perhaps it cannot
};
inline constexpr std::array kStragglerReasons = {
    StragglerReason::due,         StragglerReason::not_seen, StragglerReason::suspended,
    StragglerReason::quarantined, StragglerReason::by_hand,  StragglerReason::shut_out};

[[nodiscard]] std::string_view to_text(StragglerReason reason);

// All numbers are of devices. Those that are revoked, or whose newest certificate is, do not count.
struct Progress {
  std::size_t with_certificate = 0;
  std::size_t without_certificate = 0;  // they come in with a secret key, or never did
  std::size_t renewed = 0;              // their certificate is of the issuing generation
  using Stragglers = std::map<StragglerReason, std::size_t>;
  struct OfGeneration {
    std::size_t devices = 0;
    std::size_t boards = 0;  // among them: with a certificate of profile `board`
    Stragglers stragglers;   // among them; of all but the issuing generation
  };
  std::map<vault_ipc::GenerationId, OfGeneration> by_generation;
  Stragglers stragglers;  // of all generations together
  // When the last one that comes by itself will have come, at the rate since the first one came;
  // nothing without a rate or without anybody to wait for. Who is shut out is not waited for.
  std::optional<Timestamp> estimated_end;
};

// When a device was last heard of.
using LastSeen = std::function<std::optional<Timestamp>(const DeviceStanding& device)>;

// `rotation` may be null. Pure.
[[nodiscard]] Progress progress_of(const std::vector<DeviceStanding>& devices,
                                   const std::vector<vault_ipc::Generation>& list,
                                   const Rotation* rotation, const LastSeen& last_seen,
                                   Timestamp now);

// Whether nobody is left to wait for. A routine rotation does not wait for boards, which lose
// nothing; an emergency does until their cut-off. Nor is an expired certificate waited for. Pure.
[[nodiscard]] bool is_complete(const std::vector<DeviceStanding>& devices, const Rotation& rotation,
                               Timestamp now);

// How many devices still come in by certificates of this generation and no newer one. Pure.
[[nodiscard]] std::size_t count_dependants(const std::vector<DeviceStanding>& devices,
                                           const vault_ipc::Generation& generation, Timestamp now);

}  // namespace fastness::identity

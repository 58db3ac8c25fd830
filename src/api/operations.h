// What both REST APIs do in more than one step.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/policy.h"
#include "api/parts.h"
#include "identity/identity.h"
#include "pipeline/ingest.h"
#include "things/devices.h"
#include "things/things.h"

namespace fastness::api {

// Refuses while enrolment is locked, and says why and who ends it: for whatever gives anybody an
// identity, a key or a secret that they did not have.
[[nodiscard]] Result<void, Problem> check_unlocked(const Parts& parts);

// A device in the registry and in identity, or in neither.
[[nodiscard]] Result<things::Device, Problem> create_device(Parts& parts, const Caller& caller,
                                                            things::DeviceDraft draft);

// Softly: it is suspended and hidden until it is restored. By force: its credentials are revoked
// and it is gone.
[[nodiscard]] Result<void, Problem> remove_device(Parts& parts, OrganisationId organisation,
                                                  DeviceId id, things::Removal removal);
[[nodiscard]] Result<void, Problem> restore_device(Parts& parts, OrganisationId organisation,
                                                   DeviceId id);

[[nodiscard]] Result<const things::Device*, Problem> find_device(
    const Parts& parts, OrganisationId organisation, DeviceId id,
    things::Deleted deleted = things::Deleted::hidden);
[[nodiscard]] Result<const things::Thing*, Problem> find_thing(
    const Parts& parts, OrganisationId organisation, ThingId id,
    things::Deleted deleted = things::Deleted::hidden);

// The device or thing that the path names by `parameter`.
[[nodiscard]] Result<const things::Device*, Problem> find_device(
    const Parts& parts, const Call& call, std::string_view parameter,
    things::Deleted deleted = things::Deleted::hidden);
[[nodiscard]] Result<const things::Thing*, Problem> find_thing(
    const Parts& parts, const Call& call, std::string_view parameter,
    things::Deleted deleted = things::Deleted::hidden);

// A certificate for the device that the path names by `parameter`, whose request stood in the field
// `csr_field`.
struct CertificateWish {
  std::string_view parameter;
  vault_ipc::Profile profile;
  std::string csr_pem;
  std::string csr_field;
};
[[nodiscard]] Result<identity::IssuedCertificate, Problem> enrol_device(Parts& parts,
                                                                        const Call& call,
                                                                        CertificateWish wish);

// The same for a device at hand. `field` is what a refusal names: where the request stood.
[[nodiscard]] Result<identity::IssuedCertificate, Problem> enrol_device(
    Parts& parts, const things::Device& device, vault_ipc::Profile profile, std::string request,
    std::string field);

// The same as one of the device's certificates.
[[nodiscard]] identity::CertificateRecord to_record(const identity::IssuedCertificate& issued);

// One value for one property of a thing.
struct ValueWrite {
  PropertyId property;
  Value value;
  std::optional<Timestamp> time;
};

// Checks all values, then gives all or none to the pipeline. `done` hears, on the control thread,
// when they are on disk and are the last values, or the first reason why not.
void submit_values(Parts& parts, OrganisationId organisation, ThingId thing,
                   const std::vector<ValueWrite>& values, pipeline::Direction direction,
                   std::function<void(Result<void, Problem>)> done);

}  // namespace fastness::api

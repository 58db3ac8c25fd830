#include "api/operations.h"

#include <utility>

#include "identity/identity.h"
#include "pipeline/pipeline.h"

namespace fastness::api {
namespace {

using http::Status;

constexpr const char* kDeleted = "deleted";

// A person has to end it, which takes them a while.
constexpr std::chrono::minutes kAskAgainWhenLocked{10};

// As ingest wants it. `not_found` for a property of another thing.
Result<things::Reading, Problem> check_value(const things::ThingView& thing,
                                             const ValueWrite& write, pipeline::Direction direction,
                                             Timestamp now) {
  const things::PropertyView* property = thing.find(write.property);
  if (property == nullptr) return refuse(Status::not_found, {});
  const auto source =
      direction == pipeline::Direction::report ? things::Source::device : things::Source::api;
  auto reading = pipeline::ingest_one(thing, {property->variable_name, write.value, write.time},
                                      source, direction, now);
  if (reading) return std::move(reading).value();
  return refuse(Status::bad_request, std::string(pipeline::explain(reading.error())), "value");
}

Result<std::vector<things::Reading>, Problem> check_values(Parts& parts,
                                                           OrganisationId organisation,
                                                           ThingId thing,
                                                           const std::vector<ValueWrite>& values,
                                                           pipeline::Direction direction) {
  const auto view = parts.things.published().load()->thing(organisation, thing);
  if (!view) return refuse(Status::not_found, {});
  const Timestamp now = parts.clock.now();
  std::vector<things::Reading> readings;
  for (const ValueWrite& each : values) {
    auto reading = check_value(*view, each, direction, now);
    if (!reading) return propagate(std::move(reading));
    readings.push_back(std::move(reading).value());
  }
  return readings;
}

}  // namespace

Result<void, Problem> check_unlocked(const Parts& parts) {
  if (!parts.identity.lockdown()) return {};
  return Unexpected<Problem>{
      {Status::service_unavailable,
       "Nothing new is let in now: a certificate that was never issued here was used, so somebody "
       "may have the key that signs device certificates. Devices that are known go on as before. "
       "Whoever runs this server ends this with fastness ca unlock.",
       {},
       kAskAgainWhenLocked}};
}

Result<things::Device, Problem> create_device(Parts& parts, const Caller& caller,
                                              things::DeviceDraft draft) {
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  FASTNESS_ASSIGN_OR_REFUSE(
      const things::Device device,
      parts.devices.create(caller.organisation, caller.user, std::move(draft)));
  if (const auto added = parts.identity.add_device(caller.organisation, device.id); !added) {
    FASTNESS_REFUSE_IF_ERROR(
        parts.devices.remove(caller.organisation, device.id, things::Removal::forced));
    return refuse(added);
  }
  return device;
}

Result<void, Problem> remove_device(Parts& parts, OrganisationId organisation, DeviceId id,
                                    things::Removal removal) {
  FASTNESS_ASSIGN_OR_REFUSE(const things::Device* device,
                            find_device(parts, organisation, id, things::Deleted::shown));
  if (removal == things::Removal::forced) {
    FASTNESS_REFUSE_IF_ERROR(parts.identity.remove_device(organisation, id));
  } else if (!device->deleted_at) {
    // A revoked device cannot be suspended, and needs not to be.
    const auto suspended = parts.identity.suspend(organisation, id, kDeleted);
    if (!suspended && suspended.error().code != Errc::permission_denied) return refuse(suspended);
  }
  FASTNESS_REFUSE_IF_ERROR(parts.devices.remove(organisation, id, removal));
  return {};
}

Result<void, Problem> restore_device(Parts& parts, OrganisationId organisation, DeviceId id) {
  FASTNESS_REFUSE_IF_ERROR(parts.devices.restore(organisation, id));
  const auto identity = parts.identity.describe(organisation, id);
  // Only what deleting it had done is undone.
  if (identity && identity->state == identity::IdentityState::suspended &&
      identity->reason == kDeleted) {
    FASTNESS_REFUSE_IF_ERROR(parts.identity.resume(organisation, id));
  }
  return {};
}

Result<const things::Device*, Problem> find_device(const Parts& parts, OrganisationId organisation,
                                                   DeviceId id, things::Deleted deleted) {
  const things::Device* device = parts.devices.find(organisation, id, deleted);
  if (device == nullptr) return refuse(Status::not_found, {});
  return device;
}

Result<const things::Thing*, Problem> find_thing(const Parts& parts, OrganisationId organisation,
                                                 ThingId id, things::Deleted deleted) {
  const things::Thing* thing = parts.things.find(organisation, id, deleted);
  if (thing == nullptr) return refuse(Status::not_found, {});
  return thing;
}

Result<const things::Device*, Problem> find_device(const Parts& parts, const Call& call,
                                                   std::string_view parameter,
                                                   things::Deleted deleted) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>(parameter));
  return find_device(parts, call.caller.organisation, id, deleted);
}

Result<const things::Thing*, Problem> find_thing(const Parts& parts, const Call& call,
                                                 std::string_view parameter,
                                                 things::Deleted deleted) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<ThingId>(parameter));
  return find_thing(parts, call.caller.organisation, id, deleted);
}

Result<identity::IssuedCertificate, Problem> enrol_device(Parts& parts, const Call& call,
                                                          CertificateWish wish) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, wish.parameter));
  return enrol_device(parts, *device, wish.profile, std::move(wish.csr_pem),
                      std::move(wish.csr_field));
}

Result<identity::IssuedCertificate, Problem> enrol_device(Parts& parts,
                                                          const things::Device& device,
                                                          vault_ipc::Profile profile,
                                                          std::string request, std::string field) {
  const identity::Enrolment enrolment{
      device.organisation, device.id, profile, std::move(request), {}};
  if (parts.identity.is_locked_out(enrolment)) FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  auto issued = parts.identity.enrol(enrolment);
  if (issued) return std::move(issued).value();
  if (issued.error().code == Errc::invalid_argument) {
    return refuse(Status::bad_request, "must be a PKCS#10 request for a P-256 key",
                  std::move(field));
  }
  if (issued.error().code == Errc::permission_denied) {
    return refuse(
        Status::forbidden,
        "This device is known by another key, or is not active. If its key is lost, make a "
        "new device and give it this one's thing.");
  }
  return refuse(issued);
}

identity::CertificateRecord to_record(const identity::IssuedCertificate& issued) {
  return {issued.certificate.digest(), to_bytes(issued.certificate.der()), issued.entry,
          std::nullopt};
}

void submit_values(Parts& parts, OrganisationId organisation, ThingId thing,
                   const std::vector<ValueWrite>& values, pipeline::Direction direction,
                   std::function<void(Result<void, Problem>)> done) {
  auto readings = check_values(parts, organisation, thing, values, direction);
  if (!readings) return done(propagate(std::move(readings)));
  if (readings->empty()) return done({});
  // The pipeline posts what it has stored before it says so: behind that on the control thread,
  // whoever has the answer reads what it wrote.
  parts.pipeline.submit(std::move(readings).value(), [post = parts.post_to_control,
                                                      done = std::move(done)](Result<void> stored) {
    post([done, stored = std::move(stored)] {
      if (!stored) return done(refuse(stored));
      done({});
    });
  });
}

}  // namespace fastness::api

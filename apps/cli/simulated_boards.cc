#include "simulated_boards.h"

#include <utility>

#include "client/board/greenhouse.h"
#include "json/writer.h"
#include "session.h"

namespace fastness::cli {
namespace {

constexpr const char* kProperty = "value";

}  // namespace

Result<std::string> SimulatedBoards::make_thing(const std::string& name) {
  json::Writer body;
  body.begin_object();
  body.field("name", name);
  body.begin_array("properties");
  body.begin_object();
  body.field("name", kProperty);
  body.field("type", "FLOAT");
  body.field("permission", "read_write");
  body.end_object();
  body.end_array();
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing,
                            api_.send("POST", "/api/v1/things", std::move(body).text()));
  return text_in(thing, "id");
}

Result<std::string> SimulatedBoards::make_device(const std::string& name,
                                                 const std::string& thing) {
  json::Writer body;
  body.begin_object();
  body.field("name", name);
  body.field("type", "mkrwifi1010");
  body.field("thing_id", thing);
  body.end_object();
  FASTNESS_ASSIGN_OR_RETURN(const json::Value device,
                            api_.send("POST", "/api/v1/devices", std::move(body).text()));
  return text_in(device, "id");
}

Result<client::DeviceIdentity> SimulatedBoards::make(const std::string& name,
                                                     const std::string& profile) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string thing, make_thing(name));
  things_.push_back(thing);
  FASTNESS_ASSIGN_OR_RETURN(const std::string device, make_device(name, thing));
  devices_.push_back(device);
  return client::enrol_device(api_, device, crypto::PrivateKey::generate(), profile);
}

void SimulatedBoards::take_away() {
  for (const std::string& id : devices_) {
    static_cast<void>(api_.send("DELETE", "/api/v1/devices/" + id));
  }
  for (const std::string& id : things_) {
    static_cast<void>(api_.send("DELETE", "/api/v1/things/" + id));
  }
  devices_.clear();
  things_.clear();
}

Result<client::Fleet::Member> simulated_member(const BoardServer& server,
                                               const client::DeviceIdentity& identity,
                                               SimulatedPace pace, unsigned seed) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto context,
      client::device_context(server.anchors_pem, identity.certificate_pem, identity.key));
  const std::uint64_t values = pace.values == 0 ? UINT64_MAX : pace.values;
  return client::Fleet::Member{
      {identity.device_id, ""},
      std::move(context),
      std::make_unique<client::WanderingSketch>(
          kProperty, client::WanderingSketch::Pace{pace.interval, values}, seed),
      mqtt::Qos::at_least_once};
}

Result<client::Fleet::Member> renewing_member(const BoardServer& server,
                                              const client::DeviceIdentity& identity,
                                              SimulatedPace pace, unsigned seed,
                                              const Clock& clock) {
  FASTNESS_ASSIGN_OR_RETURN(auto member, simulated_member(server, identity, pace, seed));
  FASTNESS_ASSIGN_OR_RETURN(member.renewal,
                            client::BoardRenewal::create(server.anchors_pem, identity, clock));
  return member;
}

}  // namespace fastness::cli

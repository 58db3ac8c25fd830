#include "api/people/given_things.h"

#include "things/things.h"

namespace fastness::api {

using http::Status;

Result<accounts::ThingRights, Problem> read_given_things(const Parts& parts,
                                                         OrganisationId organisation,
                                                         const std::vector<v1::ThingGrant>& given,
                                                         const std::string& field) {
  accounts::ThingRights rights;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const v1::ThingGrant& each = given[i];
    const std::string path = field + "[" + std::to_string(i) + "].thing_id";
    if (!each.thing_id || parts.things.find(organisation, ThingId(*each.thing_id)) == nullptr) {
      return refuse(Status::bad_request, "names no thing of this organisation", path);
    }
    const auto right = accounts::parse_thing_right(to_text(each.right));
    if (!rights.emplace(ThingId(*each.thing_id), *right).second) {
      return refuse(Status::bad_request, "names a thing that is named before", path);
    }
  }
  return rights;
}

void write_given_things(json::Writer& out, const Parts& parts, OrganisationId organisation,
                        const accounts::ThingRights& rights) {
  out.begin_array("things");
  for (const auto& [thing, right] : rights) {
    const things::Thing* found = parts.things.find(organisation, thing);
    if (found == nullptr) continue;
    out.begin_object();
    out.field("thing_id", thing.value());
    out.field("name", found->said.name);
    out.field("right", to_text(right));
    out.end_object();
  }
  out.end_array();
}

}  // namespace fastness::api

#include "api/access/access_text.h"

namespace fastness::api {
namespace {

std::string who_of(const Access& access) {
  switch (access.who) {
    case Access::Who::anyone:
      return "anyone";
    case Access::Who::person:
      return "person";
    case Access::Who::role:
      return std::string(to_text(access.role));
    case Access::Who::member:
      return std::string(to_text(access.scope));
    case Access::Who::any_key:
      return "any key";
    case Access::Who::staff:
      return "operator";
    case Access::Who::host:
      return "host";
    case Access::Who::device:
      return "device";
    case Access::Who::enroller:
      return std::string(to_text(access.scope)) + " or a claim";
  }
  return {};
}

}  // namespace

std::string to_text(const Access& access) {
  const bool is_of_things = access.of != Access::Of::everything;
  return who_of(access) + (is_of_things ? ", of things" : "") +
         (access.proof == Access::Proof::fresh ? ", proven" : "") +
         (access.early == Access::Early::yes ? ", early" : "") +
         (access.early == Access::Early::adding ? ", adding" : "") +
         (access.weight == Access::Weight::grave ? ", grave" : "");
}

}  // namespace fastness::api

#include "pipeline/refusals.h"

namespace fastness::pipeline {
namespace {

void add(Refusals::Record& record, const Refused& refused) {
  ++record.count;
  record.last_reason = refused.reason;
  record.last_at = refused.at;
}

}  // namespace

void Refusals::note(const std::vector<Refused>& refused) {
  for (const Refused& one : refused) {
    if (one.property) {
      add(properties_[*one.property], one);
      continue;
    }
    UnknownNames& names = unknown_[one.thing];
    if (names.size() < kMaxUnknownNames || names.contains(one.name)) add(names[one.name], one);
  }
}

const Refusals::Record* Refusals::find(PropertyId property) const {
  const auto found = properties_.find(property);
  return found == properties_.end() ? nullptr : &found->second;
}

const Refusals::UnknownNames& Refusals::unknown_names(ThingId thing) const {
  static const UnknownNames none;
  const auto found = unknown_.find(thing);
  return found == unknown_.end() ? none : found->second;
}

}  // namespace fastness::pipeline

#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/ids.h"

namespace fastness::audit {

// What somebody did or tried. Nothing in it may be secret: it is shown to the owner.
struct Event {
  OrganisationId organisation;  // whose owner may read it
  std::string actor;            // "user:<id>", "api_key:<id>", "device:<id>", "host", "anonymous"
  std::string action;           // object and verb: "device.revoke"
  std::string object;           // "device:<id>"
  std::string address;          // where the request came from; empty if from inside
  std::string result;           // "ok", or the code of the error
  std::string request = {};     // the request's id, as X-Request-Id says it; empty if from inside
  std::string session = {};     // names a session without being able to act for it; empty if none
  std::uint64_t count = 1;      // more than once only for accesses, which are added up

  friend bool operator==(const Event&, const Event&) = default;
};

// An event as it is kept. Entries of all organisations are numbered together, from 0 without gaps.
struct Entry {
  std::uint64_t seq;
  Timestamp time;
  Event event;

  friend bool operator==(const Entry&, const Entry&) = default;
};

}  // namespace fastness::audit

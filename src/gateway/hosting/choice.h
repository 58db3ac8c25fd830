#pragma once

#include <string>
#include <vector>

#include "gateway/principal.h"
#include "mqtt/wire/types.h"

namespace fastness::gateway {

// Which member of a shared subscription is to have a message. Made when the message is given to the
// journal and written down with it, so that after a crash no other member gets it too.
struct Choice {
  std::string subscription;  // "$share/GROUP/FILTER"
  SessionKey member;
  mqtt::Qos qos = mqtt::Qos::at_most_once;  // that of the delivery

  friend bool operator==(const Choice&, const Choice&) = default;
};
using Choices = std::vector<Choice>;

}  // namespace fastness::gateway

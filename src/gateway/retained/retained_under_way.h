#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/ids/ids.h"
#include "mqtt/message.h"

namespace fastness::gateway {

// Retained messages that the journal has not yet, and so no store either. Thread-compatible.
class RetainedUnderWay {
 public:
  struct Circumstances {
    bool waits = true;          // for the disk; else it is kept at the end of the turn
    bool is_passed_on = false;  // whoever is subscribed has it already
  };

  void begin(OrganisationId organisation, const mqtt::Message& message, Circumstances how);
  // Precondition: `begin` was called with the same.
  void end(OrganisationId organisation, const mqtt::Message& message, Circumstances how);

  // Whether one of that topic waits for the disk.
  [[nodiscard]] bool waits(OrganisationId organisation, const std::string& topic) const;
  // The number of the latest of that topic that was passed on; zero if there is none.
  [[nodiscard]] std::uint64_t passed_on(OrganisationId organisation,
                                        const std::string& topic) const;
  // The lowest number of all.
  [[nodiscard]] std::optional<std::uint64_t> first() const;

 private:
  struct Topic {
    std::size_t waiting = 0;
    std::set<std::uint64_t> passed_on;  // numbers
  };

  [[nodiscard]] const Topic* find(OrganisationId organisation, const std::string& topic) const;

  std::set<std::uint64_t> numbers_;
  std::map<std::pair<OrganisationId, std::string>, Topic> topics_;
};

}  // namespace fastness::gateway

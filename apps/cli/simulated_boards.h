#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "client/board/fleet.h"
#include "client/enrolment.h"
#include "local_instance.h"

namespace fastness::cli {

// Boards that are programs, each with a thing that has one value, made on a server by its API and
// to be taken away again.
class SimulatedBoards {
 public:
  // `api` must outlive it.
  explicit SimulatedBoards(client::Api& api) : api_(api) {}

  // Makes thing and device and has a key of its own certified for it. `profile` is `standard` or
  // `board`. Errors as Api's; what was made by then is taken away with the rest.
  [[nodiscard]] Result<client::DeviceIdentity> make(const std::string& name,
                                                    const std::string& profile);

  // Deletes all that was made, as far as the server lets it.
  void take_away();

 private:
  [[nodiscard]] Result<std::string> make_thing(const std::string& name);
  [[nodiscard]] Result<std::string> make_device(const std::string& name, const std::string& thing);

  client::Api& api_;
  std::vector<std::string> devices_;
  std::vector<std::string> things_;
};

// How often such a board speaks, and how many times: 0 is without end.
struct SimulatedPace {
  std::chrono::milliseconds interval;
  std::uint64_t values = 0;
};

// Such a board in a fleet, with a value that wanders from `seed` on, at QoS 1.
[[nodiscard]] Result<client::Fleet::Member> simulated_member(const BoardServer& server,
                                                             const client::DeviceIdentity& identity,
                                                             SimulatedPace pace, unsigned seed);

// The same, and it renews its certificate over MQTT whenever the server says so. `clock` must
// outlive it.
[[nodiscard]] Result<client::Fleet::Member> renewing_member(const BoardServer& server,
                                                            const client::DeviceIdentity& identity,
                                                            SimulatedPace pace, unsigned seed,
                                                            const Clock& clock);

}  // namespace fastness::cli

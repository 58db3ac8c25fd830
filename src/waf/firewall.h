#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/inspection.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace fastness::waf {

// What becomes of a request that the rules take for an attack.
enum class OnAttack : std::uint8_t { detect, refuse };

enum class Verdict : std::uint8_t { pass, refuse };

// Rules that are asked about each request, on two threads of its own, since they take a thousand
// times as long as our own checks. Thread-safe.
class Firewall {
 public:
  // Called once, on a thread of the firewall, unless the request is gone by then. `asked` lives for
  // the call.
  using Done = std::function<void(const http::Request& asked, Verdict verdict)>;

  // Reads the rules, which takes a quarter of a second. `invalid_argument` names the file and the
  // line that is wrong. `clock` and `registry` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Firewall>> open(const std::string& rules_file,
                                                              OnAttack on_attack,
                                                              const Clock& clock,
                                                              const telemetry::Log& log,
                                                              telemetry::Registry& registry);

  // Waits for the requests in hand; those that wait are forgotten.
  ~Firewall();
  Firewall(const Firewall&) = delete;
  Firewall& operator=(const Firewall&) = delete;

  // Returns at once. A request that could not be looked at is refused, unless the firewall only
  // detects.
  void ask(std::weak_ptr<const http::Inspected> request, Done done);

 private:
  class Workers;
  explicit Firewall(std::unique_ptr<Workers> workers);

  std::unique_ptr<Workers> workers_;
};

}  // namespace fastness::waf

#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/sign_in/throttle.h"
#include "api/access/cors.h"
#include "api/access/policy.h"
#include "api/parts.h"
#include "audit/access_tally.h"
#include "base/fixed_limits.h"
#include "http/message.h"
#include "http/router.h"

namespace fastness::api {

class Live;

// How the routes at this path spell their errors.
[[nodiscard]] ErrorStyle style_of(std::string_view path);

// Every request under /api/v1, /iot and /admin/v1: finds its row in the policy table, finds out who
// asks, and refuses or runs it. Lives on the control thread.
class Api {
 public:
  explicit Api(Parts parts);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // An http::Handler.
  void handle(http::Request request, http::Responder respond);

  // What watches values and devices; see live.h.
  [[nodiscard]] Live& live() { return *live_; }

  // What accounts::Erasures::Work asks of all domains but accounts: removes everything that is the
  // organisation's. `done` is called once, on the control thread. What is gone already is no error.
  void remove_belongings(OrganisationId organisation, std::function<void(Result<void>)> done);

  // Who read or wrote data, added up.
  [[nodiscard]] audit::AccessTally& accesses() { return accesses_; }

  // The table, for tests and for documentation.
  [[nodiscard]] std::span<const Route> routes() const { return routes_; }

 private:
  // For a path that has rows for `allowed` methods only, or none at all.
  [[nodiscard]] http::Response answer_without_row(const http::Request& request,
                                                  const std::vector<http::Method>& allowed) const;
  // Whether the caller may, and whether that goes on now.
  [[nodiscard]] Result<void, Problem> may_run(const Route& route, const Call& call) const;
  // What is answered, and noted down, of a request that does not reach its handler.
  [[nodiscard]] http::Response refusal(const Route& route, const Call& call,
                                       const Problem& problem);
  void run(const Route& route, std::shared_ptr<Call> call, http::Responder respond);
  [[nodiscard]] static OrganisationId trail_of(const Route& route, const Call& call);
  void record(const Route& route, const Call& call, std::string_view result);
  // What leaves no line of its own is counted: who reads or writes data of an organisation, and how
  // much of it whoever reads is given.
  void tally(const Route& route, const Caller& caller);
  void watch_reads(const Route& route, const Call& call, http::Response& response);
  [[nodiscard]] bool is_too_fast(const Caller& caller);

  Parts parts_;
  Cors cors_;
  audit::AccessTally accesses_;
  std::unique_ptr<Live> live_;
  std::vector<Route> routes_;
  http::Router<const Route*> router_;
  accounts::Throttle requests_{
      fixed_limit("api.key_request_burst"),
      std::chrono::milliseconds(1'000 / fixed_limit("api.key_requests_a_second"))};
};

}  // namespace fastness::api

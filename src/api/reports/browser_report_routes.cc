// /api/v1/browser-reports: a browser tells what a page of ours tried and its policy forbade, which
// is a fault of ours or somebody's attack. It goes to the log, for the owner of the host.
//
// Whoever reports shows nothing, so this must cost little and fill nothing: each network has its
// pace, and so has the log, which says how many reports it left out.
#include <memory>
#include <string>

#include "accounts/sign_in/throttle.h"
#include "api/reports/browser_report.h"
#include "api/routes.h"
#include "base/fixed_limits.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

constexpr std::chrono::seconds kRefillOfNetwork{10};
constexpr std::chrono::minutes kRefillOfLog{1};

class BrowserReports {
 public:
  explicit BrowserReports(Parts& parts) : parts_(parts) {}

  Answer take(const http::Request& request) {
    const SteadyTime now = parts_.clock.steady();
    if (!networks_.take(accounts::network_of(request.peer.address), now)) {
      return refuse(Status::too_many_requests,
                    "Too many reports from this network. Wait ten seconds.");
    }
    const auto report = parse_browser_report(request.body, request.host);
    if (!report) return refuse(Status::bad_request, report.error().message);
    say(*report, now);
    return http::Response::empty(Status::no_content);
  }

 private:
  void say(const BrowserReport& report, SteadyTime now) {
    if (!log_.take("", now)) {
      ++left_out_;
      return;
    }
    parts_.log.warning("browser_refused", {{"directive", report.directive},
                                           {"refused", report.refused},
                                           {"page", report.page},
                                           {"left_out", left_out_}});
    left_out_ = 0;
  }

  Parts& parts_;
  accounts::Throttle networks_{fixed_limit("browser_reports.of_network"), kRefillOfNetwork};
  accounts::Throttle log_{fixed_limit("browser_reports.logged"), kRefillOfLog};
  std::uint64_t left_out_ = 0;  // since the last line
};

}  // namespace

void add_browser_report_routes(RouteList& routes, Parts& parts) {
  const auto reports = std::make_shared<BrowserReports>(parts);
  routes.add(Method::post, "/api/v1/browser-reports", anyone(), "",
             [reports](Call& call) { return reports->take(call.request); });
}

}  // namespace fastness::api

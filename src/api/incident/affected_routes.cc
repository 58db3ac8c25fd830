// /admin/v1/affected: who is concerned by what somebody did, for the person at the host.
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "api/incident/affected_question.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "audit/access_tally.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

// The months whose backups hold what there was between, and until when each can be opened.
void write_backup_months(json::Writer& out, const AffectedQuestion& question, Timestamp now,
                         std::chrono::months kept) {
  if (!question.since) return;
  const auto month_of = [](Timestamp time) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
    return day.year() / day.month();
  };
  const auto last = month_of(std::min(question.until.value_or(now), now));
  out.begin_array("backup_months");
  for (auto month = month_of(*question.since); month <= last; month += std::chrono::months(1)) {
    const auto end = month + kept + std::chrono::months(1);
    out.begin_object();
    out.field("month", Timestamp(std::chrono::sys_days(month / 1)));
    out.field("readable_until", Timestamp(std::chrono::sys_days(end / 1)));
    out.end_object();
  }
  out.end_array();
}

http::Response found_answer(const Parts& parts, const AffectedSearch& search) {
  return v1::object(Status::ok, [&](json::Writer& out) {
    write_members(out, search);
    write_backup_months(out, search.question(), parts.clock.now(), parts.backups_kept);
  });
}

void look_for_affected(const Parts& parts, audit::AccessTally& accesses,
                       const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = v1::read_body<v1::AffectedRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  auto question = question_of(parts, *request);
  if (!question) return reply(propagate(std::move(question)));
  call->object = question->actors.empty() ? "everybody" : *question->actors.begin();
  search_trails(parts, accesses, std::move(question).value(),
                [&parts, reply](const auto& searched) {
                  if (!searched) return reply(refuse(searched));
                  reply(found_answer(parts, **searched));
                });
}

}  // namespace

void add_affected_routes(RouteList& routes, Parts& parts, audit::AccessTally& accesses) {
  routes.add_async(Method::post, "/admin/v1/affected", host_only(), "host.look_for_affected",
                   [&parts, &accesses](const auto& call, const auto& reply) {
                     look_for_affected(parts, accesses, call, reply);
                   });
}

}  // namespace fastness::api

#include "incident/record/deadlines.h"

#include <algorithm>

namespace fastness::incident {
namespace {

using namespace std::chrono_literals;

// The same hour a calendar month on; the month's last day if it has no such day.
Timestamp a_month_after(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date{day};
  const auto hour = time - day;
  date += std::chrono::months(1);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return std::chrono::sys_days{date} + hour;
}

}  // namespace

std::vector<Deadline> deadlines(const Incident& incident) {
  const auto done = [&incident](StepKind duty) { return incident.first(duty); };
  const Timestamp told_by = incident.aware_at + 72h;
  const Timestamp told = std::min(told_by, done(StepKind::notification).value_or(told_by));
  const auto measure = done(StepKind::measure);
  std::vector<Deadline> all{
      {StepKind::early_warning, "early warning", "CRA Art. 14(2)(a), 14(4)(a); NIS 2 Art. 23(4)(a)",
       incident.aware_at + 24h, done(StepKind::early_warning)},
      {StepKind::notification, "notification", "CRA Art. 14(2)(b), 14(4)(b); NIS 2 Art. 23(4)(b)",
       told_by, done(StepKind::notification)},
      {StepKind::data_protection, "personal data: the authority for it", "GDPR Art. 33(1)", told_by,
       done(StepKind::data_protection)},
      {StepKind::final_report, "final report, if a hole was exploited", "CRA Art. 14(2)(c)",
       measure ? std::optional(*measure + 14 * 24h) : std::nullopt, done(StepKind::final_report)},
      {StepKind::final_report, "final report, of an incident",
       "CRA Art. 14(4)(c); NIS 2 Art. 23(4)(d)", a_month_after(told),
       done(StepKind::final_report)}};
  std::ranges::stable_sort(all, [](const Deadline& a, const Deadline& b) {
    return a.due_at.value_or(Timestamp::max()) < b.due_at.value_or(Timestamp::max());
  });
  return all;
}

}  // namespace fastness::incident

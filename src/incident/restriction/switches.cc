#include "incident/restriction/switches.h"

#include <array>
#include <cstddef>

#include "incident/restriction/reason.h"
#include "storage/migrations.h"

namespace fastness::incident {
namespace {

// One row for each order that ever was, for whoever asks later what happened when.
constexpr std::array<storage::Migration, 1> kSwitchMigrations{{
    {1, R"(
CREATE TABLE incident_switch (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  component TEXT NOT NULL,
  is_on INTEGER NOT NULL,
  reason TEXT NOT NULL,
  ordered_at INTEGER NOT NULL
);
CREATE INDEX incident_switch_component ON incident_switch (component, number);
)"},
}};

constexpr std::uint32_t bit_of(Component component) {
  return std::uint32_t{1} << static_cast<std::uint32_t>(component);
}

}  // namespace

Result<std::unique_ptr<Switches>> Switches::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "incident_switches", kSwitchMigrations));
  std::unique_ptr<Switches> switches(new Switches(database));
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database.query<std::string, std::string, Timestamp>(
          "SELECT component, reason, ordered_at FROM incident_switch s WHERE is_on = 0 AND number ="
          " (SELECT MAX(number) FROM incident_switch t WHERE t.component = s.component)")));
  for (const auto& [name, reason, at] : rows) {
    const auto component = parse_component(name);
    if (!component) {
      return fail(Errc::corrupted, "a component is switched off that this version does not know: " +
                                       name + "; start the version that switched it off");
    }
    switches->off_[*component] = {at, reason};
  }
  switches->publish();
  return switches;
}

bool Switches::is_on(Component component) const {
  return (off_bits_.load() & bit_of(component)) == 0;
}

Result<void> Switches::switch_off(Component component, std::string_view reason, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(check_reason(reason, true));
  off_[component] = {at, std::string(reason)};
  publish();
  if (on_order_) on_order_(component, false);
  return write(component, false, reason, at);
}

Result<void> Switches::switch_on(Component component, std::string_view reason, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(check_reason(reason, false));
  FASTNESS_RETURN_IF_ERROR(write(component, true, reason, at));
  off_.erase(component);
  publish();
  if (on_order_) on_order_(component, true);
  return {};
}

Result<void> Switches::write(Component component, bool is_on, std::string_view reason,
                             Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT INTO incident_switch (component, is_on, reason, ordered_at) VALUES (?, ?, ?, ?)",
      to_text(component), is_on, reason, at));
  return {};
}

void Switches::publish() {
  std::uint32_t bits = 0;
  for (const auto& [component, off] : off_) bits |= bit_of(component);
  off_bits_.store(bits);
}

}  // namespace fastness::incident

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "json/writer.h"

namespace fastness::api {

// Whose doings are looked for, and when.
struct AffectedQuestion {
  std::set<std::string> actors;  // as the trail names them; empty: everybody's
  std::vector<OrganisationId> organisations;
  std::optional<Timestamp> since;
  std::optional<Timestamp> until;
};

// Looks through trails for what somebody did, read and wrote, a page at a time, so that the control
// thread has other work between. Lives there.
class AffectedSearch {
 public:
  // One kind of thing that one actor did.
  struct Deed {
    std::uint64_t count = 0;
    std::uint64_t refused = 0;  // of these
    Timestamp first = Timestamp::max();
    Timestamp last{};
  };
  using DeedKey = std::tuple<std::string, std::string>;  // who; "device.enrol"
  // Data are read or written as often as the trail has added up by hour: times are of the hours.
  using AccessKey = std::tuple<std::string, std::string, std::string>;  // who; "history"; "read"
  struct Found {
    std::map<AccessKey, Deed> accesses;
    std::map<DeedKey, Deed> acts;
    std::set<std::string> addresses;
    bool has_more_addresses = false;  // than are kept
  };

  // `trail` must outlive it.
  AffectedSearch(const audit::AuditLog& trail, AffectedQuestion question)
      : trail_(trail), question_(std::move(question)) {}

  // Reads the next page. Whether there is another; errors are the trail's.
  [[nodiscard]] Result<bool> step();

  [[nodiscard]] const AffectedQuestion& question() const { return question_; }
  // Of the organisations in which there was anything.
  [[nodiscard]] const std::map<OrganisationId, Found>& found() const { return found_; }
  [[nodiscard]] std::uint64_t entries_read() const { return entries_read_; }
  // Entries whose keys were erased: nobody knows whose they were.
  [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }

 private:
  void take(OrganisationId organisation, const audit::Entry& entry);
  void take_access(OrganisationId organisation, const audit::Event& event);
  void take_act(OrganisationId organisation, const audit::Entry& entry);
  [[nodiscard]] bool is_asked_for(Timestamp from, Timestamp to) const;

  const audit::AuditLog& trail_;
  AffectedQuestion question_;
  std::map<OrganisationId, Found> found_;
  std::uint64_t entries_read_ = 0;
  std::uint64_t unreadable_ = 0;
  std::optional<std::uint64_t> first_;  // entries before this are too old
  std::size_t at_ = 0;                  // of the organisations
  std::optional<std::uint64_t> next_;   // of its entries; nothing before the first
};

// What was found, as members of an object that is begun.
void write_members(json::Writer& out, const AffectedSearch& search);

}  // namespace fastness::api

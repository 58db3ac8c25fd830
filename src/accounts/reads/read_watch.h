#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/reads/reading_habit.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

class NewsBook;

// Who reads an organisation's data: a person in their sessions, or an API key of theirs.
struct Reader {
  OrganisationId organisation;  // whose data
  UserId user;                  // the person, or who made the key
  std::string client_id = {};   // of the key; empty in a session

  [[nodiscard]] std::string actor() const;  // "api_key:fk…" or "user:…", as the audit trail has it
};

// Somebody was given far more data within an hour than they ever are.
struct ReadAlarm {
  Reader reader;
  std::string address;    // which asked for what was too much
  std::uint64_t bytes;    // in this hour, until now
  std::uint64_t allowed;  // what it may have without being an alarm
};

// Watches how much is read by whom, and tells their person of far more than is usual: see
// ReadingHabit for the rule. What an hour had is on the disk when the hour is over; the running one
// is lost if the process dies. Memory is bounded: who is not in it is looked up. Lives on the
// control thread.
class ReadWatch {
 public:
  static constexpr std::size_t kMostInMemory = fixed_limit("reads.readers_in_memory");

  // Brings the table up to date. Those of AccountsStore must be there.
  [[nodiscard]] static Result<void> prepare(storage::Database& database);

  // All must outlive this, and the table be up to date.
  ReadWatch(storage::Database& database, NewsBook& news, const Clock& clock)
      : database_(database), news_(news), clock_(clock) {}
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;
  ~ReadWatch() = default;

  using OnAlarm = std::function<void(const ReadAlarm&)>;
  void on_alarm(OnAlarm callback) { listeners_.push_back(std::move(callback)); }

  // Somebody was given so many bytes of data. It fails for nobody: what cannot be written is
  // counted in memory, and whoever cannot be looked up begins anew.
  void note(const Reader& reader, std::uint64_t bytes, std::string_view address);

  // At least each minute: writes what hours had that are over.
  [[nodiscard]] Result<void> tick();
  // Before the process ends: the running hour too.
  [[nodiscard]] Result<void> write_all();
  // Lets go of keys that are gone, and of who has read nothing for so long that all is forgotten.
  // Every hour or so.
  [[nodiscard]] Result<void> forget_old();

  [[nodiscard]] std::size_t in_memory() const { return entries_.size(); }

 private:
  struct Entry {
    Reader reader;
    ReadingHabit habit;
    bool is_written = false;
  };

  [[nodiscard]] Entry& entry_of(const Reader& reader);
  [[nodiscard]] Result<std::optional<ReadingHabit>> stored(const Reader& reader);
  [[nodiscard]] Result<void> write(const Entry& entry);
  // What hours before this one had.
  [[nodiscard]] Result<void> write_before(Timestamp hour);
  [[nodiscard]] Result<void> write_news(Entry& entry, std::string_view address);

  storage::Database& database_;
  NewsBook& news_;
  const Clock& clock_;
  std::unordered_map<std::string, Entry> entries_;
  std::vector<OnAlarm> listeners_;
};

}  // namespace fastness::accounts

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::identity {

// What people are told of wherever they are. The numbers are stored.
enum class AlarmKind : std::uint8_t {
  forgery = 0,         // a key of ours signed what we never issued: of a generation
  second_renewal = 1,  // two renewed one certificate: of a device
  clone = 2,           // one identity is in two places: of a device
  backup_failed = 3,   // none was made by schedule: of a streak
  backup_well = 4,     // one was made again: of the streak that ended
};

// What an alarm about a generation is filed under: it is everybody's.
[[nodiscard]] inline OrganisationId nobodys() {
  return OrganisationId(Uuid(Uuid::Bytes{}));
}
// What an alarm is filed under that is for whoever runs this server, and for no organisation.
[[nodiscard]] inline OrganisationId the_hosts() {
  Uuid::Bytes bytes{};
  bytes.fill(0xff);
  return OrganisationId(Uuid(bytes));
}

// What the server did by itself about it, besides what it always does. The numbers are stored.
enum class AlarmResponse : std::uint8_t { none = 0, rotated = 1, locked = 2, quarantined = 3 };

struct Alarm {
  AlarmKind kind;
  OrganisationId organisation = nobodys();  // whose device
  std::string subject;                      // a generation's number, a device's id, or a streak
  AlarmResponse response = AlarmResponse::none;
};

// One that was seen, and is to be told.
struct NotedAlarm {
  std::int64_t number;
  Alarm alarm;
  Timestamp first{};
  Timestamp last{};
  std::uint64_t count = 0;
};

// Whom a message goes to. Its name is kept for good: by it the book knows who was told of what.
struct AlarmChannel {
  // Somebody who is told of the devices of one organisation, and of what concerns everybody's, as
  // far as it was seen since that time.
  struct Part {
    OrganisationId organisation;
    Timestamp since;
  };

  std::string name;
  std::optional<Part> part = {};  // without it: all there is
};

// The alarms that people are told of, and who was told of which. On the disk first, so that neither
// a restart nor a mail server that is away loses one. One kind about one subject is one alarm, and
// one message to each channel, until it was quiet for kQuiet: what is seen after that is another.
// Lives on the database's executor, which must outlive it.
class AlarmBook {
 public:
  static constexpr std::chrono::hours kQuiet{24};
  // What was not seen again, told or not, is forgotten after that.
  static constexpr std::chrono::hours kRemembered{24 * 30};

  [[nodiscard]] static Result<AlarmBook> open(storage::Database& database);

  [[nodiscard]] Result<void> note(const Alarm& alarm, Timestamp now);

  // What a channel was not told yet, oldest first, at most `limit`.
  [[nodiscard]] Result<std::vector<NotedAlarm>> pending(const AlarmChannel& channel,
                                                        std::int64_t limit);
  // How many messages a channel got since.
  [[nodiscard]] Result<std::int64_t> messages_since(std::string_view channel, Timestamp since);
  // One message told a channel of these.
  [[nodiscard]] Result<void> mark_told(std::string_view channel,
                                       const std::vector<NotedAlarm>& alarms, Timestamp now);

  // Grows with every alarm that was noted: whoever saw nothing pending looks again only then.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  explicit AlarmBook(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the book can be moved; outlives it
  std::uint64_t version_ = 1;
};

}  // namespace fastness::identity

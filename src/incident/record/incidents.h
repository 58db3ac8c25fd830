#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "incident/record/incident.h"
#include "storage/database.h"

namespace fastness::incident {

// The record of what went wrong on this instance, for those who are asked later: one incident is
// open at a time, and nothing of the record is ever changed or removed: of a statement that is
// published each version stays. Lives on the database's executor.
class Incidents {
 public:
  static constexpr std::size_t kMaxLine = 500;  // a reason, a name or what was done, in bytes
  static constexpr std::size_t kMaxStatement = 8'000;  // the same of a statement

  struct Opening {
    std::string reason;
    std::string opened_by;
    std::optional<Timestamp> aware_at;  // if that was before now
  };

  // `database` must outlive the object.
  [[nodiscard]] static Result<std::unique_ptr<Incidents>> open(storage::Database& database);
  Incidents(const Incidents&) = delete;
  Incidents& operator=(const Incidents&) = delete;
  ~Incidents() = default;

  // What `begin` asks of its words. `invalid_argument` if a reason is missing or a text is too long
  // or has control characters, or if somebody is to have known of it after now.
  [[nodiscard]] static Result<void> check(const Opening& opening, Timestamp now);
  // Errors as `check`, and `already_exists` while one is open.
  [[nodiscard]] Result<Incident> begin(const Opening& opening, Timestamp now);

  // Writes down what was done about the one that is open. `not_found` if none is;
  // `invalid_argument` for a text as above, and for a note that says nothing.
  [[nodiscard]] Result<Incident> note(StepKind kind, std::string_view text, Timestamp at);

  // Ends the one that is open. `not_found` if none is; `invalid_argument` unless the statement says
  // something, in at most kMaxStatement bytes without other control characters than newlines.
  [[nodiscard]] Result<Incident> close(const std::string& statement, Timestamp at);

  // What everybody reads of one that is closed.
  struct Statement {
    std::int64_t incident = 0;
    Timestamp closed_at;
    Timestamp published_at;
    std::optional<Timestamp> changed_at;  // if it says something else since
    std::string text;

    friend bool operator==(const Statement&, const Statement&) = default;
  };
  static constexpr std::size_t kShownAtOnce = 10;  // shown at once; the newest stay

  // Publishes the statement of incident `number`, or of the newest that is closed: `text`, or what
  // it was closed with if that is empty. What was published before gives way to it. `not_found` if
  // there is no such incident or it is open; `invalid_argument` for what `close` refuses, for a
  // blank that a draft has left, and for characters that turn the direction of a line.
  [[nodiscard]] Result<Incident> publish(std::optional<std::int64_t> number,
                                         const std::string& text, Timestamp at);
  // Takes it back. What was said and when stays in the record. `not_found` if nothing is published.
  [[nodiscard]] Result<Incident> withdraw(std::optional<std::int64_t> number, Timestamp at);
  // What is published, the newest incident first. In memory: anybody may ask, as often as they
  // like.
  [[nodiscard]] const std::vector<Statement>& published() const { return published_; }
  // Whether that is a statement, and could be published. Errors as `publish`.
  [[nodiscard]] static Result<void> check_to_publish(const std::string& text);

  // The one that is open.
  [[nodiscard]] Result<std::optional<Incident>> current() const;
  // The newest first; at most `limit`.
  [[nodiscard]] Result<std::vector<Incident>> list(std::size_t limit) const;

 private:
  explicit Incidents(storage::Database& database) : database_(database) {}

  [[nodiscard]] Result<Incident> needed() const;
  [[nodiscard]] Result<std::vector<Step>> steps_of(std::int64_t number) const;
  [[nodiscard]] Result<Incident> closed(std::optional<std::int64_t> number) const;
  [[nodiscard]] Result<void> say(std::int64_t number, const std::string& text, Timestamp at);
  [[nodiscard]] Result<void> load_published();

  storage::Database& database_;
  std::vector<Statement> published_;
};

}  // namespace fastness::incident

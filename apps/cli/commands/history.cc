// fastness history export.
#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "commands.h"
#include "json/time_text.h"
#include "os/files/descriptor.h"
#include "os/terminal.h"

namespace fastness::cli {
namespace {

struct HistoryOptions {
  std::string thing;
  std::string property;
  std::string from;
  std::string to;
  std::string file;
};

struct Range {
  Timestamp from;
  Timestamp to;
};

Result<Timestamp> time_of(const char* option, const std::string& typed) {
  auto time = json::parse_time(typed);
  if (time) return time;
  return fail(Errc::invalid_argument, std::string(option) + ": \"" + typed +
                                          "\" is no time; write it as 2026-11-01T00:00:00Z");
}

Result<Range> range_of(const HistoryOptions& options, const Clock& clock) {
  Range range{clock.now() - std::chrono::hours(24), clock.now()};
  if (!options.to.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(range.to, time_of("--to", options.to));
    range.from = range.to - std::chrono::hours(24);
  }
  if (!options.from.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(range.from, time_of("--from", options.from));
  }
  if (range.from >= range.to) return fail(Errc::invalid_argument, "--from must be before --to");
  return range;
}

// How far an export is, by the time of its newest row. Only where somebody can see it.
class Progress {
 public:
  explicit Progress(Range range) : range_(range), is_shown_(os::is_terminal(STDERR_FILENO)) {}
  ~Progress() {
    if (is_shown_) std::fputs("\r\033[K", stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void saw(std::string_view piece) {
    rows_ += static_cast<std::size_t>(std::ranges::count(piece, '\n'));
    if (!is_shown_) return;
    const std::size_t line = piece.substr(0, piece.rfind('\n')).rfind('\n');
    if (line == std::string_view::npos) return;
    const std::string_view row = piece.substr(line + 1);
    const auto time = json::parse_time(row.substr(0, row.find(',')));
    if (time) draw(*time);
  }

 private:
  void draw(Timestamp time) const {
    const double whole = std::chrono::duration<double>(range_.to - range_.from).count();
    const double done = std::chrono::duration<double>(time - range_.from).count();
    const double share = std::clamp(done / whole, 0.0, 1.0);
    const std::size_t room =
        std::clamp<std::size_t>(os::terminal_width(STDERR_FILENO), 30, 100) - 28;
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(room));
    std::fprintf(stderr, "\r[%s%s] %3.0f %% %zu rows", std::string(filled, '#').c_str(),
                 std::string(room - filled, '.').c_str(), share * 100, rows_);
  }

  Range range_;
  bool is_shown_;
  std::size_t rows_ = 0;
};

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdout) static_cast<void>(std::fclose(file));  // it was flushed, or has failed
  }
};

Result<ExitStatus> export_history(const Session& session, const HistoryOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const Range range, range_of(options, session.clock));
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value thing,
                            find_by_name(api, "/api/v1/things", "things", options.thing));
  const json::Value* list = thing.find("properties");
  const auto* properties = list != nullptr ? list->get<json::Array>() : nullptr;
  if (properties == nullptr) return fail(Errc::corrupted, "the server gave no properties");
  FASTNESS_ASSIGN_OR_RETURN(const json::Value property,
                            find_in(*properties, "property", options.property));

  const std::unique_ptr<std::FILE, Close> out(
      options.file.empty() ? stdout : std::fopen(options.file.c_str(), "we"));
  if (!out) return os::fail_with_errno("cannot write " + options.file);
  Progress progress(range);
  bool is_written = true;
  FASTNESS_RETURN_IF_ERROR(api.download(
      "/api/v1/properties/" + text_in(property, "id") +
          "/history.csv?from=" + client::percent_encode(json::to_time_text(range.from)) +
          "&to=" + client::percent_encode(json::to_time_text(range.to)),
      [&](std::string_view piece) {
        is_written =
            is_written && std::fwrite(piece.data(), 1, piece.size(), out.get()) == piece.size();
        progress.saw(piece);
      }));
  if (!is_written || std::fflush(out.get()) != 0) return os::fail_with_errno("cannot write");
  return ExitStatus::success;
}

}  // namespace

void add_history_commands(CLI::App& app, Session& session, Action& action) {
  auto* history = app.add_subcommand("history", "what values were");
  history->require_subcommand(1);
  auto* command = history->add_subcommand("export", "raw values as CSV: time,value");
  auto options =
      std::make_shared<HistoryOptions>();  // shared with the callback, which CLI11 copies
  command->add_option("thing", options->thing, "name or id")->required();
  command->add_option("property", options->property, "name, variable or id")->required();
  command->add_option("--from", options->from, "RFC 3339; a day before --to if left out")
      ->type_name("TIME");
  command->add_option("--to", options->to, "RFC 3339, not included; now if left out")
      ->type_name("TIME");
  command->add_option("-f,--file", options->file, "write here, not to standard output")
      ->type_name("FILE");
  set_examples(*command,
               {"fastness history export Greenhouse soil > soil.csv",
                "fastness history export Greenhouse soil --from 2026-11-01T00:00:00Z -f soil.csv"});
  command->callback([&session, &action, options] {
    action = [&session, options] { return export_history(session, *options); };
  });
}

}  // namespace fastness::cli

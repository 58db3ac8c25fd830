// fastness audit tail, export, verify: the audit trail read, carried off, and checked by anybody.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "acts.h"
#include "client/audit/audit_export.h"
#include "client/audit/audit_tail.h"
#include "commands.h"
#include "json/time_text.h"
#include "json/writer.h"
#include "os/files/descriptor.h"
#include "os/process.h"
#include "os/terminal.h"

namespace fastness::cli {
namespace {

struct AuditOptions {
  bool follow = false;
  std::size_t lines = 50;
  std::string actor;
  std::string event;
  std::string result;
  std::string since_time;
  std::string file;
  std::string key;
  std::string older;  // export --since, verify --against
};

constexpr client::Column kEntryColumns[] = {
    {"TIME", "time"},     {"ACTOR", "actor"},  {"EVENT", "action"}, {"OBJECT", "object"},
    {"RESULT", "result"}, {"FROM", "address"}, {"COUNT", "count"},  {"REQUEST", "request_id"}};

// -- tail ---------------------------------------------------------------------------------------

Result<client::AuditFilter> filter_of(const AuditOptions& options) {
  client::AuditFilter filter{options.actor, options.event, options.result, std::nullopt};
  if (options.since_time.empty()) return filter;
  const auto time = json::parse_time(options.since_time);
  if (!time) {
    return fail(Errc::invalid_argument, "--since: \"" + options.since_time +
                                            "\" is no time; write it as 2026-11-01T00:00:00Z");
  }
  filter.since = *time;
  return filter;
}

// One line each, as they come; JSON is one object a line, for programs.
void print_as_they_come(const Session& session, const json::Array& entries) {
  for (const json::Value& entry : entries) {
    if (session.format == client::OutputFormat::json) {
      std::printf("%s\n", json::to_text(entry).c_str());
      continue;
    }
    std::string line;
    for (const client::Column& column : kEntryColumns) {
      const json::Value* value = client::find_path(entry, column.path);
      line += (line.empty() ? "" : "  ") + (value != nullptr ? client::one_line(*value) : "-");
    }
    std::printf("%s\n", line.c_str());
  }
}

Result<ExitStatus> follow_tail(const Session& session, client::AuditTail& tail,
                               json::Array newest) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals, os::Signals::block({SIGINT, SIGTERM}));
  constexpr int kTurnsBetween = 8;
  constexpr std::chrono::milliseconds kTurn{250};
  std::reverse(newest.begin(), newest.end());
  print_as_they_come(session, newest);
  for (int turn = 1; !signals.next(); ++turn) {
    if (std::fflush(stdout) != 0) break;  // main says so
    std::this_thread::sleep_for(kTurn);
    if (turn % kTurnsBetween != 0) continue;
    const auto more = tail.next();
    // A server that is started again is waited for.
    if (!more && more.error().code == Errc::unavailable) continue;
    if (!more) return Unexpected<Error>{more.error()};
    print_as_they_come(session, *more);
  }
  return ExitStatus::success;
}

Result<ExitStatus> show_tail(const Session& session, const AuditOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::AuditFilter filter, filter_of(options));
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  client::AuditTail tail([&api](const std::string& target) { return api.get(target); },
                         std::move(filter));
  FASTNESS_ASSIGN_OR_RETURN(json::Array newest, tail.last(options.lines));
  if (options.follow) return follow_tail(session, tail, std::move(newest));
  session.print(json::Value(std::move(newest)), kEntryColumns);
  return ExitStatus::success;
}

// -- export -------------------------------------------------------------------------------------

Result<std::string> first_line_of(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return fail(Errc::not_found, file + " cannot be read, or is empty");
  }
  return line;
}

Error about_export(const std::string& file, Error error) {
  error.message = file + ": " + error.message;
  return error;
}

// An older export's checkpoint, if the key signed it.
Result<std::optional<ledger::Checkpoint>> older_of(const AuditOptions& options,
                                                   const ledger::VerifierKey& key) {
  if (options.older.empty()) return std::optional<ledger::Checkpoint>();
  FASTNESS_ASSIGN_OR_RETURN(const std::string line, first_line_of(options.older));
  auto checkpoint = client::checkpoint_of_audit_export(line, key);
  if (!checkpoint) return Unexpected<Error>{about_export(options.older, checkpoint.error())};
  return std::optional(std::move(checkpoint).value());
}

// What stands in the file while it is not whole, and what is known of it.
class Export {
 public:
  Export(client::Api& api, std::string file) : api_(api), file_(std::move(file)) {}

  Result<client::VerifiedAuditExport> run(const AuditOptions& options) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value head, api_.get("/api/v1/audit/checkpoint"));
    FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key,
                              ledger::VerifierKey::parse(text_in(head, "key")));
    FASTNESS_ASSIGN_OR_RETURN(const auto older, older_of(options, key));
    verifier_.emplace(key, older);
    FASTNESS_ASSIGN_OR_RETURN(const bool resumes, resume(key, older));
    if (!resumes) FASTNESS_RETURN_IF_ERROR(client::write_private_file(partial(), ""));
    out_.open(partial(), std::ios::app);
    if (!out_) return os::fail_with_errno("cannot write " + partial());
    if (!resumes) FASTNESS_RETURN_IF_ERROR(write_header(head, older));
    FASTNESS_RETURN_IF_ERROR(write_entries());
    FASTNESS_RETURN_IF_ERROR(
        write("{\"entries\":" + std::to_string(verifier_->so_far().entries) + "}"));
    out_.flush();
    std::error_code error;
    if (out_) std::filesystem::rename(partial(), file_, error);
    if (!out_ || error) return os::fail_with_errno("cannot write " + file_);
    return verifier_->finish();
  }

 private:
  [[nodiscard]] std::string partial() const { return file_ + ".partial"; }

  // What an interrupted export left: everything up to its last whole line, if that holds.
  Result<bool> resume(const ledger::VerifierKey& key,
                      const std::optional<ledger::Checkpoint>& older) {
    std::ifstream in(partial());
    std::uint64_t whole = 0;
    std::string line;
    while (in && std::getline(in, line) && !in.eof()) {  // at the end: no newline follows it
      if (const auto taken = verifier_->take(line); !taken) {
        return Unexpected<Error>{
            about_export(partial() + ", of an earlier run; remove it", taken.error())};
      }
      whole += line.size() + 1;
    }
    if (whole == 0 || verifier_->is_whole()) {
      verifier_.emplace(key, older);
      return false;
    }
    std::error_code error;
    std::filesystem::resize_file(partial(), whole, error);
    if (error) return fail(Errc::unavailable, "cannot write " + partial());
    return true;
  }

  // Nothing is trusted because it came: a file that does not hold would be found out too late.
  Result<void> write(const std::string& line) {
    FASTNESS_RETURN_IF_ERROR(verifier_->take(line));
    out_ << line << '\n';
    if (!out_) return os::fail_with_errno("cannot write " + partial());
    return {};
  }

  Result<void> write_header(const json::Value& head,
                            const std::optional<ledger::Checkpoint>& older) {
    const json::Value* size = head.find("size");
    const auto* entries = size != nullptr ? size->get<std::int64_t>() : nullptr;
    if (entries == nullptr) return fail(Errc::corrupted, "the server gave no size");
    const std::uint64_t from = older ? older->size : 0;
    json::Writer out;
    out.begin_object();
    out.field("format", "fastness-audit-export-v1");
    out.field("key", text_in(head, "key"));
    out.field("organisation", text_in(head, "organisation"));
    out.field("from", from);
    out.field("size", *entries);
    out.field("checkpoint", text_in(head, "checkpoint"));
    if (from > 0 && static_cast<std::int64_t>(from) < *entries) {
      FASTNESS_ASSIGN_OR_RETURN(const json::Value proof,
                                api_.get("/api/v1/audit/consistency?from=" + std::to_string(from) +
                                         "&to=" + std::to_string(*entries)));
      const json::Value* hashes = proof.find("hashes");
      if (hashes != nullptr) out.field("consistency", *hashes);
    }
    out.end_object();
    return write(std::move(out).text());
  }

  Result<void> write_entries() {
    const std::string size = std::to_string(verifier_->so_far().checkpoint.size);
    for (;;) {
      FASTNESS_ASSIGN_OR_RETURN(const json::Value page,
                                api_.get("/api/v1/audit/proofs?size=" + size +
                                         "&from=" + std::to_string(verifier_->next_index())));
      const json::Value* list = page.find("entries");
      const auto* entries = list != nullptr ? list->get<json::Array>() : nullptr;
      if (entries == nullptr) return fail(Errc::corrupted, "the server gave no entries");
      for (const json::Value& entry : *entries) {
        FASTNESS_RETURN_IF_ERROR(write(json::to_text(entry)));
      }
      show_progress();
      if (entries->empty() || page.find("next") == nullptr) return {};
    }
  }

  // By the place in the trail; only where somebody can see it.
  void show_progress() const {
    if (!os::is_terminal(STDERR_FILENO)) return;
    const auto& found = verifier_->so_far();
    const double whole = std::max(1.0, static_cast<double>(found.checkpoint.size - found.from));
    const double share = static_cast<double>(verifier_->next_index() - found.from) / whole;
    const std::size_t room =
        std::clamp<std::size_t>(os::terminal_width(STDERR_FILENO), 30, 100) - 28;
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(room));
    std::fprintf(stderr, "\r[%s%s] %3.0f %% %llu entries", std::string(filled, '#').c_str(),
                 std::string(room - filled, '.').c_str(), share * 100,
                 static_cast<unsigned long long>(found.entries));
  }

  client::Api& api_;
  std::string file_;
  std::optional<client::AuditExportVerifier> verifier_;
  std::ofstream out_;
};

constexpr client::Column kExportColumns[] = {{"organisation", "organisation"},
                                             {"log", "log"},
                                             {"entries", "entries"},
                                             {"from entry", "from"},
                                             {"entries in all", "tree_size"},
                                             {"root", "root"},
                                             {"first", "first"},
                                             {"last", "last"},
                                             {"not bound to what they say", "unproven"},
                                             {"erased", "erased"},
                                             {"continues the older", "continues_older"}};

json::Value summary_of(const client::VerifiedAuditExport& found) {
  const auto number = [](std::uint64_t value) {
    return json::Value(static_cast<std::int64_t>(value));
  };
  json::Object shown{{"organisation", json::Value(found.organisation.value().to_text())},
                     {"log", json::Value(found.checkpoint.origin)},
                     {"entries", number(found.entries)},
                     {"from", number(found.from)},
                     {"tree_size", number(found.checkpoint.size)},
                     {"root", json::Value(to_base64(found.checkpoint.root))}};
  if (found.first) shown.emplace_back("first", json::Value(json::to_time_text(*found.first)));
  if (found.last) shown.emplace_back("last", json::Value(json::to_time_text(*found.last)));
  shown.emplace_back("unproven", number(found.unproven));
  shown.emplace_back("erased", number(found.erased));
  shown.emplace_back("continues_older", json::Value(found.continues_older));
  return json::Value(std::move(shown));
}

Result<ExitStatus> export_trail(const Session& session, const AuditOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  const auto found = Export(api, options.file).run(options);
  if (os::is_terminal(STDERR_FILENO)) std::fputs("\r\033[K", stderr);
  if (!found) return Unexpected<Error>{found.error()};
  session.print(summary_of(*found), kExportColumns);
  return ExitStatus::success;
}

// -- verify and key -----------------------------------------------------------------------------

// The one that was given; else the one that the file names, which shows that the file is whole and
// not whose it is.
Result<ledger::VerifierKey> key_of(const AuditOptions& options) {
  if (!options.key.empty()) return ledger::VerifierKey::parse(options.key);
  FASTNESS_ASSIGN_OR_RETURN(const std::string line, first_line_of(options.file));
  const auto header = json::parse(line);
  auto key = ledger::VerifierKey::parse(header ? text_in(*header, "key") : "");
  if (!key) return fail(Errc::invalid_argument, options.file + " is no export of an audit trail");
  std::fputs(
      "fastness: without --key this shows only that nobody changed the file since it was "
      "signed with the key that it names\n",
      stderr);
  return key;
}

Result<ExitStatus> verify_export(const Session& session, const AuditOptions& options) {
  FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key, key_of(options));
  FASTNESS_ASSIGN_OR_RETURN(const auto older, older_of(options, key));
  std::ifstream in(options.file);
  if (!in) return fail(Errc::not_found, options.file + " cannot be read");
  client::AuditExportVerifier verifier(key, older);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (const auto taken = verifier.take(line); !taken) {
      return Unexpected<Error>{
          about_export(options.file + ", line " + std::to_string(number), taken.error())};
    }
  }
  const auto found = verifier.finish();
  if (!found) return Unexpected<Error>{about_export(options.file, found.error())};
  if (session.format == client::OutputFormat::table) {
    std::printf("It holds: every entry is in the trail that %s signs.\n", key.name.c_str());
    if (found->continues_older) {
      std::printf("Nothing was taken back or changed since %s.\n", options.older.c_str());
    }
    std::printf("\n");
  }
  session.print(summary_of(*found), kExportColumns);
  return ExitStatus::success;
}

Result<ExitStatus> show_audit_key(const Session& session, const AuditOptions& /*options*/) {
  FASTNESS_ASSIGN_OR_RETURN(client::Api api, session.api());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value head, api.get("/api/v1/audit/checkpoint"));
  FASTNESS_ASSIGN_OR_RETURN(const ledger::VerifierKey key,
                            ledger::VerifierKey::parse(text_in(head, "key")));
  std::printf("%s\n", key.to_text().c_str());
  return ExitStatus::success;
}

using AuditActs = Acts<AuditOptions>;

void add_tail(const AuditActs& acts, CLI::App* noun, AuditOptions& options) {
  auto* tail = acts.add(noun, "tail", "the newest of the trail, and what comes next", show_tail);
  tail->add_flag("-f,--follow", options.follow, "go on, oldest first, until Ctrl-C");
  tail->add_option("-n,--lines", options.lines, "how many of the newest")->type_name("COUNT");
  tail->add_option("--actor", options.actor, "only of this one, user:…; * at the end for any")
      ->type_name("WHO");
  tail->add_option("--event", options.event, "only this event, device.revoke or device.*")
      ->type_name("EVENT");
  tail->add_option("--result", options.result, "only with this result, ok or forbidden")
      ->type_name("RESULT");
  tail->add_option("--since", options.since_time, "none before this time, RFC 3339")
      ->type_name("TIME");
  set_examples(*tail,
               {"fastness audit tail", "fastness audit tail -f --event 'device.*'",
                "fastness audit tail --result forbidden --since 2026-11-01T00:00:00Z -o json"},
               "The API key needs the scope audit:read.");
}

void add_export(const AuditActs& acts, CLI::App* noun, AuditOptions& options) {
  auto* command = acts.add(noun, "export",
                           "all entries with their proofs, for whoever shall check "
                           "them",
                           export_trail);
  command->add_option("file", options.file, "where to; an interrupted export is taken up")
      ->required()
      ->type_name("FILE");
  command->add_option("--since", options.older, "only what was added since this older export")
      ->type_name("EXPORT");
  set_examples(*command,
               {"fastness audit export november.ndjson",
                "fastness audit export december.ndjson --since november.ndjson"},
               "The API key needs the scope audit:read. The newest minute is not in it: it is not "
               "signed yet.");
}

void add_verify_export(const AuditActs& acts, CLI::App* noun, AuditOptions& options) {
  auto* command = acts.add(noun, "verify", "check an export; asks no server", verify_export);
  command->add_option("file", options.file, "what `fastness audit export` wrote")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--key", options.key, "whose signature counts, as `fastness audit key` prints")
      ->type_name("VKEY");
  command->add_option("--against", options.older, "an older export, which this one must continue")
      ->type_name("EXPORT");
  set_examples(*command,
               {"fastness audit verify november.ndjson --key fastness/…/audit+…",
                "fastness audit verify december.ndjson --key … --against november.ndjson -o json"},
               "Get the key from the owner by another way than the file.");
}

}  // namespace

void add_audit_commands(CLI::App& app, Session& session, Action& action) {
  auto* noun = app.add_subcommand("audit", "what was done, provably, and how secure you are");
  noun->require_subcommand(1);
  set_examples(*noun, {"fastness audit tail -f", "fastness audit export november.ndjson",
                       "fastness audit checks --failed"});
  add_checks_command(*noun, session, action);
  const AuditActs acts{session, action, std::make_shared<AuditOptions>()};
  AuditOptions& options = *acts.options;
  add_tail(acts, noun, options);
  add_export(acts, noun, options);
  add_verify_export(acts, noun, options);
  auto* key = acts.add(noun, "key", "whose signature exports carry, for whoever shall check them",
                       show_audit_key);
  set_examples(*key, {"fastness audit key"});
}

}  // namespace fastness::cli

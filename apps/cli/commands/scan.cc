// fastness scan: secrets of ours where they do not belong, found before somebody else finds them.
#include <cerrno>
#include <cstdio>
#include <set>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "../scan/git.h"
#include "base/fixed_limits.h"
#include "client/scan/text_scan.h"
#include "commands.h"
#include "os/files/descriptor.h"

namespace fastness::cli {
namespace {

constexpr client::Column kFindingColumns[] = {
    {"FILE", "file"}, {"LINE", "line"}, {"SECRET", "kind"}, {"BEGINS", "begins"}};

constexpr std::size_t kKeysOfReport = fixed_limit("leaks.keys");

constexpr std::string_view kHook =
    "#!/bin/sh\n"
    "# Refuses a commit that holds secrets of Fastness. Written by fastness scan --install-hook.\n"
    "exec fastness scan --staged\n";

struct ScanOptions {
  std::vector<std::string> paths;
  bool staged = false;
  bool install_hook = false;
  bool report = false;
};

// What a scan has found so far; findings are printed as they come, so that many take no memory.
class Findings {
 public:
  Findings(const Session& session, bool keep_keys) : session_(session), keeps_keys_(keep_keys) {}

  void add(const client::SecretInText& found) {
    ++count_;
    if (keeps_keys_ && found.kind == crypto::SecretKind::api_key) keys_.emplace(found.secret);
    const std::string file = client::one_line(json::Value(found.file));
    if (session_.format == client::OutputFormat::table) {
      std::printf("%s:%zu: %s %s\n", file.c_str(), found.line,
                  std::string(crypto::to_text(found.kind)).c_str(), found.beginning().c_str());
      return;
    }
    rows_.emplace_back(json::Object{{"file", json::Value(found.file)},
                                    {"line", json::Value(static_cast<std::int64_t>(found.line))},
                                    {"kind", json::Value(std::string(crypto::to_text(found.kind)))},
                                    {"begins", json::Value(found.beginning())}});
  }
  void miss(const std::string& file) {
    ++unread_;
    std::fprintf(stderr, "fastness: cannot read %s\n", client::one_line(json::Value(file)).c_str());
  }

  void print() const {
    if (session_.format == client::OutputFormat::table) return;
    session_.print(json::Value(rows_), kFindingColumns);
  }
  [[nodiscard]] const std::set<std::string>& keys() const { return keys_; }
  [[nodiscard]] ExitStatus status() const {
    if (count_ > 0) return ExitStatus::failure;
    return unread_ > 0 ? ExitStatus::partly_done : ExitStatus::success;
  }

 private:
  const Session& session_;
  bool keeps_keys_;
  std::size_t count_ = 0;
  std::size_t unread_ = 0;
  std::set<std::string> keys_;
  json::Array rows_;
};

// What the next commit would hold, as git has it: not what lies in the folder meanwhile.
Result<void> scan_staged(const client::OnSecret& found) {
  std::string names;
  FASTNESS_RETURN_IF_ERROR(
      run_git({"diff", "--cached", "--name-only", "--no-renames", "-z", "--diff-filter=ACMT"},
              [&](std::string_view piece) { names += piece; }));
  for (std::size_t at = 0; at < names.size();) {
    const std::string name = names.substr(at, names.find('\0', at) - at);
    at += name.size() + 1;
    // A submodule has no text of its own here.
    std::string mode;
    FASTNESS_RETURN_IF_ERROR(run_git({"ls-files", "--stage", "--", ":(top,literal)" + name},
                                     [&](std::string_view piece) { mode += piece; }));
    if (mode.starts_with("160000")) continue;
    client::TextScan scan(name, found);
    FASTNESS_RETURN_IF_ERROR(run_git({"cat-file", "blob", ":0:" + name},
                                     [&](std::string_view piece) { scan.read(piece); }));
    scan.finish();
  }
  return {};
}

// To whoever runs the instance that `fastness login` named; nobody signs in for it.
Result<void> report_keys(const Session& session, const std::set<std::string>& keys) {
  FASTNESS_ASSIGN_OR_RETURN(const client::Credentials kept, session.credentials());
  FASTNESS_ASSIGN_OR_RETURN(auto context, client::trusting(kept.anchors_pem));
  client::HttpClient http(kept.server, std::move(context), session.clock);
  for (auto next = keys.begin(); next != keys.end();) {
    std::string text;
    for (std::size_t i = 0; i < kKeysOfReport && next != keys.end(); ++i) text += *next++ + "\n";
    FASTNESS_ASSIGN_OR_RETURN(
        const client::HttpResponse answer,
        http.send({"POST", "/api/v1/leaks", {{"Content-Type", "text/plain"}}, std::move(text)}));
    FASTNESS_RETURN_IF_ERROR(client::check_status(answer));
  }
  std::fprintf(stderr, "Reported %zu to %s: those that were its keys open nothing any more.\n",
               keys.size(), client::server_url(kept.server).c_str());
  return {};
}

Result<ExitStatus> scan(const Session& session, const ScanOptions& options) {
  Findings findings(session, options.report);
  const auto found = [&](const client::SecretInText& each) { findings.add(each); };
  if (options.staged) FASTNESS_RETURN_IF_ERROR(scan_staged(found));
  for (const std::string& path : options.paths) {
    FASTNESS_RETURN_IF_ERROR(
        client::scan_path(path, found, [&](const std::string& file) { findings.miss(file); }));
  }
  findings.print();
  if (!findings.keys().empty()) {
    FASTNESS_RETURN_IF_ERROR(report_keys(session, findings.keys()));
  }
  if (options.staged && findings.status() == ExitStatus::failure) {
    std::fputs(
        "fastness: not committed: take the secrets out, and end those that anybody may have "
        "seen.\n",
        stderr);
  }
  return findings.status();
}

// Where this repository's hooks are: core.hooksPath may have moved them.
Result<std::filesystem::path> hook_file() {
  std::string folder;
  FASTNESS_RETURN_IF_ERROR(run_git({"rev-parse", "--git-path", "hooks"},
                                   [&](std::string_view piece) { folder += piece; }));
  while (folder.ends_with('\n')) folder.pop_back();
  return std::filesystem::path(folder) / "pre-commit";
}

Result<ExitStatus> install_hook() {
  FASTNESS_ASSIGN_OR_RETURN(const std::filesystem::path file, hook_file());
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  const os::Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755));
  if (!out.is_open() && errno == EEXIST) {
    return fail(Errc::already_exists, file.string() +
                                          " is there already and stays as it is. Add this line to "
                                          "it: fastness scan --staged || exit 1");
  }
  if (!out.is_open()) return os::fail_with_errno("make " + file.string());
  if (::write(out.number(), kHook.data(), kHook.size()) != static_cast<ssize_t>(kHook.size())) {
    ::unlink(file.c_str());
    return fail(Errc::exhausted, "cannot write " + file.string() + "; is the disk full?");
  }
  std::printf("%s\n", file.c_str());
  return ExitStatus::success;
}

Result<ExitStatus> run_scan(const Session& session, const ScanOptions& options) {
  if (options.install_hook) return install_hook();
  if (options.paths.empty() && !options.staged) {
    return fail(Errc::invalid_argument, "name what to scan: fastness scan . or --staged");
  }
  return scan(session, options);
}

}  // namespace

void add_scan_command(CLI::App& app, Session& session, Action& action) {
  auto* command = app.add_subcommand(
      "scan", "find API keys, claim codes and set-up links in files, before others do");
  auto options = std::make_shared<ScanOptions>();  // shared with the callback, which CLI11 copies
  command->add_option("path", options->paths, "files, or folders with all below them");
  auto* staged =
      command->add_flag("--staged", options->staged, "what the next git commit would hold");
  auto* hook = command->add_flag("--install-hook", options->install_hook,
                                 "have git do that before each commit in this repository");
  auto* report = command->add_flag("--report", options->report,
                                   "end the API keys that are found, at the server of the login");
  hook->excludes(staged)->excludes(report);
  set_examples(
      *command,
      {"fastness scan .", "fastness scan --install-hook", "fastness scan --report ~/backup"},
      "Needs no server but for --report. Exit status 1: something was found; it is shown "
      "by its place, never whole. Secrets without a checksum, such as devices' secret "
      "keys, are not found.");
  command->callback([&session, &action, options] {
    action = [&session, options] { return run_scan(session, *options); };
  });
}

}  // namespace fastness::cli

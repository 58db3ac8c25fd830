#include "config/child.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "config/load.h"

namespace fastness::config {

namespace {

Result<os::Descriptor> take(int number, std::string_view what) {
  if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0) {
    return fail(Errc::unavailable, "descriptor " + std::to_string(number) + " (" +
                                       std::string(what) +
                                       ") is not open: this program is started by fastnessd");
  }
  return os::Descriptor(number);
}

Result<std::string> read_from_start(int number) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t size = 0;
  while ((size = ::pread(number, buffer.data(), buffer.size(), static_cast<off_t>(text.size()))) >
         0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (size < 0) return os::fail_with_errno("read the inherited configuration");
  return text;
}

}  // namespace

Result<std::optional<ChildUsers>> find_child_users(const Config::Sandbox& sandbox) {
  std::optional<ChildUsers> none;
  if (!os::is_root()) return none;
  FASTNESS_ASSIGN_OR_RETURN(const auto vault, os::find_user(sandbox.vault_user));
  FASTNESS_ASSIGN_OR_RETURN(const auto hub, os::find_user(sandbox.hub_user));
  if (!vault || !hub) return none;
  return std::optional(ChildUsers{*vault, *hub});
}

std::vector<std::string> folders_of_named_files(const Config& config) {
  std::vector<std::string> folders;
  std::vector<std::string> files = {config.server.certificate_file,
                                    config.server.key_file,
                                    config.server.rsa_certificate_file,
                                    config.server.rsa_key_file,
                                    config.server.staple_file,
                                    config.server.rsa_staple_file,
                                    config.metrics.token_file,
                                    config.outgoing.anchors_file,
                                    config.mail.password_file,
                                    config.sign_in.places,
                                    config.waf.rules_file,
                                    config.accounts.breached_passwords};
  for (const std::string& line : config.sign_in.client_secret_files) {
    files.push_back(line.substr(std::min(line.find('=') + 1, line.size())));
  }
  for (const std::string& file : files) {
    if (file.empty()) continue;
    folders.push_back(std::filesystem::path(file).parent_path());
    // And where it points to: tools that renew certificates keep links to the newest.
    std::error_code missing;
    const auto target = std::filesystem::canonical(file, missing).parent_path();
    if (!missing && target != folders.back()) folders.push_back(target);
  }
  if (!config.waf.rules_file.empty()) {
    for (const char* rules : {"/etc/modsecurity", "/usr/share/modsecurity-crs"}) {
      if (std::filesystem::exists(rules)) folders.emplace_back(rules);
    }
  }
  return folders;
}

bool sends_mail(const Config& config) {
  return !config.mail.server.empty();
}

bool mails_owners(const Config& config) {
  return config.alarms.tell_owners && sends_mail(config);
}

// Whatever is mailed needs mail.server, and with that people are written to about their accounts.
bool calls_others(const Config& config) {
  return !config.ledger.witness_url.empty() || !config.alarms.url.empty() ||
         !config.sign_in.providers.empty() || sends_mail(config);
}

std::string witness_folder(const Config::Ledger& ledger) {
  return std::filesystem::path(ledger.witness_file).parent_path();
}

Result<ChildStart> ChildStart::inherit() {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor file,
                            take(ChildDescriptors::kConfig, "configuration"));
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor connections,
                            take(ChildDescriptors::kConnections, "connections"));
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor ready, take(ChildDescriptors::kReady, "readiness"));
  FASTNESS_ASSIGN_OR_RETURN(std::string text, read_from_start(file.number()));
  FASTNESS_ASSIGN_OR_RETURN(Loaded loaded,
                            load({"inherited configuration", std::move(text), {}, {}}));
  return ChildStart{std::move(loaded.config), std::move(connections), std::move(ready)};
}

Result<void> ChildStart::report_ready() {
  if (::write(ready.number(), "1", 1) != 1) return os::fail_with_errno("report readiness");
  ready.close();
  return {};
}

}  // namespace fastness::config

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace fastness::config {

// Who had the last word about a setting, weakest first.
enum class Origin { built_in, file, environment, command_line };

// A configuration and where each value of it came from. Immutable.
struct Loaded {
  Config config;
  std::map<std::string, Origin, std::less<>> origins;  // names not in it are built in
};

// Everything that may say something about settings. The process's environment and arguments are
// arguments here, so that tests decide them.
struct Sources {
  std::string file_name;                 // for messages
  std::optional<std::string> file_text;  // TOML
  std::vector<std::string> environment;  // "FASTNESS_LOG__LEVEL=debug", and anything else
  std::vector<std::string> assignments;  // "log.level=debug", from --set and the like
};

// Reads all sources, the stronger over the weaker, and checks the whole. `invalid_argument` names
// the source, the key, what is wrong and, for an unknown key, the one that was probably meant.
[[nodiscard]] Result<Loaded> load(const Sources& sources);

// What the file would have to say to get the same configuration, with each value's origin as a
// comment. Holds no secret: settings only name files. Reads back as the same configuration.
[[nodiscard]] std::string print(const Loaded& loaded);

// The same without origins, for whoever is shown it later: of an address of the web only scheme and
// host are left, since the rest may be what lets somebody in there.
[[nodiscard]] std::string print_for_others(const Config& config);

// Whether this build can ask ModSecurity about requests. Another one takes no waf.rules_file.
[[nodiscard]] bool has_firewall();

// docs/configuration.md and docs/limits.md.
[[nodiscard]] std::string reference_markdown();
[[nodiscard]] std::string limits_markdown();

}  // namespace fastness::config

// `fastnessd host ca`: the ceremony by which a root that lies elsewhere signs
// (docs/ca-ceremony.md). Keys and codes are the business of fastness-vault, which this starts; here
// are only files and descriptors, unread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "config/child.h"
#include "config/config.h"
#include "os/files/descriptor.h"
#include "supervisor/command_line/command_line.h"

namespace fastness::supervisor {

// What is handed to fastness-vault unread. Each may be empty.
struct HandedOver {
  os::Descriptor passphrase;
  os::Descriptor token_pin;
  os::Descriptor codes;
};

// Has the running instance say what is to be signed, and puts it into the file. `not_found` if
// there is no instance, `unavailable` if it does not run, otherwise as it says.
[[nodiscard]] Result<std::string> request_root(const std::string& data_directory,
                                               const RootCommand& command);

// Hands the running instance what was signed. Errors as above.
[[nodiscard]] Result<std::string> accept_root(const std::string& data_directory,
                                              const RootCommand& command);

// The same two of an instance that does not run, as after a restore without its root:
// fastness-vault does it at once, with what opens it handed over, and says by itself what it does
// not do. `unavailable` if somebody else is at work on the directory.
[[nodiscard]] Result<std::string> request_root_of_stopped(
    const config::Config& config, const std::optional<config::ChildUsers>& users,
    const std::string& programs, HandedOver handed, const RootCommand& command);
[[nodiscard]] Result<std::string> accept_root_of_stopped(
    const config::Config& config, const std::optional<config::ChildUsers>& users,
    const std::string& programs, HandedOver handed, const RootCommand& command);

// Signs, out of files into a file, for an instance that may be anywhere. `programs` is the folder
// of fastness-vault, which says by itself what it does not do.
[[nodiscard]] Result<std::string> sign_root(const config::Config& config,
                                            const std::string& programs, HandedOver handed,
                                            const RootCommand& command);

// The three in one for the standby root: the running instance asks, the file signs, the instance
// takes it.
[[nodiscard]] Result<std::string> switch_to_standby(const config::Config& config,
                                                    const std::string& programs, HandedOver handed,
                                                    const RootCommand& command);

// Exports or forgets a root of an instance that is stopped. `already_exists` if it runs.
[[nodiscard]] Result<std::string> move_root_out(const config::Config& config,
                                                const std::optional<config::ChildUsers>& users,
                                                const std::string& programs, HandedOver handed,
                                                Action action, const RootCommand& command);

}  // namespace fastness::supervisor

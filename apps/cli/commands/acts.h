// Commands that share their options.
#pragma once

#include <functional>
#include <memory>

#include <CLI/CLI.hpp>

#include "session.h"

namespace fastness::cli {

// What they are added with.
template <typename Options>
struct Acts {
  using Act = std::function<Result<ExitStatus>(const Session&, const Options&)>;

  Session& session;
  Action& action;
  std::shared_ptr<Options> options;  // shared with the callbacks, which CLI11 copies

  CLI::App* add(CLI::App* noun, const char* name, const char* help, const Act& act) const {
    auto* command = noun->add_subcommand(name, help);
    command->callback([&to = action, &from = session, with = options, act] {
      to = [&from, with, act] { return act(from, *with); };
    });
    return command;
  }
};

}  // namespace fastness::cli

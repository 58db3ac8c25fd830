// What the nouns of the command line are made of.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/command_line/command_line.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class Option;
}  // namespace CLI

namespace fastness::supervisor {

[[nodiscard]] std::string absolute(const std::string& path);

// What `fastnessd` takes, and every verb too. Stays where it is: the parser writes into it.
class SharedOptions {
 public:
  SharedOptions() = default;
  SharedOptions(const SharedOptions&) = delete;
  SharedOptions& operator=(const SharedOptions&) = delete;
  ~SharedOptions() = default;

  void add_to(CLI::App& app);

  // After parsing.
  void fill(CommandLine& command) const;

 private:
  std::string config_file_;
  std::string data_dir_;
  std::vector<std::string> assignments_;
  std::optional<int> passphrase_descriptor_;
  std::optional<int> token_pin_descriptor_;
};

// A noun below `above`, of which a verb must be named.
CLI::App& add_noun(CLI::App& above, const char* name, const char* help, const char* examples);

// Options that several verbs have. What is passed in must outlive the verb.
void add_file(CLI::App& verb, const char* name, std::string& file, const char* help);
void add_descriptor(CLI::App& verb, const char* name, std::optional<int>& descriptor,
                    const char* help);
void add_yes(CLI::App& verb, bool& is_agreed, const char* help = "do not ask");

// Verbs that are asked for together. Stays where it is: the parser writes into it.
class Verbs {
 public:
  Verbs() = default;
  Verbs(const Verbs&) = delete;
  Verbs& operator=(const Verbs&) = delete;
  ~Verbs() = default;

  // One that prints text, or JSON if that is asked for.
  CLI::App& add(CLI::App& noun, Action action, const char* name, const char* help,
                const char* example);
  // One that speaks to a person only.
  CLI::App& add_plain(CLI::App& noun, Action action, const char* name, const char* help,
                      const char* example);

  // After parsing: whether one of them was named. If so, `command` has its action and what is
  // shared.
  [[nodiscard]] bool fill(CommandLine& command) const;
  [[nodiscard]] OutputForm form() const { return as_json_ ? OutputForm::json : OutputForm::text; }

 private:
  SharedOptions shared_;
  bool as_json_ = false;
  std::vector<std::pair<Action, CLI::App*>> verbs_;
};

}  // namespace fastness::supervisor

// The rules, as a library has them; for the .cc files of this folder only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/inspection.h"
#include "waf/firewall.h"

namespace fastness::waf {

// What the rules say of a request. Numbers alone: what a rule writes about a match quotes it, and a
// request may hold a password.
struct Findings {
  std::vector<std::int64_t> rules;  // that matched and have a message, each once
  bool is_refused = false;          // never with OnAttack::detect
};

// ModSecurity with one set of rules. Immutable after open; thread-safe.
class Engine {
 public:
  // Reads the rules of `file` and of what it includes, then says over them what is ours to say:
  // whether requests are refused, that no log of its own is written, that answers are not looked
  // at. `invalid_argument` with file, line and reason.
  [[nodiscard]] static Result<std::unique_ptr<Engine>> open(const std::string& file,
                                                            OnAttack on_attack);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Header fields and body as they came, but for credentials: of Authorization only the scheme.
  // `unavailable` if the library failed.
  [[nodiscard]] Result<Findings> look_at(const http::Inspected& request) const;

 private:
  struct Library;
  explicit Engine(std::unique_ptr<Library> library);

  std::unique_ptr<Library> library_;
};

}  // namespace fastness::waf

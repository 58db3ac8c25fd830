#include "progress.h"

#include <cstdio>

#include <unistd.h>

#include "os/terminal.h"

namespace fastness::cli {

Progress::Progress() : is_terminal_(os::is_terminal(STDERR_FILENO)) {}

Progress::~Progress() {
  if (has_said_) std::fputc('\n', stderr);
}

void Progress::say(const std::string& text) {
  if (!is_terminal_) return;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  has_said_ = true;
}

void Progress::say(std::size_t done, std::size_t of, const std::string& what) {
  say(std::to_string(done) + " of " + std::to_string(of) + ' ' + what);
}

}  // namespace fastness::cli
